import { FormatError } from '../bytes/errors.js';
import { MAX_KIND } from './kinds.js';
import type { LayoutEntry } from './shapes.js';

/** struct btf_header. Offsets count from the end of the header, lengths are in bytes. */
export interface BtfHeader {
  readonly littleEndian: boolean;
  readonly version: number;
  readonly flags: number;
  readonly headerLength: number;
  readonly typeOffset: number;
  readonly typeLength: number;
  readonly stringOffset: number;
  readonly stringLength: number;
  /** 0 where the header is too short to have it, as the next. */
  readonly layoutOffset: number;
  readonly layoutLength: number;
  /** The header goes on past the fields that are known, and says something there. */
  readonly hasUnknownFields: boolean;
}

export const MAGIC = 0xeb9f;
export const CLASSIC_HEADER = 24;
export const LAYOUT_HEADER = 32;
/** Bytes of struct btf_layout. */
export const LAYOUT_ROW = 4;

/** A rule of libbpf's btf_parse_hdr, in its order. */
export type HeaderRule =
  | 'header-missing'
  | 'swapped-header-short'
  | 'magic'
  | 'header-too-long'
  | 'total-size'
  | 'types-in-strings'
  | 'types-unaligned'
  | 'layout-unaligned'
  | 'layout-in-types'
  | 'layout-in-strings';

/** A header as it was read, and the first rule that it breaks. Without a header, it is no header that breaks it. */
export type HeaderReading =
  | { readonly header: BtfHeader; readonly breach: HeaderRule | null }
  | { readonly header: null; readonly breach: HeaderRule };

/** Reads a header and holds it against libbpf's btf_parse_hdr. Throws nothing. */
export function readHeader(bytes: Uint8Array): HeaderReading {
  if (bytes.length < CLASSIC_HEADER) return { header: null, breach: 'header-missing' };
  const littleEndian = bytes[0] === 0x9f && bytes[1] === 0xeb;
  if (!littleEndian && !(bytes[0] === 0xeb && bytes[1] === 0x9f)) return { header: null, breach: 'magic' };
  const all = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = all.getUint32(4, littleEndian);
  if (!littleEndian && headerLength < CLASSIC_HEADER) return { header: null, breach: 'swapped-header-short' };
  if (headerLength > bytes.length) return { header: null, breach: 'header-too-long' };

  // Fields that the header is too short for read as zero.
  const known = new Uint8Array(LAYOUT_HEADER);
  known.set(bytes.subarray(0, Math.min(headerLength, LAYOUT_HEADER)));
  const view = new DataView(known.buffer);
  // libbpf does not swap the fields of a layout that a header has only in part.
  const layoutOrder = littleEndian || headerLength < LAYOUT_HEADER;
  const header: BtfHeader = {
    littleEndian,
    version: bytes[2]!,
    flags: bytes[3]!,
    headerLength,
    typeOffset: view.getUint32(8, littleEndian),
    typeLength: view.getUint32(12, littleEndian),
    stringOffset: view.getUint32(16, littleEndian),
    stringLength: view.getUint32(20, littleEndian),
    layoutOffset: view.getUint32(24, layoutOrder),
    layoutLength: view.getUint32(28, layoutOrder),
    hasUnknownFields: unknownFieldAt(bytes, headerLength) >= 0,
  };
  return { header, breach: sectionsBreach(header, bytes.length - headerLength) };
}

/** Offset of the first byte of a header that says something past the known fields; -1 where there is none. */
export function unknownFieldAt(bytes: Uint8Array, headerLength: number): number {
  for (let at = LAYOUT_HEADER; at < headerLength; at++) if (bytes[at] !== 0) return at;
  return -1;
}

function sectionsBreach(header: BtfHeader, left: number): HeaderRule | null {
  const typeEnd = header.typeOffset + header.typeLength;
  if (header.stringOffset + header.stringLength > left) return 'total-size';
  if (typeEnd > header.stringOffset) return 'types-in-strings';
  if (header.typeOffset % 4 !== 0) return 'types-unaligned';
  if (header.layoutLength === 0) return null;
  if (header.layoutOffset % 4 !== 0) return 'layout-unaligned';
  if (header.layoutOffset < typeEnd) return 'layout-in-types';
  if (header.layoutOffset + header.layoutLength > header.stringOffset) return 'layout-in-strings';
  return null;
}

/** Where each rule looks in a header, in bytes from its start. */
export const RULE_OFFSETS: Readonly<Record<HeaderRule, number>> = {
  'header-missing': 0,
  'swapped-header-short': 4,
  magic: 0,
  'header-too-long': 4,
  'total-size': 16,
  'types-in-strings': 8,
  'types-unaligned': 8,
  'layout-unaligned': 24,
  'layout-in-types': 24,
  'layout-in-strings': 24,
};

function fail(problem: string, offset: number): never {
  throw new FormatError(problem, { section: 'BTF header', offset });
}

/** Reads and checks a header, and that a layout has whole rows. Throws FormatError. */
export function parseHeader(bytes: Uint8Array): BtfHeader {
  const { header, breach } = readHeader(bytes);
  if (breach !== null) {
    fail(
      header === null ? noHeader(bytes, breach) : misplaced(header, breach, bytes.length),
      RULE_OFFSETS[breach],
    );
  }
  if (header.layoutLength % LAYOUT_ROW !== 0) {
    fail(`layout length ${header.layoutLength} is not a multiple of ${LAYOUT_ROW}`, 28);
  }
  return header;
}

function noHeader(bytes: Uint8Array, breach: HeaderRule): string {
  if (breach === 'header-missing') return `${bytes.length} bytes, a header has ${CLASSIC_HEADER}`;
  if (breach === 'magic') {
    const found = ((bytes[1]! << 8) | bytes[0]!).toString(16);
    return `magic 0x${found}, expected 0xeb9f in either byte order`;
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, bytes[0] === 0x9f);
  if (breach === 'swapped-header-short') return `header length ${length} is too short`;
  return `header length ${length}, the data has ${bytes.length} bytes`;
}

function misplaced(header: BtfHeader, breach: HeaderRule, size: number): string {
  const { typeOffset, typeLength, stringOffset, stringLength, layoutOffset, layoutLength } = header;
  switch (breach) {
    case 'total-size':
      return `strings at ${stringOffset} + ${stringLength}, ${size - header.headerLength} bytes follow the header`;
    case 'types-in-strings':
      return `types at ${typeOffset} + ${typeLength} run into the strings at ${stringOffset}`;
    case 'types-unaligned':
      return `type section at ${typeOffset} is not aligned to 4 bytes`;
    case 'layout-unaligned':
      return `layout section at ${layoutOffset} is not aligned to 4 bytes`;
    default: {
      const place = `between the types' end ${typeOffset + typeLength} and the strings at ${stringOffset}`;
      return `layout at ${layoutOffset} + ${layoutLength}, expected ${place}`;
    }
  }
}

/** The rows of the layout section, by kind; rows past the last possible kind are left out. */
export function readLayout(bytes: Uint8Array, header: BtfHeader): LayoutEntry[] {
  const entries: LayoutEntry[] = [];
  const start = header.headerLength + header.layoutOffset;
  const length = Math.min(header.layoutLength, LAYOUT_ROW * (MAX_KIND + 1));
  for (let at = start; at < start + length; at += LAYOUT_ROW) {
    const low = bytes[at + (header.littleEndian ? 2 : 3)]!;
    const high = bytes[at + (header.littleEndian ? 3 : 2)]!;
    entries.push({ infoSize: bytes[at]!, elementSize: bytes[at + 1]!, flags: (high << 8) | low });
  }
  return entries;
}
