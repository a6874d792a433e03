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

function fail(problem: string, offset: number): never {
  throw new FormatError(problem, { section: 'BTF header', offset });
}

/**
 * Reads and checks a header: libbpf's btf_parse_hdr, and btf_parse_str_sec in so far as it is about lengths.
 * Throws FormatError.
 */
export function parseHeader(bytes: Uint8Array): BtfHeader {
  if (bytes.length < CLASSIC_HEADER) fail(`${bytes.length} bytes, a header has ${CLASSIC_HEADER}`, 0);
  const littleEndian = bytes[0] === 0x9f && bytes[1] === 0xeb;
  if (!littleEndian && !(bytes[0] === 0xeb && bytes[1] === 0x9f)) {
    const found = ((bytes[1]! << 8) | bytes[0]!).toString(16);
    fail(`magic 0x${found}, expected 0xeb9f in either byte order`, 0);
  }
  const all = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = all.getUint32(4, littleEndian);
  if (headerLength > bytes.length)
    fail(`header length ${headerLength}, the data has ${bytes.length} bytes`, 4);
  if (!littleEndian && headerLength < CLASSIC_HEADER) fail(`header length ${headerLength} is too short`, 4);

  // Fields that the header is too short for read as zero.
  const known = new Uint8Array(LAYOUT_HEADER);
  known.set(bytes.subarray(0, Math.min(headerLength, LAYOUT_HEADER)));
  const view = new DataView(known.buffer);
  const header: BtfHeader = {
    littleEndian,
    version: bytes[2]!,
    flags: bytes[3]!,
    headerLength,
    typeOffset: view.getUint32(8, littleEndian),
    typeLength: view.getUint32(12, littleEndian),
    stringOffset: view.getUint32(16, littleEndian),
    stringLength: view.getUint32(20, littleEndian),
    layoutOffset: view.getUint32(24, littleEndian),
    layoutLength: view.getUint32(28, littleEndian),
    hasUnknownFields: bytes.subarray(LAYOUT_HEADER, headerLength).some(byte => byte !== 0),
  };
  checkSections(header, bytes.length - headerLength);
  return header;
}

function checkSections(header: BtfHeader, left: number): void {
  const { typeOffset, typeLength, stringOffset, stringLength, layoutOffset, layoutLength } = header;
  const typeEnd = typeOffset + typeLength;
  if (stringOffset + stringLength > left) {
    fail(`strings at ${stringOffset} + ${stringLength}, ${left} bytes follow the header`, 16);
  }
  if (typeEnd > stringOffset) {
    fail(`types at ${typeOffset} + ${typeLength} run into the strings at ${stringOffset}`, 8);
  }
  if (typeOffset % 4 !== 0) fail(`type section at ${typeOffset} is not aligned to 4 bytes`, 8);
  if (layoutLength === 0) return;
  if (layoutOffset % 4 !== 0) fail(`layout section at ${layoutOffset} is not aligned to 4 bytes`, 24);
  if (layoutOffset < typeEnd || layoutOffset + layoutLength > stringOffset) {
    fail(
      `layout at ${layoutOffset} + ${layoutLength}, expected between the types' end ${typeEnd} and the strings at ${stringOffset}`,
      24,
    );
  }
  if (layoutLength % 4 !== 0) fail(`layout length ${layoutLength} is not a multiple of 4`, 28);
}

/** The rows of the layout section, by kind; rows past the last possible kind are left out. */
export function readLayout(bytes: Uint8Array, header: BtfHeader): LayoutEntry[] {
  const entries: LayoutEntry[] = [];
  const start = header.headerLength + header.layoutOffset;
  const length = Math.min(header.layoutLength, 4 * (MAX_KIND + 1));
  for (let at = start; at < start + length; at += 4) {
    const low = bytes[at + (header.littleEndian ? 2 : 3)]!;
    const high = bytes[at + (header.littleEndian ? 3 : 2)]!;
    entries.push({ infoSize: bytes[at]!, elementSize: bytes[at + 1]!, flags: (high << 8) | low });
  }
  return entries;
}
