import { describe, expect, test } from 'vitest';
import { answersOf, expectAnswer, functionsNamed } from './answers.js';

describe('registers', () => {
  test.each(answersOf('registers', 'by_value'))('$object, $set', expectAnswer);

  test.each([
    ['six', 1],
    ['seven', 1],
    ['real', 0],
    ['other_abi', 0],
    ['unused_first', 1],
  ])('%s: %i', async (name, count) => {
    expect(await functionsNamed(name, 'registers.gcc12-dw5-x86_64.elf')).toHaveLength(count);
  });

  test('a struct by value excuses a register, a union does not', async () => {
    const object = 'by_value.clang19-dw5-x86_64.elf';
    expect(await functionsNamed('f_excused', object)).toHaveLength(1);
    expect(await functionsNamed('f_excused_by_typedef', object)).toHaveLength(1);
    expect(await functionsNamed('f_excused_by_union', object)).toEqual([]);
  });
});

describe('packed structs past the registers', () => {
  test.each(answersOf('packed'))('$object, $set', expectAnswer);

  test.each([
    ['on_stack', 1],
    ['on_stack_packed', 0],
    ['on_stack_typedef', 1],
    ['on_stack_in_vain', 1],
    ['at_0_of_8', 1],
    ['at_5', 1],
    ['at_6', 0],
  ])('%s: %i', async (name, count) => {
    expect(await functionsNamed(name, 'packed.clang19-dw5-x86_64.elf')).toHaveLength(count);
  });
});

describe('locations and references by hand', () => {
  test.each(answersOf('handmade_locations', 'handmade_changed', 'handmade_origins'))(
    '$object, $set',
    expectAnswer,
  );
});

describe('shapes of functions, and what their DIEs refer to', () => {
  test.each(answersOf('shapes', 'origins'))('$object, $set', expectAnswer);

  test('names for all parameters or none at all', async () => {
    const object = 'shapes.gcc12-dw5-x86_64.elf';
    expect(await functionsNamed('unnamed_last', object)).toEqual([]);
    expect(await functionsNamed('variadic', object)).toEqual(['int (char const * format, ...)']);
    expect(await functionsNamed('inner_plain', object)).toEqual(['int (int b)']);
  });
});
