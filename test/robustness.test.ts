import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { damage, fixtures } from './robustness/cases.mjs';
import { complaintOf, isTaken, LIMITS, type Pair, probe, type Result, runCases } from './robustness/drive.js';
import { make } from './robustness/made.mjs';
import { verbs } from './robustness/verbs.mjs';

// Truncated and altered fixtures through every verb, in every place that takes a file: status 0, 1 or 3, one line for
// status 3 and nothing on standard output, no hang, bounded memory, no output file on failure, the input as it was.
// BTFKIT_SEED and BTFKIT_CASES try other cases than those of every run.

const seed = Number(process.env.BTFKIT_SEED ?? 1);
const count = Number(process.env.BTFKIT_CASES ?? 6000);
const asProcesses = 40;

const executable = (tool: string) =>
  fileURLToPath(new URL(`../packages/cli/bin/btfkit${tool}.cjs`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'robustness-'));
afterAll(() => rmSync(folder, { recursive: true }));

let pairs: readonly Pair[];
let probed: readonly (Pair & Result)[];

beforeAll(async () => {
  probed = await probe();
  pairs = probed.filter(isTaken);
}, 240_000);

test('every verb has an answer to some whole fixture, and tells of the others what is wrong', () => {
  expect(new Set(pairs.map(({ verb }) => verb))).toEqual(new Set(Object.keys(verbs)));
  const wrong = probed.filter(one => one.status !== 2 && complaintOf({ ...one, megabytes: 0 }) !== undefined);
  expect(wrong).toEqual([]);
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
  const help = join(folder, 'help');
  const path = JSON.stringify(peak);
  make(help);
  writeFileSync(
    reporter,
    `import { writeFileSync } from 'node:fs';
process.on('exit', () => writeFileSync(${path}, String(process.resourceUsage().maxRSS / 1024)));\n`,
  );
  const scratch = mkdtempSync(join(folder, 'scratch-'));
  const simple = pairs.filter(({ fixture }) => !/^(made|kernel-roots)\//.test(fixture));
  for (let number = 0; number < asProcesses; number++) {
    const { fixture, verb, bytes } = damage(seed, number, simple, (name: string) =>
      readFileSync(join(fixtures, name)),
    );
    const { args, tool, isChanged } = verbs[verb]!;
    const input = join(scratch, 'input');
    writeFileSync(input, bytes);
    // As users call it: with as many threads as there are processors.
    const line = args({ input, output: join(scratch, 'output'), root: '', help }).filter(
      arg => arg !== '-j' && arg !== '1',
    );
    const { status, signal, stdout, stderr } = spawnSync(
      process.execPath,
      [executable(tool === undefined ? '' : `-${tool}`), ...line],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        encoding: 'utf8',
        maxBuffer: 1 << 26,
        timeout: LIMITS.seconds * 1000,
        env: { ...process.env, BTFKIT_CACHE: 'off', NODE_OPTIONS: `--import=${pathToFileURL(reporter)}` },
      },
    );
    const what = `case ${number}: ${verb} of ${fixture}`;
    expect(signal, what).toBeNull();
    const result = {
      ...{ fixture, verb, status: status!, errors: stderr },
      out:
        stdout === ''
          ? ('nothing' as const)
          : line.includes('--json')
            ? ('json' as const)
            : ('text' as const),
      made: readdirSync(scratch).filter(name => name !== 'input'),
      isSpoilt: !readFileSync(input).equals(bytes) && (status !== 0 || isChanged !== true),
      megabytes: Number(readFileSync(peak, 'utf8')),
    };
    expect(complaintOf(result), what).toBeUndefined();
    for (const name of result.made) rmSync(join(scratch, name));
  }
});
