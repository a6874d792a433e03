import { expect, test } from 'vitest';
import { complaint, LIMITS, type Result } from './drive.js';

const good: Result & { megabytes: number } = {
  status: 3,
  errors: 'btfkit: a.o: .BTF: no magic\n',
  out: 'nothing',
  made: [],
  isSpoilt: false,
  megabytes: 80,
};

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
  ['half a text', { out: 'text' }, /text on standard output/],
  ['half a document', { status: 1, out: 'broken json' }, /no JSON document/],
  ['an input that it wrote to', { isSpoilt: true }, /the input was changed/],
  ['too much memory', { megabytes: LIMITS.megabytes + 1 }, /513 MB/],
] as [string, Partial<typeof good>, RegExp][])('complains of %s', (_, change, message) => {
  expect(complaint({ ...good, ...change })).toMatch(message);
});

test('lets a verb have what its row allows', () => {
  const usage = { ...good, status: 2, errors: 'btfkit: a.o is read on no base\n' };
  expect(complaint(usage, { usage: /read on no base/ })).toBeUndefined();
  expect(complaint(usage, { usage: /else/ })).toMatch(/status 2/);
  expect(complaint({ ...good, errors: `WARN: x\n${good.errors}` }, { says: /^WARN: / })).toBeUndefined();
  expect(complaint({ ...good, errors: 'WARN: x\n' }, { says: /^WARN: / })).toMatch(/not one line/);
  expect(complaint({ ...good, errors: good.errors.repeat(2) }, { saysMore: true })).toBeUndefined();
  expect(complaint({ ...good, out: 'text' }, { writesParts: true })).toBeUndefined();
  const patch = { ...good, status: 255, errors: 'FAILED: no ELF file\n' };
  expect(complaint(patch, { tool: 'resolve_btfids' })).toBeUndefined();
  expect(complaint({ ...patch, status: 129 }, { tool: 'resolve_btfids' })).toMatch(/status 129/);
});
