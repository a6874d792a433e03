import { FormatError } from '../bytes/index.js';
import { UnitType } from './constants.js';
import type { Encoding } from './forms.js';

/** A unit's header (section 7.5.1). Offsets are from the start of its section. */
export interface Unit extends Encoding {
  readonly index: number;
  /** `.debug_info`, or DWARF 4's `.debug_types`. */
  readonly section: string;
  /** Index of that section in `DebugInfo.sections`: COMDAT groups give a file several of one name. */
  readonly sectionIndex: number;
  /** Offset of the header: references within the unit count from here. */
  readonly start: number;
  /** Offset of the first DIE. */
  readonly firstDie: number;
  /** Offset behind the last byte. */
  readonly end: number;
  readonly abbrevOffset: number;
  /** DW_UT_*; units before DWARF 5 are told apart by their section. */
  readonly type: number;
  /** Type units: the 8 bytes of the signature as hexadecimal, and the type DIE's offset from `start`. */
  readonly signature: string | undefined;
  readonly typeOffset: number;
}

/** Header bytes that any version of either format needs at most. */
export const MAX_UNIT_HEADER = 12 + 2 + 2 + 8 + 8 + 8;

/**
 * Reads the unit header at `offset` of `section`. `bytes` holds what stands there: MAX_UNIT_HEADER bytes, or
 * fewer where the section ends. FormatError for a header that is cut off or lies about its length.
 */
export function readUnit(
  bytes: Uint8Array,
  littleEndian: boolean,
  place: {
    readonly section: string;
    readonly sectionIndex: number;
    readonly size: number;
    readonly offset: number;
    readonly index: number;
  },
): Unit {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fail = (problem: string) =>
    new FormatError(problem, { section: place.section, offset: place.offset });
  let at = 0;
  const need = (n: number) => {
    if (at + n > bytes.length) throw fail('a unit header runs past the end of the section');
    at += n;
    return at - n;
  };
  const u32 = () => view.getUint32(need(4), littleEndian);
  const u16 = () => view.getUint16(need(2), littleEndian);
  const u8 = () => view.getUint8(need(1));
  const wide = () => {
    const first = u32();
    const second = u32();
    return littleEndian ? first + second * 2 ** 32 : first * 2 ** 32 + second;
  };

  let length = u32();
  let offsetSize = 4;
  if (length === 0xffffffff) {
    offsetSize = 8;
    length = wide();
  } else if (length >= 0xfffffff0) {
    throw fail(`reserved unit length 0x${length.toString(16)}`);
  }
  const end = place.offset + at + length;
  if (end > place.size) {
    throw fail(
      `a unit of 0x${length.toString(16)} bytes runs past the end of the section at 0x${place.size.toString(16)}`,
    );
  }
  const version = u16();
  if (version < 2 || version > 5) throw fail(`DWARF version ${version}; 2 to 5 are known`);
  const offset = () => (offsetSize === 8 ? wide() : u32());

  let type: number = place.section === '.debug_types' ? UnitType.type : UnitType.compile;
  let abbrevOffset: number;
  let addressSize: number;
  if (version >= 5) {
    type = u8();
    addressSize = u8();
    abbrevOffset = offset();
    if (type === UnitType.skeleton || type === UnitType.split_compile) need(8);
    else if (type < UnitType.compile || type > UnitType.split_type) throw fail(`unknown unit type ${type}`);
  } else {
    abbrevOffset = offset();
    addressSize = u8();
  }
  if (![1, 2, 4, 8].includes(addressSize)) throw fail(`addresses of ${addressSize} bytes`);
  let signature: string | undefined;
  let typeOffset = 0;
  if (type === UnitType.type || type === UnitType.split_type) {
    const from = need(8);
    signature = hexOf8(bytes, from);
    typeOffset = offset();
  }
  const firstDie = place.offset + at;
  if (firstDie > end) throw fail(`a unit of 0x${length.toString(16)} bytes is shorter than its header`);
  return {
    index: place.index,
    section: place.section,
    sectionIndex: place.sectionIndex,
    start: place.offset,
    firstDie,
    end,
    version,
    offsetSize,
    addressSize,
    abbrevOffset,
    type,
    signature,
    typeOffset,
  };
}

function hexOf8(bytes: Uint8Array, from: number): string {
  let text = '';
  for (let i = from; i < from + 8; i++) text += bytes[i]!.toString(16).padStart(2, '0');
  return text;
}
