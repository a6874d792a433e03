import { FormatError } from '../bytes/index.js';
import { type DebugInfo, type DieReader, type Unit, UnitType } from '../dwarf/index.js';

/** Thrown when units that were read alone turn out to refer to each other. */
export class CrossesUnits extends Error {}

/**
 * References between units (DW_FORM_ref_addr: LTO, dwz's partial units; DW_FORM_ref_sig8: type units). Offsets of
 * all sections with units are laid end to end, so that one number says where a DIE is.
 */
export class ForeignReferences {
  /** By section. */
  private readonly bases: number[] = [];
  /** Offset of the type DIE by the signature of its type unit. */
  private readonly signatures = new Map<string, number>();

  constructor(info: DebugInfo, units: readonly Unit[]) {
    let base = 0;
    for (const section of info.sections) {
      this.bases.push(base);
      base += section.size;
    }
    if (base > 0x7fffffff) {
      throw new FormatError('units that refer to each other, in more than 2 GiB of DWARF', {
        file: info.file,
      });
    }
    for (const unit of units) {
      if (unit.signature !== undefined && unit.type === UnitType.type) {
        this.signatures.set(unit.signature, this.offsetBase(unit) + unit.typeOffset);
      }
    }
  }

  /** Where the unit's header is. */
  offsetBase(unit: Unit): number {
    return this.bases[unit.sectionIndex]! + unit.start;
  }

  /** Where a reference attribute leads. FormatError for a type unit that the file does not have. */
  resolve(reader: DieReader, shape: number, at: number, slot: number): number {
    const target = reader.target(shape, at, slot);
    if ('offset' in target) return this.bases[target.sectionIndex]! + target.offset;
    const offset = this.signatures.get(target.signature);
    if (offset === undefined) throw reader.error(at, `no type unit with signature ${target.signature}`);
    return offset;
  }
}
