import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compare, compareCase } from './compare.mjs';
import { whyNotComparable } from './judge.mjs';
import { largeBlobs } from './large-blobs.mjs';

// What we say the running kernel answers, against what it answers: fresh blobs on each run. BTFKIT_SEED and BTFKIT_CASES
// choose; `node test/live/mutate.mjs --seed N --only NUMBER` shows a case.

const why = whyNotComparable();
const seed = Number(process.env.BTFKIT_SEED ?? Date.now() % 1e9);
const count = Number(process.env.BTFKIT_CASES ?? (process.env.CI ? 20_000 : 3000));

if (why !== null) test.skip(`the running kernel's answers (skipped: ${why})`);
else describe("the running kernel's answers", compareWithKernel);

interface Answer {
  readonly errno: number;
  readonly message: string;
  readonly log: string;
}

const verdict = ({ errno, message }: Answer) => ({ errno, message });
const logEnd = ({ log }: Answer) => log.replace(/\n$/, '').slice(-300);

function compareWithKernel() {
  test(`${count} mutated blobs, seed ${seed}`, { timeout: 600_000 }, () => {
    const found = [];
    let accepted = 0;
    for (let number = 0; number < count; number++) {
      const { ours, theirs, differs } = compareCase(seed, number);
      if (theirs.accepted) accepted++;
      if (!differs) continue;
      found.push({
        number,
        ours: { ...verdict(ours), log: logEnd(ours) },
        theirs: { ...verdict(theirs), log: logEnd(theirs) },
      });
      if (found.length === 10) break;
    }
    expect(found).toEqual([]);
    // Changes that are never noticed, or always, would test little.
    expect(accepted).toBeGreaterThan(count / 10);
    expect(accepted).toBeLessThan(count / 2);
  });

  test.each(Object.keys(largeBlobs))('%s', { timeout: 120_000 }, name => {
    const bytes = largeBlobs[name as keyof typeof largeBlobs]();
    const { ours, theirs, differs } = compare(bytes, { logs: bytes.length < 1 << 21 });
    expect(verdict(ours)).toEqual(verdict(theirs));
    expect(differs).toBe(false);
  });

  test('its own types, with the whole log', { timeout: 120_000 }, () => {
    const { ours, theirs, differs } = compare(readFileSync('/sys/kernel/btf/vmlinux'), { logs: true });
    expect(verdict(theirs)).toEqual({ errno: 0, message: '' });
    expect(verdict(ours)).toEqual(verdict(theirs));
    expect(differs).toBe(false);
  });
}
