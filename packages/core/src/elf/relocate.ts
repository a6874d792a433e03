import { FormatError } from '../bytes/index.js';
import { EM_MIPS, ET_REL, machineName, SHN_COMMON, SHT_CREL, SHT_REL, SHT_RELA } from './constants.js';
import type { Elf } from './elf.js';
import { FieldWriter } from './relocation-fields.js';
import { Action, actionTable } from './relocation-types.js';
import type { Section } from './section.js';
import type { SymbolTable } from './symbols.js';

/** Relocation entries are read in pieces of about this many bytes: a driver has more than 100 MB of them. */
const WINDOW = 1 << 20;

/** How relocation entries of one section are laid out (gABI, "Relocation"). */
interface EntryLayout {
  readonly size: number;
  readonly is64: boolean;
  readonly hasAddend: boolean;
  readonly little: boolean;
  /** 64-bit MIPS splits r_info into a symbol word and four bytes, in this order in both byte orders. */
  readonly mips64: boolean;
}

/**
 * Applies to `bytes`, the content of `section`, every relocation of an ET_REL object that targets the section, as
 * a linker would that puts sections at `addresses` (by section index), all at 0 by default: debug sections then hold
 * offsets into each other, and addresses count from the start of the section that they point into. Undefined and
 * common symbols are 0.
 *
 * Nothing is done in ET_EXEC and ET_DYN: what `--emit-relocs` left there was applied by the linker.
 *
 * Throws FormatError for a machine or relocation type that is not known, and for a relocation whose field or
 * symbol is out of range. `bytes` is changed in place; `elf.load(section)` gives memory of the caller's own.
 */
export function applyRelocations(
  elf: Elf,
  section: Section,
  bytes: Uint8Array,
  addresses?: Uint32Array,
): void {
  if (elf.type !== ET_REL) return;
  let total = 0;
  for (const table of elf.sections) {
    if (table.info !== section.index) continue;
    if (table.type === SHT_RELA || table.type === SHT_REL) {
      total += table.size;
      // Sections that overlap would make work without bound out of a small file.
      if (total > elf.source.size) {
        throw new FormatError('its relocations take up more than the whole file', {
          file: elf.source.name,
          section: section.label,
        });
      }
      applyTable(elf, section, table, bytes, addresses);
    } else if (table.type === SHT_CREL) {
      throw new FormatError('compact relocations (SHT_CREL) are not supported, compile without --crel', {
        file: elf.source.name,
        section: table.label,
      });
    }
  }
}

/** Content of a section, decompressed, and relocated if the file is ET_REL. The memory is the caller's own. */
export async function loadRelocated(
  elf: Elf,
  section: Section,
  addresses?: Uint32Array,
): Promise<Uint8Array> {
  const bytes = await elf.load(section);
  applyRelocations(elf, section, bytes, addresses);
  return bytes;
}

function applyTable(
  elf: Elf,
  target: Section,
  table: Section,
  bytes: Uint8Array,
  addresses: Uint32Array | undefined,
): void {
  const where = { file: elf.source.name, section: table.label };
  const actions = actionTable(elf.machine);
  if (actions === undefined) {
    throw new FormatError(`relocations of ${machineName(elf.machine)} are not supported`, where);
  }
  const hasAddend = table.type === SHT_RELA;
  const size = (elf.is64 ? 16 : 8) + (hasAddend ? (elf.is64 ? 8 : 4) : 0);
  if (table.entsize !== size) {
    throw new FormatError(`relocations of ${table.entsize} bytes, expected ${size}`, where);
  }
  if (elf.isCompressed(table)) throw new FormatError('compressed relocations are not supported', where);
  const symbolSection = elf.sections[table.link];
  if (symbolSection === undefined) {
    throw new FormatError(
      `its symbol table is section ${table.link}, there are ${elf.sections.length}`,
      where,
    );
  }
  elf.checkInFile(table);
  const layout: EntryLayout = {
    size,
    is64: elf.is64,
    hasAddend,
    little: elf.littleEndian,
    mips64: elf.is64 && elf.machine === EM_MIPS,
  };
  const symbols = elf.symbolTable(symbolSection);
  const applier = new TableApplier(layout, actions, symbols, placed(symbols, addresses), bytes);
  const perWindow = Math.floor(WINDOW / size);
  const total = Math.floor(table.size / size);
  const window = new Uint8Array(Math.min(perWindow, total) * size);
  for (let first = 0; first < total; first += perWindow) {
    const count = Math.min(perWindow, total - first);
    const piece = window.subarray(0, count * size);
    elf.source.readInto(table.offset + first * size, piece);
    const failed = applier.apply(piece, count);
    if (failed >= 0) {
      throw new FormatError(applier.explain(elf, target), { ...where, offset: (first + failed) * size });
    }
  }
}

