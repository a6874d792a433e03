import { BtfBuilder } from '@btfkit/core/btf';
import { Checker, CheckTarget } from '@btfkit/core/core-check';
import { expect, test } from 'vitest';
import { needsOf, targetOf } from './files.js';

/** A module with the function that no kernel of the fixtures has. */
async function withModule(parameters: number) {
  const { core } = await targetOf('kernel-old.o');
  const builder = new BtfBuilder({ base: core.btf });
  const int = core.btf.find('int');
  const params = Array.from({ length: parameters }, () => ({ name: 'height', type: int }));
  const proto = builder.add({ kind: 'FUNC_PROTO', name: '', returns: int, params });
  builder.add({ kind: 'FUNC', name: 'task_fly', type: proto, linkage: 0 });
  return new CheckTarget(core.btf, { modules: [{ name: 'wings', btf: builder.parse() }] });
}

test('kfuncs of modules', async () => {
  const needs = needsOf('missing.o');
  const checker = new Checker(needs);
  expect(checker.wantsModules(await targetOf('kernel-old.o'))).toBe(true);
  const [there] = checker.check(await withModule(1)).answers;
  expect(there).toMatchObject({ verdict: 'ok', module: 'wings', prototype: 'int task_fly(int height)' });
  const [other] = checker.check(await withModule(2)).answers;
  expect(other.verdict).toBe('incompatible');
  expect(other.message).toMatch(
    /^extern \(func ksym\) 'task_fly': func_proto \[\d+\] incompatible with wings \[\d+\]$/,
  );
});

test('nothing is missing that a module could have', async () => {
  const checker = new Checker(needsOf('variable.o'));
  expect(checker.wantsModules(await targetOf('kernel-new.o'))).toBe(false);
});
