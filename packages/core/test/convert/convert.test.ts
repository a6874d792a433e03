import { Btf, BtfBuilder, type BtfType, builtinLayout, swapByteOrder, type VoidType } from '@btfkit/core/btf';
import { completed, convert, LOSSES, type LossName, type Reader } from '@btfkit/core/convert';
import { judgeModule, judgeProgram, judgeVmlinux, RELEASES, rulesOf } from '@btfkit/core/verify';
import { describe, expect, test } from 'vitest';
import { addEveryKind } from '../btf/every-kind.js';

type Type = Exclude<BtfType, VoidType>;

const int: Type = { kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 };
const byte: Type = { kind: 'INT', name: 'char', size: 1, encoding: 0, bitOffset: 0, bits: 8 };
const member = (name: string, type: number, bitOffset = 0, bitfieldSize = 0) => ({
  name,
  type,
  bitOffset,
  bitfieldSize,
});
const struct = (name: string, size: number, ...members: ReturnType<typeof member>[]): Type => ({
  kind: 'STRUCT',
  name,
  size,
  kflag: members.some(({ bitfieldSize }) => bitfieldSize > 0),
  members,
});
const ref = (kind: 'PTR' | 'CONST' | 'VOLATILE', type: number): Type => ({ kind, name: '', type });
const tag = (name: string, type: number, attribute = false): Type => ({
  kind: 'TYPE_TAG',
  name,
  type,
  attribute,
});

function build(types: readonly Type[], base?: Btf): Btf {
  const builder = new BtfBuilder({ base });
  for (const type of types) builder.add(type);
  return builder.parse();
}

/** What a program's BTF becomes, once it is known that the release refuses it as it is and takes what it becomes. */
function converted(
  types: readonly Type[] | Btf,
  release: string,
  expected: Partial<Record<LossName, number>>,
) {
  const btf = types instanceof Btf ? types : build(types);
  const rules = rulesOf(release);
  const options = { rules, littleEndian: btf.littleEndian };
  expect(judgeProgram(btf.bytes, options).accepted).toBe(false);
  const { bytes, losses, added } = convert(btf, { rules, reader: 'program' });
  expect(judgeProgram(bytes, options)).toMatchObject({ message: '', accepted: true });
  expect(Object.fromEntries(losses.map(({ name, count }) => [name, count]))).toEqual(expected);
  const result = Btf.parse(bytes);
  expect(result.endId).toBe(btf.endId + added);
  return result;
}

