import { gzipSync } from 'node:zlib';
import { FormatError, memorySource } from '@btfkit/core/bytes';
import { loadBtf } from '@btfkit/core/input';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arm64Image, btfOf, bzImage, elfWith, zboot, zImage } from './images.mjs';

const load = (bytes: Uint8Array) =>
  loadBtf(memorySource(bytes, 'damaged')).then(
    ({ btf }) => {
      expect(btf.endId).toBeLessThan(bytes.length + 100_000);
    },
    error => {
      expect(error).toBeInstanceOf(FormatError);
      expect(error.message).not.toContain('\n');
    },
  );

const btf = btfOf('answer');
const elf = elfWith(btf, btfOf('base'));
const inputs: [string, Uint8Array][] = [
  ['raw', btf],
  ['ELF', elf],
  ['bzImage', bzImage(gzipSync(elf))],
  ['zboot', zboot(gzipSync(arm64Image(btf)))],
  ['zImage', zImage(gzipSync(arm64Image(btf)))],
  ['Image', arm64Image(btf)],
];

describe.each(inputs)('damaged: %s', (_, bytes) => {
  test('cut anywhere', () =>
    fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), length => load(bytes.subarray(0, length))),
      { seed: 20_240_605, numRuns: 80 },
    ));

  test('with bytes changed', () => {
    const change = fc.tuple(
      fc.oneof(fc.nat(bytes.length - 1), fc.nat(Math.min(bytes.length, 0x260) - 1)),
      fc.nat(255),
    );
    return fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 5 }), changes => {
        const damaged = bytes.slice();
        for (const [at, value] of changes) damaged[at] = value;
        return load(damaged);
      }),
      { seed: 20_240_606, numRuns: 150 },
    );
  });
});