/** Low halves of the symbols' values, with the addresses of their sections added. */
function placed({ valueLo, shndx }: SymbolTable, addresses: Uint32Array | undefined): Uint32Array {
  if (addresses === undefined) return valueLo;
  return valueLo.map((value, i) => value + (shndx[i] < addresses.length ? addresses[shndx[i]] : 0));
}

class TableApplier {
  readonly #layout: EntryLayout;
  readonly #actions: Uint8Array;
  readonly #symbols: SymbolTable;
  readonly #valueLo: Uint32Array;
  readonly #field: FieldWriter;
  // The relocation in hand, for the message when it cannot be applied.
  #offset = 0;
  #symbol = 0;
  #type = 0;

  constructor(
    layout: EntryLayout,
    actions: Uint8Array,
    symbols: SymbolTable,
    valueLo: Uint32Array,
    bytes: Uint8Array,
  ) {
    this.#layout = layout;
    this.#actions = actions;
    this.#symbols = symbols;
    this.#valueLo = valueLo;
    this.#field = new FieldWriter(bytes, layout.little);
  }

  /** Applies `count` entries; the index of the first that cannot be applied, or -1. */
  apply(entries: Uint8Array, count: number): number {
    const { size, is64, hasAddend, little, mips64 } = this.#layout;
    const { valueHi, shndx, length } = this.#symbols;
    const valueLo = this.#valueLo;
    const view = new DataView(entries.buffer, entries.byteOffset, entries.byteLength);
    const actions = this.#actions;
    const field = this.#field;
    const target = field.view;
    const low = is64 && !little ? 4 : 0;
    for (let i = 0, at = 0; i < count; i++, at += size) {
      let offset = view.getUint32(at + low, little);
      let symbol: number;
      let type: number;
      let addendLo = 0;
      let addendHi = 0;
      if (is64) {
        offset += view.getUint32(at + 4 - low, little) * 2 ** 32;
        if (mips64) {
          symbol = view.getUint32(at + 8, little);
          type = view.getUint32(at + 12);
        } else {
          symbol = view.getUint32(at + 12 - low, little);
          type = view.getUint32(at + 8 + low, little);
        }
        if (hasAddend) {
          addendLo = view.getInt32(at + 16 + low, little);
          addendHi = view.getInt32(at + 20 - low, little);
        }
      } else {
        const info = view.getUint32(at + 4, little);
        symbol = info >>> 8;
        type = info & 0xff;
        if (hasAddend) {
          addendLo = view.getInt32(at + 8, little);
          addendHi = addendLo >> 31;
        }
      }
      const action = type < actions.length ? actions[type] : Action.UNSUPPORTED;
      if (action === Action.NONE) continue;
      if (action === Action.UNSUPPORTED || symbol >= length || !field.seek(offset, action)) {
        return this.#stop(i, offset, symbol, type);
      }
      // Most relocations of a debug section: half the time of the general way.
      if (action === Action.ABS32 && hasAddend && shndx[symbol] !== SHN_COMMON) {
        target.setInt32(offset, (addendLo + valueLo[symbol]) | 0, little);
        continue;
      }
      if (!hasAddend) {
        field.readAddend(action);
        addendLo = field.lo;
        addendHi = field.hi;
      }
      let lo = addendLo >>> 0;
      let hi = addendHi;
      if (action >= Action.SIZE32) {
        const symbolSize = this.#symbols.size[symbol];
        lo += symbolSize % 2 ** 32;
        hi += Math.floor(symbolSize / 2 ** 32);
      } else if (shndx[symbol] !== SHN_COMMON) {
        lo += valueLo[symbol];
        hi += valueHi[symbol];
      }
      if (lo >= 2 ** 32) hi++;
      if (!field.write(action, lo | 0, hi | 0)) return this.#stop(i, offset, symbol, type);
    }
    return -1;
  }

  #stop(index: number, offset: number, symbol: number, type: number): number {
    this.#offset = offset;
    this.#symbol = symbol;
    this.#type = type;
    return index;
  }

  /** One line on why the entry at which `apply` stopped cannot be applied. */
  explain(elf: Elf, target: Section): string {
    const action = this.#type < this.#actions.length ? this.#actions[this.#type] : Action.UNSUPPORTED;
    if (action === Action.UNSUPPORTED) {
      return `relocation type ${this.#type} of ${machineName(elf.machine)} is not supported`;
    }
    if (this.#symbol >= this.#symbols.length) {
      return `relocation with symbol ${this.#symbol}, there are ${this.#symbols.length}`;
    }
    return `relocation at 0x${this.#offset.toString(16)} does not fit in ${target.label}`;
  }
}
