import { expect, test } from 'vitest';
import { complaint, LIMITS } from './drive.js';

const good = { status: 3, errors: 'btfkit: a.o: .BTF: no magic\n', made: [], megabytes: 80 };

test('lets pass what may happen', () => {
  expect(complaint(good)).toBeUndefined();
  expect(complaint({ ...good, status: 0, errors: '', made: ['output'] })).toBeUndefined();
});

test.each([
  ['a fault', { status: 4 }, /status 4/],
  ['wrong usage', { status: 2 }, /status 2/],
  ['silence', { errors: '' }, /not one line/],
  ['a stack trace', { errors: 'btfkit: x\n    at y\n' }, /not one line/],
  ['output of a failed run', { made: ['output'] }, /output is there/],
  ['a temporary file', { status: 0, made: ['output', '.output.1.tmp'] }, /left behind/],
  ['too much memory', { megabytes: LIMITS.megabytes + 1 }, /513 MB/],
])('complains of %s', (_, change, message) => {
  expect(complaint({ ...good, ...change })).toMatch(message);
});
