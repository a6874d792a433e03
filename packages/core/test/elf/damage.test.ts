import { readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { FormatError, memorySource } from '@btfkit/core/bytes';
import { Elf, loadRelocated, SHT_REL, SHT_RELA } from '@btfkit/core/elf';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildElf } from './build-elf.mjs';

/** Does all that can be done with an ELF file, and lets nothing but FormatErrors happen. */
async function exercise(bytes: Uint8Array): Promise<void> {
  const refuse = (error: unknown) => {
    expect(error).toBeInstanceOf(FormatError);
    expect((error as Error).message).not.toContain('\n');
  };
  const attempt = <T>(body: () => T): T | undefined => {
    try {
      return body();
    } catch (error) {
      refuse(error);
      return undefined;
    }
  };
  const elf = attempt(() => Elf.open(memorySource(bytes, 'damaged.o')));
  if (elf === undefined) return;
  const symbols = attempt(() => elf.symbols());
  if (symbols) for (let i = 0; i < symbols.length; i++) attempt(() => symbols.name(i));
  attempt(() => elf.dynamicSymbols());
  for (const section of elf.sections) {
    attempt(() => section.name);
    attempt(() => elf.bytes(section));
    await loadRelocated(elf, section).then(
      content => expect(content.length).toBeLessThan(1 << 20),
      error => refuse(error),
    );
  }
}

const read = (name: string) =>
  Uint8Array.from(readFileSync(new URL(`relocations/${name}.o`, import.meta.url)));
const compressed = (is64: boolean) => {
  const header = new DataView(new ArrayBuffer(is64 ? 24 : 12));
  header.setUint32(0, 1, false);
  header.setUint32(is64 ? 12 : 4, 1000, false);
  const content = Buffer.concat([new Uint8Array(header.buffer), deflateSync(Buffer.alloc(1000, 'abc '))]);
  return buildElf({ is64, little: false, sections: [{ name: '.debug_str', flags: 0x800, content }] });
};
const objects: [string, Uint8Array][] = [
  ...['x86_64', 'i386', 'aarch64', 'arm', 's390x', 'riscv64', 'mips64el'].map(
    (name): [string, Uint8Array] => [name, read(name)],
  ),
  ['compressed, 64-bit', compressed(true)],
  ['compressed, 32-bit', compressed(false)],
];

/** Where a wrong byte does most: headers, and the tables of relocations and symbols. */
function delicateRanges(bytes: Uint8Array): { start: number; length: number }[] {
  const elf = Elf.open(memorySource(bytes, 'object'));
  const tables = elf.sections.filter(({ type }) => type === SHT_REL || type === SHT_RELA || type === 2);
  const view = new DataView(bytes.buffer);
  const { is64, littleEndian } = elf;
  const at = is64 ? Number(view.getBigUint64(0x28, littleEndian)) : view.getUint32(0x20, littleEndian);
  const headers = [
    { start: 0, length: is64 ? 64 : 52 },
    { start: at, length: elf.sections.length * (is64 ? 64 : 40) },
  ];
  return [...headers, ...tables.map(({ offset, size }) => ({ start: offset, length: size }))];
}

describe.each(objects)('damaged: %s', (_, bytes) => {
  test('whole', () => exercise(bytes));

  test('cut anywhere', () =>
    fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), length => exercise(bytes.subarray(0, length))),
      { seed: 20_240_603, numRuns: 60 },
    ));

  test('with bytes changed', () => {
    const place = fc.oneof(
      fc.nat(bytes.length - 1),
      ...delicateRanges(bytes).map(({ start, length }) => fc.nat(length - 1).map(at => start + at)),
    );
    const byte = fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat(255));
    return fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(place, byte), { minLength: 1, maxLength: 6 }), changes => {
        const damaged = bytes.slice();
        for (const [at, value] of changes) damaged[at] = value;
        return exercise(damaged);
      }),
      { seed: 20_240_604, numRuns: 150 },
    );
  });
});
