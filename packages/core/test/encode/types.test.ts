import { Attr, Form, Tag } from '@btfkit/core/dwarf';
import { describe, expect, test } from 'vitest';
import { type Attribute, Die } from '../dwarf/builder.js';
import {
  array,
  base,
  char,
  constant,
  declaration,
  enumeration,
  func,
  int,
  member,
  parameter,
  pointer,
  prototype,
  struct,
  typedef,
  union,
  unitDie,
} from '../dwarf/types.js';
import { encodeDies, encodeDwarf } from './dwarf.js';
import { signatures } from './signatures.js';

const DW_AT_enum_class = 0x6d;

const upper = (bound: number, form: number = Form.data1): Attribute[] => [[Attr.upper_bound, form, bound]];
const count = (elements: number, form: number = Form.data1): Attribute[] => [[Attr.count, form, elements]];

describe('arrays', () => {
  const expression = Uint8Array.of(0x31);
  test.each([
    ['upper bound', 'int[10]', [upper(9)]],
    ['upper bound in sdata', 'int[200]', [upper(199, Form.sdata)]],
    ['upper bound of -1: no elements', 'int[0]', [upper(-1, Form.sdata)]],
    ['upper bound of 4 GiB less one', 'int[4294967295]', [upper(0xfffffffe, Form.data4)]],
    ['count', 'int[10]', [count(10)]],
    ['count 0', 'int[0]', [count(0)]],
    ['all dimensions in one', 'int[24]', [upper(1), upper(2), count(4)]],
    ['no bound: a flexible array', 'int[0]', [[]]],
    ['a flexible array of arrays', 'int[0]', [[], upper(3)]],
    ['a bound that is an expression', 'int[0]', [[[Attr.upper_bound, Form.exprloc, expression]]]],
    ['a bound that is another DIE', 'int[0]', [[[Attr.upper_bound, Form.ref4, 11]]]],
    ['a count that is an expression', 'int[0]', [[[Attr.count, Form.exprloc, expression]]]],
  ] as [string, string, Attribute[][]][])('%s', async (_, wanted, dimensions) => {
    const element = int();
    const { types } = await encodeDies([element, array(element, ...dimensions)]);
    expect(types).toEqual(['int int 32/4 signed', wanted]);
  });

  test('the index type is int even where the file has none', async () => {
    const element = char();
    const { types } = await encodeDies([element, array(element, upper(3))]);
    expect(types).toEqual(['char[4]', 'int char 8/1 signed', 'int int 32/4 signed']);
  });

  test('at the end of a struct', async () => {
    const element = int();
    const flexible = array(element, []);
    const { types } = await encodeDies([
      element,
      flexible,
      struct('s', 4, member('n', element, 0), member('rest', flexible, 4)),
    ]);
    expect(types).toContain('struct s/4 {int n@0; int[0] rest@32}');
  });
});