describe('what libbpf has a stand-in for', () => {
  test('FLOAT, before 5.13', () => {
    const result = converted(
      [{ kind: 'FLOAT', name: 'float', size: 4 }, struct('s', 4, member('f', 1))],
      '5.12',
      {
        float: 1,
      },
    );
    expect(result.type(1)).toEqual({ kind: 'STRUCT', name: '', size: 4, kflag: false, members: [] });
  });

  test('ENUM64, before 6.0', () => {
    const values = [{ name: 'BIG', value: 1n << 40n }];
    const result = converted([{ kind: 'ENUM64', name: 'wide', size: 8, signed: false, values }], '5.19', {
      enum64: 1,
    });
    expect(result.type(1)).toMatchObject({
      kind: 'UNION',
      name: 'wide',
      size: 8,
      members: [{ name: 'BIG', type: 2 }],
    });
    expect(result.type(2)).toMatchObject({ kind: 'INT', name: 'enum64_placeholder', size: 1, bits: 8 });
  });

  test('tags, before 5.16 and 5.17', () => {
    const types = [
      struct('s', 4, member('a', 2)),
      int,
      tag('user', 1),
      ref('PTR', 3),
      { kind: 'DECL_TAG', name: 'note', type: 1, component: 0, attribute: false } as const,
    ];
    const result = converted(types, '5.15', { typeTag: 1, declTag: 1 });
    expect(result.type(3)).toEqual({ kind: 'CONST', name: '', type: 1 });
    expect(result.type(5)).toMatchObject({ kind: 'INT', name: 'note', size: 1, bits: 8 });
    converted(types, '5.16', { typeTag: 1 });
  });

  test('variables and functions, before 5.2 and 5.0', () => {
    const types: Type[] = [
      int,
      {
        kind: 'FUNC_PROTO',
        name: '',
        returns: 1,
        params: [
          { name: 'a', type: 1 },
          { name: '', type: 1 },
        ],
      },
      { kind: 'FUNC_PROTO', name: '', returns: 0, params: [{ name: 'b', type: 1 }] },
      { kind: 'FUNC', name: 'f', type: 3, linkage: 1 },
      { kind: 'VAR', name: 'v.1', type: 1, linkage: 1 },
      { kind: 'DATASEC', name: '.data.x', size: 8, variables: [{ type: 5, offset: 4, size: 4 }] },
    ];
    converted(types, '5.5', { linkage: 1 });
    const result = converted(types, '5.1', { linkage: 1, variable: 1, section: 1, dots: 2 });
    expect(result.type(6)).toEqual(struct('_data_x', 8, member('v_1', 5, 32)));
    const older = converted(types, '4.20', {
      func: 1,
      prototype: 2,
      parameter: 1,
      variable: 1,
      section: 1,
      dots: 2,
    });
    expect(older.type(2)).toMatchObject({ kind: 'ENUM', size: 4, values: [{ name: 'a', value: 1 }] });
    expect(older.type(4)).toEqual({ kind: 'TYPEDEF', name: 'f', type: 3 });
  });

  test('signed ENUM, and its bit fields', () => {
    const types: Type[] = [
      { kind: 'ENUM', name: 'e', size: 4, signed: true, values: [{ name: 'MINUS', value: -1 }] },
      struct('s', 4, member('b', 1, 0, 3)),
    ];
    expect(converted(types, '5.19', { sign: 1 }).type(2)).toEqual(types[1]);
  });

  test('a map that is not made, before 6.9', () => {
    const types: Type[] = [
      int,
      { kind: 'VAR', name: 'v', type: 1, linkage: 1 },
      { kind: 'DATASEC', name: '?.struct_ops', size: 4, variables: [{ type: 2, offset: 0, size: 4 }] },
    ];
    const result = converted(types, '6.8', { sectionName: 1 });
    expect(result.typeName(3)).toBe('_.struct_ops');
  });

  test('any character in the name of what was a section', () => {
    const types: Type[] = [
      int,
      { kind: 'VAR', name: 'v', type: 1, linkage: 1 },
      { kind: 'DATASEC', name: '1 <a.b>', size: 4, variables: [{ type: 2, offset: 0, size: 4 }] },
    ];
    expect(converted(types, '6.8', { sectionName: 1 }).typeName(3)).toBe('___a.b_');
    const older = converted(types, '5.1', { variable: 1, section: 1, sectionName: 1, dots: 1 });
    expect(older.typeName(3)).toBe('___a_b_');
  });

  test('layout section and header, before 7.1', () => {
    for (const littleEndian of [true, false]) {
      const builder = new BtfBuilder({ layout: builtinLayout(), littleEndian });
      builder.add(int);
      const result = converted(builder.parse(), '7.0', { layout: 1 });
      expect(result.header).toMatchObject({ headerLength: 24, layoutLength: 0, littleEndian });
      expect(result.type(1)).toEqual(int);
    }
  });
});

