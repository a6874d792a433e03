import { Btf } from '@btfkit/core/btf';
import { FormatError } from '@btfkit/core/bytes';
import { DistillError, distill, relocate } from '@btfkit/core/distill';
import { describe, expect, test } from 'vitest';
import { randomFrom } from '../dedup/graphs.mjs';
import { caseOf } from './cases.mjs';

/** A copy with a few bytes changed. */
function damaged(bytes: Uint8Array, random: (n: number) => number): Uint8Array {
  const copy = bytes.slice();
  for (let flips = 1 + random(4); flips > 0; flips--) copy[random(copy.length)] = random(256);
  return copy;
}

/** What we wrote has to be sound, whatever it was made of. */
function readBack(bytes: Uint8Array, base?: Btf): Btf {
  try {
    return Btf.parse(bytes, { base });
  } catch (error) {
    throw new Error('unsound result', { cause: error });
  }
}

/** What becomes of a case of which the blob `victim` is damaged: undefined where all goes well. */
function attempt(seed: number, victim: 'base' | 'split' | 'target', isUnchecked: boolean): unknown {
  const blobs = caseOf(seed);
  const broken = { ...blobs, [victim]: damaged(blobs[victim], randomFrom(seed + 1)) };
  const references = !isUnchecked;
  try {
    const base = Btf.parse(broken.base, { references });
    const split = Btf.parse(broken.split, { base });
    const target = Btf.parse(broken.target, { references });
    const made = distill(split);
    const onDistilled = readBack(made.split, readBack(made.base));
    readBack(relocate(onDistilled, target).split, target);
    return undefined;
  } catch (error) {
    return error;
  }
}

describe.each(['base', 'split', 'target'] as const)('damage to the %s', victim => {
  test.each([false, true])('gives a result or a plain refusal, references unchecked: %s', isUnchecked => {
    const count = { results: 0, refusals: 0 };
    for (let seed = 0; seed < 1500; seed++) {
      const error = attempt(seed, victim, isUnchecked);
      if (error === undefined) count.results++;
      else if (error instanceof DistillError || error instanceof FormatError) count.refusals++;
      else throw new Error(`seed ${seed}`, { cause: error });
    }
    expect(count.results).toBeGreaterThan(30);
    expect(count.refusals).toBeGreaterThan(300);
  });
});
