import { cStringEquals, readCString } from '../../bytes/index.js';
import {
  type DebugInfo,
  DieReader,
  Form,
  LANGUAGES,
  Shapes,
  SLOT_STRIDE,
  Slot,
  Tag,
  type Unit,
} from '../../dwarf/index.js';
import { orCutOff } from '../cut-off.js';
import { refuseSplit } from '../split-units.js';
import type { UnitSpace } from '../unit-space.js';
import type { Address } from './explanation.js';

/** The DIE of a function, by its place in the UnitSpace. */
export interface FoundFunction {
  readonly offset: number;
  readonly unit: Unit;
  /** Which of the names it has. */
  readonly name: number;
  readonly isDeclaration: boolean;
  /** Functions that copies of it were put into, one for each copy: DW_TAG_inlined_subroutine. */
  readonly inlinedIn: number[];
}

/** DW_LANG_* of C and assembler: functions do not stand in types. */
const C = new Set(['c89', 'c', 'c99', 'c11', 'c17', 'asm'].map(name => LANGUAGES.get(name)!));
/** A longer chain of DW_AT_abstract_origin and DW_AT_specification goes in circles. */
const MAX_CHAIN = 10;

/**
 * Finds the functions of some names in all units, definitions and declarations, with their inlined copies. Types are
 * stepped over: this takes a fraction of the time of encoding.
 */
export class FunctionFinder {
  /** By offset. */
  readonly found = new Map<number, FoundFunction>();
  /** Functions, of any name, whose code begins at one of the addresses that were asked for. */
  readonly placed: { readonly offset: number; readonly address: Address }[] = [];
  /** Units that are left out for their language. */
  readonly excluded = new Set<number>();
  readonly reader: DieReader;
  private readonly space: UnitSpace;
  private readonly wanted: readonly Uint8Array[];
  private readonly addresses: readonly Address[];
  private readonly low: ReadonlySet<number>;
  private readonly languages: ReadonlySet<number>;
  /** Number of a wanted name, or -1, by its offset in `.debug_str`. */
  private readonly known = new Map<number, number>();
  private start = 0;
  /** Where functions without a name of their own have it, and copies with the function that each is in. */
  private origins = new Map<number, number>();
  private copies: number[] = [];
  /** Those of units that refer to others. */
  private readonly farOrigins = new Map<number, number>();
  private readonly farCopies: number[] = [];
  private leavesUnit = false;
  private isC = false;

  constructor(
    info: DebugInfo,
    space: UnitSpace,
    names: readonly string[],
    addresses: readonly Address[],
    languages: ReadonlySet<number>,
  ) {
    this.reader = new DieReader(info, new Shapes());
    this.space = space;
    this.wanted = names.map(name => new TextEncoder().encode(name));
    this.addresses = addresses;
    this.low = new Set(addresses.map(({ lo }) => lo));
    this.languages = languages;
  }

  /** Looks through all units. FormatError for malformed ones. */
  run(): void {
    for (const unit of this.space.units) {
      orCutOff(this.reader, () => this.readUnit(unit));
      for (const [offset, target] of this.origins) this.follow(offset, target);
      this.count(this.copies, this.leavesUnit ? this.farCopies : undefined);
      if (this.leavesUnit) for (const [offset, target] of this.origins) this.farOrigins.set(offset, target);
    }
    this.origins = this.farOrigins;
    for (const [offset, target] of this.origins) this.follow(offset, target);
    this.count(this.farCopies, undefined);
  }

  /** Units that define functions of these names, in their order. */
  units(): Unit[] {
    const defining = [...this.found.values()].filter(({ isDeclaration }) => !isDeclaration);
    const indices = new Set(defining.map(({ unit }) => unit.index));
    return this.space.units.filter(({ index }) => indices.has(index));
  }

  /** Names of functions that were seen: all but the shortest. */
  *names(): Iterable<string> {
    for (const offset of this.known.keys()) yield readCString(this.reader.info.str, offset);
  }

  private readUnit(unit: Unit): void {
    const { reader } = this;
    this.start = this.space.startOf(unit);
    this.origins.clear();
    this.copies.length = 0;
    this.leavesUnit = false;
    reader.enter(unit);
    const { pos } = reader;
    const shape = reader.abbreviation();
    if (shape === 0) return;
    const at = reader.attributes(shape);
    refuseSplit(reader, shape, at, pos);
    reader.useBases(shape, at);
    if (reader.has(shape, Slot.language) && this.languages.has(reader.unsigned(shape, at, Slot.language)))
      this.excluded.add(unit.index);
    this.isC = C.has(reader.unsigned(shape, at, Slot.language));
    if (reader.shapes.hasChildren[shape] !== 0) this.children();
  }

