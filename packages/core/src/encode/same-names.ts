import { Kind } from '../btf/index.js';
import type { UnitTypes } from './unit-types.js';

const NONE: ReadonlyMap<number, number> = new Map();

/**
 * Finds structs, unions and enums of one unit that have the same name: in C these are different types, declared in
 * different scopes. The first of a name keeps it, each further one gets a number that tells it apart.
 */
export class SameNames {
  /** Open-addressed set of the names of the unit whose stamp they carry. */
  private keys = new Int32Array(64);
  private stamps = new Int32Array(64);
  private stamp = 0;
  private count = 0;

  /** Rows that need telling apart, with their number from 1 on, among the definitions from `first` up to `end`. */
  find(types: UnitTypes, first: number, end: number): ReadonlyMap<number, number> {
    const { kind, name, definitions } = types;
    this.stamp++;
    this.count = 0;
    let found: Map<number, number> | undefined;
    for (let i = first; i < end; i++) {
      const row = definitions[i]!;
      if (this.isFirst(name[row]! * 3 + columnOf(kind[row]!))) continue;
      found ??= new Map();
      found.set(row, found.size + 1);
    }
    return found ?? NONE;
  }

  private isFirst(key: number): boolean {
    const mask = this.keys.length - 1;
    let slot = (Math.imul(key, 0x9e3779b1) >>> 12) & mask;
    while (this.stamps[slot] === this.stamp) {
      if (this.keys[slot] === key) return false;
      slot = (slot + 1) & mask;
    }
    this.keys[slot] = key;
    this.stamps[slot] = this.stamp;
    if (++this.count * 2 > this.keys.length) this.grow();
    return true;
  }

  private grow(): void {
    const { keys, stamps, stamp } = this;
    this.keys = new Int32Array(keys.length * 2);
    this.stamps = new Int32Array(keys.length * 2);
    this.count = 0;
    for (let i = 0; i < keys.length; i++) if (stamps[i] === stamp) this.isFirst(keys[i]!);
  }
}

/** Struct, union and enum of one name are three types in BTF. */
function columnOf(kind: number): number {
  return kind === Kind.STRUCT ? 0 : kind === Kind.UNION ? 1 : 2;
}
