import { describe, expect, test } from 'vitest';
import { answersOf, expectAnswer, functionsNamed } from './answers.js';

describe('which symbol makes a function count', () => {
  test.each(answersOf('symbols'))('$object, $set', expectAnswer);

  test.each([
    ['static_fn', ['int (struct node * n, int k)']],
    ['inlined_fn', []],
    ['renamed_fn', []],
    // By the symbol "plain.dotted", which is that of another.
    ['plain', ['int (int a, int b)']],
    ['colder', []],
    ['cloned', ['int (int a)']],
    // In two parts, so that DWARF gives it no single address.
    ['split_fn', ['int (struct node * n, int a)']],
    ['untyped_fn', ['int (int a)']],
  ])('%s: %j', async (name, prototypes) => {
    expect(await functionsNamed(name, 'symbols.gcc12-dw5-x86_64.elf')).toEqual(prototypes);
  });

  test('a symbol without a type is no function', async () => {
    expect(await functionsNamed('untyped_fn', 'symbols.gcc12-dw5-x86_64-untyped.elf')).toEqual([]);
  });
});

describe('functions that the compiler changed', () => {
  test.each(answersOf('suffixes', 'thin'))('$object, $set', expectAnswer);

  const gcc = 'suffixes.gcc12-dw5-x86_64.elf';
  const clang = 'suffixes.clang19-dw5-x86_64.elf';
  test.each([
    [gcc, 'nothing_changed', 'default', ['long int (long int a, long int b)']],
    [gcc, 'last_unused', 'default', []],
    [gcc, 'last_unused', 'true_signature', []],
    [gcc, 'last_unused.constprop.0', 'true_signature', ['long int (long int used, long int unused)']],
    // The abstract one has it that `used` came in the first register, and so seems unexpected.
    [gcc, 'first_unused.constprop.0', 'true_signature', []],
    [clang, 'first_unused', 'default', []],
    [clang, 'first_unused', 'true_signature', ['long (long used)']],
  ])('%s: %s with %s: %j', async (object, name, set, prototypes) => {
    expect(await functionsNamed(name, object, set)).toEqual(prototypes);
  });
});
