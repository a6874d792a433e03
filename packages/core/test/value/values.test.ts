import { type Btf, BtfBuilder, type BtfType, swapByteOrder, Btf as Types } from '@btfkit/core/btf';
import { Errno, type ValueOptions } from '@btfkit/core/value';
import { describe, expect, test } from 'vitest';
import { shown } from './shown.mjs';

// What is hard to meet at random. Expected texts are libbpf's, or follow from its source where none can be asked.

type Type = Exclude<BtfType, { kind: 'VOID' }>;

function build(...types: Type[]): Btf {
  const builder = new BtfBuilder();
  for (const type of types) builder.add(type);
  return builder.parse();
}

const compact: ValueOptions = { compact: true };

function show(btf: Btf, id: number, data: number[] | Uint8Array, options: ValueOptions = compact) {
  return shown(btf, { id, data: Uint8Array.from(data), pointerSize: undefined, options });
}

const int: Type = { kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 };
const char: Type = { kind: 'INT', name: 'char', size: 1, encoding: 1, bitOffset: 0, bits: 8 };
const member = (name: string, type: number, bitOffset: number, bitfieldSize = 0) => ({
  name,
  type,
  bitOffset,
  bitfieldSize,
});

describe('floats', () => {
  const btf = build(
    { kind: 'FLOAT', name: 'float', size: 4 },
    { kind: 'FLOAT', name: 'double', size: 8 },
    { kind: 'FLOAT', name: 'long double', size: 16 },
  );
  const double = (value: number) => [...new Uint8Array(Float64Array.of(value).buffer)];
  const text = (id: number, data: number[]) => show(btf, id, data, { compact: true, skipNames: true }).text;
  const extended = (exponent: number, significand: bigint) => {
    const bytes = new DataView(new ArrayBuffer(16));
    bytes.setBigUint64(0, significand, true);
    bytes.setUint16(8, exponent, true);
    return [...new Uint8Array(bytes.buffer)];
  };

  test.each([
    // Halves go to the even digit.
    [2 ** -7, '0.007812'],
    [3 * 2 ** -7, '0.023438'],
    [-0, '-0.000000'],
    [5e-324, '0.000000'],
    [1e22, '10000000000000000000000.000000'],
    [0.1 + 0.2, '0.300000'],
    [-Infinity, '-inf'],
  ])('double %d', (value, expected) => {
    expect(text(2, double(value))).toBe(expected);
  });

  test('the largest double has all its digits', () => {
    expect(text(2, double(Number.MAX_VALUE))).toBe(`${BigInt(Number.MAX_VALUE)}.000000`);
  });

  test('NaN with its sign', () => {
    expect(text(1, [0, 0, 0xc0, 0x7f])).toBe('nan');
    expect(text(1, [1, 0, 0x80, 0xff])).toBe('-nan');
  });

  test('long double: 80 bits, and no number without its leading 1', () => {
    expect(text(3, extended(0x3fff, 3n << 62n))).toBe('1.500000');
    expect(text(3, extended(0x7fff, 1n << 63n))).toBe('inf');
    expect(text(3, extended(0x7fff, 3n << 62n))).toBe('nan');
    expect(text(3, extended(0xbfff, 1n << 62n))).toBe('-nan');
    expect(text(3, extended(0x8000, 1n))).toBe('-0.000000');
    expect(text(3, extended(0x7ffe, 2n ** 64n - 1n))).toMatch(/^1189731495357231765\d{4914}\.000000$/);
  });
});

describe('big-endian', () => {
  const little = build(
    int,
    { kind: 'ENUM', name: 'e', size: 4, signed: false, values: [{ name: 'SEVEN', value: 7 }] },
    {
      kind: 'STRUCT',
      name: 's',
      size: 12,
      kflag: true,
      members: [member('a', 1, 0, 4), member('b', 1, 4, 12), member('c', 2, 32, 5), member('d', 1, 64)],
    },
    { kind: 'FLOAT', name: 'long double', size: 16 },
  );
  const btf = Types.parse(swapByteOrder(little));

  test('bit fields begin at the highest bit, those of enums too', () => {
    expect(show(btf, 3, [0xab, 0xcd, 0, 0, 7 << 3, 0, 0, 0, 0, 0, 1, 2]).text).toBe(
      '(struct s){.a = (int)0xa,.b = (int)0xbcd,.c = (enum e)SEVEN,.d = (int)258,}',
    );
  });

  test('long double has 128 bits', () => {
    expect(show(btf, 4, [0x3f, 0xff, 0x80, ...Array(13).fill(0)]).text).toBe('(long double)1.500000');
  });
});

test('a null pointer has a word only where 64-bit libbpf has one', () => {
  const btf = build(int, { kind: 'PTR', name: '', type: 1 });
  const text = (pointerSize: 4 | 8) =>
    shown(btf, { id: 2, data: new Uint8Array(8), pointerSize, options: compact }).text;
  expect(text(8)).toBe('(int *)(nil)');
  expect(text(4)).toBe('(int *)0x0');
});

