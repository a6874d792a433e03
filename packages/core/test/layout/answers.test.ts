import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Btf, BtfBuilder, swapByteOrder } from '@btfkit/core/btf';
import { memorySource } from '@btfkit/core/bytes';
import { loadBtf } from '@btfkit/core/input';
import { Layouts } from '@btfkit/core/layout';
import { afterAll, describe, expect, test } from 'vitest';
import { answer, modes, namesIn, RANDOM_SEEDS, RANDOM_TYPES } from './pahole.mjs';
import { addRandomTypes } from './random-types.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const shared = process.env.BTFKIT_SHARED ?? join(here, '../../../../../shared');
const golden = join(shared, 'golden');

type Mode = keyof typeof modes;
const modeNames = Object.keys(modes) as Mode[];

function ours(btf: Btf, mode: Mode): string {
  const { ours, options } = modes[mode] as {
    ours: (layouts: Layouts, names: string[]) => string;
    options?: object;
  };
  return ours(new Layouts(btf, options), namesIn(btf));
}

/** Fails with the first line that differs, and not with megabytes. */
function expectSame(text: string, theirs: string): void {
  if (text === theirs) return;
  const [lines, wanted] = [text.split('\n'), theirs.split('\n')];
  const at = lines.findIndex((line, i) => line !== wanted[i]);
  expect({ at, lines: lines.slice(at, at + 5) }).toEqual({ at, lines: wanted.slice(at, at + 5) });
  expect(lines.length).toBe(wanted.length);
}

function randomTypes(seed: number): Btf {
  const builder = new BtfBuilder();
  addRandomTypes(builder, seed, RANDOM_TYPES);
  return builder.parse();
}

describe("pahole's answers, as make-answers.mjs recorded them", () => {
  describe.each(['gcc12', 'clang19-i386'])('shapes.%s', compiler => {
    const btf = Btf.parse(readFileSync(join(here, `shapes.${compiler}.btf`)));
    test.each(modeNames)('%s', mode => {
      const theirs = readFileSync(join(here, 'answers', `shapes.${compiler}.${mode}.txt`), 'utf8');
      expectSame(ours(btf, mode), theirs);
    });

    test('the byte order makes no difference', () => {
      const swapped = Btf.parse(swapByteOrder(btf));
      for (const mode of modeNames) expectSame(ours(swapped, mode), ours(btf, mode));
    });
  });

  const digests = JSON.parse(readFileSync(join(here, 'answers/random.json'), 'utf8'));
  test.each(RANDOM_SEEDS)('random types of seed %i', seed => {
    const btf = randomTypes(seed);
    const digestOf = (mode: Mode) => createHash('sha256').update(ours(btf, mode)).digest('hex');
    const found = Object.fromEntries(modeNames.map(mode => [mode, digestOf(mode)]));
    expect(found).toEqual(digests[seed]);
  });
});

async function kernel(name: string): Promise<Btf> {
  const source = memorySource(readFileSync(join(golden, name)), name);
  return (await loadBtf(source, { references: false })).btf;
}

describe('structs of Debian 6.12, one at a time', () => {
  const file = join(golden, 'layouts-6.12.117-cloud.txt');
  if (!existsSync(file)) {
    test.skip('as recorded (skipped: no folder of recorded answers, BTFKIT_SHARED)');
    return;
  }
  const parts = readFileSync(file, 'utf8')
    .split(/^=== (\S+)\n/m)
    .slice(1);
  const answers = parts.flatMap((name, i) => (i % 2 === 0 ? [[name, parts[i + 1]!] as const] : []));

  test('as recorded', async () => {
    expect(answers.length).toBe(130);
    const btf = await kernel('vmlinux-6.12.117+deb12-cloud-amd64.btf.xz');
    for (const [name, theirs] of answers) {
      const layouts = new Layouts(btf);
      expectSame(`${layouts.print(layouts.named(name)[0]!)}\n`, theirs);
    }
  });
});

// As test/oracles/functions.test.ts: the pahole whose source the rules are from, between 1.31 and 1.32.
const pahole = process.env.BTFKIT_PAHOLE ?? 'pahole';
const known = spawnSync(pahole, ['--supported_btf_features'], { encoding: 'utf8' });
const features = known.status === 0 ? known.stdout.split(/[,\s]/) : [];
const isRight = features.includes('true_signature') && !features.includes('force_cu_merging');

describe('beside pahole', () => {
  if (!isRight) {
    test.skip('the same output (skipped: no pahole between 1.31 and 1.32; BTFKIT_PAHOLE names one)');
    return;
  }
  const scratch = mkdtempSync(join(tmpdir(), 'layout-'));
  afterAll(() => rmSync(scratch, { recursive: true }));

  const first = Number(process.env.BTFKIT_SEED ?? Date.now() % 1e9);
  const seeds = Array.from({ length: 20 }, (_, i) => first + i);
  test.each(seeds)('random types of seed %i (BTFKIT_SEED)', seed => {
    const btf = randomTypes(seed);
    const file = join(scratch, 'random.btf');
    writeFileSync(file, btf.bytes);
    for (const mode of modeNames) expectSame(ours(btf, mode), answer(pahole, mode, file));
  });

  const kernels = existsSync(golden) ? readdirSync(golden).filter(name => name.endsWith('.btf.xz')) : [];
  // With --packable pahole never ends on these: it keeps 16 bits of an offset in struct pglist_data. -R of all of them is
  // beside the point for the same reason.
  const ending = modeNames.filter(mode => mode !== 'packable' && mode !== 'reorganized');
  test.each(kernels)('all of %s', { timeout: 120_000 }, async name => {
    const btf = await kernel(name);
    const file = join(scratch, 'kernel.btf');
    writeFileSync(file, btf.bytes);
    for (const mode of ending) expectSame(ours(btf, mode), answer(pahole, mode, file));
  });

  test.skipIf(kernels.length === 0)('a module on its base', async () => {
    const base = await kernel(kernels.find(name => name.includes('6.12'))!);
    const baseFile = join(scratch, 'base.btf');
    writeFileSync(baseFile, base.bytes);
    const file = join(
      golden,
      'modules',
      readdirSync(join(golden, 'modules')).find(name => name.endsWith('.btf'))!,
    );
    const btf = Btf.parse(readFileSync(file), { base });
    for (const mode of ['all', 'named'] as const)
      expectSame(ours(btf, mode), answer(pahole, mode, file, baseFile));
  });
});