describe('enumerations', () => {
  const unsigned = () => base('unsigned int', 4, 7);
  const long = (signed: boolean) => base(signed ? 'long' : 'unsigned long', 8, signed ? 5 : 7);
  const enumerator = (name: string, form: number, value: number | bigint) =>
    new Die(Tag.enumerator, [
      [Attr.name, Form.strp, name],
      [Attr.const_value, form, value],
    ]);
  const of = (size: number, ...values: Die[]) =>
    new Die(
      Tag.enumeration_type,
      [
        [Attr.name, Form.strp, 'e'],
        [Attr.byte_size, Form.data1, size],
      ],
      values,
    );

  test('without a sign, with one', async () => {
    expect((await encodeDies([enumeration('e', 4, { A: 0, B: 5 })])).types).toEqual(['enum e/4 {A=0, B=5}']);
    const negative = enumeration('e', 4, { A: -1, B: 5 });
    expect((await encodeDies([negative])).types).toEqual(['enum e/4 signed {A=-1, B=5}']);
  });

  test.each([
    ['data1', Form.data1, 0xff, 255],
    ['data2', Form.data2, 0xffff, 65535],
    ['data4', Form.data4, 0xffffffff, 4294967295],
    ['data8', Form.data8, 0xffffffff, 4294967295],
    ['udata', Form.udata, 0x80000000, 2147483648],
    ['sdata', Form.sdata, 0x7fffffff, 2147483647],
    ['implicit_const', Form.implicit_const, 7, 7],
  ])('a value in %s is as the form says', async (_, form, value, wanted) => {
    expect((await encodeDies([of(4, enumerator('A', form, value))])).types).toEqual([
      `enum e/4 {A=${wanted}}`,
    ]);
  });

  test.each([
    ['sdata', Form.sdata],
    ['implicit_const', Form.implicit_const],
  ])('a negative value in %s', async (_, form) => {
    const { types } = await encodeDies([of(4, enumerator('A', form, -2))]);
    expect(types).toEqual(['enum e/4 signed {A=-2}']);
  });

  test.each([1, 2])('of %i bytes', async size => {
    expect((await encodeDies([enumeration('e', size, { A: 1 })])).types).toEqual([`enum e/${size} {A=1}`]);
  });

  // Signedness of 64-bit ones is that of the integer that DW_AT_type names.
  test.each([true, false])('of 8 bytes, signed: %s', async signed => {
    const type = long(signed);
    const values = signed ? { A: -1n, B: 1n << 40n } : { A: (1n << 63n) + 1n, B: 0 };
    const die = enumeration('e', 8, values, [Attr.type, Form.ref4, type]);
    if (!signed) die.children[0]!.attributes[1] = [Attr.const_value, Form.data8, (1n << 63n) + 1n];
    const wanted = signed
      ? 'enum e/8 signed {A=-1, B=1099511627776}'
      : 'enum e/8 {A=9223372036854775809, B=0}';
    expect((await encodeDies([type, die])).types).toContain(wanted);
  });

  test('with the fixed underlying type of C23', async () => {
    const byte = base('unsigned char', 1, 7);
    const name = typedef('u8', byte);
    const die = enumeration(
      'e',
      1,
      { A: 200 },
      [Attr.type, Form.ref4, name],
      [DW_AT_enum_class, Form.flag_present],
    );
    expect((await encodeDies([byte, name, die])).types).toContain('enum e/1 {A=200}');
  });

  // pahole takes this one for unsigned.
  test('64 bits behind a typedef', async () => {
    const wide = long(true);
    const name = typedef('s64', wide);
    const die = enumeration('e', 8, { A: -1 }, [Attr.type, Form.ref4, name]);
    expect((await encodeDies([wide, name, die])).types).toContain('enum e/8 signed {A=-1}');
  });

  test('declared only, and declared in one unit and defined in another', async () => {
    const forward = declaration('e', Tag.enumeration_type);
    const to = pointer(forward);
    expect((await encodeDies([forward, to])).types).toEqual(['enum e *', 'enum e/4 {}']);
    const btf = await encodeDwarf({
      units: [{ die: unitDie(forward, to) }, { die: unitDie(unsigned(), enumeration('e', 4, { A: 1 })) }],
    });
    expect(signatures(btf).types).toEqual(['enum e *', 'enum e/4 {A=1}', 'int unsigned int 32/4 ']);
  });

  test('without a name, and without enumerators', async () => {
    expect((await encodeDies([enumeration('', 4, { A: 0 })])).types).toEqual(['enum /4 {A=0}']);
    expect((await encodeDies([enumeration('e', 4, {})])).types).toEqual(['enum e/4 {}']);
  });
});

describe('base types', () => {
  test.each([
    ['_Bool', 1, 2, 'int _Bool 8/1 bool'],
    ['char', 1, 6, 'int char 8/1 signed'],
    ['unsigned char', 1, 8, 'int unsigned char 8/1 '],
    ['__int128', 16, 5, 'int __int128 128/16 signed'],
    ['float', 4, 4, 'float float 4'],
    ['long double', 16, 4, 'float long double 16'],
    ['long double', 12, 4, 'float long double 12'],
    ['_Float16', 2, 4, 'float _Float16 2'],
    ['char8_t', 1, 16, 'int char8_t 8/1 '],
  ])('%s', async (name, size, encoding, wanted) => {
    expect((await encodeDies([base(name, size, encoding)])).types).toEqual([wanted]);
  });

  // DW_OP_convert of clang names such types, one of them for each width.
  test.each([0, 3, 5, 17, 32])('an integer of %i bytes, which BTF has not', async size => {
    const { types } = await encodeDies([base('DW_ATE_signed_24', size, 5)]);
    expect(types).toEqual(['int __SANITIZED_FAKE_INT__ 32/4 signed']);
  });

  test.each([
    ['complex', 3, /a complex number type has no BTF/],
    ['imaginary', 9, /a complex number type has no BTF/],
  ])('%s', async (name, encoding, message) => {
    await expect(encodeDies([base(name, 8, encoding)])).rejects.toThrow(message);
  });

  test('a float of a width that BTF has not', async () => {
    await expect(encodeDies([base('_Float24', 3, 4)])).rejects.toThrow(/a floating point type of 3 bytes/);
  });
});

test('unspecified types are void', async () => {
  const nothing = new Die(Tag.unspecified_type, [[Attr.name, Form.strp, 'decltype(nullptr)']]);
  const name = typedef('nullptr_t', nothing);
  expect((await encodeDies([nothing, name, pointer(nothing)])).types).toEqual([
    'typedef nullptr_t = void',
    'void *',
  ]);
});

test('_Atomic leaves the type as it is', async () => {
  const type = int();
  const atomic = new Die(Tag.atomic_type, [[Attr.type, Form.ref4, type]]);
  const { types } = await encodeDies([type, atomic, typedef('atomic_int', atomic), pointer(atomic)]);
  expect(types).toEqual(['int *', 'int int 32/4 signed', 'typedef atomic_int = int']);
});

test('qualifiers, and pointers to them', async () => {
  const type = int();
  const fixed = constant(type);
  const shaky = new Die(Tag.volatile_type, [[Attr.type, Form.ref4, fixed]]);
  const alone = new Die(Tag.restrict_type, [[Attr.type, Form.ref4, pointer()]]);
  const to = alone.attributes[0]![2] as Die;
  const { types } = await encodeDies([type, fixed, shaky, to, alone, constant(), pointer(shaky)]);
  expect(types).toEqual([
    'int const',
    'int const volatile',
    'int const volatile *',
    'int int 32/4 signed',
    'void *',
    'void * restrict',
    'void const',
  ]);
});

