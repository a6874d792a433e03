import { Btf, swapByteOrder } from '@btfkit/core/btf';
import { diff, summarizeDiff } from '@btfkit/core/diff';
import { describe, expect, test } from 'vitest';
import {
  array,
  build,
  enumeration,
  float,
  forward,
  func,
  int,
  long,
  member,
  prototype,
  reference,
  struct,
  type Type,
  told,
  typedef,
  union,
  unsigned,
} from './types.js';

/** What changed from some types to others; the first three ids are int, long and unsigned int. */
const changes = (a: readonly Type[], b: readonly Type[]) =>
  told(diff(build([int, long, unsigned, ...a]), build([int, long, unsigned, ...b])));

/** Changes in a struct with a member `m` whose type is the last of these, which begin at id 5. */
const retyped = (a: readonly Type[], b: readonly Type[]) => {
  const of = (types: readonly Type[]) => [struct('s', 8, member('m', 3 + types.length + 1)), ...types];
  return changes(of(a), of(b)).slice(1);
};

describe('structs', () => {
  test('members that moved, appeared, went', () => {
    const a = [struct('s', 16, member('a', 1), member('gone', 1, 32), member('b', 2, 64))];
    const b = [struct('s', 24, member('a', 1), member('b', 2, 64), member('new', 2, 128))];
    expect(changes(a, b)).toEqual([
      'struct s',
      'resized struct 16 -> 24: follows, layout',
      'went member gone int -> : existence, existence',
      'appeared member new  -> long: none, none',
    ]);
    const c = [struct('s', 16, member('b', 2), member('a', 1, 64), member('gone', 1, 96))];
    expect(changes(a, c)).toEqual([
      'struct s',
      'moved member b 64 -> 0: follows, layout',
      'moved member a 0 -> 64: follows, layout',
      'moved member gone 32 -> 96: follows, layout',
    ]);
  });

  test('a member with another name at the same place and of the same type is renamed', () => {
    const a = [struct('s', 16, member('a', 1), member('old', 1, 32), member('b', 2, 64))];
    expect(changes(a, [struct('s', 16, member('a', 1), member('new', 1, 32), member('b', 2, 64))])).toEqual([
      'struct s',
      'renamed member new old -> new: existence, existence',
    ]);
    const other = [struct('s', 16, member('a', 1), member('new', 3, 32), member('b', 2, 64))];
    expect(changes(a, other)).toEqual([
      'struct s',
      'appeared member new  -> unsigned int: none, none',
      'went member old int -> : existence, existence',
    ]);
  });

  test('a renamed member is known between its neighbours where all has moved', () => {
    const a = [struct('s', 12, member('a', 1), member('old', 1, 32), member('b', 1, 64))];
    const b = [
      struct('s', 16, member('first', 2), member('a', 1, 64), member('new', 1, 96), member('b', 1, 128)),
    ];
    expect(changes(a, b)).toEqual([
      'struct s',
      'resized struct 12 -> 16: follows, layout',
      'appeared member first  -> long: none, none',
      'moved member a 0 -> 64: follows, layout',
      'renamed member new old -> new: existence, existence',
      'moved member new 32 -> 96: follows, layout',
      'moved member b 64 -> 128: follows, layout',
    ]);
  });

  test('bitfields', () => {
    const a = [struct('s', 4, member('a', 3, 0, 3), member('b', 3, 3, 1))];
    expect(changes(a, [struct('s', 4, member('a', 3, 0, 4), member('b', 3, 4, 1))])).toEqual([
      'struct s',
      'bitfield member a 3 -> 4: follows, layout',
      'moved member b 3 -> 4: follows, layout',
    ]);
    expect(changes(a, [struct('s', 4, member('a', 3), member('b', 3, 3, 1))])).toEqual([
      'struct s',
      'bitfield member a 3 -> 0: size, layout',
    ]);
  });

  test('a kflag without bitfields says nothing', () => {
    const plain = struct('s', 4, member('a', 1));
    expect(changes([plain], [{ ...plain, kflag: true } as Type])).toEqual([]);
  });

  test('members of anonymous structs are those of the outer one', () => {
    const a = [struct('s', 8, member('x', 1), member('y', 1, 32))];
    const wrapped = [
      struct('s', 8, member('x', 1), member('', 5, 32)),
      union('', 4, member('y', 1), member('z', 3)),
    ];
    expect(changes(a, wrapped)).toEqual(['struct s', 'appeared member z  -> unsigned int: none, none']);
    const grouped = [struct('s', 8, member('', 5)), struct('', 8, member('x', 1), member('y', 1, 32))];
    expect(changes(a, grouped)).toEqual(['struct s', 'regrouped struct: none, none']);
  });

  test('members of anonymous types in members have a path', () => {
    const outer = (...inner: Type[]) => [struct('s', 8, member('u', 5)), array(6, 2), ...inner];
    const a = outer(struct('', 4, member('port', 1)));
    expect(changes(a, outer(struct('', 8, member('addr', 1), member('port', 1, 32))))).toEqual([
      'struct s',
      'resized member u 8 -> 16: follows, layout',
      'appeared member u[].addr  -> int: none, none',
      'moved member u[].port 0 -> 32: follows, layout',
    ]);
  });

  test('an embedded struct that grew resizes the member', () => {
    const a = [struct('in', 4, member('a', 1)), struct('out', 4, member('m', 4))];
    const b = [struct('in', 8, member('a', 1), member('b', 1, 32)), struct('out', 8, member('m', 4))];
    expect(changes(a, b)).toEqual([
      'struct in',
      'resized struct 4 -> 8: follows, layout',
      'appeared member b  -> int: none, none',
      'struct out',
      'resized struct 4 -> 8: follows, layout',
      'resized member m 4 -> 8: follows, layout',
    ]);
  });
});