  private children(): void {
    const { reader } = this;
    const { tag, hasChildren } = reader.shapes;
    // By depth: the function that a DIE stands in.
    const within = [-1];
    while (within.length > 0) {
      const { pos } = reader;
      const shape = reader.abbreviation();
      if (shape === 0) {
        within.pop();
        continue;
      }
      let inner = within[within.length - 1]!;
      switch (tag[shape]) {
        case Tag.subprogram:
          inner = this.start + reader.offsetOf(pos);
          this.subprogram(shape, inner);
          break;
        case Tag.inlined_subroutine:
          this.copy(shape, inner);
          break;
        case Tag.lexical_block:
        case Tag.namespace:
        case Tag.module:
          reader.skip(shape);
          break;
        case Tag.structure_type:
        case Tag.class_type:
        case Tag.union_type:
          if (this.isC) {
            reader.skipTree(shape);
            continue;
          }
          reader.skip(shape);
          break;
        default:
          reader.skipTree(shape);
          continue;
      }
      if (hasChildren[shape] !== 0) within.push(inner);
    }
  }

  private subprogram(shape: number, offset: number): void {
    const { reader } = this;
    const at = reader.attributes(shape);
    if (reader.has(shape, Slot.lowPc)) this.place(offset, reader.addressOf(shape, at, Slot.lowPc));
    if (reader.has(shape, Slot.name)) {
      const name = this.nameOf(shape, at);
      if (name >= 0) this.add(offset, name, reader.flag(shape, at, Slot.declaration));
      return;
    }
    const slot = reader.has(shape, Slot.abstractOrigin) ? Slot.abstractOrigin : Slot.specification;
    const target = this.target(shape, at, slot);
    if (target >= 0) this.origins.set(offset, target);
  }

  private place(offset: number, { lo, hi }: Address): void {
    if (!this.low.has(lo)) return;
    const address = this.addresses.find(one => one.lo === lo && one.hi === hi);
    if (address !== undefined) this.placed.push({ offset, address });
  }

  private copy(shape: number, within: number): void {
    const target = this.target(shape, this.reader.attributes(shape), Slot.abstractOrigin);
    if (target >= 0) this.copies.push(target, within);
  }

  private nameOf(shape: number, at: number): number {
    const { reader, known } = this;
    const offset = reader.strp(shape, at, Slot.name);
    const before = offset < 0 ? undefined : known.get(offset);
    if (before !== undefined) return before;
    const { bytes, at: from } = reader.string(shape, at, Slot.name)!;
    const name = this.wanted.findIndex(one => cStringEquals(bytes, from, one));
    if (offset >= 0) known.set(offset, name);
    return name;
  }

  /** Where a reference leads; -1 without one. */
  private target(shape: number, at: number, slot: number): number {
    const { reader, space } = this;
    if (!reader.has(shape, slot)) return -1;
    if (reader.staysInUnit(shape, slot)) return this.start + reader.reference(shape, at, slot);
    if (reader.shapes.form[shape * SLOT_STRIDE + slot] !== Form.ref_addr) return -1;
    this.leavesUnit = true;
    return space.target(reader, shape, at, slot);
  }

  private add(offset: number, name: number, isDeclaration: boolean): void {
    const unit = this.space.unitAt(offset)!;
    this.found.set(offset, { offset, unit, name, isDeclaration, inlinedIn: [] });
  }

  /** A function that has its name elsewhere is one of those looked for if the other is. */
  private follow(offset: number, target: number): void {
    for (let length = 0; length < MAX_CHAIN; length++) {
      const function_ = this.found.get(target);
      if (function_ !== undefined) {
        this.add(offset, function_.name, false);
        return;
      }
      const next = this.origins.get(target) ?? this.farOrigins.get(target);
      if (next === undefined) return;
      target = next;
    }
  }

  /** Adds copies to the functions that they are of; the others go to `later`. */
  private count(copies: readonly number[], later: number[] | undefined): void {
    for (let i = 0; i < copies.length; i += 2) {
      const function_ = this.found.get(copies[i]!);
      if (function_ !== undefined) function_.inlinedIn.push(copies[i + 1]!);
      else later?.push(copies[i]!, copies[i + 1]!);
    }
  }
}
