import { readFileSync } from 'node:fs';
import { applyCore, type BpfObject, type Relocation } from '@btfkit/core/core-relo';
import { describe, expect, test } from 'vitest';
import answers from './answers.json' with { type: 'json' };
import { corpus, fixture, hex, noCorpus, objectOf, targetOf } from './files.js';

// What libbpf made of the same objects and targets: of ours, recorded by make-answers.mjs, and of the corpus.

const errno = { E2BIG: 7, EINVAL: 22, ERANGE: 34 } as Record<string, number>;

function instructions(object: BpfObject, bytes: Uint8Array): Record<string, string> {
  return Object.fromEntries(
    object.programs.map(({ name, section, start, length }) => {
      const at = section.offset + start * 8;
      return [name, hex(bytes.subarray(at, at + length * 8))];
    }),
  );
}

/** The relocation with which libbpf would have ended. */
function firstRefused(relocations: readonly Relocation[]): Relocation | undefined {
  return relocations.find(({ outcome }) => outcome === 'refused');
}

describe('objects of fixtures/core', () => {
  test.each(answers)('$object on $target', async answer => {
    const object = objectOf(fixture(answer.object));
    const { bytes, relocations } = applyCore(object, await targetOf(fixture(answer.target)));
    const refused = firstRefused(relocations);
    expect(refused === undefined ? 0 : -errno[refused.errnoName]!).toBe(answer.ret);
    expect(refused?.program.name ?? '').toBe(answer.program);
    if (answer.ret === 0) expect(instructions(object, bytes)).toEqual(answer.programs);
  });

  test('some are refused and most are not', () => {
    expect(answers.filter(({ ret }) => ret !== 0).length).toBeGreaterThan(0);
    expect(answers.filter(({ ret }) => ret === 0).length).toBeGreaterThan(3);
  });
});

interface RecordedRelocation {
  readonly section: string;
  readonly record: number;
  readonly kind: string;
  readonly spec: string;
  readonly result: string;
  readonly error?: string;
  readonly candidates: readonly { readonly matching: boolean; readonly target: string }[];
}
interface Case {
  readonly id: string;
  readonly name: string;
  readonly object: string;
  readonly target: string;
  readonly ret: number | null;
  readonly relocations: readonly RecordedRelocation[] | null;
}

const cases: Case[] =
  noCorpus === '' ? JSON.parse(readFileSync(`${corpus}/expected.json`, 'utf8')).cases : [];

describe.skipIf(noCorpus !== '')(`the corpus${noCorpus}`, () => {
  const outcomes: Record<string, string> = { patched: 'patched', poisoned: 'poisoned', error: 'refused' };

  // Of an object that is refused, the rest was recorded program by program.
  test.each(cases.filter(({ ret }) => ret === 0))('$id $name', async one => {
    const object = objectOf(`${corpus}/${one.object}`);
    const { relocations } = applyCore(object, await targetOf(`${corpus}/${one.target}`));
    const place = (section: string, record: number) => `${section} ${record}`;
    const ours = new Map(relocations.map(each => [place(each.relo.sectionName, each.relo.record), each]));
    for (const theirs of one.relocations ?? []) {
      const found = ours.get(place(theirs.section, theirs.record))!;
      const matching = found.candidates.filter(({ mismatch }) => mismatch === null).map(({ spec }) => spec);
      expect([found.kind, found.spec, found.outcome, matching]).toEqual([
        theirs.kind,
        theirs.spec,
        outcomes[theirs.result],
        theirs.candidates.filter(({ matching }) => matching).map(({ target }) => target),
      ]);
    }
  });

  test.each(cases.filter(({ ret }) => (ret ?? 0) < 0))('$id $name', async one => {
    const { relocations } = applyCore(
      objectOf(`${corpus}/${one.object}`),
      await targetOf(`${corpus}/${one.target}`),
    );
    expect(errno[firstRefused(relocations)!.errnoName]).toBe(-one.ret!);
  });
});
