import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fuzz, Replay, shrink } from './drive.mjs';
import { mutantOf } from './mutate.mjs';
import { findsFolder, savedFinds, targets } from './targets.mjs';

// What `npm run fuzz` found stays fixed, and each target runs for a second with a seed of its own each time, for five
// where CI is set. BTFKIT_SEED repeats a run.

const seed = Number(process.env.BTFKIT_SEED ?? Date.now() & 0x7fffffff);
const seconds = process.env.CI ? 5 : 1;

interface Find {
  readonly kind: string;
  readonly number: number;
  readonly what: string;
  readonly signature: string;
  readonly bytes: Uint8Array;
}

describe.each(targets)('%s', target => {
  const saved = savedFinds(target);

  test.runIf(saved.length > 0)(`${saved.length} saved finds`, async () => {
    const replay = new Replay(`targets/${target}`);
    const wrong: string[] = [];
    for (const name of saved) {
      const outcome = await replay.run(readFileSync(join(findsFolder(target), name)));
      if (outcome !== undefined) wrong.push(`${name}: ${outcome.what}`);
    }
    await replay.end();
    expect(wrong).toEqual([]);
  });

  test(`${seconds.toFixed(1)} s with seed ${seed}`, async () => {
    const { cases, finds } = await fuzz(`targets/${target}`, { seed, seconds });
    const told = (finds as Find[]).map(
      ({ number, kind, what, bytes }) =>
        `case ${number} ${kind}: npm run fuzz -- ${target} --seed ${seed} --from ${number}: ${what}\n` +
        Buffer.from(bytes.subarray(0, 3000)).toString('base64'),
    );
    expect(told).toEqual([]);
    expect(cases).toBeGreaterThan(2);
  });

  test('its seeds are accepted, its mutants are not all refused, and they are the same each time', async () => {
    const { default: one } = await import(`./targets/${target}.mjs`);
    const seeds: Uint8Array[] = one.seeds().slice(0, 60);
    expect(seeds.length).toBeGreaterThan(1);
    // One at a time, as everywhere.
    const verdictsOf = async (inputs: readonly Uint8Array[]) => {
      const verdicts: boolean[] = [];
      for (const bytes of inputs) {
        try {
          await one.run(bytes.slice());
          verdicts.push(true);
        } catch {
          verdicts.push(false);
        }
      }
      return verdicts;
    };
    const accepted = await verdictsOf(seeds);
    expect(accepted.filter(is => is).length).toBeGreaterThan(seeds.length / 2);
    const numbers = Array.from({ length: 60 }, (_, number) => number);
    const mutants = numbers.map(number => mutantOf(one, seeds, 1, number));
    const again = numbers.map(number => mutantOf(one, seeds, 1, number));
    expect(numbers.filter(number => Buffer.compare(again[number], mutants[number]) !== 0)).toEqual([]);
    expect(new Set(await verdictsOf(mutants))).toEqual(new Set([true, false]));
  });
});

describe('the fuzzer itself', () => {
  const find = async (target: string, options = {}) => {
    const { finds } = await fuzz(`broken/${target}`, { seed: 1, seconds: 2, ...options });
    return finds as Find[];
  };

  test('tells other errors than FormatError, each once, and makes their input small', async () => {
    const finds = await find('throws');
    expect(finds).toMatchObject([
      { kind: 'throws', signature: expect.stringMatching(/^TypeError at broken.throws\.mjs:\d+$/) },
    ]);
    expect(finds[0].bytes[2]).toBe(7);
    expect([...(await shrink('broken/throws', finds[0]))]).toEqual([0, 0, 7]);
  });

  test('ends what does not end, and goes on behind it', async () => {
    const finds = await find('hangs', { hangs: 0.5 });
    expect(finds).toMatchObject([{ kind: 'hangs' }]);
    expect(finds[0].bytes.length).toBeLessThan(50);
  });

  test('survives a full heap, and sees a big buffer', async () => {
    expect(await find('heap', { heap: 64 })).toMatchObject([{ kind: 'memory' }]);
    expect(await find('buffer')).toMatchObject([
      { kind: 'memory', what: expect.stringMatching(/^10[12]\d MB$/) },
    ]);
  });
});
