import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { memorySource } from '@btfkit/core/bytes';
import { Checker, CheckTarget, readNeeds } from '@btfkit/core/core-check';
import { applyCore, BpfObject, CoreTarget } from '@btfkit/core/core-relo';
import { loadBtf } from '@btfkit/core/input';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const source = (path: string) => memorySource(new Uint8Array(readFileSync(path)), path);
const btfOf = async (path: string) => (await loadBtf(source(path), { references: false })).btf;

/**
 * One after the other, each object with a target of its own, as `core apply` has it; and all objects at once, with equal
 * relocations asked once.
 */
async function compare(objects: readonly string[], targets: readonly string[]) {
  const opened = objects.map(path => BpfObject.open(source(path)));
  const needs = readNeeds(opened);
  const checker = new Checker(needs);
  const counts = { patched: 0, poisoned: 0, refused: 0 };
  for (const path of targets) {
    const btf = await btfOf(path);
    const { answers, of } = checker.check(new CheckTarget(btf));
    const told = new Map<number, string>();
    for (let at = 0; at < of.length; at += 2) told.set(of[at], answers[of[at + 1]].verdict);
    for (const [index, object] of opened.entries()) {
      const { relocations } = applyCore(object, new CoreTarget(btf));
      const { first } = needs.objects[index];
      const found = relocations
        .map((_, at) => told.get(first + at) ?? 'patched')
        .map(verdict => (verdict === 'guarded' || verdict === 'unknown' ? 'poisoned' : verdict));
      const wanted = relocations.map(({ outcome }) => outcome);
      expect(found, `${objects[index]} on ${path}`).toEqual(wanted);
      for (const outcome of wanted) counts[outcome]++;
    }
  }
  return counts;
}

describe('relocations come out as core apply makes them', () => {
  test('fixtures', async () => {
    const folder = join(root, 'fixtures/core');
    const programs = ['program-el.o', 'program-eb.o', 'refused-el.o', 'refused-eb.o'].map(name =>
      join(folder, name),
    );
    const kernels = ['kernel-el.o', 'kernel-eb.o', 'refusing-kernel-el.o', 'program-el.o'].map(name =>
      join(folder, name),
    );
    // The same objects again: asked in another order.
    const counts = await compare([...programs, ...programs.toReversed()], kernels);
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(10);
  });

  const corpus = join(process.env.BTFKIT_SHARED ?? join(root, '../shared'), 'corpus/core/objects');
  const hasCorpus = existsSync(corpus);
  const reason = hasCorpus ? '' : ' (skipped: no folder of recorded answers, BTFKIT_SHARED)';
  test.skipIf(!hasCorpus)(
    `programs and targets of libbpf, cilium and selftests${reason}`,
    { timeout: 120_000 },
    async () => {
      const files = (folder: string) =>
        readdirSync(join(corpus, folder)).map(name => join(corpus, folder, name));
      const all = ['clang14', 'clang19', 'own', 'cilium', 'prog'].flatMap(files);
      const objects = all.filter(
        path => /(test_core.*\.o|own\/prog-.*|\.elf|prog\/.*\.o)$/.test(path) && !/read/.test(path),
      );
      const targets = all.filter(path => /(btf__core|tgt-|\.btf$|relocs_enum-eb)/.test(path));
      const counts = await compare(objects, targets);
      expect(counts.patched).toBeGreaterThan(1000);
      expect(counts.refused).toBeGreaterThan(10);
    },
  );
});
