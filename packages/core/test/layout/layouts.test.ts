import { Btf, BtfBuilder } from '@btfkit/core/btf';
import { Layouts } from '@btfkit/core/layout';
import { describe, expect, test } from 'vitest';

const member = (name: string, type: number, bitOffset: number, bitfieldSize = 0) => ({
  name,
  type,
  bitOffset,
  bitfieldSize,
});

/** [1] long int, [2] char. */
function start(): BtfBuilder {
  const builder = new BtfBuilder();
  builder.add({ kind: 'INT', name: 'long int', size: 8, encoding: 1, bitOffset: 0, bits: 64 });
  builder.add({ kind: 'INT', name: 'char', size: 1, encoding: 1, bitOffset: 0, bits: 8 });
  return builder;
}

function struct(
  builder: BtfBuilder,
  name: string,
  size: number,
  members: ReturnType<typeof member>[],
): number {
  return builder.add({ kind: 'STRUCT', name, size, kflag: true, members });
}

describe('as data', () => {
  test('members, holes, bitfields, what is defined in place, sums', () => {
    const builder = start();
    const inner = struct(builder, '', 16, [member('x', 2, 0), member('y', 1, 64)]);
    const func = builder.add({
      kind: 'FUNC_PROTO',
      name: '',
      returns: 1,
      params: [{ name: 'a', type: 2 }],
    });
    const pointer = builder.add({ kind: 'PTR', name: '', type: func });
    const array = builder.add({ kind: 'ARRAY', name: '', element: inner, index: 1, length: 2 });
    const id = struct(builder, 'outer', 72, [
      member('bit', 1, 0, 3),
      member('list', array, 64),
      member('call', pointer, 320),
      member('', inner, 384),
      member('last', 2, 512),
    ]);
    const found = new Layouts(builder.parse()).describe(id);
    expect(found).toMatchObject({ id, kind: 'struct', name: 'outer', size: 72, packed: false });
    expect(found.members).toEqual([
      {
        name: 'bit',
        type: 'long int',
        typeId: 1,
        offset: 0,
        size: 8,
        bitfield: { offset: 0, size: 3 },
        bitHole: 61,
      },
      expect.objectContaining({ name: 'list', type: 'struct {...}[2]', offset: 8, size: 32 }),
      { name: 'call', type: 'long int (*)(char a)', typeId: pointer, offset: 40, size: 8 },
      expect.objectContaining({ name: null, type: 'struct {...}', offset: 48, size: 16 }),
      { name: 'last', type: 'char', typeId: 2, offset: 64, size: 1 },
    ]);
    const places = found.members!.map(({ definition }) => definition?.members?.map(({ offset }) => offset));
    expect(places).toEqual([undefined, [8, 16], undefined, [48, 56], undefined]);
    expect(found.statistics).toMatchObject({
      members: 5,
      cachelines: 2,
      sumMembers: 57,
      sumBitfieldBits: 3,
      bitHoles: 1,
      sumBitHoles: 61,
      padding: 7,
      within: { withHoles: 1, holes: 1 },
      lastCacheline: 8,
      unexplainedBits: 0,
    });
  });

  test('typedefs and enums', () => {
    const builder = start();
    const id = builder.add({
      kind: 'ENUM64',
      name: '',
      size: 8,
      signed: true,
      values: [{ name: 'LOW', value: -(1n << 62n) }],
    });
    const alias = builder.add({ kind: 'TYPEDEF', name: 'wide_t', type: id });
    const layouts = new Layouts(builder.parse());
    const definition = {
      id,
      kind: 'enum',
      name: null,
      size: 8,
      values: [{ name: 'LOW', value: '-4611686018427387904' }],
    };
    expect(layouts.describe(alias)).toEqual({
      id: alias,
      kind: 'typedef',
      name: 'wide_t',
      size: 8,
      type: 'enum {...}',
      typeId: id,
      definition,
    });
    expect(layouts.sizeOf(alias)).toEqual({ size: 8, holes: 0 });
  });
});

