import { cStringEquals, FormatError, readCString } from '../bytes/index.js';
import { SHN_LORESERVE, SHN_UNDEF, SHN_XINDEX } from './constants.js';

/** The bytes that a symbol table is made of. */
export interface SymbolTableParts {
  readonly file: string;
  /** Name of the symbol table's section, for messages. */
  readonly section: string;
  readonly is64: boolean;
  readonly littleEndian: boolean;
  /** Whole entries: 24 bytes each in ELFCLASS64, 16 in ELFCLASS32. */
  readonly entries: Uint8Array;
  readonly strings: Uint8Array;
  /** Content of the SHT_SYMTAB_SHNDX section that belongs to it, if there is one. */
  readonly extendedIndices: Uint8Array | undefined;
}

/**
 * Symbols in columns, indexed by symbol index (0 is the null symbol).
 *
 * Values are 64 bits in two halves, because kernel addresses such as 0xffffffff81000000 do not fit a number
 * exactly: compare both halves for equality, and use `addressDifference` for an offset into a section.
 */
export class SymbolTable {
  readonly length: number;
  /** Low and high 32 bits of st_value. In ET_REL: an offset into the symbol's section. */
  readonly valueLo: Uint32Array;
  readonly valueHi: Uint32Array;
  /** st_size. */
  readonly size: Float64Array;
  /** st_info: binding << 4 | type. */
  readonly info: Uint8Array;
  /** st_other: visibility in its low two bits. */
  readonly other: Uint8Array;
  /** Real section index, SHN_XINDEX already looked up; SHN_ABS and SHN_COMMON are 0xfffffff1 and 0xfffffff2. */
  readonly shndx: Uint32Array;
  /** st_name: offset into `strings`. */
  readonly nameOffset: Uint32Array;
  /** Content of the table's string table. */
  readonly strings: Uint8Array;
  readonly #where: { readonly file: string; readonly section: string };

  constructor(parts: SymbolTableParts) {
    this.#where = { file: parts.file, section: parts.section };
    this.strings = parts.strings;
    const { entries, is64, littleEndian: little } = parts;
    const entrySize = is64 ? 24 : 16;
    const length = Math.floor(entries.length / entrySize);
    this.length = length;
    this.valueLo = new Uint32Array(length);
    this.valueHi = new Uint32Array(length);
    this.size = new Float64Array(length);
    this.info = new Uint8Array(length);
    this.other = new Uint8Array(length);
    this.shndx = new Uint32Array(length);
    this.nameOffset = new Uint32Array(length);
    const view = new DataView(entries.buffer, entries.byteOffset, entries.byteLength);
    if (is64) this.#fill64(view, little);
    else this.#fill32(view, little);
    this.#resolveIndices(parts.extendedIndices, little);
  }

  #fill64(view: DataView, little: boolean): void {
    const low = little ? 0 : 4;
    const high = 4 - low;
    for (let i = 0, at = 0; i < this.length; i++, at += 24) {
      this.nameOffset[i] = view.getUint32(at, little);
      this.info[i] = view.getUint8(at + 4);
      this.other[i] = view.getUint8(at + 5);
      this.shndx[i] = view.getUint16(at + 6, little);
      this.valueLo[i] = view.getUint32(at + 8 + low, little);
      this.valueHi[i] = view.getUint32(at + 8 + high, little);
      this.size[i] = view.getUint32(at + 16 + low, little) + view.getUint32(at + 16 + high, little) * 2 ** 32;
    }
  }

  #fill32(view: DataView, little: boolean): void {
    for (let i = 0, at = 0; i < this.length; i++, at += 16) {
      this.nameOffset[i] = view.getUint32(at, little);
      this.valueLo[i] = view.getUint32(at + 4, little);
      this.size[i] = view.getUint32(at + 8, little);
      this.info[i] = view.getUint8(at + 12);
      this.other[i] = view.getUint8(at + 13);
      this.shndx[i] = view.getUint16(at + 14, little);
    }
  }

  #resolveIndices(extended: Uint8Array | undefined, little: boolean): void {
    const { shndx } = this;
    const view = extended && new DataView(extended.buffer, extended.byteOffset, extended.byteLength);
    for (let i = 0; i < this.length; i++) {
      if (shndx[i] < SHN_LORESERVE) continue;
      if (shndx[i] !== SHN_XINDEX) {
        shndx[i] = (0xffff0000 | shndx[i]) >>> 0;
        continue;
      }
      if (view === undefined || 4 * i + 4 > view.byteLength) {
        throw new FormatError(
          `symbol ${i} has its section index in SHT_SYMTAB_SHNDX, which lacks it`,
          this.#where,
        );
      }
      shndx[i] = view.getUint32(4 * i, little);
    }
  }

  /** Name of symbol `index`. FormatError when it is outside the table or its name outside the strings. */
  name(index: number): string {
    if (!(index < this.length)) {
      throw new FormatError(`symbol ${index} of ${this.length} wanted`, this.#where);
    }
    if (this.strings.length === 0 && this.nameOffset[index] === 0) return '';
    return readCString(this.strings, this.nameOffset[index], {
      file: this.#where.file,
      section: `strings of ${this.#where.section}`,
    });
  }

  /** STT_* of symbol `index`. */
  typeOf(index: number): number {
    return this.info[index] & 0xf;
  }

  /** STB_* of symbol `index`. */
  bindingOf(index: number): number {
    return this.info[index] >> 4;
  }

  /** Index of the first defined symbol with this name, or -1. Looks at all of them: for a handful of names. */
  find(name: string): number {
    const wanted = new TextEncoder().encode(name);
    for (let i = 1; i < this.length; i++) {
      if (this.shndx[i] !== SHN_UNDEF && cStringEquals(this.strings, this.nameOffset[i], wanted)) return i;
    }
    return -1;
  }
}