test('prototypes, variadic ones and ones without parameters', async () => {
  const type = int();
  const more = new Die(Tag.unspecified_parameters);
  const dies = [
    type,
    prototype(type, parameter('', type), parameter('', pointer(type)).without(Attr.type)),
    prototype(undefined, parameter('', type), more),
    prototype(undefined),
  ];
  const { prototypes } = await encodeDies(dies);
  expect(prototypes).toEqual(['int (int , ...)', 'void ()', 'void (int , ...)'].sort());
});

describe('types within others', () => {
  test('a struct, a union and an enumeration among the members', async () => {
    const type = int();
    const inner = struct('inner', 4, member('x', type, 0));
    const choice = union(
      '',
      4,
      new Die(Tag.member, [
        [Attr.name, Form.strp, 'u'],
        [Attr.type, Form.ref4, type],
      ]),
    );
    const kind = enumeration('kind', 4, { A: 0 });
    const outer = struct(
      'outer',
      12,
      member('a', type, 0),
      inner,
      member('b', inner, 4),
      choice,
      kind,
      member('', choice, 8),
    );
    const { types } = await encodeDies([type, outer]);
    expect(types).toEqual([
      'enum kind/4 {A=0}',
      'int int 32/4 signed',
      'struct inner/4 {int x@0}',
      'struct outer/12 {int a@0; struct inner b@32; union /4 {int u@0} @64}',
      'union /4 {int u@0}',
    ]);
  });

  test('in functions and blocks, of functions within functions too', async () => {
    const type = int();
    const block = (...children: Die[]) => new Die(Tag.lexical_block, [], children);
    const inFunction = struct('a', 4, member('x', type, 0));
    const inBlock = struct('b', 4, member('x', type, 0));
    const deeper = struct('c', 4, member('x', type, 0));
    const nested = func('nested', type, parameter('p', type), deeper);
    const outer = func('outer', type, parameter('p', type), inFunction, block(block(inBlock)), nested);
    const { types, functions } = await encodeDies([type, outer], { functions: ['outer', 'nested'] });
    expect(types.filter(line => line.startsWith('struct'))).toEqual([
      'struct a/4 {int x@0}',
      'struct b/4 {int x@0}',
      'struct c/4 {int x@0}',
    ]);
    expect(functions).toEqual(['nested 0 int (int p)', 'outer 0 int (int p)']);
  });

  // pahole has the static member at offset 0, and no base class.
  test('C++: namespaces, base classes, static members, methods, access', async () => {
    const type = int();
    const parent = struct('parent', 4, member('x', type, 0));
    const inherits = new Die(Tag.inheritance, [
      [Attr.type, Form.ref4, parent],
      [Attr.data_member_location, Form.data1, 0],
    ]);
    const fixed = new Die(Tag.member, [
      [Attr.name, Form.strp, 'fixed'],
      [Attr.type, Form.ref4, type],
      [Attr.external, Form.flag_present],
      [Attr.declaration, Form.flag_present],
    ]);
    const method = func('method', type, parameter('this', type));
    const child = new Die(
      Tag.class_type,
      [
        [Attr.name, Form.strp, 'child'],
        [Attr.byte_size, Form.data1, 8],
      ],
      [inherits, fixed, method, member('y', type, 4)],
    );
    const { types } = await encodeDies([type, new Die(Tag.namespace, [], [parent, child])]);
    expect(types).toContain('struct child/8 {struct parent @0; int y@32}');
  });
});

describe('units', () => {
  test('without children', async () => {
    const btf = await encodeDwarf({
      units: [{ die: unitDie() }, { die: unitDie(int()) }, { die: unitDie() }],
    });
    expect(signatures(btf).types).toEqual(['int int 32/4 signed']);
  });

  test('a file of DWARF 2 to 5, 32- and 64-bit format, mixed', async () => {
    const units = [2, 3, 4, 5].flatMap(version =>
      [false, true].map(dwarf64 => {
        const type = int();
        return { version, dwarf64, die: unitDie(type, typedef(`v${version}${dwarf64}`, type)) };
      }),
    );
    const { types } = signatures(await encodeDwarf({ units }));
    expect(types).toHaveLength(9);
    expect(types.filter(line => / = int$/.test(line))).toHaveLength(8);
  });

  test('names in every form are one name', async () => {
    const forms = [
      Form.string,
      Form.strp,
      Form.line_strp,
      Form.strx,
      Form.strx1,
      Form.strx2,
      Form.strx3,
      Form.strx4,
    ];
    const dies = forms.map(
      form =>
        new Die(Tag.structure_type, [
          [Attr.name, form, 'name'],
          [Attr.byte_size, Form.data1, 0],
        ]),
    );
    const units = dies.map(die => ({ die: unitDie(die) }));
    expect(signatures(await encodeDwarf({ units })).types).toEqual(['struct name/0 {}']);
  });
});
