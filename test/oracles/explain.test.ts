import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { objects } from '../../packages/core/test/encode/functions/answers.js';
import { executable, fetchedKernels, fixtures, needs, scratchFolder } from './tools.js';

// Why functions are left out, beside what the pahole of this machine says with -V, where it has the rules of ours
// (BTFKIT_PAHOLE names another): git 1436daf, between 1.31 and 1.32.

const pahole = process.env.BTFKIT_PAHOLE ?? 'pahole';
const known = spawnSync(pahole, ['--supported_btf_features'], { encoding: 'utf8' });
const features = known.status === 0 ? known.stdout.split(/[,\s]/) : [];
const isSame = features.includes('true_signature') && !features.includes('force_cu_merging');

if (!isSame) test.skip('reasons of pahole (skipped: none between 1.31 and 1.32; BTFKIT_PAHOLE names one)');
else describe('reasons of pahole', compare);

/** What pahole says, by how it begins; all else is of a difference between prototypes. */
const REASONS: readonly [string, string][] = [
  ['ambiguous address', 'ambiguous address'],
  ['optimized parameters', 'optimized parameters'],
  ['reordered parameters', 'reordered parameters'],
  ['uncertain', 'uncertain location'],
  ['unexpected register', 'unexpected register'],
  ['inconsistet prototype', 'inconsistent prototypes'],
];

function compare() {
  const scratch = scratchFolder();

  /** Reasons by function. Of a name in which prototypes differ, it also says how, whatever counts in the end. */
  function theirs(path: string): Map<string, string> {
    const out = join(scratch, 'out.btf');
    // It says much more than is of interest: half a gigabyte of a kernel.
    const script =
      '"$1" -V -J --btf_features=default --btf_encode_detached="$2" "$3" 2>&1 | grep "skipping BTF encoding of function due to"';
    const { stdout } = spawnSync('sh', ['-c', script, 'sh', pahole, out, path], {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
    const reasons = new Map<string, string>();
    for (const line of stdout.split('\n')) {
      const [, name, said] = line.match(/^(\S+) .*due to (.*)$/) ?? [];
      const reason = REASONS.find(([text]) => said?.startsWith(text))?.[1];
      if (name !== undefined && reason !== undefined) reasons.set(name, reason);
    }
    return reasons;
  }

  function ours(path: string, names: readonly string[]): Map<string, string> {
    const said = execFileSync(
      'sh',
      [
        '-c',
        '"$@"; test $? -le 1',
        'sh',
        process.execPath,
        executable,
        'encode',
        path,
        '--explain',
        names.join(','),
        '--json',
      ],
      { encoding: 'utf8', maxBuffer: 1 << 28 },
    );
    const { explanations } = JSON.parse(said).files[0];
    return new Map(
      explanations.map(({ asked, reason }: { asked: string; reason: string }) => [asked, reason]),
    );
  }

  // pahole refuses what has no symbol table, and of units that a note says to be apart it takes no copies.
  const comparable = objects.filter(object => !/nosymtab|lto-note0/.test(object));
  let compared = 0;
  test.each(comparable)('%s', object => {
    const path = join(fixtures, 'functions', object);
    const expected = theirs(path);
    compared += expected.size;
    if (expected.size > 0) expect(ours(path, [...expected.keys()])).toEqual(expected);
  });
  test('there were some', () => expect(compared).toBeGreaterThan(300));

  const { skip, why } = needs('slow');
  test.skipIf(skip).each(fetchedKernels())(
    `vmlinux of $release${why}`,
    { timeout: 600_000 },
    ({ vmlinux }) => {
      const expected = theirs(vmlinux);
      expect(expected.size).toBeGreaterThan(500);
      expect(ours(vmlinux, [...expected.keys()])).toEqual(expected);
    },
  );
}
