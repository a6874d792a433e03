import { type DieReader, Op, Slot, type Unit } from '../dwarf/index.js';
import type { Elf, Section } from '../elf/index.js';
import type { Names } from './names.js';
import { forEachString, offsetIn, perCpuSection, type Symbols } from './symbols.js';

/** A variable's DIE, as the scanner hands it over. References are as in UnitTypes. */
export interface VariableDie {
  readonly offset: number;
  readonly name: number;
  readonly type: number;
  readonly specification: number;
}

export interface Variable {
  readonly name: number;
  /** Reference, and once its unit is settled the node. */
  type: number;
  unit: number;
  readonly external: boolean;
  /** In bytes from the start of the section. */
  readonly offset: number;
  readonly tags: number[];
}

/** Names that only tools make, as pahole leaves them out. */
const MADE_BY_TOOLS = [
  '__UNIQUE_ID',
  '__tpstrtab_',
  '__exitcall_',
  '__gendwarfksyms_ptr_',
  '__func_stack_frame_non_standard_',
];

/** Per-CPU variables: those whose address is in `.data..percpu`. */
export class Variables {
  /** Has the file such a section? */
  readonly wanted: boolean;
  readonly all: Variable[] = [];
  private readonly names: Names;
  private readonly section: Section | undefined;
  private readonly relocatable: boolean;
  /** name number → offsets of the section's symbols of that name. */
  private readonly symbols = new Map<number, Set<number>>();
  /** DIEs of the unit that others may name by DW_AT_specification: extern declarations. */
  private unit: Unit | undefined;
  private readonly declarations = new Map<number, VariableDie>();

  /** With `wanted` false, no variable is. */
  constructor(elf: Elf, symbols: Symbols, names: Names, wanted: boolean) {
    this.names = names;
    this.section = wanted ? perCpuSection(elf) : undefined;
    this.wanted = this.section !== undefined;
    this.relocatable = elf.isRelocatable;
    let row = 0;
    forEachString(symbols.perCpu, at => {
      const name = names.intern(symbols.perCpu, at);
      const offsets = this.symbols.get(name) ?? new Set();
      this.symbols.set(name, offsets.add(symbols.perCpuOffsets[row++]!));
    });
  }

  private relative(lo: number, hi: number): number {
    return this.section === undefined ? -1 : offsetIn(this.section, this.relocatable, lo, hi);
  }

  /** Takes a top-level variable if it is per-CPU; returns its row, -1 for others. */
  add(reader: DieReader, shape: number, at: number, die: VariableDie): number {
    if (reader.unit !== this.unit) {
      this.unit = reader.unit;
      this.declarations.clear();
    }
    if (reader.flag(shape, at, Slot.declaration)) {
      this.declarations.set(die.offset, die);
      return -1;
    }
    if (reader.flag(shape, at, Slot.artificial)) return -1;
    const offset = this.locate(reader, shape, at);
    if (offset < 0) return -1;
    // Name and type stand in the declaration, if there is one.
    const described = this.declarations.get(die.specification) ?? die;
    if (described.name === 0 || !this.isIn(described.name, offset)) return -1;
    this.all.push({
      name: described.name,
      type: described.type,
      unit: -1,
      external: reader.flag(shape, at, Slot.external) || described !== die,
      offset,
      tags: [],
    });
    return this.all.length - 1;
  }

  tag(row: number, names: readonly number[]): void {
    if (row >= 0) this.all[row]!.tags.push(...names);
  }

  /** Ends a unit: the types of its variables, rows from `from` up to `to`, become nodes. */
  settle(unit: number, from: number, to: number, nodeOf: (reference: number) => number): void {
    for (const variable of this.all.slice(from, to)) {
      variable.unit = unit;
      variable.type = nodeOf(variable.type);
    }
  }

  /** Takes over the variables of another thread, which read later units. */
  absorb(
    other: readonly Variable[],
    nodeOf: (node: number) => number,
    nameOf: (name: number) => number,
  ): void {
    for (const one of other) {
      this.all.push({ ...one, name: nameOf(one.name), type: nodeOf(one.type), tags: one.tags.map(nameOf) });
    }
  }

  /** Offset in the section of a location that is an address, or -1. */
  private locate(reader: DieReader, shape: number, at: number): number {
    const block = reader.block(shape, at, Slot.location);
    if (block === undefined || block.length < 2) return -1;
    const op = reader.bytes[block.at];
    let address: { lo: number; hi: number };
    if (op === Op.addr) address = reader.addressAt(block.at + 1);
    else if (op === Op.addrx || op === Op.GNU_addr_index)
      address = reader.address(reader.ulebAt(block.at + 1), at);
    else return -1;
    const offset = this.relative(address.lo, address.hi);
    return offset >= 0 && offset < this.section!.size ? offset : -1;
  }

  /**
   * Is a variable of this name at `offset` of the section? By the address alone in a linked file, except for the
   * address 0, which variables of discarded sections have too; by the symbol in a relocatable one, where every
   * section begins at 0.
   */
  private isIn(name: number, offset: number): boolean {
    if (offset !== 0 && !this.relocatable) return this.isUseful(name);
    return (this.symbols.get(name)?.has(offset) ?? false) && this.isUseful(name);
  }

  private isUseful(name: number): boolean {
    const text = this.names.text(name);
    return !MADE_BY_TOOLS.some(prefix => text.startsWith(prefix));
  }
}
