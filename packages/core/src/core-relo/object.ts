import { Btf } from '../btf/index.js';
import { type ByteSource, FormatError, locate } from '../bytes/index.js';
import { Elf, type Section, SHT_NOBITS } from '../elf/index.js';
import {
  type BtfExt,
  type CoreRelo,
  coreRelo,
  type InfoTable,
  type LineInfo,
  lineInfo,
  parseBtfExt,
} from '../ext/index.js';
import { INSN_SIZE } from './patch.js';

const SHT_PROGBITS = 1;
const SHF_EXECINSTR = 4;
const STT_FUNC = 2;

/** A function of a BPF object: a program, or a subprogram in `.text`. Offsets in instructions. */
export interface BpfProgram {
  readonly name: string;
  readonly section: Section;
  /** As the file has it, `?` at its start included. */
  readonly sectionName: string;
  /** First instruction, in its section. */
  readonly start: number;
  readonly length: number;
  /** libbpf loads it unless told otherwise: its section's name does not start with `?`. */
  readonly isLoaded: boolean;
}

/** A relocation as the object has it. */
export interface ObjectRelo extends CoreRelo {
  readonly sectionName: string;
  /** Place among the records of its section. */
  readonly record: number;
}

/** A BPF object file: its programs, its BTF and what .BTF.ext says of them. */
export class BpfObject {
  readonly source: ByteSource;
  readonly elf: Elf;
  readonly littleEndian: boolean;
  /** Null where the object has no .BTF, and so no relocations. */
  readonly btf: Btf | null;
  readonly ext: BtfExt | null;
  /** In the order of sections, and in them of their instructions. */
  readonly programs: readonly BpfProgram[];
  /** In the order of the file. */
  readonly relocations: readonly ObjectRelo[];

  /** Throws FormatError for a file that is no ELF file, or is malformed. */
  static open(source: ByteSource): BpfObject {
    return locate({ file: source.name }, () => new BpfObject(source));
  }

  private constructor(source: ByteSource) {
    this.source = source;
    this.elf = Elf.open(source);
    this.littleEndian = this.elf.littleEndian;
    const btf = contentOf(this.elf, '.BTF');
    const ext = contentOf(this.elf, '.BTF.ext');
    this.btf = btf === null ? null : Btf.parse(btf, { name: source.name });
    this.ext = this.btf === null || ext === null ? null : parseBtfExt(ext);
    this.relocations = this.btf === null || this.ext === null ? [] : readRelocations(this.btf, this.ext);
    this.programs = this.relocations.length === 0 ? [] : readPrograms(this.elf);
  }

  /** The program that has an instruction of a section; undefined where none does, as after linking weak functions. */
  programAt(sectionName: string, insn: number): BpfProgram | undefined {
    return this.programs.findLast(
      ({ sectionName: name, start, length }) =>
        name === sectionName && start <= insn && insn < start + length,
    );
  }

  /** Which source line an instruction is of: the last line record of its section that is not after it. */
  lineAt(sectionName: string, insnOff: number): LineInfo | undefined {
    if (this.btf === null || this.ext === null) return undefined;
    const table = this.ext.lineInfo;
    for (const [group, nameOff] of table.sections.entries()) {
      if (stringAt(this.btf, nameOff) !== sectionName) continue;
      for (let record = table.starts[group + 1] - 1; record >= table.starts[group]; record--) {
        const line = lineInfo(table, record);
        if (line.insnOff <= insnOff) return line;
      }
    }
    return undefined;
  }
}

/** A string of the object's BTF, '' for an offset past the end: nothing depends on those of lines. */
export function stringAt(btf: Btf, offset: number): string {
  return offset < btf.strings.end ? btf.string(offset) : '';
}

function contentOf(elf: Elf, name: string): Uint8Array | null {
  const section = elf.section(name);
  return section === undefined || section.type === SHT_NOBITS ? null : elf.bytes(section);
}

function readRelocations(btf: Btf, { coreRelo: table }: BtfExt): ObjectRelo[] {
  const relocations: ObjectRelo[] = [];
  for (const [group, nameOff] of table.sections.entries()) {
    const sectionName = stringAt(btf, nameOff);
    if (sectionName === '') {
      throw new FormatError(
        `core_relo: section name at string offset ${nameOff} is empty or past the strings`,
        {
          section: '.BTF.ext',
        },
      );
    }
    relocations.push(...recordsOf(table, group, sectionName));
  }
  return relocations;
}

function* recordsOf(table: InfoTable, group: number, sectionName: string): Iterable<ObjectRelo> {
  const first = table.starts[group];
  for (let i = first; i < table.starts[group + 1]; i++) {
    const relo = coreRelo(table, i);
    if (relo.insnOff % INSN_SIZE !== 0) {
      throw new FormatError(
        `core_relo: instruction offset ${relo.insnOff}, expected a multiple of ${INSN_SIZE}`,
        {
          section: '.BTF.ext',
        },
      );
    }
    yield { ...relo, sectionName, record: i - first };
  }
}

/** Functions in sections with instructions: bpf_object__add_programs. */
export function readPrograms(elf: Elf): BpfProgram[] {
  const symbols = elf.symbols();
  if (symbols === undefined) {
    throw new FormatError('no symbol table, which says where programs begin', { file: elf.source.name });
  }
  const programs: BpfProgram[] = [];
  for (let i = 0; i < symbols.length; i++) {
    const section = elf.sections[symbols.shndx[i]];
    if (section === undefined || symbols.typeOf(i) !== STT_FUNC) continue;
    if (section.type !== SHT_PROGBITS || (section.flags & SHF_EXECINSTR) === 0) continue;
    const [at, size, name] = [symbols.valueLo[i], symbols.size[i], symbols.name(i)];
    if (
      symbols.valueHi[i] !== 0 ||
      at + size > section.size ||
      size === 0 ||
      at % INSN_SIZE ||
      size % INSN_SIZE
    ) {
      throw new FormatError(`program ${name} of ${size} bytes at ${at}, the section has ${section.size}`, {
        section: section.label,
      });
    }
    elf.checkInFile(section);
    const sectionName = section.name;
    programs.push({
      name,
      section,
      sectionName,
      start: at / INSN_SIZE,
      length: size / INSN_SIZE,
      isLoaded: !sectionName.startsWith('?'),
    });
  }
  return programs.sort((a, b) => a.section.index - b.section.index || a.start - b.start);
}
