import { Btf } from '@btfkit/core/btf';
import { FormatError } from '@btfkit/core/bytes';
import {
  type BtfExt,
  CORE_RELO_KINDS,
  coreRelo,
  funcInfo,
  type InfoTable,
  lineInfo,
  parseBtfExt,
  renumberBtfExt,
  swapBtfExt,
  writeBtfExt,
} from '@btfkit/core/ext';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { probeSection } from './probe.js';

describe.each(['el', 'eb'] as const)('the probe, %s', order => {
  const btf = Btf.parse(probeSection(order, '.BTF'));
  const ext = parseBtfExt(probeSection(order, '.BTF.ext'));
  const sectionNames = (table: InfoTable) => [...table.sections].map(offset => btf.string(offset));

  test('functions by section', () => {
    const { funcInfo: table } = ext;
    expect(sectionNames(table)).toEqual(['kprobe/one', '.text', 'kprobe/two']);
    const names = [0, 1, 2].map(index => btf.typeName(funcInfo(table, index).typeId));
    expect(names).toEqual(['one', 'sum', 'two']);
    expect(() => funcInfo(table, 3)).toThrow(RangeError);
  });

  test('source lines', () => {
    const group = sectionNames(ext.lineInfo).indexOf('kprobe/one');
    const first = lineInfo(ext.lineInfo, ext.lineInfo.starts[group]);
    expect(btf.string(first.fileNameOff)).toBe('./probe.c');
    expect(btf.string(first.lineOff)).toBe('SEC("kprobe/one") int one(struct task *task) {');
    expect(first).toMatchObject({ insnOff: 0, line: 27, column: 0 });
  });

  test('relocations', () => {
    const table = ext.coreRelo;
    const all = Array.from({ length: table.starts.at(-1)! }, (_, index) => coreRelo(table, index));
    const spelt = all.map(
      ({ typeId, accessStrOff, kind }) =>
        `${btf.typeName(typeId)} ${btf.string(accessStrOff)} ${CORE_RELO_KINDS[kind]}`,
    );
    expect(spelt).toContain('task 0:2 byte_off');
    expect(spelt).toContain('task 0:0 field_exists');
    expect(spelt).toContain('inner 0 type_size');
    expect(spelt).toContain('state 1 enumval_value');
  });

  test('renumbered: ids and strings in all tables, and nothing else', () => {
    const moved = renumberBtfExt(
      ext,
      id => id + 100,
      offset => offset + 1000,
    );
    expect(moved.funcInfo.sections).toEqual(ext.funcInfo.sections.map(offset => offset + 1000));
    for (let i = 0; i < 3; i++) {
      const was = [funcInfo(ext.funcInfo, i), lineInfo(ext.lineInfo, i), coreRelo(ext.coreRelo, i)] as const;
      expect(funcInfo(moved.funcInfo, i)).toEqual({ ...was[0], typeId: was[0].typeId + 100 });
      const { fileNameOff, lineOff } = was[1];
      expect(lineInfo(moved.lineInfo, i)).toEqual({
        ...was[1],
        fileNameOff: fileNameOff + 1000,
        lineOff: lineOff + 1000,
      });
      const { typeId, accessStrOff } = was[2];
      expect(coreRelo(moved.coreRelo, i)).toEqual({
        ...was[2],
        typeId: typeId + 100,
        accessStrOff: accessStrOff + 1000,
      });
    }
  });
});

describe('what is malformed', () => {
  const whole = probeSection('el', '.BTF.ext');
  const at = (index: number) => 32 + new DataView(whole.buffer).getUint32(8 + 8 * index, true);
  const refusal = (bytes: Uint8Array) => {
    try {
      parseBtfExt(bytes, { name: 'a.o' });
    } catch (error) {
      if (error instanceof FormatError) return error;
      throw error;
    }
    throw new Error('was accepted');
  };
  const u8 = (offset: number, value: number) => (view: DataView) => view.setUint8(offset, value);
  const u32 = (offset: number, value: number) => (view: DataView) => view.setUint32(offset, value, true);

  test.each<[string, (view: DataView) => void, string, number]>([
    ['magic', u8(0, 0), 'magic 0xeb00, expected 0xeb9f', 0],
    ['version', u8(2, 2), 'version 2, expected 1', 2],
    ['flags', u8(3, 0x80), 'flags 0x80, expected 0', 3],
    ['a short header', u32(4, 20), 'header length 20, expected at least 24', 4],
    ['a header that is all', u32(4, whole.length), `expected less than the section's ${whole.length}`, 4],
    ['a table out of line', u32(16, 2), 'line_info: offset 2 is not aligned to 4 bytes', 34],
    ['a table past the end', u32(28, 0xfffffffc), 'core_relo: 4294967292 bytes at', at(2)],
    ['a table without a record size', u32(12, 3), 'func_info: 3 bytes, a record size has 4', at(0)],
    ['short records', u32(at(1), 12), 'line_info: record size 12, expected 16 or a bigger', at(1)],
    ['odd records', u32(at(2), 18), 'core_relo: record size 18', at(2)],
    ['a table without records', u32(12, 4), 'func_info: no records, expected at least one', at(0) + 4],
    ['a cut section header', u32(12, 8), 'func_info: 4 bytes left, a section header has 8', at(0) + 4],
    ['no records in a section', u32(at(0) + 8, 0), 'func_info: 0 records', at(0) + 8],
    ['too many records', u32(at(2) + 8, 0xffffffff), 'core_relo: 4294967295 records of 16 bytes', at(2) + 8],
  ])('%s', (_, change, problem, offset) => {
    const bytes = whole.slice();
    change(new DataView(bytes.buffer));
    const error = refusal(bytes);
    expect(error.problem).toContain(problem);
    expect(error.where).toEqual({ file: 'a.o', section: '.BTF.ext', offset });
  });

  test('nothing, and less than a header', () => {
    for (const length of [0, 7]) {
      expect(refusal(whole.subarray(0, length)).problem).toBe(`${length} bytes, a header has at least 24`);
    }
  });
});

