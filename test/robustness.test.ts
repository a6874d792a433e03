import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { binaryFixtures, damage, fixtures, verbs } from './robustness/cases.mjs';
import { complaint, LIMITS, type Pair, probe, runCases } from './robustness/drive.js';

// Truncated and altered fixtures through every verb: status 0, 1 or 3, one line for status 3, no hang, bounded memory,
// no output file on failure. BTFKIT_SEED and BTFKIT_CASES try other cases than those of every run.

const seed = Number(process.env.BTFKIT_SEED ?? 1);
const count = Number(process.env.BTFKIT_CASES ?? 5000);
const asProcesses = 40;

const executable = fileURLToPath(new URL('../packages/cli/bin/btfkit.cjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'robustness-'));
afterAll(() => rmSync(folder, { recursive: true }));

let pairs: readonly Pair[];
let probed: readonly (Pair & { status: number })[];

beforeAll(async () => {
  probed = await probe(binaryFixtures());
  pairs = probed.filter(({ status }) => status === 0);
}, 120_000);

test('every verb succeeds on some whole fixture, and ends with status 0 or 3 on all', () => {
  expect(new Set(pairs.map(({ verb }) => verb))).toEqual(new Set(Object.keys(verbs)));
  expect(probed.filter(({ status }) => status !== 0 && status !== 3)).toEqual([]);
});

test(`${count} damaged inputs, seed ${seed}`, { timeout: 600_000 }, async () => {
  const { complaints, statuses } = await runCases(seed, count, pairs);
  expect(complaints).toEqual([]);
  // Damage that is never noticed, or never let through, would test little.
  expect(statuses.get(0)).toBeGreaterThan(count / 20);
  expect(statuses.get(3)).toBeGreaterThan(count / 20);
});

test(`${asProcesses} of them as processes`, { timeout: 600_000 }, () => {
  const peak = join(folder, 'peak');
  const reporter = join(folder, 'peak.mjs');
  const path = JSON.stringify(peak);
  writeFileSync(
    reporter,
    `import { writeFileSync } from 'node:fs';
process.on('exit', () => writeFileSync(${path}, String(process.resourceUsage().maxRSS / 1024)));\n`,
  );
  const scratch = mkdtempSync(join(folder, 'scratch-'));
  for (let number = 0; number < asProcesses; number++) {
    const { fixture, verb, bytes } = damage(seed, number, pairs, (name: string) =>
      readFileSync(join(fixtures, name)),
    );
    const input = join(scratch, 'input');
    writeFileSync(input, bytes);
    // As users call it: with as many threads as there are processors.
    const args = verbs[verb as keyof typeof verbs](input, join(scratch, 'output')).filter(
      arg => arg !== '-j' && arg !== '1',
    );
    const { status, signal, stderr } = spawnSync(process.execPath, [executable, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
      timeout: LIMITS.seconds * 1000,
      env: { ...process.env, NODE_OPTIONS: `--import=${pathToFileURL(reporter)}` },
    });
    const what = `case ${number}: ${verb} of ${fixture}`;
    expect(signal, what).toBeNull();
    const made = readdirSync(scratch).filter(name => name !== 'input');
    const megabytes = Number(readFileSync(peak, 'utf8'));
    expect(complaint({ status: status!, errors: stderr, made, megabytes }), what).toBeUndefined();
    for (const name of made) rmSync(join(scratch, name));
  }
});