test('the size of pointers is that of a long in the BTF', () => {
  const long: Type = { kind: 'INT', name: 'long unsigned int', size: 4, encoding: 0, bitOffset: 0, bits: 32 };
  const btf = build(long, { kind: 'PTR', name: '', type: 1 });
  expect(show(btf, 2, [1, 2, 3, 4])).toEqual({ result: 4, text: '(long unsigned int *)0x4030201' });
});

test('types of one name are told apart in the order in which they appear', () => {
  const s = (size: number, ...members: ReturnType<typeof member>[]): Type => ({
    kind: 'STRUCT',
    name: 's',
    size,
    kflag: false,
    members,
  });
  const btf = build(int, s(4, member('x', 1, 0)), s(8, member('a', 1, 0), member('b', 2, 32)));
  const { text } = show(btf, 3, [1, 0, 0, 0, 2, 0, 0, 0]);
  expect(text).toBe('(struct s){.a = (int)1,.b = (struct s___2){.x = (int)2,},}');
});

describe('data that ends early', () => {
  test('what is there is written', () => {
    const members = [member('a', 1, 0), member('b', 1, 32)];
    const btf = build(int, { kind: 'STRUCT', name: 's', size: 8, kflag: false, members });
    expect(show(btf, 2, [1, 0, 0, 0, 2])).toEqual({
      result: Errno.E2BIG,
      text: '(struct s){.a = (int)1,',
    });
    expect(show(btf, 1, [])).toEqual({ result: Errno.E2BIG, text: '' });
  });

  test('an array is written as far as it goes', () => {
    const btf = build(int, { kind: 'ARRAY', name: '', element: 1, index: 1, length: 0x1fffffff });
    expect(show(btf, 2, [1, 0, 0, 0, 2, 0, 0, 0, 3])).toEqual({
      result: 0x7ffffffc,
      text: '(int[536870911])[1,2,]',
    });
  });
});

test('kinds without values', () => {
  const btf = build(
    int,
    { kind: 'FUNC_PROTO', name: '', returns: 0, params: [] },
    { kind: 'FUNC', name: 'f', type: 2, linkage: 1 },
    { kind: 'FWD', name: 'fwd', target: 'struct' },
    { kind: 'DECL_TAG', name: 'tag', type: 1, component: -1, attribute: false },
  );
  for (const id of [0, 2, 3, 4])
    expect(show(btf, id, [0, 0, 0, 0])).toEqual({ result: Errno.EINVAL, text: '' });
  const tagged = show(btf, 5, [0, 0, 0, 0]);
  expect(tagged).toEqual({ result: Errno.ENOTSUP, text: '()<unsupported kind:17>' });
  expect(() => show(btf, 6, [])).toThrow(RangeError);
});

describe('types without end stop with one line', () => {
  const pointer = (type: number): Type => ({ kind: 'PTR', name: '', type });
  const data = new Uint8Array(64).fill(1);

  test('qualifiers in a circle', () => {
    const btf = build(
      pointer(2),
      { kind: 'CONST', name: '', type: 3 },
      { kind: 'VOLATILE', name: '', type: 2 },
    );
    expect(() => show(btf, 1, data)).toThrow(/^types: type \[1\]: leads back to itself/);
    expect(show(btf, 2, data).result).toBe(Errno.EINVAL);
  });

  test('a function that takes itself', () => {
    const params = [
      { name: '', type: 1 },
      { name: '', type: 1 },
    ];
    const btf = build(pointer(2), { kind: 'FUNC_PROTO', name: '', returns: 0, params });
    expect(() => show(btf, 1, data)).toThrow(/^types: type \[\d\]: leads back to itself/);
  });

  test('functions that take each other twice', () => {
    const types: Type[] = [char];
    for (let i = 0; i < 40; i++) {
      const params = [1, 2].map(() => ({ name: '', type: types.length }));
      types.push({ kind: 'FUNC_PROTO', name: '', returns: 0, params }, pointer(types.length + 1));
    }
    const btf = build(...types);
    expect(() => show(btf, types.length, data)).toThrow(/^types: type \[\d+\]: leads back to itself/);
  });

  test('a struct that holds itself', () => {
    const btf = build({ kind: 'STRUCT', name: 's', size: 64, kflag: false, members: [member('s', 1, 0)] });
    const problem = 'types: type [1]: holds itself, or too many types in each other';
    expect(() => show(btf, 1, data)).toThrow(problem);
    expect(() => show(btf, 1, data, { emitZeroes: true })).toThrow(problem);
  });

  test('unions that double on each level', () => {
    const types: Type[] = [int];
    for (let i = 1; i <= 40; i++) {
      types.push({
        kind: 'UNION',
        name: `u${i}`,
        size: 4,
        kflag: false,
        members: [member('a', i, 0), member('b', i, 0)],
      });
    }
    expect(() => show(build(...types), 41, data)).toThrow(
      'types: type [41]: a value of it has far more parts than the data has bytes',
    );
  });

  test('a long array of structs that are not there', () => {
    const btf = build(
      int,
      { kind: 'STRUCT', name: 's', size: 4, kflag: false, members: [member('a', 1, 0)] },
      { kind: 'ARRAY', name: '', element: 2, index: 1, length: 0x1fffffff },
    );
    for (const options of [{}, compact]) {
      expect(() => show(btf, 3, [], options)).toThrow('far more parts than the data has bytes');
    }
  });
});
