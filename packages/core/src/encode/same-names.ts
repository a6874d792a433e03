import { Kind } from '../btf/index.js';
import type { UnitTypes } from './unit-types.js';

const NONE: ReadonlyMap<number, number> = new Map();

/** How far the columns of UnitTypes are filled. */
interface Extent {
  readonly types: number;
  readonly definitions: number;
}

/**
 * Finds structs, unions and enums of one unit, or of units that refer to each other, that have the same name: these are
 * different types, declared in different scopes or units. The first definition of a name keeps it, each further one gets a
 * number that tells it apart, and so does each declaration: which definition it means is for deduplication to find out.
 */
export class SameNames {
  /** Open-addressed table of the names of the unit whose stamp they carry, with how many definitions they have. */
  private keys = new Int32Array(64);
  private stamps = new Int32Array(64);
  private definitions = new Int32Array(64);
  private stamp = 0;
  private count = 0;

  /** Rows from `from` up to `to` that need telling apart, with a number other than 0. */
  find(types: UnitTypes, from: Extent, to: Extent): ReadonlyMap<number, number> {
    const { definitions, declaration } = types;
    this.stamp++;
    this.count = 0;
    let found: Map<number, number> | undefined;
    for (let i = from.definitions; i < to.definitions; i++) {
      const row = definitions[i]!;
      const number = this.add(keyOf(types, row));
      if (number === 0) continue;
      found ??= new Map();
      found.set(row, number);
    }
    let declarations = 0;
    for (let row = from.types; row < to.types; row++) {
      if (declaration[row] === 0 || this.stamps[this.slotOf(keyOf(types, row))] !== this.stamp) continue;
      found ??= new Map();
      found.set(row, --declarations);
    }
    return found ?? NONE;
  }

  /** Counts a definition; how many there were before it. */
  private add(key: number): number {
    const slot = this.slotOf(key);
    if (this.stamps[slot] === this.stamp) return this.definitions[slot]!++;
    this.keys[slot] = key;
    this.stamps[slot] = this.stamp;
    this.definitions[slot] = 1;
    if (++this.count * 2 > this.keys.length) this.grow();
    return 0;
  }

  /** The slot that has `key`, or a free one. */
  private slotOf(key: number): number {
    const mask = this.keys.length - 1;
    let slot = (Math.imul(key, 0x9e3779b1) >>> 12) & mask;
    while (this.stamps[slot] === this.stamp && this.keys[slot] !== key) slot = (slot + 1) & mask;
    return slot;
  }

  private grow(): void {
    const { keys, stamps, definitions, stamp } = this;
    this.keys = new Int32Array(keys.length * 2);
    this.stamps = new Int32Array(keys.length * 2);
    this.definitions = new Int32Array(keys.length * 2);
    for (let i = 0; i < keys.length; i++) {
      if (stamps[i] !== stamp) continue;
      const slot = this.slotOf(keys[i]!);
      this.keys[slot] = keys[i]!;
      this.stamps[slot] = stamp;
      this.definitions[slot] = definitions[i]!;
    }
  }
}

/** Struct, union and enum of one name are three types in BTF. */
function keyOf({ kind, name }: UnitTypes, row: number): number {
  const column = kind[row] === Kind.STRUCT ? 0 : kind[row] === Kind.UNION ? 1 : 2;
  return name[row]! * 3 + column;
}
