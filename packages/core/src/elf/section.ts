import { type ByteSource, FormatError, readCString } from '../bytes/index.js';

/** What a file says about its sections as a whole, shared by all `Section`s of it. */
export interface SectionNames {
  readonly source: ByteSource;
  /** Content of the section name string table; empty when the file has none. */
  readonly strings: Uint8Array;
}

/**
 * A row of the section header table, as it stands in the file (gABI, "Sections"). Nothing here was checked
 * against the file's size yet: reading the content does that.
 */
export class Section {
  /** The real section index, also above 0xff00. */
  readonly index: number;
  /** SHT_*. */
  readonly type: number;
  /** Low 32 bits of sh_flags; no flag that is in use stands above them. */
  readonly flags: number;
  /** sh_addr in halves: kernel addresses such as 0xffffffff81000000 do not fit a number exactly. */
  readonly addrLo: number;
  readonly addrHi: number;
  /** File offset of the content. */
  readonly offset: number;
  /** Size in bytes: in the file, or in memory for SHT_NOBITS. */
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly addralign: number;
  readonly entsize: number;
  /** sh_name: offset into the section name string table. */
  readonly nameOffset: number;
  readonly #names: SectionNames;

  /** Reads the header at `at` of `view`: 64 bytes of an ELFCLASS64 file, 40 of an ELFCLASS32 one. */
  constructor(
    names: SectionNames,
    index: number,
    view: DataView,
    at: number,
    is64: boolean,
    little: boolean,
  ) {
    this.#names = names;
    this.index = index;
    this.nameOffset = view.getUint32(at, little);
    this.type = view.getUint32(at + 4, little);
    if (is64) {
      const low = little ? 0 : 4;
      const high = 4 - low;
      this.flags = view.getUint32(at + 8 + low, little);
      this.addrLo = view.getUint32(at + 16 + low, little);
      this.addrHi = view.getUint32(at + 16 + high, little);
      this.offset = view.getUint32(at + 24 + low, little) + view.getUint32(at + 24 + high, little) * 2 ** 32;
      this.size = view.getUint32(at + 32 + low, little) + view.getUint32(at + 32 + high, little) * 2 ** 32;
      this.link = view.getUint32(at + 40, little);
      this.info = view.getUint32(at + 44, little);
      this.addralign =
        view.getUint32(at + 48 + low, little) + view.getUint32(at + 48 + high, little) * 2 ** 32;
      this.entsize = view.getUint32(at + 56 + low, little) + view.getUint32(at + 56 + high, little) * 2 ** 32;
    } else {
      this.flags = view.getUint32(at + 8, little);
      this.addrLo = view.getUint32(at + 12, little);
      this.addrHi = 0;
      this.offset = view.getUint32(at + 16, little);
      this.size = view.getUint32(at + 20, little);
      this.link = view.getUint32(at + 24, little);
      this.info = view.getUint32(at + 28, little);
      this.addralign = view.getUint32(at + 32, little);
      this.entsize = view.getUint32(at + 36, little);
    }
  }

  /** sh_addr, exact. */
  get addr(): bigint {
    return (BigInt(this.addrHi) << 32n) | BigInt(this.addrLo);
  }

  /** Decoded when asked for. FormatError when sh_name leaves the string table. */
  get name(): string {
    const { source, strings } = this.#names;
    if (strings.length === 0) return '';
    if (this.nameOffset >= strings.length) {
      throw new FormatError(
        `name offset 0x${this.nameOffset.toString(16)} is outside the section name table of ${strings.length} bytes`,
        { file: source.name, section: `section ${this.index}` },
      );
    }
    return readCString(strings, this.nameOffset, { file: source.name, section: 'section name table' });
  }

  /** For messages: the name where it can be read, else "section N". */
  get label(): string {
    const { strings } = this.#names;
    const readable = this.nameOffset < strings.length && strings.indexOf(0, this.nameOffset) >= 0;
    return (readable && this.name) || `section ${this.index}`;
  }
}

/**
 * a - b of two 64-bit addresses given in halves: exact whenever the result is below 2^53 in size,
 * as offsets into a section are.
 */
export function addressDifference(aLo: number, aHi: number, bLo: number, bHi: number): number {
  return (aHi - bHi) * 2 ** 32 + (aLo - bLo);
}
