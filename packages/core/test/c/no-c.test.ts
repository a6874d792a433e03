import { Btf, BtfBuilder } from '@btfkit/core/btf';
import { type HeaderOptions, printC } from '@btfkit/core/c';
import { describe, expect, test } from 'vitest';
import { Types } from './types.js';

// Types of which there is no C: on some of these bpftool never ends, on others it runs out of stack.

const print = (btf: Btf, options?: HeaderOptions) => printC(btf, () => {}, options);

const endless = 'leads back to itself, or through too many others, and has no end in C';
const holdsItself = 'holds itself by value, which C cannot say';

const loops: Record<string, [message: string, fill: (t: Types) => void]> = {
  'const of itself': [`type [1]: ${endless}`, t => t.modified('CONST', t.next)],
  'const and volatile of each other': [
    `type [1]: ${endless}`,
    t => {
      t.modified('CONST', t.next + 1);
      t.modified('VOLATILE', t.next - 1);
    },
  ],
  'a pointer to itself': [`type [1]: ${endless}`, t => t.pointer(t.next)],
  'a typedef of itself': [`type [1]: ${endless}`, t => t.typedef('me', t.next)],
  'a type tag of itself': [`type [1]: ${endless}`, t => t.typeTag('user', t.next)],
  'an array of itself': [`type [1]: ${endless}`, t => t.array(t.next, 2)],
  'a prototype that takes itself': [
    `type [1]: ${endless}`,
    t => t.prototype(0, ['a', t.next], ['b', t.next]),
  ],
  'a struct in itself': [`type [1]: ${holdsItself}`, t => t.struct('me', 4, [['me', t.next, 0]])],
  'structs in each other': [
    `type [1]: ${holdsItself}`,
    t => {
      t.struct('a', 4, [['b', t.next + 1, 0]]);
      t.union('b', 4, [['a', t.next - 1, 0]]);
    },
  ],
  'an anonymous struct behind a pointer in itself': [
    `type [1]: ${holdsItself}`,
    t => {
      t.struct('', 8, [['me', t.next + 1, 0]]);
      t.pointer(t.next - 1);
    },
  ],
};

describe.each(Object.entries(loops))('%s', (_, [message, fill]) => {
  const t = new Types();
  fill(t);
  // bpftool leaves out the first of the sorted types: this one, if there is nothing before it.
  t.enumeration('first', { FIRST: 1 });
  const btf = t.parse();

  test.each([{}, { unsorted: true }, { ids: [1] }, { asserts: true }])('%o', options => {
    expect(() => print(btf, options)).toThrow(`small.btf: types: ${message}`);
  });
});

describe('without end for all that anyone can use', () => {
  test('a chain of 100,000 types', () => {
    const t = new Types();
    const int = t.int();
    for (let i = 0; i < 100_000; i++) t.pointer(t.next - 1);
    t.struct('end', 8, [['x', t.next - 1, 0]]);
    const btf = t.parse();
    expect(() => print(btf)).toThrow(endless);
    expect(() => print(btf, { unsorted: true })).toThrow(endless);
    // Those that need none of it are to be had.
    expect(print(btf, { ids: [int] })).toBe(0);
  });

  test('two structs of one name, told apart by a member without end', () => {
    const t = new Types();
    const circle = t.modified('CONST', t.next);
    for (const member of ['x', 'y']) t.struct('same', 8, [[member, circle, 0]]);
    expect(() => print(t.parse())).toThrow(endless);
  });

  test('10,000 structs in each other', () => {
    const t = new Types();
    t.int();
    for (let i = 0; i < 10_000; i++) t.struct('', 4, [['x', t.next - 1, 0]]);
    t.typedef('end', t.next - 1);
    expect(() => print(t.parse(), { asserts: true })).toThrow(endless);
  });

  test('prototypes that double with each level', () => {
    const t = new Types();
    t.int();
    for (let i = 0; i < 60; i++) {
      const pointer = t.pointer(t.next - 1);
      t.prototype(0, ['a', pointer], ['b', pointer]);
    }
    t.typedef('end', t.next - 1);
    expect(() => print(t.parse(), { unsorted: true })).toThrow(endless);
  });
});

test('fields without number that fill holes', () => {
  const t = new Types();
  for (const name of ['a', 'b']) t.struct(name, 0x0fffffff, [['x', t.int(`${name}_int`), 0]]);
  let written = 0;
  const count = (chunk: Uint8Array) => {
    written += chunk.length;
  };
  const btf = t.parse();
  expect(() => printC(btf, count)).toThrow(/types: more than \d+ bytes of C from \d+ bytes of BTF$/);
  expect(written).toBeGreaterThan(1 << 23);
  expect(written).toBeLessThan(1 << 25);
});

describe('names that are ends of one string', () => {
  /** Structs without members, of names of so many times `a`, and `z`. */
  function named(lengths: readonly number[]): Btf {
    const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
    const strings = Buffer.from(`\0${'a'.repeat(longest)}z\0`);
    const types = lengths.flatMap(length => [1 + longest - length, 4 << 24, 0]);
    const header = [0xeb9f | (1 << 16), 24, 0, 4 * types.length, 4 * types.length, strings.length];
    return Btf.parse(Buffer.concat([Buffer.from(Uint32Array.from([...header, ...types]).buffer), strings]));
  }

  test('sorting them needs no deep stack', () => {
    // The one in the middle of what is left is always the shortest, and the largest goes on.
    const places = Array.from({ length: 16_000 }, (_, place) => place);
    const lengths: number[] = [];
    for (let length = 0; places.length > 0; length++) {
      const middle = places.length >> 1;
      lengths[places[middle]] = length;
      const last = places.pop()!;
      if (middle < places.length) places[middle] = last;
    }
    expect(() => print(named(lengths))).toThrow(/more than \d+ bytes of C from \d+ bytes of BTF$/);
  });

  test('nor time without end', () => {
    const lengths = Array.from({ length: 100_000 }, (_, length) => length);
    expect(() => print(named(lengths))).toThrow('types: names too long and too many to sort');
  });
});

test('kinds that C does not have are left out and counted', () => {
  const builder = new BtfBuilder();
  builder.add({ kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 });
  builder.add({ kind: 'LOC_PARAM', name: '', size: 4, flags: 0, values: [1] });
  builder.add({ kind: 'LOC_PROTO', name: '', params: [2] });
  builder.add({ kind: 'TYPEDEF', name: 'number', type: 1 });
  const chunks: Uint8Array[] = [];
  expect(printC(builder.parse(), chunk => chunks.push(chunk.slice()))).toBe(2);
  expect(Buffer.concat(chunks).toString()).toContain('\ntypedef int number;\n');
});
