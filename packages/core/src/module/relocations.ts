import { FormatError } from '../bytes/index.js';
import { type Elf, type Section, SHN_UNDEF, SHT_RELA, type SymbolTable } from '../elf/index.js';
import { symbolName } from './symbol-name.js';

/** Where something is once the module is loaded: in a section of its own, or at a symbol of somebody else. */
export interface Place {
  /** Section index; 0 for a symbol that the module does not define. */
  readonly section: number;
  /** From the start of the section, or from the symbol. */
  readonly offset: number;
  /** The symbol's name; '' for one of a section. */
  readonly symbol: string;
}

/** A relocation: the place that its field is about, before anything is said of how. */
export interface Relocation extends Place {
  readonly type: number;
}

/** The relocations of a module's sections, by where their fields are; read when they are asked for. */
export class Relocations {
  readonly elf: Elf;
  private readonly tables = new Map<number, ReadonlyMap<number, Relocation>>();
  /** Sections with relocations by the section that they are of. */
  private readonly sources = new Map<number, Section[]>();

  /** Throws FormatError where tables lie on each other. */
  constructor(elf: Elf) {
    this.elf = elf;
    let total = 0;
    for (const table of elf.sections) {
      if (table.type !== SHT_RELA || table.entsize !== 24) continue;
      total += table.size;
      const known = this.sources.get(table.info);
      if (known === undefined) this.sources.set(table.info, [table]);
      else known.push(table);
    }
    if (total > elf.source.size) {
      throw new FormatError('its relocations take up more than the whole file', { file: elf.source.name });
    }
  }

  /** Of the section with this index. Of a 64-bit ELF with addends, as x86-64 and arm64 are. */
  of(section: number): ReadonlyMap<number, Relocation> {
    let table = this.tables.get(section);
    if (table === undefined) {
      table = this.read(section);
      this.tables.set(section, table);
    }
    return table;
  }

  private read(section: number): Map<number, Relocation> {
    const { elf } = this;
    const found = new Map<number, Relocation>();
    for (const table of this.sources.get(section) ?? []) {
      const symbolSection = elf.sections[table.link];
      if (symbolSection === undefined) continue;
      readTable(elf, table, elf.symbolTable(symbolSection), found);
    }
    return found;
  }
}

function readTable(elf: Elf, table: Section, symbols: SymbolTable, found: Map<number, Relocation>): void {
  const bytes = elf.bytes(table);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = elf.littleEndian;
  const low = little ? 0 : 4;
  for (let at = 0; at + 24 <= bytes.length; at += 24) {
    const symbol = view.getUint32(at + 12 - low, little);
    if (symbol >= symbols.length) {
      const where = { file: elf.source.name, section: table.label, offset: at };
      throw new FormatError(`symbol ${symbol}, there are ${symbols.length}`, where);
    }
    const section = symbols.shndx[symbol]!;
    found.set(view.getUint32(at + low, little), {
      type: view.getUint32(at + 8 + low, little),
      section: section === SHN_UNDEF || section >= elf.sections.length ? 0 : section,
      offset: symbols.valueLo[symbol]! + view.getInt32(at + 16 + low, little),
      symbol: symbolName(symbols, symbol),
    });
  }
}
