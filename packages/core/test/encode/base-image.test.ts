import { readFileSync } from 'node:fs';
import { Btf, swapByteOrder } from '@btfkit/core/btf';
import { FormatError, memorySource } from '@btfkit/core/bytes';
import { Elf } from '@btfkit/core/elf';
import { BaseTypes, Encoder } from '@btfkit/core/encode';
import { describe, expect, test } from 'vitest';
import { buildDwarf } from '../dwarf/builder.js';
import { encodeDwarf } from './dwarf.js';
import { fixtures, load } from './encode.js';
import { randomUnits } from './random-units.js';

const open = (bytes: Uint8Array) => Elf.open(memorySource(bytes, 'module.ko'));

/** What is left of a base that was kept in a file. */
function imageOf(base: Btf): Uint8Array {
  return Buffer.concat(BaseTypes.of(base).write());
}

/** Encodes modules one after the other on a base that was kept; how often the base itself was needed. */
async function onImage(base: Btf, modules: readonly Uint8Array[]) {
  let needed = 0;
  const btf = async () => {
    needed++;
    return base;
  };
  const encoder = new Encoder(BaseTypes.read(memorySource(imageOf(base), 'base.image'), btf));
  const encoded: Uint8Array[] = [];
  for (const module of modules) encoded.push(await encoder.encode(open(module)));
  return { encoded, needed };
}

async function onBase(base: Btf, modules: readonly Uint8Array[]) {
  const encoded: Uint8Array[] = [];
  for (const module of modules) encoded.push(await new Encoder(base).encode(open(module)));
  return encoded;
}

describe('a kept base serves as the one that it was made of', () => {
  const demo = readFileSync(new URL('module/btfkit_demo.ko', fixtures));
  const kernel = load('module/mini-vmlinux.btf');

  test('the demo module, without a look at the base itself', async () => {
    const { encoded, needed } = await onImage(kernel, [demo]);
    expect(encoded).toEqual(await onBase(kernel, [demo]));
    expect(needed).toBe(0);
  });

  test('a base in the other byte order', async () => {
    const big = Btf.parse(swapByteOrder(kernel));
    expect(big.littleEndian).toBe(false);
    expect((await onImage(big, [demo])).encoded).toEqual(await onBase(big, [demo]));
  });

  test.each(['declared', 'both'] as const)('units at random, names may be %s', async beside => {
    let needed = 0;
    for (let seed = 1; seed <= 100; seed++) {
      const units = randomUnits(seed, beside);
      const cut = 1 + (seed % (units.length - 1));
      const lower = await encodeDwarf({ units: units.slice(0, cut) });
      const modules = units.slice(cut).map(unit => buildDwarf({ units: [unit] }));
      const upper = Btf.parse((await onBase(lower, modules))[0]!, { base: lower });
      for (const base of [lower, upper]) {
        const kept = await onImage(base, [...modules, ...modules]);
        const expected = await onBase(base, modules);
        expect(kept.encoded).toEqual([...expected, ...expected]);
        needed += kept.needed;
      }
    }
    expect(needed).toBeGreaterThan(0);
  });
});

describe('what is no image of this machine', () => {
  const image = imageOf(load('module/mini-vmlinux.btf'));
  const read = (bytes: Uint8Array) =>
    BaseTypes.read(memorySource(bytes, 'base.image'), () => Promise.reject(new Error('not asked for')));
  const patched = (word: number, value: number) => {
    const copy = new Uint8Array(image);
    new DataView(copy.buffer).setInt32(4 * word, value, true);
    return copy;
  };

  test('is taken as it was written', () => {
    expect(read(image).endId).toBe(load('module/mini-vmlinux.btf').endId);
  });

  test.each([
    ['the other byte order', new Uint8Array(image.subarray(0, 4)).reverse()],
    ['nothing', new Uint8Array()],
    ['a part', image.subarray(0, image.length - 1)],
    ['more', Buffer.concat([image, new Uint8Array(1)])],
    ['more numbers than there are bytes', patched(1, 0x7fffffff)],
    ['less than no numbers', patched(1, -1)],
    ['less than no columns', patched(2, -1)],
  ])('%s', (_, bytes) => {
    expect(() => read(bytes)).toThrow(FormatError);
    expect(() => read(bytes)).toThrow(/^base\.image: /);
  });
});
