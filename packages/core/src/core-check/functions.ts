import { type BpfObject, type BpfProgram, readPrograms } from '../core-relo/object.js';
import { INSN_SIZE } from '../core-relo/patch.js';
import { type Elf, type Section, SHT_REL } from '../elf/index.js';
import { Code, Op, PSEUDO_CALL, PSEUDO_FUNC } from './code.js';
import type { Value } from './values.js';

const STB_LOCAL = 0;
const STV_DEFAULT = 0;

/** What a function's instruction is bound to by an ELF relocation. */
export interface Reference {
  /** In its function. */
  readonly insn: number;
  /** Index in the symbol table. */
  readonly symbol: number;
}

/** A function of an object: a program that can be loaded, or a subprogram. */
export interface ObjectFunction {
  readonly program: BpfProgram;
  readonly code: Code;
  /** In `.text`: a part of the programs that call it. */
  readonly isSubprogram: boolean;
  /** The verifier looks at it by itself, whatever it is called with. */
  readonly isGlobal: boolean;
  /** Which function an instruction calls, or hands on as a callback. By instruction; indices of functions. */
  readonly calls: ReadonlyMap<number, number>;
  readonly references: readonly Reference[];
  /** By instruction: the place in `.rodata` whose address it loads. Such data is frozen before programs are loaded. */
  readonly data: ReadonlyMap<number, Value>;
}

/** An entry of a SHT_REL section. */
interface ElfRelocation {
  readonly offset: number;
  readonly symbol: number;
}

/** The functions of an object, and which of them call each other. Throws FormatError. */
export function readFunctions(object: BpfObject): ObjectFunction[] {
  const { elf, littleEndian } = object;
  if (elf.symbols() === undefined) return [];
  const programs = readPrograms(elf);
  const relocations = new Map<number, ElfRelocation[]>();
  for (const section of elf.sections) {
    if (section.type === SHT_REL) relocations.set(section.info, readRelocations(elf, section));
  }
  const globals = globalFunctions(elf);
  const readOnly = new Map<number, Uint8Array>();
  for (const section of elf.sections) {
    if (/^\.rodata(\.|$)/.test(section.name)) readOnly.set(section.index, elf.bytes(section));
  }
  return programs.map(program => {
    const { section, start, length, sectionName } = program;
    const bytes = elf.bytes(section).subarray(start * INSN_SIZE, (start + length) * INSN_SIZE);
    const code = new Code(bytes, littleEndian);
    const references = (relocations.get(section.index) ?? [])
      .map(({ offset, symbol }) => ({ insn: offset / INSN_SIZE - start, symbol }))
      .filter(({ insn }) => Number.isInteger(insn) && insn >= 0 && insn < length);
    const calls = findCalls(elf, programs, program, code, references);
    return {
      program,
      code,
      isSubprogram: sectionName === '.text',
      isGlobal: globals.has(`${section.index} ${start}`),
      calls,
      references,
      data: findData(elf, readOnly, code, references),
    };
  });
}

/** Sections and first instructions of functions that others can see. */
function globalFunctions(elf: Elf): Set<string> {
  const symbols = elf.symbols()!;
  const found = new Set<string>();
  for (let symbol = 1; symbol < symbols.length; symbol++) {
    const isVisible = (symbols.other[symbol] & 3) === STV_DEFAULT;
    if (symbols.info[symbol] >> 4 === STB_LOCAL || !isVisible) continue;
    found.add(`${symbols.shndx[symbol]} ${symbols.valueLo[symbol] / INSN_SIZE}`);
  }
  return found;
}

/** As bpf_program__record_reloc: the symbol's place and the immediate value together. */
function findData(
  elf: Elf,
  readOnly: ReadonlyMap<number, Uint8Array>,
  code: Code,
  references: readonly Reference[],
): Map<number, Value> {
  const symbols = elf.symbols()!;
  const found = new Map<number, Value>();
  for (const { insn, symbol } of references) {
    const bytes = readOnly.get(symbols.shndx[symbol]);
    if (bytes === undefined || code.code(insn) !== Op.LDIMM64) continue;
    found.set(insn, { is: 'data', bytes, offset: symbols.valueLo[symbol] + code.imm(insn) });
  }
  return found;
}

function readRelocations(elf: Elf, section: Section): ElfRelocation[] {
  const bytes = elf.bytes(section);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = elf.littleEndian;
  const found: ElfRelocation[] = [];
  for (let at = 0; at + 16 <= bytes.length; at += 16) {
    const offset = view.getUint32(at + (little ? 0 : 4), little);
    found.push({ offset, symbol: view.getUint32(at + (little ? 12 : 8), little) });
  }
  return found;
}

/** Data of a section that relocations fill with addresses: the symbol at each offset. */
export function dataReferences(elf: Elf, section: Section): Map<number, number> {
  const found = new Map<number, number>();
  for (const one of elf.sections) {
    if (one.type !== SHT_REL || one.info !== section.index) continue;
    for (const { offset, symbol } of readRelocations(elf, one)) found.set(offset, symbol);
  }
  return found;
}

/** As libbpf's bpf_object__reloc_code finds them: a symbol's place and the immediate value together. */
function findCalls(
  elf: Elf,
  programs: readonly BpfProgram[],
  program: BpfProgram,
  code: Code,
  references: readonly Reference[],
): Map<number, number> {
  const symbols = elf.symbols()!;
  const bound = new Map(references.map(({ insn, symbol }) => [insn, symbol]));
  const calls = new Map<number, number>();
  for (let insn = 0; insn < code.length; insn++) {
    const op = code.code(insn);
    const isCall = op === Op.CALL && code.source(insn) === PSEUDO_CALL;
    const isLoad = op === Op.LDIMM64;
    const symbol = bound.get(insn);
    if (isCall || (isLoad && symbol !== undefined)) {
      const place = isCall ? code.imm(insn) + 1 : Math.trunc(code.imm(insn) / INSN_SIZE);
      const target =
        symbol === undefined
          ? { section: program.section.index, insn: program.start + insn + place }
          : { section: symbols.shndx[symbol], insn: Math.trunc(symbols.valueLo[symbol] / INSN_SIZE) + place };
      const isCode =
        isCall || code.source(insn) === PSEUDO_FUNC || elf.sections[target.section]?.name === '.text';
      const callee = isCode ? functionAt(programs, target.section, target.insn) : -1;
      if (callee >= 0) calls.set(insn, callee);
    }
    if (isLoad) insn++;
  }
  return calls;
}

function functionAt(programs: readonly BpfProgram[], section: number, insn: number): number {
  return programs.findIndex(one => one.section.index === section && one.start === insn);
}

/** A program's function and all those that it calls. */
export function partsOf(functions: readonly ObjectFunction[], first: number): ReadonlySet<number> {
  const parts = new Set([first]);
  for (const part of parts) for (const callee of functions[part].calls.values()) parts.add(callee);
  return parts;
}
