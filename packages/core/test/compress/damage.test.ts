import { FormatError } from '@btfkit/core/bytes';
import { decompress } from '@btfkit/core/compress';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isRefused, type Vector, vectors } from './vectors.js';

const LIMIT = 1 << 20;

/** Formats or settings without a checksum over the content: damage may give other content there. */
const isUnchecked = ({ method, title }: Vector) =>
  method === 'lzma' || method === 'lz4' || title.includes('no-check') || /--check=(none|sha256)/.test(title);

/** What comes out, or undefined for a FormatError; anything else that is thrown fails the test. */
async function attempt(one: Vector, bytes: Uint8Array): Promise<Uint8Array | undefined> {
  try {
    return await decompress(one.method, bytes, { limit: LIMIT });
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
    expect((error as Error).message).not.toContain('\n');
    return undefined;
  }
}

const small = vectors.filter(one => !isRefused(one) && one.bytes.length < 6000 && one.bytes.length > 0);

describe('damaged input', () => {
  test.each(small.map(one => [one.title, one] as const))('%s, cut anywhere', async (_, one) => {
    await fc.assert(
      fc.asyncProperty(fc.nat(one.bytes.length - 1), async length => {
        const found = await attempt(one, one.bytes.subarray(0, length));
        // A .lzma stream without its last bytes, or lz4 between blocks, may be whole content all the same.
        if (found !== undefined && !isUnchecked(one)) expect(found.length === 0 && length === 0).toBe(true);
      }),
      { seed: 20_240_601, numRuns: 25 },
    );
  });

  test.each(small.map(one => [one.title, one] as const))('%s, with bytes changed', async (_, one) => {
    const change = fc.tuple(fc.nat(one.bytes.length - 1), fc.integer({ min: 1, max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async changes => {
        const bytes = one.bytes.slice();
        for (const [at, mask] of changes) bytes[at] ^= mask;
        const found = await attempt(one, bytes);
        if (found === undefined) return;
        expect(found.length).toBeLessThanOrEqual(LIMIT);
        if (!isUnchecked(one)) expect(Buffer.compare(found, one.content)).toBe(0);
      }),
      { seed: 20_240_602, numRuns: 60 },
    );
  });
});
