import type { Names } from './names.js';
import { forEachString } from './symbols.js';
import { grown } from './unit-types.js';

/** Function flags. */
export const Fn = { external: 1, variadic: 2, inconsistent: 4, unnamed: 8 } as const;

/** A declaration tag of a function (component -1) or of one of its parameters. */
export interface FunctionTag {
  readonly component: number;
  readonly name: number;
}

/** Functions and their parameters in columns; types are references (of a unit) or nodes (of the whole). */
export interface FunctionRows {
  readonly count: number;
  readonly name: Int32Array;
  readonly result: Int32Array;
  /** Row of the first parameter; one more than there are functions. */
  readonly first: Int32Array;
  readonly flags: Uint8Array;
  readonly unit: Int32Array;
  readonly parameterName: Int32Array;
  readonly parameterType: Int32Array;
  /** By row; rare. */
  readonly tags: ReadonlyMap<number, readonly FunctionTag[]>;
}

class FunctionColumns {
  count = 0;
  name = new Int32Array(16);
  result = new Int32Array(16);
  first = new Int32Array(16);
  flags = new Uint8Array(16);
  unit = new Int32Array(16);
  parameters = 0;
  parameterName = new Int32Array(16);
  parameterType = new Int32Array(16);
  readonly tags = new Map<number, readonly FunctionTag[]>();

  reset(): void {
    this.count = 0;
    this.parameters = 0;
    this.tags.clear();
  }

  add(name: number, result: number, flags: number, unit: number): number {
    const row = this.count++;
    // One more: `first` of the next row is the end of this one's parameters.
    if (row + 1 === this.name.length) {
      const capacity = this.name.length * 2;
      this.name = grown(this.name, capacity);
      this.result = grown(this.result, capacity);
      this.first = grown(this.first, capacity);
      this.flags = grown(this.flags, capacity);
      this.unit = grown(this.unit, capacity);
    }
    this.name[row] = name;
    this.result[row] = result;
    this.first[row] = this.parameters;
    this.first[row + 1] = this.parameters;
    this.flags[row] = flags;
    this.unit[row] = unit;
    return row;
  }

  rows(): FunctionRows {
    const { count, name, result, first, flags, unit, parameterName, parameterType, tags } = this;
    return { count, name, result, first, flags, unit, parameterName, parameterType, tags };
  }

  addParameter(name: number, type: number): void {
    const row = this.parameters++;
    if (row === this.parameterName.length) {
      this.parameterName = grown(this.parameterName, row * 2);
      this.parameterType = grown(this.parameterType, row * 2);
    }
    this.parameterName[row] = name;
    this.parameterType[row] = type;
    this.first[this.count] = this.parameters;
  }
}

/**
 * Functions that have a symbol: first as one unit has them, then one record a name for all units. A function
 * whose types differ between two units is marked as inconsistent.
 */
export class Functions {
  /** Of the unit at hand: types are references. */
  readonly ofUnit = new FunctionColumns();
  /** Of all units so far: types are nodes. */
  readonly all = new FunctionColumns();
  /** Row of `all` + 1, by name. */
  private rowOf = new Int32Array(0);
  private wanted = new Uint8Array(0);

  /** Sets which functions are kept: those with these names, each ended by a NUL byte. */
  want(wanted: Uint8Array, names: Names): void {
    const numbers: number[] = [];
    forEachString(wanted, at => numbers.push(names.intern(wanted, at)));
    this.wanted = new Uint8Array(names.count);
    this.rowOf = new Int32Array(names.count);
    for (const name of numbers) this.wanted[name] = 1;
    this.all.reset();
    this.ofUnit.reset();
  }

  isWanted(name: number): boolean {
    return name < this.wanted.length && this.wanted[name] !== 0;
  }

  begin(name: number, result: number, external: boolean): void {
    this.ofUnit.add(name, result, external ? Fn.external : 0, 0);
  }

  parameter(name: number, type: number): void {
    if (name === 0) this.ofUnit.flags[this.ofUnit.count - 1]! |= Fn.unnamed;
    this.ofUnit.addParameter(name, type);
  }

  variadic(): void {
    this.ofUnit.flags[this.ofUnit.count - 1]! |= Fn.variadic;
  }

  tag(names: readonly number[]): void {
    this.addTags(-1, names);
  }

  tagParameter(names: readonly number[]): void {
    const row = this.ofUnit.count - 1;
    this.addTags(this.ofUnit.parameters - this.ofUnit.first[row]! - 1, names);
  }

  private addTags(component: number, names: readonly number[]): void {
    if (names.length === 0) return;
    const row = this.ofUnit.count - 1;
    const tags = this.ofUnit.tags.get(row) ?? [];
    this.ofUnit.tags.set(row, [...tags, ...names.map(name => ({ component, name }))]);
  }

  /** Takes over the rows of a unit, their references turned into nodes. */
  settle(unit: number, from: number, to: number, nodeOf: (reference: number) => number): void {
    const { ofUnit } = this;
    for (let row = from; row < to; row++) {
      // A parameter without a name: a declaration in all but attribute.
      if (ofUnit.flags[row]! & Fn.unnamed) continue;
      const known = this.rowOf[ofUnit.name[row]!]! - 1;
      if (known < 0) this.keep(unit, row, nodeOf);
      else if (ofUnit.flags[row]! & Fn.inconsistent || !this.agrees(known, row, nodeOf))
        this.all.flags[known]! |= Fn.inconsistent;
    }
  }

  /** Takes over the functions of another thread, which read later units. */
  absorb(other: FunctionRows, nodeOf: (node: number) => number, nameOf: (name: number) => number): void {
    const { ofUnit } = this;
    ofUnit.reset();
    for (let row = 0; row < other.count; row++) {
      ofUnit.add(nameOf(other.name[row]!), other.result[row]!, other.flags[row]!, 0);
      for (let i = other.first[row]!; i < other.first[row + 1]!; i++) {
        ofUnit.addParameter(nameOf(other.parameterName[i]!), other.parameterType[i]!);
      }
      const tags = other.tags.get(row);
      if (tags !== undefined)
        ofUnit.tags.set(
          row,
          tags.map(tag => ({ ...tag, name: nameOf(tag.name) })),
        );
      this.settle(other.unit[row]!, row, row + 1, nodeOf);
    }
  }

  private keep(unit: number, row: number, nodeOf: (reference: number) => number): void {
    const { ofUnit, all } = this;
    const kept = all.add(ofUnit.name[row]!, nodeOf(ofUnit.result[row]!), ofUnit.flags[row]!, unit);
    for (let i = ofUnit.first[row]!; i < ofUnit.first[row + 1]!; i++) {
      all.addParameter(ofUnit.parameterName[i]!, nodeOf(ofUnit.parameterType[i]!));
    }
    const tags = ofUnit.tags.get(row);
    if (tags !== undefined) all.tags.set(kept, tags);
    this.rowOf[ofUnit.name[row]!] = kept + 1;
  }

  private agrees(known: number, row: number, nodeOf: (reference: number) => number): boolean {
    const { ofUnit, all } = this;
    const first = all.first[known]!;
    const from = ofUnit.first[row]!;
    const count = all.first[known + 1]! - first;
    if (count !== ofUnit.first[row + 1]! - from) return false;
    if (((all.flags[known]! ^ ofUnit.flags[row]!) & Fn.variadic) !== 0) return false;
    if (all.result[known] !== nodeOf(ofUnit.result[row]!)) return false;
    for (let i = 0; i < count; i++) {
      if (all.parameterType[first + i] !== nodeOf(ofUnit.parameterType[from + i]!)) return false;
    }
    return true;
  }
}
