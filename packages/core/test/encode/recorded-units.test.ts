import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { encodeFixture, fixtures, load } from './encode.js';
import { expectSame } from './functions/answers.js';

// Our BTF of fixtures/units beside what pahole made of them: NAME.btf. A module stands on what pahole made of its base.

const objects = readdirSync(new URL('units/', fixtures)).filter(name => /\.(o|elf)$/.test(name));
const answerOf = (object: string) => `units/${object.replace(/\.(o|elf)$/, '.btf')}`;

test('there are such fixtures', () => expect(objects.length).toBeGreaterThan(9));

test.each(objects)('%s', async object => {
  const isModule = object.includes('_module.');
  const base = isModule ? load(answerOf(object.replace('_module.', '_base.'))) : undefined;
  expectSame(await encodeFixture(`units/${object}`, base), load(answerOf(object), base));
});
