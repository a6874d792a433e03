import { describe, expect, test } from 'vitest';
import { signatures } from '../signatures.js';
import { answersOf, expectAnswer, objects, recorded, subjectOf } from './answers.js';

describe('every feature by itself', () => {
  test.each(answersOf('features'))('$object, $set', expectAnswer);

  test('each makes a difference somewhere, but those of which pahole takes no notice here', () => {
    const same = ['no-encode_force', 'no-optimized_func', 'distilled_base'];
    const text = (set: string) => JSON.stringify(wordsOf(set));
    const sets = answersOf('features')
      .filter(({ object }) => object === clang)
      .map(({ set }) => set);
    expect(sets.length).toBeGreaterThan(15);
    expect(sets.filter(set => set !== 'default' && text(set) === text('default')).sort()).toEqual(
      same.sort(),
    );
  });
});

const clang = 'features.clang19-dw5-x86_64.elf';
function wordsOf(set: string): unknown {
  const btf = recorded(clang, set);
  const types = Array.from({ length: btf.endId - 1 }, (_, i) => btf.type(i + 1));
  return { ...signatures(btf), layout: btf.layout, flags: types.map(type => 'kflag' in type && type.kflag) };
}

describe('units that pahole reads as one', () => {
  test.each(answersOf('mixed', 'conflict'))('$object, $set', expectAnswer);
});

test('every object is of a subject that a test names', () => {
  const subjects = [
    ['symbols', 'suffixes', 'thin'],
    ['prototypes', 'tagged_twice', 'inlined', 'ambiguous'],
    ['registers', 'by_value', 'packed', 'handmade_locations', 'handmade_changed', 'handmade_origins'],
    ['shapes', 'origins'],
    ['variables', 'handmade_variables'],
    ['tagged', 'kfuncs', 'kfuncs_broken'],
    ['features', 'mixed', 'conflict'],
  ].flat();
  expect([...new Set(objects.map(subjectOf))].sort()).toEqual(subjects.sort());
});
