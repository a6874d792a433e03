import { Btf, BtfBuilder, builtinLayout, swapByteOrder } from '@btfkit/core/btf';
import { FormatError } from '@btfkit/core/bytes';
import { coreRelo, parseBtfExt, renumberBtfExt, writeBtfExt } from '@btfkit/core/ext';
import { sortByName } from '@btfkit/core/rewrite';
import { describe, expect, test } from 'vitest';
import { addEveryKind } from '../btf/every-kind.js';
import { caseOf } from '../distill/cases.mjs';
import { movedType } from './moved.js';

const namesOf = (btf: Btf) =>
  Array.from({ length: btf.endId - btf.startId }, (_, i) => btf.typeName(btf.startId + i));

/** That `sorted` holds the types of `btf` in the order in which `ids` puts them, and that this order is right. */
function expectSorted(btf: Btf, { bytes, ids }: ReturnType<typeof sortByName>): Btf {
  const sorted = Btf.parse(bytes, { base: btf.base ?? undefined });
  expect(ids.length).toBe(btf.endId);
  expect([...ids].sort((a, b) => a - b)).toEqual([...ids.keys()]);
  for (let id = 0; id < btf.startId; id++) expect(ids[id]).toBe(id);
  for (let id = 1; id < btf.endId; id++) expect(sorted.type(ids[id])).toEqual(movedType(btf, id, ids));
  const names = namesOf(sorted).map(name => Buffer.from(name));
  for (let i = 1; i < names.length; i++) expect(names[i - 1].compare(names[i])).toBeLessThanOrEqual(0);
  for (let a = btf.startId; a < btf.endId; a++) {
    for (let b = a + 1; b < btf.endId; b++) {
      if (btf.typeName(a) === btf.typeName(b)) expect(ids[a]).toBeLessThan(ids[b]);
    }
  }
  // libbpf asks no single type.
  if (names.length > 1 && names.at(-1)!.length > 0) expect(sorted.sortedFrom).toBeGreaterThan(0);
  expect(sortByName(sorted)).toEqual({ bytes, ids: Uint32Array.from(ids.keys()) });
  return sorted;
}

describe('any BTF', () => {
  test.each(Array.from({ length: 60 }, (_, seed) => 500 + seed))('case %i', seed => {
    const { base, split } = caseOf(seed);
    const lower = Btf.parse(base);
    expectSorted(lower, sortByName(lower));
    const upper = Btf.parse(split, { base: lower });
    expectSorted(upper, sortByName(upper));
  });
});

test('all kinds, in either byte order, with what is around the types', () => {
  const options = { layout: builtinLayout(23) };
  const btf = Btf.parse(addEveryKind(new BtfBuilder(options)).build());
  const sorted = sortByName(btf);
  const result = expectSorted(btf, sorted);
  expect(result.layout).toEqual(btf.layout);
  expect(result.strings.bytes).toEqual(btf.strings.bytes);
  expect(sortByName(Btf.parse(swapByteOrder(btf))).bytes).toEqual(swapByteOrder(result));
});

test('names count by their bytes: not by letters, not by UTF-16', () => {
  const builder = new BtfBuilder();
  for (const name of ['b', 'B', '_', 'a', 'ab', '\u{10400}', '\uff21', '', 'é', 'a'])
    builder.add({ kind: 'FLOAT', name, size: 4 });
  const sorted = Btf.parse(sortByName(builder.parse()).bytes);
  expect(namesOf(sorted)).toEqual(['', 'B', '_', 'a', 'a', 'ab', 'b', 'é', '\uff21', '\u{10400}']);
});

test('split BTF still stands on its base after that was sorted, moved by its ids', () => {
  const base = new BtfBuilder();
  base.add({ kind: 'FLOAT', name: 'z', size: 4 });
  base.add({ kind: 'FLOAT', name: 'a', size: 8 });
  const lower = base.parse();
  const { bytes, ids } = sortByName(lower);
  expect([...ids]).toEqual([0, 2, 1]);
  expect(Btf.parse(bytes).strings.end).toBe(lower.strings.end);
});

test('an object keeps its .BTF.ext, its ids moved alike', () => {
  const builder = new BtfBuilder();
  builder.add({ kind: 'STRUCT', name: 'z', size: 0, kflag: false, members: [] });
  builder.add({ kind: 'STRUCT', name: 'a', size: 0, kflag: false, members: [] });
  const table = (recordSize: number, ...words: number[]) => ({
    recordSize,
    sections: Uint32Array.of(1),
    starts: Uint32Array.of(0, 1),
    words: Uint32Array.from(words),
  });
  const empty = {
    recordSize: 8,
    sections: new Uint32Array(),
    starts: Uint32Array.of(0),
    words: new Uint32Array(),
  };
  const ext = writeBtfExt({
    littleEndian: true,
    headerLength: 32,
    headerRest: new Uint8Array(),
    funcInfo: empty,
    lineInfo: { ...empty, recordSize: 16 },
    coreRelo: table(16, 0, 1, 3, 0),
  });
  const { bytes, ids } = sortByName(builder.parse());
  const moved = renumberBtfExt(
    parseBtfExt(ext),
    id => ids[id],
    offset => offset,
  );
  expect(Btf.parse(bytes).typeName(coreRelo(moved.coreRelo, 0).typeId)).toBe('z');
});

test('a kind whose references are unknown cannot be moved', () => {
  const blob = new BtfBuilder({ layout: [...builtinLayout(23), { infoSize: 4, elementSize: 0, flags: 0 }] });
  blob.add({ kind: 'FLOAT', name: 'f', size: 4 });
  const bytes = blob.build();
  // A record of kind 23 in the place of the FLOAT: one word longer, so a blob with room for it is built first.
  const roomy = new BtfBuilder({ layout: [...builtinLayout(23), { infoSize: 4, elementSize: 0, flags: 0 }] });
  roomy.add({ kind: 'INT', name: 'f', size: 4, encoding: 0, bitOffset: 0, bits: 32 });
  const odd = roomy.build();
  new DataView(odd.buffer).setUint32(32 + 4, 23 << 24, true);
  expect(() => sortByName(Btf.parse(odd))).toThrow(FormatError);
  expect(() => sortByName(Btf.parse(odd, { name: 'x.btf' }))).toThrow(
    'x.btf: types: type [1]: kind 23 is known by its layout only, its references are not',
  );
  expect(sortByName(Btf.parse(bytes)).bytes).toEqual(bytes);
});