const word = fc.nat(0xffffffff);

/** Any table whose records are of this size. */
const tableOf = (recordSize: number): fc.Arbitrary<InfoTable> =>
  fc
    .array(fc.record({ section: word, records: fc.integer({ min: 1, max: 4 }) }), { maxLength: 3 })
    .chain(groups => {
      const count = groups.reduce((sum, { records }) => sum + records, 0);
      const length = (count * recordSize) / 4;
      return fc.array(word, { minLength: length, maxLength: length }).map(words => {
        const starts = [0];
        for (const { records } of groups) starts.push(starts.at(-1)! + records);
        return {
          // A table of nothing does not say how long its records would be.
          recordSize,
          sections: Uint32Array.from(groups, ({ section }) => section),
          starts: Uint32Array.from(starts),
          words: Uint32Array.from(words),
        };
      });
    })
    .filter(({ sections }) => sections.length > 0);

const anyExt = (littleEndian: boolean, more: number, rest: Uint8Array): fc.Arbitrary<BtfExt> =>
  fc.record({
    littleEndian: fc.constant(littleEndian),
    headerLength: fc.constant(32 + rest.length),
    headerRest: fc.constant(rest),
    funcInfo: tableOf(8 + more),
    lineInfo: tableOf(16 + more),
    coreRelo: tableOf(16 + more),
  });

const run = { seed: 612, numRuns: 200 };

describe('of any tables', () => {
  const known = fc
    .tuple(fc.boolean(), fc.constantFrom(0, 4, 7))
    .chain(([little, rest]) => anyExt(little, 0, new Uint8Array(rest)));

  test('what is written is read', () => {
    fc.assert(
      fc.property(known, ext => {
        expect(parseBtfExt(writeBtfExt(ext))).toEqual(ext);
      }),
      run,
    );
  });

  test('swapped twice is as before, swapped once is read as the same', () => {
    fc.assert(
      fc.property(known, ext => {
        const bytes = writeBtfExt(ext);
        const swapped = parseBtfExt(writeBtfExt(swapBtfExt(ext)));
        expect(swapped).toEqual({ ...ext, littleEndian: !ext.littleEndian });
        expect(writeBtfExt(swapBtfExt(swapped))).toEqual(bytes);
      }),
      run,
    );
  });

  test('longer records and headers of a little-endian blob are kept, and not swapped', () => {
    const longer = fc
      .tuple(fc.constantFrom(4, 8), fc.constantFrom([0xff], [1, 2, 3, 4]))
      .chain(([more, rest]) => anyExt(true, more, Uint8Array.from(rest)));
    fc.assert(
      fc.property(longer, ext => {
        expect(parseBtfExt(writeBtfExt(ext))).toEqual(ext);
        expect(() => swapBtfExt(ext)).toThrow('unknown fields in a header');
        const plain = { ...ext, headerLength: 32, headerRest: new Uint8Array(0) };
        expect(() => swapBtfExt(plain)).toThrow(/func_info: records of (12|16) bytes cannot be swapped/);
      }),
      run,
    );
  });
});

test('a header without core_relo grows when there is something to put there', () => {
  const whole = parseBtfExt(probeSection('el', '.BTF.ext'));
  const none = { ...whole.coreRelo, sections: new Uint32Array(0), starts: new Uint32Array(1) };
  const short: BtfExt = { ...whole, headerLength: 24, coreRelo: { ...none, words: new Uint32Array(0) } };
  expect(writeBtfExt(short).length).toBe(writeBtfExt(whole).length - 8 - 156);
  expect(parseBtfExt(writeBtfExt(short))).toEqual(short);
  const grown = writeBtfExt({ ...short, coreRelo: whole.coreRelo });
  expect(grown).toEqual(writeBtfExt(whole));
});
