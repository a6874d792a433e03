import { readFileSync } from 'node:fs';
import { btfObject, rewritten, rewrittenBytes, writeSections } from '@btfkit/core/elf';
import { describe, expect, test } from 'vitest';
import { buildElf } from '../elf/build-elf.mjs';
import { filled, open, sectionsOf } from './rewrite.js';

const btf = filled(1003, 0xbf);

describe.each([
  [true, true],
  [true, false],
  [false, true],
  [false, false],
])('btfObject, 64-bit: %s, little-endian: %s', (is64, little) => {
  const like = buildElf({ is64, little, type: 2, machine: 40, flags: 0x5000200 });
  like[7] = 3;
  const object = btfObject(open(like), btf);

  test('is of the class, byte order, machine and flags of its model, and relocatable', () => {
    const elf = open(object);
    expect([elf.is64, elf.littleEndian, elf.type]).toEqual([is64, little, 1]);
    expect([elf.machine, elf.flags, object[6], object[7]]).toEqual([40, 0x5000200, 1, 3]);
  });

  test('has a loaded .BTF, names, and nothing else', () => {
    const [, section, names, ...more] = sectionsOf(object);
    expect(section).toMatchObject({
      name: '.BTF',
      type: 1,
      flags: 2,
      addralign: 1,
      link: 0,
      info: 0,
      content: [...btf],
    });
    expect(names).toMatchObject({ name: '.shstrtab', type: 3, flags: 0 });
    expect(more).toEqual([]);
    const table = new DataView(object.buffer).getUint32(is64 ? (little ? 40 : 44) : 32, little);
    expect(table % (is64 ? 8 : 4)).toBe(0);
  });
});

test('rewritten gives a large file in parts, without holding it', () => {
  const big = buildElf({ sections: [{ name: '.data', content: filled(5 << 20, 7) }] });
  const elf = open(big);
  const rewrite = writeSections(elf, [{ name: '.BTF', content: btf, align: 4096 }]);
  let size = 0;
  let largest = 0;
  const whole = rewrittenBytes(elf.source, rewrite);
  for (const part of rewritten(elf.source, rewrite)) {
    expect(Buffer.compare(part, whole.subarray(size, size + part.length))).toBe(0);
    size += part.length;
    largest = Math.max(largest, part.length);
  }
  expect(size).toBe(rewrite.size);
  expect(largest).toBeLessThanOrEqual(1 << 20);
});

test('a Buffer that stands in a larger one is neither changed nor mistaken for it', () => {
  const old = readFileSync(new URL('../../../../fixtures/fuzz/seeds/probe.bpfel.o', import.meta.url));
  const pool = Buffer.alloc(old.length + 200, 0xff);
  old.copy(pool, 100);
  const elf = open(pool.subarray(100, 100 + old.length));
  const now = rewrittenBytes(elf.source, writeSections(elf, [{ name: '.new', content: btf }]));
  expect(pool.subarray(100, 100 + old.length).equals(old)).toBe(true);
  expect(sectionsOf(now).at(-1)).toMatchObject({ name: '.new', content: [...btf] });
});
