import { type DebugInfo, type DieReader, type Unit, UnitType } from '../dwarf/index.js';

/**
 * The sections with units laid end to end, so that one number says where a DIE is, whatever its unit. DW_FORM_ref_addr
 * (LTO, dwz's partial units) and DW_FORM_ref_sig8 (type units) lead from one unit to another.
 */
export class UnitSpace {
  readonly units: readonly Unit[];
  /** Bytes of all sections together. */
  readonly size: number;
  /** By section. */
  private readonly bases: number[] = [];
  /** Offset of the type DIE by the signature of its type unit. */
  private readonly signatures = new Map<string, number>();

  constructor(info: DebugInfo, units: readonly Unit[]) {
    this.units = units;
    let base = 0;
    for (const section of info.sections) {
      this.bases.push(base);
      base += section.size;
    }
    this.size = base;
    for (const unit of units) {
      if (unit.signature !== undefined && unit.type === UnitType.type) {
        this.signatures.set(unit.signature, this.startOf(unit) + unit.typeOffset);
      }
    }
  }

  /** Where the unit's header is. */
  startOf(unit: Unit): number {
    return this.bases[unit.sectionIndex]! + unit.start;
  }

  /** Where a reference attribute leads that the DIE has. FormatError for a type unit that the file does not have. */
  target(reader: DieReader, shape: number, at: number, slot: number): number {
    const target = reader.target(shape, at, slot);
    if ('offset' in target) return this.bases[target.sectionIndex]! + target.offset;
    const offset = this.signatures.get(target.signature);
    if (offset === undefined) throw reader.error(at, `no type unit with signature ${target.signature}`);
    return offset;
  }

  /** The unit that has `offset`; `undefined` where none is. */
  unitAt(offset: number): Unit | undefined {
    const { units } = this;
    let low = 0;
    let high = units.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.startOf(units[middle]!) <= offset) low = middle + 1;
      else high = middle;
    }
    const unit = units[low - 1];
    return unit !== undefined && this.contains(unit, offset) ? unit : undefined;
  }

  contains(unit: Unit, offset: number): boolean {
    const start = this.startOf(unit);
    return offset >= start && offset - start < unit.end - unit.start;
  }
}
