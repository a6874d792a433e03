import { Btf, BtfBuilder, type BtfType, builtinLayout, swapByteOrder, type VoidType } from '@btfkit/core/btf';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addEveryKind, everyKind } from './every-kind.js';

type Type = Exclude<BtfType, VoidType>;

const forms = [
  { littleEndian: true, headerLength: 24 },
  { littleEndian: false, headerLength: 24 },
  { littleEndian: true, headerLength: 32 },
  { littleEndian: false, layout: builtinLayout() },
  { littleEndian: true, layout: builtinLayout(23) },
] as const;

const typesOf = (btf: Btf) =>
  Array.from({ length: btf.endId - btf.startId }, (_, i) => btf.type(btf.startId + i));

describe.each(forms)('written with %o', form => {
  const blob = addEveryKind(new BtfBuilder(form)).build();

  test('every kind reads back as it was', () => {
    expect(typesOf(Btf.parse(blob))).toEqual(everyKind);
  });

  test('an unaligned copy reads the same', () => {
    const shifted = new Uint8Array(blob.length + 1);
    shifted.set(blob, 1);
    expect(typesOf(Btf.parse(shifted.subarray(1)))).toEqual(everyKind);
  });

  test('the header says where things are', () => {
    const { header, layout } = Btf.parse(blob);
    const rows = 'layout' in form ? form.layout : [];
    expect(header.littleEndian).toBe(form.littleEndian);
    expect(header.headerLength).toBe('layout' in form ? 32 : form.headerLength);
    expect(header.stringOffset).toBe(header.typeLength + 4 * rows.length);
    expect(header.headerLength + header.stringOffset + header.stringLength).toBe(blob.length);
    expect(layout).toEqual(rows);
  });

  test('the other byte order holds the same types and swaps back to the same bytes', () => {
    const swapped = swapByteOrder(Btf.parse(blob));
    expect(swapped).not.toEqual(blob);
    expect(typesOf(Btf.parse(swapped))).toEqual(everyKind);
    expect(Btf.parse(swapped).layout).toEqual(Btf.parse(blob).layout);
    expect(swapByteOrder(Btf.parse(swapped))).toEqual(blob);
  });

  test('the builder writes the other byte order as swapByteOrder makes it', () => {
    const other = addEveryKind(new BtfBuilder({ ...form, littleEndian: !form.littleEndian })).build();
    expect(swapByteOrder(Btf.parse(blob))).toEqual(other);
  });
});

test('vlen has 24 bits', () => {
  const builder = new BtfBuilder();
  const values = Array.from({ length: 70_000 }, (_, value) => ({ name: '', value }));
  builder.add({ kind: 'ENUM', name: 'many', size: 4, signed: false, values });
  const btf = builder.parse();
  expect(btf.vlen(1)).toBe(70_000);
  expect(btf.type(1)).toMatchObject({ values: { length: 70_000, 69999: { value: 69_999 } } });
});

test('the builder refuses what the format has no room for', () => {
  const builder = new BtfBuilder();
  const member = (bitOffset: number, bitfieldSize: number, kflag: boolean): Type => ({
    kind: 'STRUCT',
    name: 's',
    size: 4,
    kflag,
    members: [{ name: 'm', type: 0, bitOffset, bitfieldSize }],
  });
  expect(() => builder.add(member(0x1000000, 1, true))).toThrow(RangeError);
  expect(() => builder.add(member(0, 1, false))).toThrow(RangeError);
  expect(() => builder.add({ kind: 'FLOAT', name: 'a\0b', size: 4 })).toThrow(RangeError);
});

const word = fc.nat(0xffffffff);
const name = fc.stringMatching(/^[a-z_.]{0,8}$/);
const id = fc.nat(20);
const list = <T>(item: fc.Arbitrary<T>) => fc.array(item, { maxLength: 4 });
const int32 = fc.integer({ min: -0x80000000, max: 0x7fffffff });

/** Any type of a kind that can stand anywhere; ids are below 21, so the blob has to have 20 types. */
const anyType: fc.Arbitrary<Type> = fc.oneof(
  fc.record({
    kind: fc.constant('INT' as const),
    name,
    size: word,
    encoding: fc.nat(15),
    bitOffset: fc.nat(255),
    bits: fc.nat(255),
  }),
  fc.record({
    kind: fc.constantFrom(...(['PTR', 'TYPEDEF', 'CONST', 'VOLATILE', 'RESTRICT'] as const)),
    name,
    type: id,
  }),
  fc.record({ kind: fc.constant('ARRAY' as const), name, element: id, index: id, length: word }),
  fc.record({
    kind: fc.constantFrom(...(['STRUCT', 'UNION'] as const)),
    name,
    size: word,
    kflag: fc.constant(true),
    members: list(fc.record({ name, type: id, bitOffset: fc.nat(0xffffff), bitfieldSize: fc.nat(255) })),
  }),
  fc.record({
    kind: fc.constant('ENUM' as const),
    name,
    size: word,
    signed: fc.constant(true),
    values: list(fc.record({ name, value: int32 })),
  }),
  fc.record({
    kind: fc.constant('ENUM64' as const),
    name,
    size: word,
    signed: fc.constant(true),
    values: list(fc.record({ name, value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) })),
  }),
  fc.record({
    kind: fc.constant('FWD' as const),
    name,
    target: fc.constantFrom('struct' as const, 'union' as const),
  }),
  fc.record({
    kind: fc.constant('FUNC_PROTO' as const),
    name,
    returns: id,
    params: list(fc.record({ name, type: id })),
  }),
  fc.record({
    kind: fc.constant('DECL_TAG' as const),
    name,
    type: id,
    component: int32,
    attribute: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('DATASEC' as const),
    name,
    size: word,
    variables: list(fc.record({ type: id, offset: word, size: word })),
  }),
);

test('any types in any form: what is written is read, and swapping twice changes nothing', () => {
  const types = fc.array(anyType, { minLength: 20, maxLength: 40 });
  fc.assert(
    fc.property(types, fc.constantFrom(...forms), (written, form) => {
      const builder = new BtfBuilder(form);
      for (const type of written) builder.add(type);
      const blob = builder.build();
      const btf = Btf.parse(blob);
      expect(typesOf(btf)).toEqual(written);
      const swapped = Btf.parse(swapByteOrder(btf));
      expect(typesOf(swapped)).toEqual(written);
      expect(swapByteOrder(swapped)).toEqual(blob);
    }),
    { seed: 612, numRuns: 200 },
  );
});