describe('beyond that', () => {
  test('attributes, before 6.15: nothing that could be taken for a tag', () => {
    const types: Type[] = [
      struct('s', 4, member('a', 2)),
      int,
      tag('address_space(1)', 1, true),
      ref('PTR', 3),
      { kind: 'DECL_TAG', name: 'attribute', type: 1, component: -1, attribute: true },
    ];
    const result = converted(types, '6.14', { typeAttribute: 1, declAttribute: 1 });
    expect([result.type(3).kind, result.type(5).kind]).toEqual(['CONST', 'INT']);
  });

  test('tags behind other modifiers, 5.19 to 7.1, an attribute in front of them among these', () => {
    const types = [
      struct('s', 0),
      tag('rcu', 1),
      tag('user', 2),
      ref('CONST', 3),
      ref('PTR', 4),
      tag('percpu', 1),
      ref('PTR', 6),
    ];
    const result = converted(types, '7.1', { lateTag: 2 });
    expect([2, 3, 6].map(id => result.type(id).kind)).toEqual(['CONST', 'CONST', 'TYPE_TAG']);
    const attribute = [struct('s', 0), tag('user', 1), tag('a', 2, true), ref('PTR', 3)];
    const plain = converted(attribute, '6.14', { typeAttribute: 1, lateTag: 1 });
    expect([2, 3].map(id => plain.type(id).kind)).toEqual(['CONST', 'CONST']);
    expect(convert(build(types), { rules: rulesOf('7.2'), reader: 'program' }).losses).toEqual([]);
  });

  test('an ENUM64 that a bit field is of', () => {
    const types: Type[] = [
      { kind: 'ENUM64', name: 'wide', size: 8, signed: true, values: [] },
      { kind: 'TYPEDEF', name: 'wide_t', type: 1 },
      struct('s', 8, member('b', 2, 3, 33)),
    ];
    const result = converted(types, '5.19', { bitFieldEnum: 1 });
    expect(result.type(1)).toMatchObject({ kind: 'INT', name: 'wide', size: 8, encoding: 1, bits: 64 });
    expect(result.type(3)).toEqual(types[2]);
  });

  test('an ENUM of another size than 4, before 5.4; and in too little room, before 5.6', () => {
    const values = [{ name: 'A', value: 1 }];
    const types: Type[] = [
      { kind: 'ENUM', name: 'small', size: 1, signed: false, values },
      struct('s', 1, member('e', 1)),
    ];
    for (const release of ['5.3', '5.5']) {
      const result = converted(types, release, { enumSize: 1 });
      expect(result.type(1)).toMatchObject({ kind: 'UNION', size: 1, members: [{ name: 'A', type: 3 }] });
    }
  });

  test('bit fields of structs with kflag, before 5.0', () => {
    const types: Type[] = [
      int,
      { kind: 'ENUM', name: 'e', size: 4, signed: false, values: [] },
      ref('CONST', 1),
      struct('s', 8, member('a', 3, 0, 3), member('b', 1, 3, 3), member('c', 2, 8, 9), member('d', 1, 32)),
      { kind: 'FWD', name: 'u', target: 'union' },
    ];
    const result = converted(types, '4.20', { structFlag: 1, bitField: 3, forwardUnion: 1 });
    expect(result.type(4)).toEqual(
      struct('s', 8, member('a', 6), member('b', 6, 3), member('c', 7, 8), member('d', 1, 32)),
    );
    expect(result.type(6)).toEqual({ ...int, bits: 3 });
    expect(result.type(7)).toEqual({ ...int, name: 'e', encoding: 0, bits: 9 });
    expect(result.type(5)).toMatchObject({ kind: 'FWD', target: 'struct' });
  });

  test('kflag alone, before 5.0', () => {
    converted([{ kind: 'STRUCT', name: 's', size: 4, kflag: true, members: [] }], '4.20', { structFlag: 1 });
  });

  test('INT of 128 bits, before 5.1', () => {
    const wide: Type = { ...int, name: '__int128', size: 16, bits: 128 };
    expect(converted([wide, struct('s', 16, member('w', 1))], '5.0', { wideInt: 1 }).type(1)).toMatchObject({
      kind: 'STRUCT',
      name: '',
      size: 16,
    });
  });

  test('a DATASEC without variables, before 5.12', () => {
    converted([{ kind: 'DATASEC', name: '.bss', size: 4, variables: [] }], '5.11', { section: 1, dots: 1 });
  });

  test('kinds that no kernel knows yet', () => {
    const types: Type[] = [
      int,
      { kind: 'LOC_PARAM', name: '', size: 4, flags: 8, values: [1, 2] },
      { kind: 'LOC_PROTO', name: '', params: [2] },
      { kind: 'LOCSEC', name: 'inline.text', locations: [] },
      ref('PTR', 1),
    ];
    const result = converted(types, '7.3', { unknown: 3 });
    expect([1, 2, 3, 4, 5].map(id => result.type(id).kind)).toEqual(['INT', 'INT', 'INT', 'INT', 'PTR']);
  });

  test('more than 65,535 entries, before 7.2; a tag of one that is gone', () => {
    const values = Array.from({ length: 65_540 }, (_, value) => ({ name: `V${value}`, value }));
    const members = Array.from({ length: 65_537 }, (_, i) => member('', 2, 32 * i));
    const types: Type[] = [
      { kind: 'ENUM', name: 'many', size: 4, signed: false, values },
      int,
      struct('big', 4 * members.length, ...members),
      { kind: 'DECL_TAG', name: 'last', type: 3, component: 65_536, attribute: false },
      { kind: 'DECL_TAG', name: 'first', type: 3, component: 0, attribute: false },
    ];
    const result = converted(types, '7.1', { entries: 5 + 2, declTag: 1 });
    expect([result.vlen(1), result.vlen(3)]).toEqual([65_535, 65_535]);
    expect([result.type(4).kind, result.type(5).kind]).toEqual(['INT', 'DECL_TAG']);
  });
});

