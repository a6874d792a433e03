import { readdirSync } from 'node:fs';
import type { Btf } from '@btfkit/core/btf';
import type { Feature } from '@btfkit/core/encode';
import { expect } from 'vitest';
import { featureSets } from '../../../../../fixtures/feature-sets.mjs';
import { encodeFixture, fixtures, load } from '../encode.js';
import { sameGraphs, signatures } from '../signatures.js';
import { expectWithoutOverlaps, overlaps } from './overlaps.js';

// Objects of fixtures/functions and what pahole made of each with several sets of features: NAME.SET.btf.

const files = readdirSync(new URL('functions/', fixtures));
const isObject = (name: string) => /\.(o|elf)$/.test(name);

export const objects: readonly string[] = files.filter(isObject);
export const subjectOf = (name: string): string => name.split('.')[0]!;

export interface Answer {
  readonly object: string;
  /** Name of a set of features. */
  readonly set: string;
}

/** What is recorded of all objects of these subjects. */
export function answersOf(...subjects: string[]): Answer[] {
  const answers = objects
    .filter(object => subjects.includes(subjectOf(object)))
    .flatMap(object => setsOf(object).map(set => ({ object, set })));
  expect(new Set(answers.map(({ object }) => subjectOf(object)))).toEqual(new Set(subjects));
  return answers;
}

const stem = (object: string) => object.replace(/\.(o|elf)$/, '');

function setsOf(object: string): string[] {
  const start = `${stem(object)}.`;
  return files
    .filter(name => name.startsWith(start) && name.endsWith('.btf'))
    .map(name => name.slice(start.length, -'.btf'.length));
}

export const features = (set: string) => new Set(featureSets[set] as readonly Feature[]);

/** Objects that were encoded on the BTF of another. */
const bases = new Map([
  ['kfuncs.clang19-dw5-x86_64-relsplit.o', 'kfuncs.clang19-dw5-x86_64.no-decl_tag_kfuncs.btf'],
]);

/** File name, in the same folder. */
export const basePath = (object: string): string | undefined => bases.get(object);

function baseOf(object: string): Btf | undefined {
  const name = basePath(object);
  return name === undefined ? undefined : load(`functions/${name}`);
}

export const ours = (object: string, set: string, base = baseOf(object)): Promise<Btf> =>
  encodeFixture(`functions/${object}`, base, { features: features(set) });

export const recorded = (object: string, set: string, base = baseOf(object)): Btf =>
  load(`functions/${stem(object)}.${set}.btf`, base);

/** Variables of each DATASEC in their order, which two at one place have too. */
function sections(btf: Btf): string[] {
  const found: string[] = [];
  for (let id = btf.startId; id < btf.endId; id++) {
    const type = btf.type(id);
    if (type.kind !== 'DATASEC') continue;
    const places = type.variables.map(one => `${btf.typeName(one.type)}@${one.offset}+${one.size}`);
    found.push(`${type.name}/${type.size}: ${places.join(' ')}`);
  }
  return found;
}

/** Do we say what pahole said? Functions first: where they differ, all else is likely to. */
export async function expectAnswer({ object, set }: Answer): Promise<void> {
  const base = baseOf(object);
  expectSame(await ours(object, set, base), recorded(object, set, base));
}

export function expectSame(mine: Btf, theirs: Btf): void {
  const a = signatures(mine);
  const b = signatures(theirs);
  expect(a.functions).toEqual(b.functions);
  expect(a.prototypes).toEqual(b.prototypes);
  expect(a.types).toEqual(b.types);
  expect(mine.layout).toEqual(theirs.layout);
  expect(mine.littleEndian).toBe(theirs.littleEndian);
  expect(sameGraphs(mine, theirs)).toBe(true);
  if (overlaps(theirs)) {
    const ofOthers = (tags: readonly string[]) => tags.filter(tag => !tag.includes(' on VAR '));
    expect(ofOthers(a.tags)).toEqual(ofOthers(b.tags));
    expectWithoutOverlaps(mine, theirs);
    return;
  }
  expect(a.variables).toEqual(b.variables);
  expect(a.tags).toEqual(b.tags);
  expect(sections(mine)).toEqual(sections(theirs));
}

/** Prototypes of the FUNCs of this name, in words. */
export async function functionsNamed(name: string, object: string, set = 'default'): Promise<string[]> {
  const { functions } = signatures(await ours(object, set));
  return functions
    .filter(line => line.startsWith(`${name} `))
    .map(line => line.slice(name.length + ' 0 '.length));
}
