import { printC } from '@btfkit/core/c';
import { expect, test } from 'vitest';
import { Types } from './types.js';

/** The assertions that a header ends with, without the words that are in each. */
function asserts(t: Types, ids?: readonly number[]): string[] {
  const chunks: Uint8Array[] = [];
  printC(t.parse(), chunk => chunks.push(chunk.slice()), { asserts: true, unsorted: true, ids });
  const lines = Buffer.concat(chunks).toString().split('\n');
  return lines.flatMap(line => {
    const [, comment, what] = /^(\/\/ )?_Static_assert\((.*), "(?:size|offset)"\);$/.exec(line) ?? [];
    return what === undefined ? [] : [(comment ?? '') + what.replace('__builtin_offsetof', 'offsetof')];
  });
}

test('sizes, and where members are', () => {
  const t = new Types();
  const int = t.int();
  const inner = t.struct('', 8, [
    ['x', int, 0],
    ['y', int, 32],
  ]);
  const outer = t.struct('outer', 28, [
    ['a', int, 0, 0],
    ['bits', int, 32, 3],
    ['', t.modified('CONST', t.union('', 8, [['', inner, 0]])), 64, 0],
    ['named', inner, 128, 0],
    ['list', t.array(inner, 0), 192, 0],
    ['wide', int, 192, 0],
  ]);
  t.typedef('outer_t', outer);
  t.enumeration('byte', { A: 1 }, 1);
  t.typedef('list_t', t.array(outer, 3));
  t.struct('outer', 4, [['z', int, 0]]);
  t.struct('outer', 4, [['z', t.modified('CONST', int), 0]]);
  t.typedef('call_t', t.prototype(0));
  t.typedef('nothing_t', 0);
  t.typedef('later_t', t.forward('later'));
  t.typedef('empty_t', t.array(int, 0));
  const found = asserts(t);
  expect(found.slice(0, 8)).toEqual([
    'sizeof(struct outer) == 28',
    'offsetof(struct outer, a) == 0',
    'offsetof(struct outer, x) == 8',
    'offsetof(struct outer, y) == 12',
    'offsetof(struct outer, named) == 16',
    'offsetof(struct outer, named.x) == 16',
    'offsetof(struct outer, named.y) == 20',
    'offsetof(struct outer, list) == 24',
  ]);
  expect(found.slice(8)).toEqual([
    'offsetof(struct outer, wide) == 24',
    'sizeof(outer_t) == 28',
    'sizeof(enum byte) == 1',
    'sizeof(list_t) == 84',
    'sizeof(struct outer___2) == 4',
    'offsetof(struct outer___2, z) == 0',
    'sizeof(struct outer___3) == 4',
    'offsetof(struct outer___3, z) == 0',
    'sizeof(empty_t) == 0',
  ]);
});

test('only of what the header defines', () => {
  const t = new Types();
  const int = t.int();
  const far = t.struct('far', 4, [['x', int, 0]]);
  t.struct('unused', 4, [['x', int, 0]]);
  const near = t.struct('near', 8, [['far', t.pointer(far), 0]]);
  t.typedef('far_t', far);
  expect(asserts(t, [near])).toEqual(['sizeof(struct near) == 8', 'offsetof(struct near, far) == 0']);
  expect(asserts(t, [t.next - 1])).toContain('sizeof(far_t) == 4');
});

test('what BTF does not say how to get is a comment', () => {
  const t = new Types();
  const int = t.int();
  const aligned = t.union('aligned', 64, [['x', int, 0]]);
  const two = t.enumeration('two', { A: 1 }, 2);
  const tag = t.struct('tag', 24, [['', t.array(int, 6), 0]]);
  const list = t.typedef('__builtin_va_list', t.array(tag, 1));
  const alias = t.typedef('va_list', list);
  t.struct('holds', 128, [
    ['one', t.array(t.modified('CONST', aligned), 1), 0],
    ['two', two, 512],
  ]);
  t.struct('passes', 8, [['list', t.pointer(list), 0]]);
  t.struct('keeps', 24, [['list', alias, 0]]);
  t.enumeration64('narrow', { B: 1n }, 4);
  t.enumeration64('wide', { C: 1n << 40n }, 4);
  t.union('bits', 4, [['x', int, 0, 30]]);
  expect(asserts(t)).toEqual([
    '// sizeof(union aligned) == 64',
    '// offsetof(union aligned, x) == 0',
    '// sizeof(enum two) == 2',
    'sizeof(struct tag) == 24',
    '// sizeof(__builtin_va_list) == 24',
    '// sizeof(va_list) == 24',
    '// sizeof(struct holds) == 128',
    '// offsetof(struct holds, one) == 0',
    '// offsetof(struct holds, two) == 64',
    'sizeof(struct passes) == 8',
    'offsetof(struct passes, list) == 0',
    '// sizeof(struct keeps) == 24',
    '// offsetof(struct keeps, list) == 0',
    'sizeof(enum narrow) == 4',
    '// sizeof(enum wide) == 4',
    'sizeof(union bits) == 4',
  ]);
});
