import { Btf, BtfBuilder, Kind, kindName } from '@btfkit/core/btf';
import { FormatError } from '@btfkit/core/bytes';
import { describe, expect, test } from 'vitest';

function threeLayers() {
  const low = new BtfBuilder();
  low.add({ kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 });
  low.add({ kind: 'FWD', name: 'shared', target: 'struct' });
  const base = low.parse('base');
  const middle = new BtfBuilder({ base });
  middle.add({ kind: 'TYPEDEF', name: 'word', type: 1 });
  middle.add({ kind: 'STRUCT', name: 'shared', size: 0, kflag: false, members: [] });
  const split = middle.parse('split');
  const high = new BtfBuilder({ base: split });
  high.add({ kind: 'PTR', name: '', type: 3 });
  high.add({ kind: 'UNION', name: 'shared', size: 0, kflag: false, members: [] });
  return { base, split, top: high.parse('top') };
}

describe('layers that stand on each other', () => {
  const { base, split, top } = threeLayers();

  test('ids and strings go on where the base ends', () => {
    expect([base.startId, base.endId, split.startId, split.endId, top.startId, top.endId]).toEqual([
      1, 3, 3, 5, 5, 7,
    ]);
    expect(split.strings.start).toBe(base.strings.bytes.length);
    expect(top.strings.start).toBe(base.strings.bytes.length + split.strings.bytes.length);
  });

  test('lower ids and strings resolve in the layers that own them', () => {
    expect(top.layer(1)).toBe(base);
    expect(top.layer(3)).toBe(split);
    expect(top.layer(6)).toBe(top);
    expect(top.typeName(1)).toBe('int');
    expect(top.type(5)).toEqual({ kind: 'PTR', name: '', type: 3 });
    expect(top.type(3)).toEqual({ kind: 'TYPEDEF', name: 'word', type: 1 });
    expect(top.string(split.nameOff(3))).toBe('word');
  });

  test('void is everywhere and has no record', () => {
    expect([top.kind(0), top.vlen(0), top.nameOff(0), top.sizeOrType(0)]).toEqual([0, 0, 0, 0]);
    expect(top.type(0)).toEqual({ kind: 'VOID', name: '' });
    expect(() => top.at(0)).toThrow(RangeError);
  });

  test('ids and strings that do not exist are refused', () => {
    expect(() => top.type(7)).toThrow(RangeError);
    expect(() => top.kind(-1)).toThrow(RangeError);
    expect(() => top.string(top.strings.end)).toThrow(RangeError);
  });

  test('a name is looked up from the lowest layer on', () => {
    expect(top.find('shared')).toBe(2);
    expect(top.find('shared', Kind.UNION)).toBe(6);
    expect(top.findAll('shared')).toEqual([2, 4, 6]);
    expect(base.findAll('shared')).toEqual([2]);
    expect(top.find('nothing')).toBe(0);
    expect(top.find('')).toBe(0);
  });

  test('split BTF without its base is refused', () => {
    expect(() => Btf.parse(split.bytes)).toThrow(FormatError);
    expect(() => Btf.parse(split.bytes)).toThrow('split BTF');
  });

  test('a layer without strings of its own is read on its base', () => {
    const builder = new BtfBuilder({ base });
    builder.add({ kind: 'PTR', name: '', type: 1 });
    const plain = builder.parse();
    expect(plain.header.stringLength).toBe(0);
    expect(plain.typeName(3)).toBe('');
    expect(plain.typeName(1)).toBe('int');
  });
});

