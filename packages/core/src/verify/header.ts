import { hostWords } from '../btf/words.js';
import { Breach, Errno } from './breach.js';
import { KernelBtf, type KernelHeader } from './kernel-btf.js';
import type { VerifierLog } from './log.js';
import type { KernelRules } from './rules.js';

const MAGIC = 0xeb9f;
const VERSION = 1;

/**
 * Reads the header and the string section of a blob (btf_parse_hdr, btf_parse_str_sec, btf_parse_layout_sec); throws
 * Breach.
 */
export class HeaderCheck {
  private readonly bytes: Uint8Array;
  private readonly littleEndian: boolean;
  private readonly base: KernelBtf | null;
  private readonly rules: KernelRules;
  private readonly log: VerifierLog;

  constructor(
    bytes: Uint8Array,
    littleEndian: boolean,
    base: KernelBtf | null,
    rules: KernelRules,
    log: VerifierLog,
  ) {
    this.bytes = bytes;
    this.littleEndian = littleEndian;
    this.base = base;
    this.rules = rules;
    this.log = log;
  }

  run(): KernelBtf {
    const { bytes, littleEndian, base } = this;
    const header = this.header();
    this.checkStrings(header);
    const typesAt = header.headerLength + header.typeOffset;
    const stringsAt = header.headerLength + header.stringOffset;
    const words = hostWords(bytes.subarray(typesAt, typesAt + (header.typeLength & ~3)), littleEndian);
    const strings = bytes.subarray(stringsAt, stringsAt + header.stringLength);
    return new KernelBtf(header, words, typesAt, strings, base);
  }

  private header(): KernelHeader {
    const { bytes, littleEndian, rules } = this;
    if (bytes.length < 8) this.refuse('hdr_len not found', 0);
    const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, littleEndian);
    if (bytes.length < length) this.refuse('btf_header not found', 4);
    const trailing = bytes.subarray(rules.headerSize, length).findIndex(byte => byte !== 0);
    if (trailing >= 0) this.refuse('Unsupported btf_header', rules.headerSize + trailing, Errno.E2BIG);

    // What lies past the header's own length reads as zero, even its length.
    const known = new Uint8Array(32);
    known.set(bytes.subarray(0, Math.min(length, rules.headerSize)));
    const view = new DataView(known.buffer);
    const header: KernelHeader = {
      magic: view.getUint16(0, littleEndian),
      version: known[2]!,
      flags: known[3]!,
      headerLength: view.getUint32(4, littleEndian),
      typeOffset: view.getUint32(8, littleEndian),
      typeLength: view.getUint32(12, littleEndian),
      stringOffset: view.getUint32(16, littleEndian),
      stringLength: view.getUint32(20, littleEndian),
      layoutOffset: view.getUint32(24, littleEndian),
      layoutLength: view.getUint32(28, littleEndian),
    };
    if (this.log.verbose) this.logHeader(header);
    if (header.magic !== MAGIC) this.refuse('Invalid magic', 0);
    if (header.version !== VERSION) this.refuse('Unsupported version', 2, Errno.ENOTSUPP);
    if (header.flags !== 0) this.refuse('Unsupported flags', 3, Errno.ENOTSUPP);
    if (this.base === null && bytes.length === header.headerLength) this.refuse('No data', 4);
    this.checkSections(header);
    return header;
  }

  /** A header that says where a layout section is, to a kernel that knows of them. */
  private hasLayoutFields(header: KernelHeader): boolean {
    return this.rules.headerSize === 32 && header.headerLength >= 32;
  }

  private logHeader(header: KernelHeader): void {
    const fields: [string, number | string][] = [
      ['magic', `0x${header.magic.toString(16)}`],
      ['version', header.version],
      ['flags', `0x${header.flags.toString(16)}`],
      ['hdr_len', header.headerLength],
      ['type_off', header.typeOffset],
      ['type_len', header.typeLength],
      ['str_off', header.stringOffset],
      ['str_len', header.stringLength],
    ];
    if (this.hasLayoutFields(header)) {
      fields.push(['layout_off', header.layoutOffset], ['layout_len', header.layoutLength]);
    }
    fields.push(['btf_total_size', this.bytes.length]);
    for (const [name, value] of fields) this.log.print(`${name}: ${value}\n`);
  }

  /** btf_check_sec_info: sections follow each other without gap or overlap, and end where the blob ends. */
  private checkSections(header: KernelHeader): void {
    const expected = (this.bytes.length - header.headerLength) >>> 0;
    const sections = [
      { offset: header.typeOffset, length: header.typeLength, field: 8 },
      { offset: header.stringOffset, length: header.stringLength, field: 16 },
    ];
    if (this.hasLayoutFields(header) && header.layoutLength !== 0) {
      sections.push({ offset: header.layoutOffset, length: header.layoutLength, field: 24 });
    }
    // Signed differences of unsigned numbers, as the kernel has them.
    sections.sort((a, b) => (a.offset - b.offset) | 0 || (a.length - b.length) | 0);
    let total = 0;
    for (const { offset, length, field } of sections) {
      if (expected < offset) this.refuse('Invalid section offset', field);
      if (total < offset) this.refuse('Unsupported section found', field);
      if (total > offset) this.refuse('Section overlap found', field);
      if (expected - total < length) this.refuse('Total section length too long', field + 4);
      total += length;
    }
    if (expected !== total) this.refuse('Unsupported section found', header.headerLength + total);
  }

  private checkStrings(header: KernelHeader): void {
    const { bytes, base, rules } = this;
    const start = header.headerLength + header.stringOffset;
    const end = start + header.stringLength;
    if (!this.hasLayoutFields(header) && end !== bytes.length) {
      this.refuse('String section is not at the end', 16);
    }
    if (base !== null && header.stringLength === 0) return;
    if (header.stringLength === 0 || header.stringLength - 1 > rules.highestString || bytes[end - 1] !== 0) {
      this.refuse('Invalid string section', 20);
    }
    if (base === null && bytes[start] !== 0) this.refuse('Invalid string section', start);
  }

  /** What is asked of programs only (btf_parse_layout_sec, and the start of btf_parse_type_sec). */
  beforeTypes(header: KernelHeader): void {
    this.checkLayout(header);
    if (header.typeOffset % 4 !== 0) this.refuse('Unaligned type_off', 8);
    if (header.typeLength === 0) this.refuse('No type found', 12);
  }

  private checkLayout(header: KernelHeader): void {
    if (!this.hasLayoutFields(header) || header.layoutLength === 0) return;
    if (header.layoutOffset % 4 !== 0) this.refuse('Unaligned layout_off', 24);
    if (header.layoutLength < 4) this.refuse('Layout section is too small', 28);
    if (header.layoutLength % 4 !== 0) this.refuse('layout_len is not multiple of 4', 28);
  }

  private refuse(text: string, offset: number, errno: number = Errno.EINVAL): never {
    this.log.print(text);
    throw new Breach(errno, text, null, offset);
  }
}