describe('what CO-RE makes of a member with another type', () => {
  test.each<[string, Type[], Type[], string[]]>([
    [
      'an int of another size',
      [typedef('t', 1)],
      [typedef('u', 2)],
      ['retyped member m t -> u: size, layout'],
    ],
    ['an int of another sign', [typedef('t', 1)], [typedef('u', 3)], ['retyped member m t -> u: size, type']],
    [
      'the same int by another name',
      [typedef('t', 1)],
      [typedef('u', 1)],
      ['retyped member m t -> u: none, none'],
    ],
    [
      'an int, a pointer',
      [typedef('t', 2)],
      [reference('PTR', 0)],
      ['retyped member m t -> void *: kind, type'],
    ],
    ['a float', [typedef('t', 1)], [float], ['retyped member m t -> float: kind, type']],
    [
      'an enum, an int',
      [enumeration('e', { A: 1 })],
      [typedef('t', 1)],
      ['retyped member m enum e -> t: kind, type'],
    ],
    [
      'an enum of another name',
      [enumeration('e', { A: 1 })],
      [enumeration('f', { A: 1 })],
      ['retyped member m enum e -> enum f: kind, type'],
    ],
    [
      'an enum without a name',
      [enumeration('e', { A: 1 })],
      [enumeration('', { A: 1 })],
      ['retyped member m enum e -> enum { A }: type, type'],
    ],
    [
      'another struct',
      [struct('x', 8, member('a', 2))],
      [struct('y', 8, member('a', 2))],
      ['retyped member m struct x -> struct y: type, type'],
    ],
    [
      'a pointer to another type',
      [reference('PTR', 1)],
      [reference('PTR', 2)],
      ['retyped member m int * -> long *: type, type'],
    ],
    ['a longer array', [array(1, 2)], [array(1, 4)], ['resized member m 8 -> 16: follows, layout']],
    [
      'an array of another type',
      [array(1, 2)],
      [array(2, 1)],
      ['retyped member m int[2] -> long[1]: size, type'],
    ],
    [
      'an array, a pointer',
      [array(1, 2)],
      [reference('PTR', 1)],
      ['retyped member m int[2] -> int *: kind, type'],
    ],
  ])('%s', (_, a, b, expected) => {
    expect(retyped(a, b).filter(line => line.includes(' member '))).toEqual(expected);
  });

  test('a pointer to a function with other parameters', () => {
    const of = (proto: Type) => [struct('s', 8, member('m', 5)), reference('PTR', 6), proto];
    expect(changes(of(prototype(1, ['', 1])), of(prototype(1, ['', 1], ['', 2])))).toEqual([
      'struct s',
      'retyped member m int (*)(int) -> int (*)(int, long): call, call',
    ]);
  });

  test('const, volatile and type tags are told apart', () => {
    const of = (...types: Type[]) => [struct('s', 8, member('m', 5)), ...types];
    const plain = of(reference('PTR', 1));
    const qualified = of(reference('PTR', 6), reference('CONST', 1));
    expect(changes(plain, qualified)).toEqual([
      'struct s',
      'requalified member m int * -> const int *: none, none',
    ]);
    const tagged = of(reference('PTR', 6), { kind: 'TYPE_TAG', name: 'rcu', type: 1, attribute: false });
    expect(changes(plain, tagged)).toEqual([
      'struct s',
      'requalified member m int * -> __tag(rcu) int *: none, none',
    ]);
  });

  test('a typedef with another target is told where it is defined, and where a place has another size', () => {
    const of = (target: number, size: number) => [
      typedef('t', target),
      struct('s', size, member('m', 4)),
      struct('p', 8, member('pointer', 7)),
      reference('PTR', 4),
    ];
    expect(changes(of(1, 4), of(2, 8))).toEqual([
      'struct s',
      'resized struct 4 -> 8: follows, layout',
      'resized member m 4 -> 8: size, layout',
      'typedef t',
      'retyped typedef int -> long: size, layout',
    ]);
  });
});

