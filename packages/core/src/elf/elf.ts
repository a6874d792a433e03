import { type ByteSource, cStringEquals, FormatError, locate } from '../bytes/index.js';
import { decompressSection, isCompressedSection } from './compressed.js';
import { ET_REL, SHT_DYNSYM, SHT_NOBITS, SHT_SYMTAB, SHT_SYMTAB_SHNDX } from './constants.js';
import { type Header, readHeader } from './header.js';
import { Section } from './section.js';
import { SymbolTable } from './symbols.js';

/** Above any real file's (100,000 sections with long names have 10 MB); it bounds what a broken header makes us read. */
const MAX_NAME_TABLE = 64 * 1024 * 1024;

/**
 * An ELF file of either class and byte order. Opening reads the header, the section headers and their names;
 * content is read when asked for.
 *
 * ```ts
 * const elf = Elf.open(memorySource(bytes, 'vmlinux'));
 * const btf = elf.section('.BTF');
 * if (btf) console.log(elf.bytes(btf).length);
 * ```
 */
export class Elf {
  readonly source: ByteSource;
  readonly is64: boolean;
  readonly littleEndian: boolean;
  /** e_type: ET_REL, ET_EXEC, ET_DYN. */
  readonly type: number;
  /** e_machine. */
  readonly machine: number;
  /** e_flags. */
  readonly flags: number;
  /** All sections by their index, the null section 0 included. */
  readonly sections: readonly Section[];
  readonly #nameTable: Uint8Array;
  readonly #symbolTables = new Map<number, SymbolTable>();

  /** Throws FormatError when `source` is no ELF file or its header or section header table is malformed. */
  static open(source: ByteSource): Elf {
    return new Elf(source, readHeader(source));
  }

  private constructor(source: ByteSource, header: Header) {
    this.source = source;
    this.is64 = header.is64;
    this.littleEndian = header.littleEndian;
    this.type = header.type;
    this.machine = header.machine;
    this.flags = header.flags;

    const { sectionTable, sectionCount, sectionEntry, nameTable, is64, littleEndian } = header;
    const table = source.read(sectionTable, sectionCount * sectionEntry);
    const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
    const names: { source: ByteSource; strings: Uint8Array } = { source, strings: new Uint8Array(0) };
    const sections: Section[] = [];
    for (let i = 0; i < sectionCount; i++) {
      sections.push(new Section(names, i, view, i * sectionEntry, is64, littleEndian));
    }
    this.sections = sections;
    if (nameTable !== 0) {
      const strings = sections[nameTable];
      if (strings.size > MAX_NAME_TABLE) {
        throw new FormatError(`${strings.size} bytes, more than ${MAX_NAME_TABLE}`, {
          file: source.name,
          section: 'section name table',
        });
      }
      names.strings = locate({ section: 'section name table' }, () => this.bytes(strings));
    }
    this.#nameTable = names.strings;
  }

  /** Is this a relocatable object, whose debug sections still want their relocations? */
  get isRelocatable(): boolean {
    return this.type === ET_REL;
  }

