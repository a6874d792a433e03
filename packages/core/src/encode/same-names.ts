import { Kind } from '../btf/index.js';
import type { UnitTypes } from './unit-types.js';
import { grown } from './unit-types.js';

const NONE: ReadonlyMap<number, number> = new Map();

/**
 * Finds structs, unions and enums of one unit that have the same name: in C these are different types, declared in
 * different scopes. The first of a name keeps it, each further one gets a number that tells it apart.
 */
export class SameNames {
  /** Stamp of the last unit that defined the name, by name: one column for each of struct, union, enum. */
  private stamps = [new Int32Array(1 << 14), new Int32Array(1 << 14), new Int32Array(1 << 14)];
  private stamp = 0;

  /** Rows from `first` up to `end` that need telling apart, with their number from 1 on. */
  find(types: UnitTypes, first: number, end: number): ReadonlyMap<number, number> {
    const { kind, name, declaration } = types;
    this.stamp++;
    let found: Map<number, number> | undefined;
    for (let row = first; row < end; row++) {
      const column = columnOf(kind[row]!);
      if (column < 0 || name[row] === 0 || declaration[row] === 1) continue;
      if (this.isFirst(column, name[row]!)) continue;
      found ??= new Map();
      found.set(row, found.size + 1);
    }
    return found ?? NONE;
  }

  private isFirst(column: number, name: number): boolean {
    let stamps = this.stamps[column]!;
    if (name >= stamps.length) {
      stamps = grown(stamps, Math.max(name + 1, stamps.length * 2));
      this.stamps[column] = stamps;
    }
    const isFirst = stamps[name] !== this.stamp;
    stamps[name] = this.stamp;
    return isFirst;
  }
}

function columnOf(kind: number): number {
  switch (kind) {
    case Kind.STRUCT:
      return 0;
    case Kind.UNION:
      return 1;
    case Kind.ENUM:
    case Kind.ENUM64:
      return 2;
    default:
      return -1;
  }
}