describe('enums', () => {
  test('enumerators that appeared, went, have another value', () => {
    const a = enumeration('e', { A: 0, B: 1, C: 2, FLAG: 16 });
    const b = enumeration('e', { A: 0, NEW: 1, C: 2, FLAG: 32 });
    expect(changes([a], [b])).toEqual([
      'enum e',
      'appeared enumerator NEW  -> 1: none, none',
      'went enumerator B 1 -> : existence, existence',
      'value enumerator FLAG 16 -> 32: value, value',
    ]);
  });

  test('enumerators that count on are renumbered', () => {
    const a = enumeration('e', { A: 0, B: 1, C: 2 });
    expect(changes([a], [enumeration('e', { A: 0, NEW: 1, B: 2, C: 3 })])).toEqual([
      'enum e',
      'appeared enumerator NEW  -> 1: none, none',
      'renumbered enumerator B 1 -> 2: value, value',
      'renumbered enumerator C 2 -> 3: value, value',
    ]);
  });

  test('order says nothing; sign and size do', () => {
    const a = enumeration('e', { A: 0, B: 1 });
    expect(changes([a], [enumeration('e', { B: 1, A: 0 })])).toEqual([]);
    expect(changes([a], [enumeration('e', { A: 0, B: 1 }, true)])).toEqual([
      'enum e',
      'retyped enum unsigned -> signed: size, type',
    ]);
    const wide: Type = {
      kind: 'ENUM64',
      name: 'e',
      size: 8,
      signed: false,
      values: [
        { name: 'A', value: 0n },
        { name: 'B', value: 1n << 40n },
      ],
    };
    expect(changes([a], [wide])).toEqual([
      'enum e',
      'resized enum 4 -> 8: size, layout',
      'value enumerator B 1 -> 1099511627776: value, value',
    ]);
  });

  test('values are read by sign and size', () => {
    const b = enumeration('e', { A: -1 }, true);
    expect(changes([enumeration('e', { A: 0xffffffff })], [b])).toEqual([
      'enum e',
      'retyped enum unsigned -> signed: size, type',
      'value enumerator A 4294967295 -> -1: value, value',
    ]);
  });

  test('those without a name are known by their enumerators', () => {
    const a = [enumeration('', { A: 0, B: 1 }), enumeration('', { X: 5 })];
    const b = [enumeration('', { X: 5 }), enumeration('', { A: 0, B: 2 }), enumeration('', { NEW: 1 })];
    expect(changes(a, b)).toEqual([
      'enum A',
      'value enumerator B 1 -> 2: value, value',
      'enum NEW',
      'appeared enum: none, none',
    ]);
  });

  test('of those that a member has, the member is told', () => {
    const of = (values: Record<string, number>) => [
      struct('s', 4, member('state', 5)),
      enumeration('', values),
    ];
    expect(changes(of({ ON: 1 }), of({ ON: 2 }))).toEqual([
      'struct s',
      'value enumerator state.ON 1 -> 2: value, value',
    ]);
  });
});