  /** The first section of this name. */
  section(name: string): Section | undefined {
    const wanted = new TextEncoder().encode(name);
    return this.sections.find(section => this.#isNamed(section, wanted));
  }

  /** All sections of this name, in file order (COMDAT groups and `ld -r` leave several). */
  sectionsNamed(name: string): Section[] {
    const wanted = new TextEncoder().encode(name);
    return this.sections.filter(section => this.#isNamed(section, wanted));
  }

  /** `.debug_NAME`, or its legacy compressed form `.zdebug_NAME`; `load` reads both. */
  debugSection(name: string): Section | undefined {
    return this.section(`.debug_${name}`) ?? this.section(`.zdebug_${name}`);
  }

  #isNamed(section: Section, wanted: Uint8Array): boolean {
    return section.index !== 0 && cStringEquals(this.#nameTable, section.nameOffset, wanted);
  }

  /**
   * Content of a section as it stands in the file; it may share the source's memory, so treat it as read-only.
   * Empty for SHT_NOBITS. FormatError when the section leaves the file, or is compressed (`load` reads those).
   */
  bytes(section: Section): Uint8Array {
    if (this.isCompressed(section)) {
      throw new FormatError('the section is compressed where this cannot be', this.#where(section));
    }
    return this.raw(section);
  }

  /** As `bytes`, compressed sections as they stand in the file. */
  raw(section: Section): Uint8Array {
    if (section.type === SHT_NOBITS) return new Uint8Array(0);
    this.checkInFile(section);
    return this.source.read(section.offset, section.size);
  }

  /** Throws FormatError when the section's content leaves the file. For readers that go to the source themselves. */
  checkInFile(section: Section): void {
    if (section.type === SHT_NOBITS || section.offset + section.size <= this.source.size) return;
    const range = `0x${section.size.toString(16)} bytes at 0x${section.offset.toString(16)}`;
    throw new FormatError(
      `${range} run past the end of the file at 0x${this.source.size.toString(16)}`,
      this.#where(section),
    );
  }

  /** Is the content compressed: SHF_COMPRESSED, or the older `.zdebug_*` with its "ZLIB" header? */
  isCompressed(section: Section): boolean {
    return isCompressedSection(section);
  }

  /**
   * Content of a section, decompressed where it is compressed (zlib and zstd). The result is the caller's own
   * memory, ready for `applyRelocations`. FormatError for broken or unknown compression, and for a stream that
   * does not give the size that its header says.
   */
  async load(section: Section): Promise<Uint8Array> {
    if (section.type === SHT_NOBITS) return new Uint8Array(0);
    this.checkInFile(section);
    if (this.isCompressed(section)) {
      return decompressSection(this, section, this.#where(section));
    }
    const bytes = new Uint8Array(section.size);
    this.source.readInto(section.offset, bytes);
    return bytes;
  }

  /** The SHT_SYMTAB symbol table, `undefined` in a stripped file. */
  symbols(): SymbolTable | undefined {
    const section = this.sections.find(one => one.type === SHT_SYMTAB);
    return section && this.symbolTable(section);
  }

  /** The dynamic symbol table (SHT_DYNSYM), as a vDSO has it. */
  dynamicSymbols(): SymbolTable | undefined {
    const section = this.sections.find(one => one.type === SHT_DYNSYM);
    return section && this.symbolTable(section);
  }

  /** The symbols of one SHT_SYMTAB or SHT_DYNSYM section; read once, then kept. */
  symbolTable(section: Section): SymbolTable {
    const known = this.#symbolTables.get(section.index);
    if (known) return known;
    const where = this.#where(section);
    if (section.type !== SHT_SYMTAB && section.type !== SHT_DYNSYM) {
      throw new FormatError(`a symbol table was expected here, the section has type ${section.type}`, where);
    }
    const entrySize = this.is64 ? 24 : 16;
    if (section.entsize !== entrySize) {
      throw new FormatError(`symbols of ${section.entsize} bytes, expected ${entrySize}`, where);
    }
    const strings = this.sections[section.link];
    if (strings === undefined) {
      throw new FormatError(
        `its string table is section ${section.link}, there are ${this.sections.length}`,
        where,
      );
    }
    const extended = this.sections.find(one => one.type === SHT_SYMTAB_SHNDX && one.link === section.index);
    const table = new SymbolTable({
      file: where.file,
      section: where.section,
      is64: this.is64,
      littleEndian: this.littleEndian,
      entries: this.bytes(section),
      strings: this.bytes(strings),
      extendedIndices: extended && this.bytes(extended),
    });
    this.#symbolTables.set(section.index, table);
    return table;
  }

  #where(section: Section): { file: string; section: string } {
    return { file: this.source.name, section: section.label };
  }
}
