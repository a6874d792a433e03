import { describe, expect, test } from 'vitest';
import { signatures } from '../signatures.js';
import { answersOf, expectAnswer, ours } from './answers.js';

describe('variables', () => {
  test.each(answersOf('variables', 'handmade_variables'))('$object, $set', expectAnswer);

  const placesOf = async (name: string, object: string, set: string) => {
    const { variables } = signatures(await ours(object, set));
    return variables.filter(line => line.includes(` ${name} size=`));
  };

  test.each([
    ['initialized', 1],
    ['pcpu_number', 1],
    ['pcpu_empty', 0],
    ['__UNIQUE_ID_1', 0],
    ['__UNIQUE_I', 1],
    ['with$dollar', 0],
    ['in_function', 0],
    ['declared_only', 0],
    ['in_note', 0],
    // Once where it is, and once because another unit has dropped one of that name.
    ['twin', 2],
  ])('%s: %i', async (name, count) => {
    expect(await placesOf(name, 'variables.gcc12-dw5-x86_64.elf', 'global_var')).toHaveLength(count);
  });
});