describe('reorganizing', () => {
  test('offsets past 64 KiB are kept', () => {
    const builder = start();
    const big = builder.add({ kind: 'ARRAY', name: '', element: 2, index: 1, length: 70_001 });
    const id = struct(builder, 'big', 70_032, [
      member('room', big, 0),
      member('a', 1, 70_008 * 8),
      member('b', 2, 70_016 * 8),
      member('c', 1, 70_024 * 8),
    ]);
    const found = new Layouts(builder.parse()).describeReorganized(id);
    const places = found!.members!.map(({ name, offset }) => [name, offset]);
    expect(places).toEqual([
      ['room', 0],
      ['b', 70_001],
      ['a', 70_008],
      ['c', 70_016],
    ]);
    expect(found).toMatchObject({ size: 70_024, saved: 8 });
  });

  test('comes to an end where members overlap', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const builder = start();
      const members = Array.from({ length: 12 }, (_, i) => {
        const at = (Math.imul(seed * 31 + i, 2654435761) >>> 8) % 96;
        return member(`m${i}`, (seed + i) % 3 === 0 ? 1 : 2, at * 8);
      });
      struct(builder, 'heap', 96, members);
      const layouts = new Layouts(builder.parse());
      expect(layouts.printReorganized(3)).toContain('struct heap {');
    }
  });
});

test('pointers are as big as a long, 8 bytes where there is none, or as it is told', () => {
  const sizeOf = (longSize: number | undefined, pointerSize?: number) => {
    const builder = new BtfBuilder();
    const int = { kind: 'INT', encoding: 1, bitOffset: 0 } as const;
    if (longSize === undefined) builder.add({ ...int, name: 'int', size: 4, bits: 32 });
    else builder.add({ ...int, name: 'unsigned long', size: longSize, bits: longSize * 8 });
    builder.add({ kind: 'PTR', name: '', type: 0 });
    builder.add({ kind: 'TYPEDEF', name: 'handle', type: 2 });
    return new Layouts(builder.parse(), { pointerSize }).sizeOf(3).size;
  };
  expect([sizeOf(4), sizeOf(8), sizeOf(undefined), sizeOf(8, 4)]).toEqual([4, 8, 8, 4]);
});

test('a declaration is no definition, and definitions of a name come in order of id', () => {
  const builder = start();
  builder.add({ kind: 'FWD', name: 'thing', target: 'struct' });
  builder.add({ kind: 'TYPEDEF', name: 'thing', type: 5 });
  struct(builder, 'thing', 1, [member('a', 2, 0)]);
  const proto = builder.add({ kind: 'FUNC_PROTO', name: '', returns: 0, params: [] });
  builder.add({ kind: 'FUNC', name: 'thing', type: proto, linkage: 0 });
  const layouts = new Layouts(builder.parse());
  expect(layouts.named('thing')).toEqual([4, 5]);
  expect(layouts.print(4)).toBe('typedef struct thing thing;\n');
});

