import { MAGIC, type StringOffset, type TypeId } from '../btf/index.js';
import { FormatError, locate } from '../bytes/index.js';
import { emptyTable, type InfoTable, parseTable, tableLength, writeTable } from './info-table.js';
import {
  CORE_RELO_SIZE,
  CoreReloWord,
  FUNC_INFO_SIZE,
  FuncInfoWord,
  LINE_INFO_SIZE,
  LineInfoWord,
} from './records.js';

/** Header without core_relo: up to line_info_len. */
const SHORT_HEADER = 24;
/** Header with core_relo_off and core_relo_len. */
const FULL_HEADER = 32;

/** A .BTF.ext section: what BPF programs say about their instructions. Strings and type ids are of the .BTF beside it. */
export interface BtfExt {
  readonly littleEndian: boolean;
  /** hdr_len: 24 where there is no core_relo, 32, or more. */
  readonly headerLength: number;
  /** Bytes of the header past the fields that are known. */
  readonly headerRest: Uint8Array;
  readonly funcInfo: InfoTable;
  readonly lineInfo: InfoTable;
  readonly coreRelo: InfoTable;
}

const where = (offset: number) => ({ section: '.BTF.ext', offset });

/** Where the fields end that a header of this length has: 24 or 32. */
const knownHeader = (headerLength: number) => (headerLength < FULL_HEADER ? SHORT_HEADER : FULL_HEADER);

/**
 * Parses a .BTF.ext section of either byte order. Accepts what libbpf's btf_ext__new accepts on a little-endian
 * machine: headers longer than is known, and, in a little-endian blob, longer records. Whether strings and type ids
 * exist is not looked at. Throws FormatError.
 */
export function parseBtfExt(bytes: Uint8Array, options: { readonly name?: string } = {}): BtfExt {
  return locate({ file: options.name }, () => {
    const { littleEndian, headerLength } = parseHeader(bytes);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const table = (name: 'func_info' | 'line_info' | 'core_relo', field: number, knownSize: number) =>
      parseTable(bytes, headerLength, littleEndian, {
        name,
        offset: view.getUint32(field, littleEndian),
        length: view.getUint32(field + 4, littleEndian),
        knownSize,
      });
    return {
      littleEndian,
      headerLength,
      headerRest: bytes.slice(knownHeader(headerLength), headerLength),
      funcInfo: table('func_info', 8, FUNC_INFO_SIZE),
      lineInfo: table('line_info', 16, LINE_INFO_SIZE),
      coreRelo:
        headerLength < FULL_HEADER ? emptyTable(CORE_RELO_SIZE) : table('core_relo', 24, CORE_RELO_SIZE),
    };
  });
}

/** libbpf's btf_ext_parse up to the tables. */
function parseHeader(bytes: Uint8Array): { littleEndian: boolean; headerLength: number } {
  if (bytes.length < 8) {
    throw new FormatError(`${bytes.length} bytes, a header has at least ${SHORT_HEADER}`, where(0));
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint16(0, true);
  const littleEndian = magic === MAGIC;
  if (!littleEndian && view.getUint16(0, false) !== MAGIC) {
    throw new FormatError(`magic 0x${magic.toString(16)}, expected 0xeb9f in either byte order`, where(0));
  }
  if (bytes[2] !== 1) throw new FormatError(`version ${bytes[2]}, expected 1`, where(2));
  if (bytes[3] !== 0) throw new FormatError(`flags 0x${bytes[3].toString(16)}, expected 0`, where(3));
  const headerLength = view.getUint32(4, littleEndian);
  if (headerLength >= bytes.length) {
    throw new FormatError(
      `header length ${headerLength}, expected less than the section's ${bytes.length} bytes`,
      where(4),
    );
  }
  if (headerLength < SHORT_HEADER) {
    throw new FormatError(`header length ${headerLength}, expected at least ${SHORT_HEADER}`, where(4));
  }
  return { littleEndian, headerLength };
}

/**
 * Puts a section together: header, func_info, line_info, core_relo without gaps, as compilers lay it out. So
 * `writeBtfExt(parseBtfExt(bytes))` is `bytes` where a compiler made them.
 */
export function writeBtfExt(ext: BtfExt): Uint8Array {
  const { littleEndian, funcInfo, lineInfo, coreRelo } = ext;
  const grows = coreRelo.sections.length > 0 && ext.headerLength < FULL_HEADER;
  const headerLength = grows ? FULL_HEADER : ext.headerLength;
  const tables = [funcInfo, lineInfo, coreRelo];
  const lengths = tables.map(tableLength);
  const bytes = new Uint8Array(headerLength + lengths.reduce((sum, length) => sum + length));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, MAGIC, littleEndian);
  view.setUint8(2, 1);
  view.setUint32(4, headerLength, littleEndian);
  const known = knownHeader(headerLength);
  if (!grows) bytes.set(ext.headerRest, known);
  let at = headerLength;
  for (const [index, table] of tables.entries()) {
    const field = 8 + 8 * index;
    if (field < known) {
      view.setUint32(field, at - headerLength, littleEndian);
      view.setUint32(field + 4, lengths[index], littleEndian);
    }
    at = writeTable(table, bytes, at, littleEndian);
  }
  return bytes;
}

/**
 * The same for a machine of the other byte order. FormatError where the header or the records have fields that are
 * unknown, whose words cannot be told from bytes.
 */
export function swapBtfExt(ext: BtfExt): BtfExt {
  if (ext.headerRest.some(byte => byte !== 0)) {
    throw new FormatError(
      `unknown fields in a header of ${ext.headerLength} bytes cannot be swapped`,
      where(knownHeader(ext.headerLength)),
    );
  }
  const sizes = [
    ['func_info', ext.funcInfo, FUNC_INFO_SIZE],
    ['line_info', ext.lineInfo, LINE_INFO_SIZE],
    ['core_relo', ext.coreRelo, CORE_RELO_SIZE],
  ] as const;
  for (const [name, { recordSize }, known] of sizes) {
    if (recordSize === known) continue;
    throw new FormatError(`${name}: records of ${recordSize} bytes cannot be swapped, expected ${known}`, {
      section: '.BTF.ext',
    });
  }
  return { ...ext, littleEndian: !ext.littleEndian };
}

/** Gives every type id and every string offset a new value: libbpf's btf_ext_visit_type_ids and _str_offs. */
export function renumberBtfExt(
  ext: BtfExt,
  typeId: (id: TypeId) => TypeId,
  string: (offset: StringOffset) => StringOffset,
): BtfExt {
  const renumber = (table: InfoTable, typeWords: readonly number[], stringWords: readonly number[]) => {
    const words = table.words.slice();
    for (let at = 0; at < words.length; at += table.recordSize / 4) {
      for (const word of typeWords) words[at + word] = typeId(words[at + word]);
      for (const word of stringWords) words[at + word] = string(words[at + word]);
    }
    return { ...table, words, sections: table.sections.map(offset => string(offset)) };
  };
  return {
    ...ext,
    funcInfo: renumber(ext.funcInfo, [FuncInfoWord.TYPE_ID], []),
    lineInfo: renumber(ext.lineInfo, [], [LineInfoWord.FILE_NAME_OFF, LineInfoWord.LINE_OFF]),
    coreRelo: renumber(ext.coreRelo, [CoreReloWord.TYPE_ID], [CoreReloWord.ACCESS_STR_OFF]),
  };
}
