import { readFileSync } from 'node:fs';
import { memorySource } from '@btfkit/core/bytes';
import { Elf, STT_FUNC } from '@btfkit/core/elf';
import { readBtfIds } from '@btfkit/core/ids';
import { describe, expect, test } from 'vitest';
import { findRegistrations, type KfuncRegistration } from '../../dist/module/registrations.js';

/** "TYPE SET OWNER" of each call, by the function that makes it; ? where the code does not say. */
function registrationsOf(file: string): Record<string, string[]> {
  const path = new URL(file, import.meta.url);
  const elf = Elf.open(memorySource(readFileSync(path), file));
  const ids = readBtfIds(elf)!;
  const symbols = elf.symbols()!;
  const nameOf = ({ call }: KfuncRegistration) => {
    for (let index = 1; index < symbols.length; index++) {
      const isHere = symbols.shndx[index] === call.section && symbols.valueLo[index] === call.function;
      if (isHere && symbols.typeOf(index) === STT_FUNC) return symbols.name(index);
    }
    return '';
  };
  const found: Record<string, string[]> = {};
  for (const registration of findRegistrations(elf, ids.section).kfuncs) {
    const { fmodret, programType, owner, set } = registration;
    const name = ids.sets.find(({ offset }) => offset === set)?.name ?? '?';
    const function_ = nameOf(registration);
    found[function_] ??= [];
    found[function_].push(`${fmodret ? 'fmodret' : (programType ?? '?')} ${name} ${owner}`);
  }
  for (const calls of Object.values(found)) calls.sort();
  return found;
}

describe.each(['x86-64', 'arm64'])('register calls in code of gcc for %s', machine => {
  const found = registrationsOf(`register-${machine}.o`);

  test('one after the other, the last by a jump', () => {
    expect(found.one_after_the_other).toEqual(['27 two module', '3 one module', '6 one module']);
  });

  test('a set kept in a register over other calls', () => {
    expect(found.kept_over_calls).toEqual(['29 two module']);
  });

  test('for BPF_MODIFY_RETURN', () => {
    expect(found.modify_return).toEqual(['fmodret two module']);
  });

  test('an owner that is NULL', () => {
    expect(found.without_owner).toEqual(['31 one nobody']);
  });

  test('what differs from one way to the other is not known', () => {
    expect(found.in_a_loop).toEqual(['? one module']);
    expect(found.type_from_the_caller).toEqual(['? one module']);
    expect(found.set_from_elsewhere).toEqual(['31 ? unknown']);
  });

  test('in two branches each has its own', () => {
    expect(found.one_or_the_other).toEqual(['6 one module', '6 two module']);
  });
});

test('where a jump goes through a table nothing is known', () => {
  expect(registrationsOf('register-x86-64.o').by_table).toEqual(['? ? unknown', '? ? unknown']);
});
