import { describe, expect, test } from 'vitest';
import { signatures } from '../signatures.js';
import { type Answer, answersOf, expectAnswer, ours } from './answers.js';

describe('variables', () => {
  // There pahole gives up the unit's variables at one of type void, and so misses the invalid name behind it.
  const misses = ({ object, set }: Answer) =>
    object === 'handmade_variables.x86_64-percpu.elf' && set === 'no-encode_force';
  const answers = answersOf('variables', 'handmade_variables');
  test.each(answers.filter(answer => !misses(answer)))('$object, $set', expectAnswer);

  test.each(answers.filter(misses))('$object, $set: an error', async ({ object, set }) => {
    await expect(ours(object, set)).rejects.toThrow(/a variable named "9a", .*encode_force/);
  });

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
