import { readCString } from '../../bytes/index.js';
import { type DebugInfo, DieReader, Shapes, Slot, type Unit } from '../../dwarf/index.js';
import type { UnitSpace } from '../unit-space.js';

/** What the DIE of a unit says of it. */
export interface UnitFacts {
  readonly unit: Unit;
  readonly name: string;
  /** Where its table of files is in `.debug_line`; `undefined` without one. */
  readonly stmtList: number | undefined;
}

/** A child of a DIE. */
export interface Child {
  readonly tag: number;
  readonly offset: number;
}

/** Looks at one DIE after another, wherever they are in the UnitSpace. Values are those of the DIE at hand. */
export class DieCursor {
  readonly reader: DieReader;
  private readonly space: UnitSpace;
  private readonly facts = new Map<number, UnitFacts>();
  private shape = 0;
  private at = 0;

  constructor(info: DebugInfo, space: UnitSpace) {
    this.reader = new DieReader(info, new Shapes());
    this.space = space;
  }

  /** The unit of the DIE at hand. */
  get unit(): UnitFacts {
    return this.facts.get(this.reader.unit!.index)!;
  }

  /** Offset from the start of its section. */
  sectionOffset(offset: number): number {
    const unit = this.space.unitAt(offset)!;
    return offset - this.space.startOf(unit) + unit.start;
  }

  /** Goes to the DIE at `offset`; false where none is. */
  goTo(offset: number): boolean {
    const { reader, space } = this;
    const unit = space.unitAt(offset);
    if (unit === undefined) return false;
    if (reader.unit !== unit) this.enter(unit);
    reader.pos = reader.unitStart + offset - space.startOf(unit);
    this.shape = reader.abbreviation();
    if (this.shape === 0) return false;
    this.at = reader.attributes(this.shape);
    return true;
  }

  private enter(unit: Unit): void {
    const { reader } = this;
    reader.enter(unit);
    this.shape = reader.abbreviation();
    this.at = reader.attributes(this.shape);
    reader.useBases(this.shape, this.at);
    this.facts.set(unit.index, {
      unit,
      name: this.text(Slot.name) ?? '',
      stmtList: this.has(Slot.stmtList) ? this.number(Slot.stmtList) : undefined,
    });
  }

  get tag(): number {
    return this.reader.shapes.tag[this.shape]!;
  }

  has(slot: number): boolean {
    return this.reader.has(this.shape, slot);
  }

  flag(slot: number): boolean {
    return this.reader.flag(this.shape, this.at, slot);
  }

  number(slot: number): number {
    return this.reader.unsigned(this.shape, this.at, slot);
  }

  text(slot: number): string | undefined {
    const text = this.reader.string(this.shape, this.at, slot);
    return text && readCString(text.bytes, text.at);
  }

  address(slot: number): { lo: number; hi: number } {
    return this.reader.addressOf(this.shape, this.at, slot);
  }

  /** Is it a number (not a block, or what another DIE says)? */
  isConstant(slot: number): boolean {
    return this.reader.isConstant(this.shape, slot);
  }

  /** Where a reference leads; -1 where the DIE has none. */
  target(slot: number): number {
    return this.has(slot) ? this.space.target(this.reader, this.shape, this.at, slot) : -1;
  }

  /** Its children. Another DIE may be gone to afterwards, no value may be read before. */
  children(): Child[] {
    const { reader, space } = this;
    const found: Child[] = [];
    if (reader.shapes.hasChildren[this.shape] === 0) return found;
    const start = space.startOf(reader.unit!);
    for (;;) {
      const { pos } = reader;
      const shape = reader.abbreviation();
      if (shape === 0) return found;
      found.push({ tag: reader.shapes.tag[shape]!, offset: start + reader.offsetOf(pos) });
      reader.skipTree(shape);
    }
  }
}
