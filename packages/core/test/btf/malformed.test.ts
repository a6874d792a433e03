import { Btf, BtfBuilder, builtinLayout, checkType, swapByteOrder } from '@btfkit/core/btf';
import { FormatError } from '@btfkit/core/bytes';
import { describe, expect, test } from 'vitest';
import { addEveryKind } from './every-kind.js';

function small(): DataView {
  const builder = new BtfBuilder();
  builder.add({ kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 });
  builder.add({ kind: 'PTR', name: '', type: 1 });
  return new DataView(builder.build().buffer);
}

const parse = (view: DataView) => Btf.parse(new Uint8Array(view.buffer));

function refusal(change: (view: DataView) => void): FormatError {
  const view = small();
  change(view);
  try {
    parse(view);
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
  throw new Error('was accepted');
}

describe('headers that lie', () => {
  const set = (offset: number, value: number) => (view: DataView) => view.setUint32(offset, value, true);

  test('the unchanged blob is accepted', () => expect(parse(small()).endId).toBe(3));

  test.each([
    ['wrong magic', set(0, 0), 'magic 0x0', 0],
    ['a header longer than the data', set(4, 4096), 'header length 4096', 4],
    ['types beyond the strings', set(12, 0xfffffffc), 'types at 0 + 4294967292', 8],
    ['types offset beyond everything', set(8, 0xfffffffc), 'types at 4294967292', 8],
    ['4 GB of strings', set(20, 0xffffffff), '+ 4294967295', 16],
    ['strings offset beyond everything', set(16, 0xffffffff), 'strings at 4294967295', 16],
    ['unaligned types', view => [set(8, 2)(view), set(12, 24)(view)], 'not aligned', 8],
    ['unaligned length of types', set(12, 26), 'not a multiple of 4', undefined],
    ['a part of a type', set(12, 24), '8 bytes after the last type', 16],
    ['no strings', set(20, 0), 'empty', undefined],
    ['strings without an end', set(20, 4), 'does not end in NUL', undefined],
  ] as [string, (view: DataView) => void, string, number | undefined][])(
    '%s',
    (_, change, problem, offset) => {
      const error = refusal(change);
      expect(error.message).toContain(problem);
      expect(error.where.section).toMatch(/^(BTF header|types|strings)$/);
      expect(error.where.offset).toBe(offset);
    },
  );

  test('nothing, and less than a header', () => {
    for (const length of [0, 1, 23]) {
      expect(() => Btf.parse(new Uint8Array(length))).toThrow(FormatError);
    }
  });

  test('layout sections out of place', () => {
    const blob = addEveryKind(new BtfBuilder({ layout: builtinLayout() })).build();
    const change = (offset: number, value: number) => () => {
      const copy = blob.slice();
      new DataView(copy.buffer).setUint32(offset, value, true);
      return Btf.parse(copy);
    };
    expect(change(24, 4)).toThrow('layout at 4');
    expect(change(24, 0xfffffffc)).toThrow('layout at 4294967292');
    expect(change(28, 0xfffffffc)).toThrow('4294967292, expected between');
    expect(change(28, 6)).toThrow('not a multiple of 4');
  });

  test('a longer header is read past, and swapped only where it says nothing more', () => {
    const blob = new Uint8Array(small().buffer);
    const longer = new Uint8Array(blob.length + 16);
    longer.set(blob.subarray(0, 24));
    longer.set(blob.subarray(24), 40);
    new DataView(longer.buffer).setUint32(4, 40, true);
    expect(Btf.parse(longer).typeName(1)).toBe('int');
    expect(swapByteOrder(Btf.parse(swapByteOrder(Btf.parse(longer))))).toEqual(longer);
    longer[36] = 1;
    const unknown = Btf.parse(longer);
    expect(unknown.typeName(1)).toBe('int');
    expect(() => swapByteOrder(unknown)).toThrow('unknown fields');
  });
});

test('what a header has of the fields of a layout in part is not swapped, as libbpf does it', () => {
  const blob = new Uint8Array(small().buffer);
  const part = new Uint8Array(blob.length + 4);
  part.set(blob.subarray(0, 24));
  part.set(blob.subarray(24), 28);
  part[4] = 28;
  part[24] = 8;
  const swapped = swapByteOrder(Btf.parse(part));
  expect([...swapped.subarray(24, 28)]).toEqual([8, 0, 0, 0]);
  expect(Btf.parse(swapped).header.layoutOffset).toBe(8);
  expect(swapByteOrder(Btf.parse(swapped))).toEqual(part);
});

describe('types that lie', () => {
  const INT = 24;
  const PTR = 40;
  const set = (offset: number, value: number) => refusal(view => view.setUint32(offset, value, true));

  test('say which one, where, and what was expected', () => {
    expect(set(PTR + 8, 3).message).toBe('types: offset 0x18: type [2]: PTR: type id 3, expected below 3');
    expect(set(PTR, 5).message).toBe(
      'types: offset 0x10: type [2]: PTR: name at string offset 5, expected below 5',
    );
    expect(set(INT + 4, 0).where).toMatchObject({ section: 'types', offset: 0, typeId: 1 });
  });

  test('a vlen that runs out of the section', () => {
    const error = set(PTR + 4, (19 << 24) | 0xffffff);
    expect(error.message).toContain('vlen 16777215');
    expect(error.where.typeId).toBe(2);
  });

  test('a FUNC that is of no FUNC_PROTO', () => {
    expect(set(PTR + 4, 12 << 24).message).toContain('type [1] is a INT, expected a FUNC_PROTO');
  });

  test('references are left alone where that was asked for, until the type is met', () => {
    const view = small();
    view.setUint32(PTR + 8, 3, true);
    const btf = Btf.parse(new Uint8Array(view.buffer), { references: false });
    expect(() => checkType(btf, 1)).not.toThrow();
    expect(() => checkType(btf, 2)).toThrow('type id 3');
  });

  test('a name of the file goes into the message', () => {
    expect(() => Btf.parse(new Uint8Array(3), { name: 'x.btf' })).toThrow(
      'x.btf: BTF header: offset 0x0: 3 bytes',
    );
  });
});

/** Every element of every kind: each id and each string offset set to one past the end is noticed. */
test('no reference goes unchecked', () => {
  const blob = addEveryKind(new BtfBuilder()).build();
  const btf = Btf.parse(blob);
  let broken = 0;
  for (let at = 0; at < btf.words.length; at++) {
    const view = new DataView(blob.slice().buffer);
    view.setUint32(24 + 4 * at, 0x7ffffff0, true);
    try {
      parse(view);
    } catch (error) {
      expect(error).toBeInstanceOf(FormatError);
      broken++;
    }
  }
  // 23 names and 23 info words of types; third words that are ids: 7 of references and tags, FUNC, FUNC_PROTO, VAR;
  // ARRAY 2; members 3 + 3, enumerators 2 + 4, params 4, DATASEC 1, LOC_PROTO 2, LOCSEC 2.
  expect(broken).toBe(23 + 23 + 10 + 2 + 6 + 6 + 4 + 1 + 2 + 2);
});

// Other damage is what test/fuzz does.
describe('damaged blobs', () => {
  const blobs = [
    addEveryKind(new BtfBuilder()).build(),
    addEveryKind(new BtfBuilder({ littleEndian: false, layout: builtinLayout() })).build(),
  ];

  test('cut anywhere', () => {
    for (const blob of blobs) {
      for (let length = 0; length < blob.length; length++) {
        // Without its last byte, a blob has no end of strings.
        expect(() => Btf.parse(blob.slice(0, length))).toThrow(FormatError);
      }
    }
  });
});
