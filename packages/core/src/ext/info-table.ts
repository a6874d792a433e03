import { hostWords, wordBytes } from '../btf/words.js';
import { FormatError } from '../bytes/index.js';

/**
 * One of the tables of .BTF.ext: records in groups, a group for each ELF section with instructions. Records are
 * rows of words; what is past those that `records.ts` names is kept as it is.
 */
export interface InfoTable {
  /** Bytes of a record, a multiple of 4. */
  readonly recordSize: number;
  /** By group: string offset of the ELF section's name (sec_name_off). */
  readonly sections: Uint32Array;
  /** By group: number of its first record; then, at the end, the number of all records. */
  readonly starts: Uint32Array;
  /** All records in host byte order, recordSize / 4 words each. */
  readonly words: Uint32Array;
}

/** What the header says about a table, and what is known of its records. */
export interface TablePlace {
  /** As libbpf and the kernel call it. */
  readonly name: 'func_info' | 'line_info' | 'core_relo';
  /** From the end of the header, in bytes. */
  readonly offset: number;
  readonly length: number;
  readonly knownSize: number;
}

/** sec_name_off and num_info. */
const GROUP_HEADER = 8;

export function emptyTable(recordSize: number): InfoTable {
  const none = new Uint32Array(0);
  return { recordSize, sections: none, starts: new Uint32Array(1), words: none };
}

/**
 * Reads and checks a table: libbpf's btf_ext_parse_sec_info. In a blob of the other byte order records have to be
 * of the known size, since nobody knows how to swap the rest; little-endian is taken for the native one, as in all
 * of this library.
 */
export function parseTable(
  bytes: Uint8Array,
  headerLength: number,
  littleEndian: boolean,
  place: TablePlace,
): InfoTable {
  const { name, offset, length, knownSize } = place;
  if (length === 0) return emptyTable(knownSize);
  const start = headerLength + offset;
  const fail = (problem: string, at: number): never => {
    throw new FormatError(`${name}: ${problem}`, { section: '.BTF.ext', offset: at });
  };
  if (offset % 4 !== 0) fail(`offset ${offset} is not aligned to 4 bytes`, start);
  if (start + length > bytes.length) {
    fail(`${length} bytes at ${start} run past the end at ${bytes.length}`, start);
  }
  if (length < 4) fail(`${length} bytes, a record size has 4`, start);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const recordSize = view.getUint32(start, littleEndian);
  if (recordSize < knownSize || recordSize % 4 !== 0 || (!littleEndian && recordSize !== knownSize)) {
    const expected = littleEndian ? `${knownSize} or a bigger multiple of 4` : `${knownSize}`;
    fail(`record size ${recordSize}, expected ${expected}`, start);
  }
  const end = start + length;
  let at = start + 4;
  if (at === end) fail('no records, expected at least one', at);

  const sections: number[] = [];
  const starts: number[] = [0];
  let count = 0;
  while (at < end) {
    if (end - at < GROUP_HEADER) fail(`${end - at} bytes left, a section header has ${GROUP_HEADER}`, at);
    const records = view.getUint32(at + 4, littleEndian);
    const room = Math.floor((end - at - GROUP_HEADER) / recordSize);
    if (records === 0 || records > room) {
      fail(`${records} records of ${recordSize} bytes, expected 1 to ${room}`, at + 4);
    }
    sections.push(view.getUint32(at, littleEndian));
    count += records;
    starts.push(count);
    at += GROUP_HEADER + records * recordSize;
  }

  const stride = recordSize / 4;
  const words = new Uint32Array(count * stride);
  at = start + 4;
  for (let group = 0; group < sections.length; group++) {
    at += GROUP_HEADER;
    const size = (starts[group + 1] - starts[group]) * recordSize;
    words.set(hostWords(bytes.subarray(at, at + size), littleEndian), starts[group] * stride);
    at += size;
  }
  return { recordSize, sections: Uint32Array.from(sections), starts: Uint32Array.from(starts), words };
}

/** Bytes that a table takes; an empty one takes none, as compilers have it. */
export function tableLength({ recordSize, sections, starts }: InfoTable): number {
  if (sections.length === 0) return 0;
  return 4 + sections.length * GROUP_HEADER + starts[sections.length] * recordSize;
}

/** Writes a table at `at` of `bytes`; returns where it ends. */
export function writeTable(table: InfoTable, bytes: Uint8Array, at: number, littleEndian: boolean): number {
  const { recordSize, sections, starts, words } = table;
  if (sections.length === 0) return at;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stride = recordSize / 4;
  view.setUint32(at, recordSize, littleEndian);
  at += 4;
  for (let group = 0; group < sections.length; group++) {
    const [from, to] = [starts[group], starts[group + 1]];
    view.setUint32(at, sections[group], littleEndian);
    view.setUint32(at + 4, to - from, littleEndian);
    bytes.set(wordBytes(words.subarray(from * stride, to * stride), littleEndian), at + GROUP_HEADER);
    at += GROUP_HEADER + (to - from) * recordSize;
  }
  return at;
}
