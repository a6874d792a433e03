import { FormatError } from '../bytes/index.js';
import type { DebugInfo, DieReader, Unit } from '../dwarf/index.js';
import { UnitSpace } from './unit-space.js';

/** Thrown when units that were read alone turn out to refer to each other. */
export class CrossesUnits extends Error {}

/** References between units that are read together, as offsets that fit the columns of types. */
export class ForeignReferences {
  private readonly space: UnitSpace;

  constructor(info: DebugInfo, units: readonly Unit[]) {
    this.space = new UnitSpace(info, units);
    if (this.space.size > 0x7fffffff) {
      throw new FormatError('units that refer to each other, in more than 2 GiB of DWARF', {
        file: info.file,
      });
    }
  }

  /** Where the unit's header is. */
  offsetBase(unit: Unit): number {
    return this.space.startOf(unit);
  }

  /** Where a reference attribute leads. FormatError for a type unit that the file does not have. */
  resolve(reader: DieReader, shape: number, at: number, slot: number): number {
    return this.space.target(reader, shape, at, slot);
  }
}
