import { FormatError } from '../../bytes/index.js';

/** Bytes of a row, and where its fields are, by class (gABI, "Sections": Elf32_Shdr, Elf64_Shdr). */
const LAYOUTS = {
  32: { row: 40, flags: 8, offset: 16, size: 20, align: 32 },
  64: { row: 64, flags: 8, offset: 24, size: 32, align: 48 },
} as const;

/** The fields of a section header that are set here; link, info, address and entry size of an old one stay. */
export interface SectionFields {
  readonly nameOffset?: number | undefined;
  readonly type?: number | undefined;
  readonly flags?: number | undefined;
  readonly offset?: number | undefined;
  readonly size?: number | undefined;
  readonly align?: number | undefined;
}

/** A section header table that is changed row by row and can grow; what is not set keeps its bytes. */
export class SectionTable {
  #bytes: Uint8Array;
  readonly #is64: boolean;
  readonly #littleEndian: boolean;

  constructor(bytes: Uint8Array, is64: boolean, littleEndian: boolean) {
    this.#bytes = bytes;
    this.#is64 = is64;
    this.#littleEndian = littleEndian;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  get #row(): number {
    return LAYOUTS[this.#is64 ? 64 : 32].row;
  }

  /** Makes it `count` rows: without the last ones, or with empty ones behind. */
  resize(count: number): void {
    const bytes = new Uint8Array(count * this.#row);
    bytes.set(this.#bytes.subarray(0, bytes.length));
    this.#bytes = bytes;
  }

  clear(index: number): void {
    this.#bytes.fill(0, index * this.#row, (index + 1) * this.#row);
  }

  set(index: number, { nameOffset, type, flags, offset, size, align }: SectionFields): void {
    const fields = LAYOUTS[this.#is64 ? 64 : 32];
    const at = index * fields.row;
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset);
    if (nameOffset !== undefined) view.setUint32(at, nameOffset, this.#littleEndian);
    if (type !== undefined) view.setUint32(at + 4, type, this.#littleEndian);
    if (flags !== undefined) this.#setWord(view, at + fields.flags, flags);
    if (offset !== undefined) this.#setWord(view, at + fields.offset, offset);
    if (size !== undefined) this.#setWord(view, at + fields.size, size);
    if (align !== undefined) this.#setWord(view, at + fields.align, align);
  }

  #setWord(view: DataView, at: number, value: number): void {
    setWord(view, at, value, this.#is64, this.#littleEndian);
  }
}

/** Writes an address-sized word. FormatError for a value that the class has no room for. */
export function setWord(
  view: DataView,
  at: number,
  value: number,
  is64: boolean,
  littleEndian: boolean,
): void {
  if (is64) view.setBigUint64(at, BigInt(value), littleEndian);
  else if (value < 2 ** 32) view.setUint32(at, value, littleEndian);
  else throw new FormatError(`the file would grow to more than 4 GiB, which 32-bit ELF has no offsets for`);
}
