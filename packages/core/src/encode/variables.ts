import { type DieReader, Op, Slot } from '../dwarf/index.js';
import type { Elf, Section } from '../elf/index.js';
import type { DieAttributes } from './die-attributes.js';
import type { Names } from './names.js';
import { forEachString, offsetIn, perCpuSection, type Symbols } from './symbols.js';

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
  add(attributes: DieAttributes, shape: number, at: number): number {
    const { reader } = attributes;
    if (reader.flag(shape, at, Slot.declaration) || reader.flag(shape, at, Slot.artificial)) return -1;
    const offset = this.locate(reader, shape, at);
    if (offset < 0) return -1;
    const declared = reader.has(shape, Slot.specification);
    const external = declared || reader.flag(shape, at, Slot.external);
    const { name, type } = declared ? declarationOf(attributes, shape, at) : describe(attributes, shape, at);
    if (name === 0 || !this.isIn(name, offset)) return -1;
    this.all.push({ name, type, unit: -1, external, offset, tags: [] });
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

interface Description {
  readonly name: number;
  /** Reference, as in UnitTypes. */
  readonly type: number;
}

function describe(attributes: DieAttributes, shape: number, at: number): Description {
  return { name: attributes.name(shape, at), type: attributes.typeReference(shape, at) };
}

/** Name and type of a variable that was declared before: they stand where DW_AT_specification leads. */
function declarationOf(attributes: DieAttributes, shape: number, at: number): Description {
  const { reader } = attributes;
  const back = reader.pos;
  reader.pos = reader.unitStart + reader.reference(shape, at, Slot.specification);
  const declaration = reader.abbreviation();
  if (declaration === 0) throw reader.error(at, 'DW_AT_specification leads to no DIE');
  const found = describe(attributes, declaration, reader.attributes(declaration));
  reader.pos = back;
  return found;
}