describe('what is malformed', () => {
  /** [3] is what `add` makes first. */
  const printed = (add: (builder: BtfBuilder) => void, expand = false) => {
    const builder = start();
    add(builder);
    const btf = Btf.parse(builder.build(), { name: 'bad.btf', references: false });
    return () => new Layouts(btf, { expand }).print(3);
  };

  test('a struct that contains itself', () => {
    const direct = printed(b => struct(b, 's', 8, [member('self', 3, 0)]));
    expect(direct).toThrow('bad.btf: types: type [3]: contains itself, or types too deep');
    const builder = start();
    struct(builder, 's', 8, [member('self', 3, 0)]);
    const layouts = new Layouts(builder.parse());
    // Asked again, it is still refused, in every way.
    for (const of of ['print', 'describe', 'printReorganized', 'print'] as const)
      expect(() => layouts[of](3)).toThrow('contains itself');
  });

  test('a struct that is defined behind its own pointer', () => {
    const behind = printed(b => {
      struct(b, '', 8, [member('self', 4, 0)]);
      b.add({ kind: 'PTR', name: '', type: 3 });
    });
    expect(behind).toThrow('bad.btf: types: type [4]: contains itself, or types too deep');
  });

  test('a member that is void, or a function', () => {
    expect(printed(b => struct(b, 's', 8, [member('x', 0, 0)]))).toThrow(
      'bad.btf: types: type [3]: member x is void, expected a type with a size',
    );
    const func = printed(b => {
      struct(b, 's', 8, [member('x', 5, 0)]);
      b.add({ kind: 'FUNC_PROTO', name: '', returns: 0, params: [] });
      b.add({ kind: 'FUNC', name: 'f', type: 4, linkage: 0 });
    });
    expect(func).toThrow('bad.btf: types: type [5]: a FUNC, expected a type of C');
  });

  test('an array of void', () => {
    const array = printed(b => {
      struct(b, 's', 8, [member('x', 4, 0)]);
      b.add({ kind: 'ARRAY', name: '', element: 0, index: 1, length: 2 });
    });
    expect(array).toThrow('bad.btf: types: type [4]: void, expected a type with a size');
  });

  test.each(['CONST', 'TYPEDEF', 'TYPE_TAG', 'PTR'] as const)('a circle of %s', kind => {
    const circle = printed(b => {
      struct(b, 's', 8, [member('x', 4, 0)]);
      b.add({ kind, name: kind === 'TYPEDEF' ? 'a' : '', type: 5, attribute: false } as never);
      b.add({ kind, name: kind === 'TYPEDEF' ? 'b' : '', type: 4, attribute: false } as never);
    });
    const problem = kind === 'PTR' ? 'refers to itself, or to types too deep' : 'part of a circle of types';
    expect(circle).toThrow(new RegExp(`^bad.btf: types: type \\[[45]\\]: ${problem}$`));
  });

  test('an array of itself', () => {
    const circle = printed(b => {
      struct(b, 's', 8, [member('x', 4, 0)]);
      b.add({ kind: 'ARRAY', name: '', element: 4, index: 1, length: 1 });
    });
    expect(circle).toThrow('bad.btf: types: type [4]: part of a circle of types');
  });

  test('a function that takes itself', () => {
    const self = printed(b => {
      b.add({ kind: 'TYPEDEF', name: 'f', type: 4 });
      b.add({ kind: 'FUNC_PROTO', name: '', returns: 0, params: [{ name: '', type: 4 }] });
    });
    expect(self).toThrow('bad.btf: types: type [4]: refers to itself, or to types too deep');
  });

  test('types that would take gigabytes to write out', () => {
    const proto = (b: BtfBuilder, type: number) =>
      b.add({
        kind: 'FUNC_PROTO',
        name: '',
        returns: 0,
        params: [
          { name: '', type },
          { name: '', type },
        ],
      });
    const functions = printed(b => {
      b.add({ kind: 'TYPEDEF', name: 'f', type: 4 });
      for (let id = 4; id < 40; id++) proto(b, id + 1);
      proto(b, 1);
    });
    expect(functions).toThrow(/types: type \[\d+\]: takes more than 16777216 bytes to write out$/);
    const structs = printed(b => {
      for (let id = 3; id < 40; id++) struct(b, '', 1, [member('a', id + 1, 0), member('b', id + 1, 0)]);
      struct(b, '', 1, [member('c', 2, 0)]);
    });
    expect(structs).toThrow(/types: type \[\d+\]: takes more than 16777216 bytes to write out$/);
    // And as data, in a union too.
    const data = new BtfBuilder();
    data.add({ kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 });
    for (let i = 0; i < 40; i++) {
      const members = ['a', 'b'].map(name => ({ name, type: i + 1, bitOffset: 0, bitfieldSize: 0 }));
      data.add({ kind: 'UNION', name: '', size: 4, kflag: false, members });
    }
    expect(() => new Layouts(data.parse()).describe(41)).toThrow(
      /types: type \[\d+\]: with this there are more than 131072 members to describe$/,
    );
    // The same for what is cut: names of pointers to pointers.
    const cut = printed(b => {
      b.add({ kind: 'TYPEDEF', name: 'f', type: 4 });
      for (let id = 4; id < 121; id += 3) {
        proto(b, id + 1);
        b.add({ kind: 'PTR', name: '', type: id + 2 });
        b.add({ kind: 'PTR', name: '', type: id + 3 });
      }
      proto(b, 1);
    });
    expect(cut()).toContain('typedef void (f)(void (');
  });

  test('references that lead nowhere, met only where they are needed', () => {
    const builder = start();
    struct(builder, 'fine', 8, [member('a', 1, 0)]);
    struct(builder, 'bad', 8, [member('a', 99, 0)]);
    const layouts = new Layouts(Btf.parse(builder.build(), { references: false }));
    expect(layouts.print(3)).toContain('struct fine {');
    expect(() => layouts.print(4)).toThrow(
      'types: offset 0x48: type [4]: STRUCT: element 0: type id 99, expected below 5',
    );
    expect(() => [...layouts.all()]).toThrow('type id 99');
  });
});