describe('functions', () => {
  const of = (...params: (readonly [string, number])[]) => [prototype(1, ...params), func('f', 4)];

  test('parameters and result', () => {
    expect(changes(of(['a', 1], ['b', 2]), of(['a', 1], ['flags', 3], ['b', 2]))).toEqual([
      'func f',
      'appeared parameter flags  -> unsigned int: call, call',
    ]);
    expect(changes(of(['a', 1], ['b', 2]), of(['b', 2]))).toEqual([
      'func f',
      'went parameter a int -> : call, call',
    ]);
    expect(changes(of(['a', 1], ['b', 1]), of(['b', 1], ['a', 1]))).toEqual([
      'func f',
      'moved parameter b 1 -> 0: call, call',
      'moved parameter a 0 -> 1: call, call',
    ]);
    expect(changes(of(['a', 1]), of(['b', 1]))).toEqual(['func f', 'renamed parameter b a -> b: none, none']);
    expect(changes(of(['a', 1]), of(['a', 2]))).toEqual([
      'func f',
      'retyped parameter a int -> long: call, call',
    ]);
    expect(changes(of(['a', 1]), of(['a', 1], ['', 0]))).toEqual([
      'func f',
      'appeared parameter ...  -> ...: call, call',
    ]);
    expect(changes([prototype(1), func('f', 4)], [prototype(0), func('f', 4)])).toEqual([
      'func f',
      'retyped result int -> void: call, call',
    ]);
  });

  test('a const says nothing, nor does another word for the same type', () => {
    const b = [prototype(1, ['a', 6]), func('f', 4), reference('CONST', 1), typedef('t', 6)];
    expect(changes(of(['a', 1]), b.with(0, prototype(1, ['a', 6])).slice(0, 3))).toEqual([
      'func f',
      'requalified parameter a int -> const int: none, none',
    ]);
  });

  test('linkage, and what appeared and went', () => {
    expect(changes([prototype(0), func('f', 4, 1)], [prototype(0), func('f', 4, 0), func('g', 4)])).toEqual([
      'func f',
      'retyped func global -> static: none, existence',
      'func g',
      'appeared func  -> void g(void): none, none',
    ]);
    expect(changes([prototype(0), func('f', 4)], [])).toEqual([
      'func f',
      'went func void f(void) -> : attach, existence',
    ]);
  });

  test('a function that is no kfunc any more', () => {
    const tag: Type = { kind: 'DECL_TAG', name: 'bpf_kfunc', type: 5, component: -1, attribute: false };
    expect(changes([...of(['a', 1]), tag], of(['a', 1]))).toEqual([
      'func f',
      'untagged func bpf_kfunc -> : attach, none',
    ]);
    const onParameter: Type = {
      kind: 'DECL_TAG',
      name: 'arg:nonnull',
      type: 5,
      component: 0,
      attribute: false,
    };
    expect(changes(of(['a', 1]), [...of(['a', 1]), onParameter])).toEqual([
      'func f',
      'tagged parameter a  -> arg:nonnull: none, none',
    ]);
  });
});