describe('names are found', () => {
  const names = ['', '', 'B', '_x', 'a', 'a', 'aa', 'task', 'task_struct', 'ä', '日本'];

  function withNames(order: readonly string[]): Btf {
    const builder = new BtfBuilder();
    for (const name of order) builder.add({ kind: 'FWD', name, target: 'struct' });
    return builder.parse();
  }

  const expected = (order: readonly string[], name: string) =>
    order.flatMap((other, i) => (other === name && name !== '' ? [i + 1] : []));

  // More lookups than are answered by scanning, so that each way of looking gets its turn.
  test.each([
    { how: 'sorted', order: names, sortedFrom: 3 },
    { how: 'unsorted', order: names.toReversed(), sortedFrom: 0 },
  ])('in $how blobs, the first time and the hundredth', ({ order, sortedFrom }) => {
    const btf = withNames(order);
    expect(btf.sortedFrom).toBe(sortedFrom);
    for (let round = 0; round < 10; round++) {
      for (const name of [...names, 'tas', 'task_struc', 'task_structs', 'zz', 'A']) {
        expect(btf.findAll(name)).toEqual(expected(order, name));
        expect(btf.find(name)).toBe(expected(order, name)[0] ?? 0);
        expect(btf.find(name, Kind.FWD)).toBe(expected(order, name)[0] ?? 0);
        expect(btf.find(name, Kind.INT)).toBe(0);
      }
    }
  });

  test('sorted means by bytes, anonymous first', () => {
    expect(withNames(['', 'a', 'b']).sortedFrom).toBe(2);
    expect(withNames(['a', '', 'b']).sortedFrom).toBe(0);
    expect(withNames(['B', 'a']).sortedFrom).toBe(1);
    expect(withNames(['a', 'B']).sortedFrom).toBe(0);
    expect(withNames(['', '']).sortedFrom).toBe(0);
  });

  test('a name that ends another one is not taken for it', () => {
    const builder = new BtfBuilder();
    builder.add({ kind: 'FWD', name: 'task_struct', target: 'struct' });
    const blob = builder.build();
    // A second type whose name begins inside the first one's string.
    const tail = new BtfBuilder();
    tail.add({ kind: 'FWD', name: 'task_struct', target: 'struct' });
    tail.add({ kind: 'FWD', name: 'task_struct', target: 'union' });
    const shared = tail.build();
    const view = new DataView(shared.buffer);
    view.setUint32(24 + 12, view.getUint32(24 + 12, true) + 5, true);
    expect(Btf.parse(blob).find('struct')).toBe(0);
    expect(Btf.parse(shared).find('struct')).toBe(2);
  });
});

describe('kinds that the layout section describes', () => {
  const layout = (kind: number, infoSize: number, elementSize: number) =>
    Array.from({ length: kind + 1 }, (_, i) =>
      i === kind ? { infoSize, elementSize, flags: 0 } : { infoSize: 0, elementSize: 0, flags: 0 },
    );

  function withUnknown(
    kind: number,
    rows: ReturnType<typeof layout> | undefined,
    words: number[],
    vlen: number,
  ) {
    const builder = new BtfBuilder({ layout: rows });
    builder.add({ kind: 'UNKNOWN', name: 'new', info: (kind << 24) | vlen, sizeOrType: 77, words });
    builder.add({ kind: 'FLOAT', name: 'after', size: 8 });
    return builder;
  }

  test('are carried along', () => {
    const btf = withUnknown(99, layout(99, 4, 8), [1, 2, 3, 4, 5], 2).parse();
    expect(btf.type(1)).toEqual({
      kind: 'UNKNOWN',
      name: 'new',
      info: (99 << 24) | 2,
      sizeOrType: 77,
      words: [1, 2, 3, 4, 5],
    });
    expect(btf.typeName(2)).toBe('after');
    expect(kindName(btf.kind(1))).toBe('UNKNOWN');
  });

  test('are refused without a layout, or where it makes no sense', () => {
    expect(() => withUnknown(99, undefined, [], 0).parse()).toThrow('kind 99 is unknown');
    expect(() => withUnknown(99, layout(50, 0, 0), [], 0).parse()).toThrow('kind 99 is unknown');
    expect(() => withUnknown(99, layout(99, 6, 0), [], 0).parse()).toThrow('not multiples of 4');
    expect(() => withUnknown(99, layout(99, 4, 8), [1, 2], 3).parse()).toThrow(FormatError);
  });

  test('the layout has the word on kinds from 20 on, and none on older ones', () => {
    // LOC_PROTO of another shape: no ids in it, so that 4000 is no broken reference.
    const other = withUnknown(Kind.LOC_PROTO, layout(Kind.LOC_PROTO, 4, 0), [4000], 3).parse();
    expect(other.type(1)).toMatchObject({ kind: 'UNKNOWN', words: [4000] });
    expect(other.typeName(2)).toBe('after');
    const usual = withUnknown(Kind.LOC_PROTO, layout(Kind.LOC_PROTO, 0, 4), [4000], 1);
    expect(() => usual.parse()).toThrow('type id 4000');
    const int = withUnknown(Kind.INT, layout(Kind.INT, 200, 0), [32], 0).parse();
    expect(int.type(1)).toMatchObject({ kind: 'INT', bits: 32 });
  });

  test("a split layer without a layout shares its base's", () => {
    const base = withUnknown(99, layout(99, 0, 4), [7], 1).parse();
    const split = new BtfBuilder({ base });
    split.add({ kind: 'UNKNOWN', name: '', info: (99 << 24) | 2, sizeOrType: 0, words: [8, 9] });
    expect(split.parse().type(3)).toMatchObject({ kind: 'UNKNOWN', words: [8, 9] });
  });
});
