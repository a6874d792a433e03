import { describe, expect, test } from 'vitest';
import { answersOf, expectAnswer, expectSame, functionsNamed, ours, recorded } from './answers.js';

describe('one name with two prototypes', () => {
  test.each(answersOf('prototypes', 'tagged_twice'))('$object, $set', expectAnswer);

  test.each([
    ['same', 1],
    ['int_or_long', 0],
    ['const_target', 1],
    // Void takes no const along.
    ['const_void', 0],
    ['const_typedef', 0],
    ['forward_or_defined', 1],
    ['content_differs', 1],
    ['typedef_retargeted', 1],
    ['typedef_or_target', 0],
    // Their products are alike.
    ['array_dimensions', 1],
    ['array_length', 0],
    ['function_parameter', 0],
    ['variadic_or_not', 0],
    ['enum_or_enum64', 0],
  ])('%s: %i', async (name, count) => {
    expect(await functionsNamed(name, 'prototypes.gcc12-dw5-x86_64.elf')).toHaveLength(count);
  });
});

describe('one name, out of line in one unit', () => {
  // A note says of them that units do not refer to each other, and so pahole finds nothing where they do: types become
  // void and names are missing.
  const lost = (name: string) => name.endsWith('-lto-note0.elf');

  test.each(answersOf('inlined').filter(({ object }) => !lost(object)))('$object, $set', expectAnswer);

  test.each(answersOf('inlined').filter(({ object }) => lost(object)))(
    '$object, $set: references between units hold all the same',
    async ({ object, set }) => {
      expectSame(await ours(object, set), recorded(object.replace('-note0', ''), set));
    },
  );

  test.each([
    ['out_in_first', 'from_a'],
    ['out_in_second', 'from_b'],
    ['out_in_third', 'from_c'],
  ])('%s: the copy with an address counts, %s', async (name, parameter) => {
    expect(await functionsNamed(name, 'inlined.gcc12-dw5-x86_64.elf')).toEqual([
      `int (struct queue * ${parameter}, int step)`,
    ]);
  });
});

describe('one name at several addresses', () => {
  test.each(answersOf('ambiguous'))('$object, $set', expectAnswer);

  test('is left out, unless it is the last of all', async () => {
    const object = 'ambiguous.clang19-dw5-x86_64.elf';
    expect(await functionsNamed('twice', object)).toEqual([]);
    expect(await functionsNamed('thrice', object)).toEqual([]);
    expect(await functionsNamed('zz_last', object)).toEqual(['int (struct lock * in_a)']);
  });

  test('an address of 0 is none', async () => {
    expect(await functionsNamed('twice', 'ambiguous.gcc12-dw5-x86_64-zero.elf')).toHaveLength(1);
  });
});
