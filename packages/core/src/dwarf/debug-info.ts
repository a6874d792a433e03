import { FormatError, locate, memorySource } from '../bytes/index.js';
import { type Elf, findNote, layOutSections, loadRelocated, type Section } from '../elf/index.js';
import { MAX_UNIT_HEADER, readUnit, type Unit } from './units.js';

/** `.debug_info` or `.debug_types`: read piece by piece, since a kernel's has hundreds of MB. */
export interface UnitSection {
  readonly name: string;
  readonly size: number;
  /** Fills `target` from `offset` of the section. */
  readInto(offset: number, target: Uint8Array): void;
}

/** Its word is 1 where the kernel was linked with optimizations. */
const LINUX_ELFNOTE_LTO_INFO = 0x101;
const NOTHING = new Uint8Array(0);
const EMPTY: UnitSection = { name: '.debug_abbrev', size: 0, readInto: () => {} };

/**
 * The debug sections of an ELF file that types are read from, decompressed and relocated where they need it.
 * `.debug_info` stays in the file when it can be read from there as it is.
 */
export class DebugInfo {
  readonly file: string;
  readonly littleEndian: boolean;
  /** In the order of the file; empty where there is no DWARF. */
  readonly sections: readonly UnitSection[];
  readonly abbrev: UnitSection;
  readonly str: Uint8Array;
  readonly lineStr: Uint8Array;
  readonly strOffsets: Uint8Array;
  readonly strOffsetsView: DataView;
  readonly addr: Uint8Array;
  /** `.debug_loc` (DWARF 2 to 4) and `.debug_loclists`, where the file has them. */
  readonly loc: UnitSection | undefined;
  readonly loclists: UnitSection | undefined;
  /** Is a supplementary (dwz) file named: DW_FORM_GNU_strp_alt and its like point there. */
  readonly supplementary: boolean;
  /**
   * Were units linked with optimizations across them, as a kernel says of itself? `undefined` where it says nothing. pahole
   * reads such units as one (dwarf_loader.c, cus__merging_cu; include/linux/elfnote-lto.h).
   */
  readonly linked: boolean | undefined;

  private constructor(
    elf: Elf,
    sections: UnitSection[],
    tables: Record<'str' | 'line_str' | 'str_offsets' | 'addr', Uint8Array>,
    windows: Record<'abbrev' | 'loc' | 'loclists', UnitSection | undefined>,
  ) {
    this.file = elf.source.name;
    this.littleEndian = elf.littleEndian;
    this.sections = sections;
    this.abbrev = windows.abbrev ?? EMPTY;
    this.str = tables.str;
    this.lineStr = tables.line_str;
    this.strOffsets = tables.str_offsets;
    const { buffer, byteOffset, byteLength } = this.strOffsets;
    this.strOffsetsView = new DataView(buffer, byteOffset, byteLength);
    this.addr = tables.addr;
    this.loc = windows.loc;
    this.loclists = windows.loclists;
    this.supplementary =
      elf.section('.gnu_debugaltlink') !== undefined || elf.section('.debug_sup') !== undefined;
    this.linked = findNote(elf, 'Linux', LINUX_ELFNOTE_LTO_INFO)
      ?.subarray(0, 4)
      .some(byte => byte !== 0);
  }

  /**
   * Addresses in a relocatable file are those of `layOutSections`. FormatError for broken sections, or relocations that
   * are not supported.
   */
  static async open(elf: Elf): Promise<DebugInfo> {
    const addresses = layOutSections(elf);
    const table = async (name: string) => {
      const section = elf.debugSection(name);
      if (section === undefined) return NOTHING;
      // What needs no relocation is not copied.
      if (elf.isRelocatable || elf.isCompressed(section)) return loadRelocated(elf, section, addresses);
      return elf.bytes(section);
    };
    const sections: UnitSection[] = [];
    for (const section of unitSections(elf)) {
      if (section.size > 0) sections.push(await openUnits(elf, section, addresses));
    }
    const window = async (name: string, relocate: boolean) => {
      const section = elf.debugSection(name);
      if (section === undefined || section.size === 0) return undefined;
      return relocate || elf.isCompressed(section)
        ? openUnits(elf, section, addresses)
        : windowed(elf, section);
    };
    return new DebugInfo(
      elf,
      sections,
      {
        str: await table('str'),
        line_str: await table('line_str'),
        str_offsets: await table('str_offsets'),
        addr: await table('addr'),
      },
      {
        // A pair of zeroes ends a list, and an address may only look like zero. Later lists say what an entry is.
        loc: await window('loc', elf.isRelocatable),
        loclists: await window('loclists', false),
        abbrev: await window('abbrev', false),
      },
    );
  }

  /** All unit headers. FormatError when one is broken: nothing behind it can be found. */
  units(): Unit[] {
    const units: Unit[] = [];
    for (const [sectionIndex, section] of this.sections.entries()) {
      let offset = 0;
      while (offset < section.size) {
        const bytes = new Uint8Array(Math.min(MAX_UNIT_HEADER, section.size - offset));
        section.readInto(offset, bytes);
        const place = {
          section: section.name,
          sectionIndex,
          size: section.size,
          offset,
          index: units.length,
        };
        const unit = locate({ file: this.file }, () => readUnit(bytes, this.littleEndian, place));
        units.push(unit);
        offset = unit.end;
      }
    }
    return units;
  }
}

/** `.debug_info` (several, where `ld -r` kept COMDAT groups apart) and DWARF 4's `.debug_types`. */
function unitSections(elf: Elf): Section[] {
  const info = elf.sectionsNamed('.debug_info');
  if (info.length === 0) {
    const legacy = elf.debugSection('info');
    if (legacy) info.push(legacy);
  }
  return [...info, ...elf.sectionsNamed('.debug_types')];
}

async function openUnits(elf: Elf, section: Section, addresses: Uint32Array): Promise<UnitSection> {
  if (!elf.isRelocatable && !elf.isCompressed(section)) return windowed(elf, section);
  const memory = memorySource(await loadRelocated(elf, section, addresses), elf.source.name);
  return {
    name: nameOf(section),
    size: memory.size,
    readInto: (offset, target) => memory.readInto(offset, target),
  };
}

function windowed(elf: Elf, section: Section): UnitSection {
  const name = nameOf(section);
  elf.checkInFile(section);
  if (section.size > 0xffffffff) {
    throw new FormatError('more than 4 GiB of DWARF', { file: elf.source.name, section: name });
  }
  return {
    name,
    size: section.size,
    readInto: (offset, target) => elf.source.readInto(section.offset + offset, target),
  };
}

function nameOf(section: Section): string {
  return section.name.replace('.zdebug', '.debug');
}