describe('names', () => {
  const long = 'n'.repeat(200);

  test('dots, before 6.4: of all but variables and sections', () => {
    const types: Type[] = [
      int,
      { kind: 'FUNC_PROTO', name: '', returns: 0, params: [{ name: 'p.0', type: 1 }] },
      { kind: 'FUNC', name: 'f.isra.0', type: 2, linkage: 0 },
      struct('s.1', 4, member('m.2', 1)),
      { kind: 'ENUM', name: '', size: 4, signed: false, values: [{ name: 'E.3', value: 0 }] },
      { kind: 'VAR', name: 'v.4', type: 1, linkage: 0 },
      { kind: 'DATASEC', name: '.data.5', size: 4, variables: [{ type: 6, offset: 0, size: 4 }] },
    ];
    const btf = build(types);
    const result = converted(btf, '6.3', { dots: 5 });
    const text = new TextDecoder().decode(result.strings.bytes);
    expect(text).toBe('\0int\0p_0\0f_isra_0\0s_1\0m_2\0E_3\0v.4\0.data.5\0');
  });

  test('a name that something else has as well is not touched there', () => {
    const types: Type[] = [
      int,
      struct('x.y', 4, member('x.y', 1)),
      { kind: 'VAR', name: 'x.y', type: 1, linkage: 0 },
    ];
    const btf = build(types);
    const result = converted(btf, '6.3', { dots: 1 });
    expect(result.type(2)).toMatchObject({ name: 'x_y', members: [{ name: 'x_y' }] });
    expect(result.typeName(3)).toBe('x.y');
    expect(result.strings.end).toBe(btf.strings.end + 4);
  });

  test('nor one that ends another', () => {
    const btf = build([
      int,
      struct('a.b.c', 4, member('m', 1)),
      { kind: 'VAR', name: 'v', type: 1, linkage: 0 },
    ]);
    const bytes = btf.bytes.slice();
    // The variable is called ".c", out of the end of the struct's name.
    const { header, words, offsets } = btf;
    const end = btf.nameOff(2) + 3;
    new DataView(bytes.buffer).setUint32(header.headerLength + 4 * offsets[2], end, true);
    expect(words.length).toBeGreaterThan(0);
    const result = converted(Btf.parse(bytes), '6.3', { dots: 1 });
    expect([result.typeName(2), result.typeName(3)]).toEqual(['a_b_c', '.c']);
  });

  test('too long, before 6.1: cut', () => {
    const btf = build([struct(long, 0), { kind: 'VAR', name: `v${long}`, type: 1, linkage: 0 }]);
    const result = converted(btf, '6.0', { length: 2 });
    expect([result.typeName(1), result.typeName(2)]).toEqual([long.slice(0, 128), `v${long}`.slice(0, 128)]);
    expect(result.strings.end).toBe(btf.strings.end);
  });

  test('of a base that split BTF uses: a new string', () => {
    const base = build([{ kind: 'VAR', name: 'x.y', type: 0, linkage: 0 }]);
    const builder = new BtfBuilder({ base });
    builder.add(struct('', 0));
    const bytes = builder.build();
    new DataView(bytes.buffer).setUint32(24, base.nameOff(1), true);
    const { bytes: made } = convert(Btf.parse(bytes, { base }), { rules: rulesOf('6.3'), reader: 'kernel' });
    expect(Btf.parse(made, { base }).typeName(2)).toBe('x_y');
  });
});