describe('variables, sections and numbers', () => {
  const variable = (type: number): Type => ({ kind: 'VAR', name: 'v', type, linkage: 1 });
  const section = (offset: number): Type => ({
    kind: 'DATASEC',
    name: '.data',
    size: 8,
    variables: [{ type: 4, offset, size: 4 }],
  });

  test('a variable has another type, or another place', () => {
    expect(changes([variable(1), section(0)], [variable(3), section(4)])).toEqual([
      'var v',
      'retyped var int -> unsigned int: size, type',
      'datasec .data',
      'moved variable v 0 -> 4: none, none',
    ]);
  });

  test('ints and floats', () => {
    const a = build([int, float]);
    const b = build([{ ...int, encoding: 0 } as Type, { ...float, size: 8 } as Type]);
    expect(told(diff(a, b))).toEqual([
      'int int',
      'retyped int signed -> unsigned: size, type',
      'float float',
      'resized float 4 -> 8: size, layout',
    ]);
  });

  test('a typedef of an anonymous struct holds its members', () => {
    const of = (...members: Parameters<typeof struct>[2][]) => [typedef('t', 5), struct('', 8, ...members)];
    expect(changes(of(member('a', 1)), of(member('a', 1, 32)))).toEqual([
      'typedef t',
      'moved member a 0 -> 32: follows, layout',
    ]);
  });
});

describe('which type is which', () => {
  test('ids and order say nothing', () => {
    const a = build([int, reference('PTR', 3), struct('s', 8, member('next', 2)), typedef('t', 1)]);
    const b = build([typedef('t', 4), struct('s', 8, member('next', 3)), reference('PTR', 2), int]);
    expect(diff(a, b)).toEqual([]);
  });

  test('a declaration is no difference, a definition that appears is', () => {
    const pointer = reference('PTR', 6);
    const user = struct('u', 8, member('p', 4));
    expect(changes([pointer, user, forward('s')], [pointer, user, struct('s', 4, member('a', 1))])).toEqual([
      'struct s',
      'appeared struct  -> 4 bytes: none, none',
    ]);
    expect(changes([pointer, user, forward('s')], [typedef('x', 1)])).toEqual([
      'struct u',
      'went struct 8 bytes -> : existence, existence',
      'typedef x',
      'appeared typedef  -> int: none, none',
    ]);
    expect(changes([enumeration('e', {})], [])).toEqual([]);
  });

  test('a struct that becomes a union is another type', () => {
    expect(changes([struct('s', 4, member('a', 1))], [union('s', 4, member('a', 1))])).toEqual([
      'struct s',
      'went struct 4 bytes -> : existence, existence',
      'union s',
      'appeared union  -> 4 bytes: none, none',
    ]);
  });

  test('several types of one name: equal ones first, then by what they have in common', () => {
    const a = [
      struct('s', 4, member('a', 1)),
      struct('s', 4, member('b', 1)),
      struct('s', 4, member('c', 1)),
    ];
    const b = [
      struct('s', 8, member('c', 1), member('d', 1, 32)),
      struct('s', 4, member('b', 1)),
      struct('s', 8, member('a', 2)),
    ];
    expect(changes(a, b)).toEqual([
      'struct s',
      'resized struct 4 -> 8: follows, layout',
      'retyped member a int -> long: size, layout',
      'struct s',
      'resized struct 4 -> 8: follows, layout',
      'appeared member d  -> int: none, none',
    ]);
    expect(changes(a, a.slice(1))).toEqual(['struct s', 'went struct 4 bytes -> : existence, existence']);
    expect(changes(a, [...a, ...a])).toEqual([]);
  });

  test('only names that are asked for', () => {
    const a = build([int, struct('s', 4), struct('t', 4), enumeration('', { A: 1 })]);
    const b = build([int, struct('s', 8), struct('t', 8), enumeration('', { A: 2 })]);
    expect(diff(a, b).map(({ name }) => name)).toEqual(['s', 't', 'A']);
    expect(diff(a, b, { names: ['t'] }).map(({ name }) => name)).toEqual(['t']);
    expect(diff(a, b, { names: ['A', 'none'] }).map(({ name }) => name)).toEqual(['A']);
  });

  test('of split BTF the own layer, and what stands in the base unchanged is no difference', () => {
    const baseA = build([int, struct('common', 4, member('a', 1))]);
    const baseB = build([int, struct('moved', 4, member('a', 1)), struct('common', 8, member('a', 1))]);
    const a = build([struct('moved', 4, member('a', 1)), struct('own', 4, member('m', 2))], baseA);
    const b = build([struct('own', 8, member('m', 3))], baseB);
    expect(told(diff(a, b))).toEqual([
      'struct own',
      'resized struct 4 -> 8: follows, layout',
      'resized member m 4 -> 8: follows, layout',
    ]);
  });
});

