import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Btf } from '@btfkit/core/btf';
import { describe, expect, test } from 'vitest';
import { featureSets } from '../../fixtures/feature-sets.mjs';
import {
  answersOf,
  basePath,
  expectSame,
  objects,
  ours,
  subjectOf,
} from '../../packages/core/test/encode/functions/answers.js';
import { fixtures, scratchFolder } from './tools.js';

// Our functions, variables and tags of fixtures/functions beside those of the pahole of this machine, where it has the
// rules that the fixtures are about (BTFKIT_PAHOLE names another): git 1436daf, between 1.31 and 1.32.

const pahole = process.env.BTFKIT_PAHOLE ?? 'pahole';
const known = spawnSync(pahole, ['--supported_btf_features'], { encoding: 'utf8' });
const features = known.status === 0 ? known.stdout.split(/[,\s]/) : [];
// 1.32, which knows force_cu_merging, has other rules for prototypes and variables.
const isSame = features.includes('true_signature') && !features.includes('force_cu_merging');

if (!isSame)
  test.skip('as pahole has them now (skipped: none between 1.31 and 1.32; BTFKIT_PAHOLE names one)');
else describe('as pahole has them now', compare);

function compare() {
  const scratch = scratchFolder();
  const folder = join(fixtures, 'functions');
  // Where we do not follow pahole: see names.test.ts and tags.test.ts of packages/core/test/encode/functions.
  const isOurs = (object: string, set: string) =>
    object.endsWith('-lto-note0.elf') ||
    (set === 'true_signature' && object.startsWith('tagged.clang19')) ||
    (set === 'no-encode_force' && object === 'handmade_variables.x86_64-percpu.elf');
  const subjects = [...new Set(objects.map(subjectOf))];
  const answers = answersOf(...subjects).filter(({ object, set }) => !isOurs(object, set));

  test('there are answers', () => expect(answers.length).toBeGreaterThan(300));

  test.each(answers)('$object, $set', async ({ object, set }) => {
    const out = join(scratch, `${object}.${set}.btf`);
    const base = basePath(object);
    const { stderr } = spawnSync(
      pahole,
      [
        '-J',
        `--btf_features=${featureSets[set]!.join(',')}`,
        ...(base === undefined ? [] : ['--btf_base', join(folder, base)]),
        `--btf_encode_detached=${out}`,
        join(folder, object),
      ],
      { encoding: 'utf8' },
    );
    if (!existsSync(out)) throw new Error(`pahole: ${stderr}`);
    const under = base === undefined ? undefined : Btf.parse(readFileSync(join(folder, base)));
    expectSame(await ours(object, set, under), Btf.parse(readFileSync(out), { base: under }));
  });
}
