import { FormatError } from '../bytes/index.js';
import type { DebugInfo, DieReader, Unit } from '../dwarf/index.js';
import { UnitSpace } from './unit-space.js';

/** Thrown when units that were read alone turn out to refer to each other. */
export class CrossesUnits extends Error {}

/** References between units that are read together, as offsets that fit the columns of types. */
export class ForeignReferences {
  private readonly space: UnitSpace;
  /** By unit: the last of those that it refers to, or that refer to it. */
  private readonly reach: Int32Array;
  /** Where the last reference to another unit led. */
  private last: Unit | undefined;
  /** By unit, once it was asked for. */
  private groups: Int32Array | undefined;

  constructor(info: DebugInfo, units: readonly Unit[]) {
    this.space = new UnitSpace(info, units);
    this.reach = new Int32Array(units.length);
    if (this.space.size > 0x7fffffff) {
      throw new FormatError('units that refer to each other, in more than 2 GiB of DWARF', {
        file: info.file,
      });
    }
  }

  /** What `resolve` gives is below it. */
  get size(): number {
    return this.space.size;
  }

  /** Where the unit's header is. */
  offsetBase(unit: Unit): number {
    return this.space.startOf(unit);
  }

  /** Where a reference attribute leads. FormatError for a type unit that the file does not have. */
  resolve(reader: DieReader, shape: number, at: number, slot: number): number {
    const offset = this.space.target(reader, shape, at, slot);
    if (!this.space.contains(reader.unit!, offset)) this.note(reader.unit!, offset);
    return offset;
  }

  private note(from: Unit, offset: number): void {
    if (this.last === undefined || !this.space.contains(this.last, offset))
      this.last = this.space.unitAt(offset);
    if (this.last === undefined) return;
    const low = Math.min(from.index, this.last.index);
    this.reach[low] = Math.max(this.reach[low]!, from.index, this.last.index);
  }

  /**
   * The group of a unit, once all were read: units that refer to each other, and those that stand between them, have the
   * index of the first of these.
   */
  groupOf(unit: Unit): number {
    if (this.groups === undefined) {
      this.groups = new Int32Array(this.reach.length);
      let group = 0;
      let end = -1;
      for (let i = 0; i < this.reach.length; i++) {
        if (i > end) group = i;
        end = Math.max(end, i, this.reach[i]!);
        this.groups[i] = group;
      }
    }
    return this.groups[unit.index]!;
  }
}