test('the order is that of kinds, then of names', () => {
  const names = diff(
    build([int]),
    build([int, struct('b', 4), typedef('a', 1), struct('a', 4), union('c', 4)]),
  );
  expect(names.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'struct a',
    'struct b',
    'union c',
    'typedef a',
  ]);
});

test('a summary counts changes and what they break', () => {
  const a = build([int, struct('s', 8, member('a', 1), member('b', 1, 32)), struct('t', 4)]);
  const b = build([int, struct('s', 8, member('b', 1), member('c', 1, 32))]);
  expect(summarizeDiff(diff(a, b))).toEqual({
    types: 2,
    breakPrograms: 2,
    breakModules: 2,
    rows: [
      { subject: 'struct', what: 'went', count: 1, program: { existence: 1 }, module: { existence: 1 } },
      { subject: 'member', what: 'appeared', count: 1, program: { none: 1 }, module: { none: 1 } },
      { subject: 'member', what: 'went', count: 1, program: { existence: 1 }, module: { existence: 1 } },
      { subject: 'member', what: 'moved', count: 1, program: { follows: 1 }, module: { layout: 1 } },
    ],
  });
});

describe('types that no compiler makes', () => {
  const other = build([int, struct('s', 8, member('m', 1))]);

  test('a chain without end is an error that says where', () => {
    const cycle = build([
      int,
      struct('s', 8, member('m', 3)),
      reference('CONST', 4),
      reference('VOLATILE', 3),
    ]);
    expect(() => diff(other, cycle)).toThrow(
      /^some\.btf: types: type \[\d\]: leads back to itself, or through too many others, and has no end in C$/,
    );
  });

  test('an anonymous struct in itself too', () => {
    const cycle = build([int, struct('s', 8, member('m', 3)), struct('', 8, member('', 3))]);
    expect(() => diff(other, cycle)).toThrow('leads back to itself');
  });

  test('anonymous members that double with each level', () => {
    const levels = Array.from({ length: 40 }, (_, i) => struct('', 8, member('', i + 3), member('', i + 3)));
    const bomb = build([int, struct('s', 8, member('', 42)), struct('', 8, member('m', 1)), ...levels]);
    expect(() => diff(other, bomb)).toThrow('holds more than 1048576 members in anonymous ones');
  });

  test('a struct that has itself as an anonymous member', () => {
    const self = build([int, struct('s', 8, member('', 2), member('m', 1))]);
    expect(() => diff(other, self)).toThrow('leads back to itself');
  });
});

test('byte order says nothing', () => {
  const little = build([int, enumeration('e', { A: 1 }), struct('s', 4, member('a', 2))]);
  const big = Btf.parse(swapByteOrder(little));
  expect(big.littleEndian).not.toBe(little.littleEndian);
  expect(diff(little, big)).toEqual([]);
});