describe("a kernel's own BTF, and what stands on it", () => {
  const values = [{ name: 'BIG', value: 1n << 40n }];
  const vmlinux = build([
    int,
    byte,
    { kind: 'ENUM64', name: 'wide', size: 8, signed: false, values },
    struct('dot.ted', 8, member('w', 3)),
    { kind: 'FLOAT', name: 'double', size: 8 },
  ]);
  const rules = rulesOf('5.12');
  const options = { rules, littleEndian: true };
  const reader: Reader = 'kernel';

  test('neither ids nor string offsets grow, so that modules go on standing on it', () => {
    const { bytes, added, losses } = convert(vmlinux, { rules, reader });
    expect(losses.map(({ name }) => name)).toEqual(['float', 'enum64', 'dots']);
    expect(added).toBe(0);
    const result = Btf.parse(bytes);
    expect([result.endId, result.strings.end]).toEqual([vmlinux.endId, vmlinux.strings.end]);
    expect(result.type(3)).toMatchObject({ kind: 'UNION', members: [{ name: 'BIG', type: 2 }] });
    expect(judgeVmlinux(bytes, options).accepted).toBe(true);

    const module = build(
      [ref('PTR', 4), { kind: 'ENUM64', name: 'own', size: 8, signed: false, values }],
      vmlinux,
    );
    const made = convert(module, { rules, reader });
    expect(made.added).toBe(0);
    expect(judgeModule({ btf: module.bytes }, judgeVmlinux(bytes, options), options).accepted).toBe(false);
    expect(judgeModule({ btf: made.bytes }, judgeVmlinux(bytes, options), options).accepted).toBe(true);
    const split = Btf.parse(made.bytes, { base: result });
    expect(split.typeName(split.endId - 1)).toBe('own');
    expect(split.type(split.endId - 1)).toMatchObject({ kind: 'UNION', members: [{ type: 2 }] });
  });
});

describe('all releases', () => {
  const btf = addEveryKind(new BtfBuilder({ layout: builtinLayout(23) })).parse();

  test.each(RELEASES)('%s: ids stay, a second time changes nothing, either byte order', release => {
    const options = { rules: rulesOf(release), reader: 'program' } as const;
    const once = convert(btf, options);
    const result = Btf.parse(once.bytes);
    expect(result.endId).toBe(btf.endId + once.added);
    expect(once.losses.length).toBeGreaterThan(0);
    for (const { name } of once.losses) expect(LOSSES[name]).toBeTruthy();
    const twice = convert(result, options);
    expect(twice.losses).toEqual([]);
    expect(twice.bytes).toBe(result.bytes);
    const swapped = Btf.parse(swapByteOrder(btf));
    expect(convert(swapped, options).bytes).toEqual(swapByteOrder(result));
  });
});

describe('what a loader completes', () => {
  const types: Type[] = [
    int,
    { kind: 'VAR', name: 'a', type: 1, linkage: 1 },
    { kind: 'VAR', name: 'b', type: 1, linkage: 2 },
    { kind: 'DATASEC', name: '.bss', size: 0, variables: [2, 3].map(type => ({ type, offset: 0, size: 4 })) },
    { kind: 'FUNC_PROTO', name: '', returns: 1, params: [{ name: '', type: 1 }] },
    { kind: 'FUNC', name: 'kfunc', type: 5, linkage: 2 },
    { kind: 'DATASEC', name: '.ksyms', size: 0, variables: [{ type: 6, offset: 0, size: 0 }] },
  ];
  const rules = rulesOf('6.12');
  const options = { rules, littleEndian: true };

  test('is filled in, so that all else can be judged', () => {
    const btf = build(types);
    expect(judgeProgram(btf.bytes, options).accepted).toBe(false);
    const whole = completed(btf)!;
    expect(judgeProgram(whole, options).accepted).toBe(true);
    expect(Btf.parse(whole).type(4)).toMatchObject({
      size: 8,
      variables: [
        { type: 2, offset: 0 },
        { type: 3, offset: 4 },
      ],
    });
  });

  test('nothing where there are no gaps', () => {
    expect(completed(build([int]))).toBeUndefined();
  });
});
