import { grown } from '../unit-types.js';
import type { FunctionTag } from './unit-functions.js';

/** Functions as FUNCs would have them, in columns: types are nodes. As plain data, threads hand them on. */
export interface FunctionData {
  readonly count: number;
  readonly result: Int32Array;
  /** Row of the first parameter; one more than there are functions. */
  readonly first: Int32Array;
  readonly flags: Uint8Array;
  readonly unit: Int32Array;
  /** See `Functions.wideIn`. */
  readonly wide: Int32Array;
  readonly parameterName: Int32Array;
  readonly parameterType: Int32Array;
  /** By row; rare. */
  readonly tags: ReadonlyMap<number, readonly FunctionTag[]>;
}

/** Flags of a row. */
export const RowFlag = {
  /** Parameters were optimized away, and the name does not say so: it would be called with others than these. */
  optimizedAway: 1,
} as const;

export class FunctionRows implements FunctionData {
  count = 0;
  result = new Int32Array(16);
  first = new Int32Array(16);
  flags = new Uint8Array(16);
  unit = new Int32Array(16);
  wide = new Int32Array(16);
  parameterName = new Int32Array(16);
  parameterType = new Int32Array(16);
  readonly tags = new Map<number, readonly FunctionTag[]>();
  private parameters = 0;

  add(result: number, flags: number, unit: number): number {
    const row = this.count++;
    // One more: `first` of the next row is the end of this one's parameters.
    if (row + 1 === this.result.length) {
      const capacity = this.result.length * 2;
      this.result = grown(this.result, capacity);
      this.first = grown(this.first, capacity);
      this.flags = grown(this.flags, capacity);
      this.unit = grown(this.unit, capacity);
      this.wide = grown(this.wide, capacity);
    }
    this.result[row] = result;
    this.first[row] = this.parameters;
    this.first[row + 1] = this.parameters;
    this.flags[row] = flags;
    this.unit[row] = unit;
    this.wide[row] = 0;
    return row;
  }

  /** A parameter of the newest row; "..." has neither name nor type. */
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

  /** Adds a row of another thread's. */
  copy(
    other: FunctionData,
    row: number,
    nodeOf: (node: number) => number,
    nameOf: (name: number) => number,
  ): number {
    const copy = this.add(nodeOf(other.result[row]!), other.flags[row]!, other.unit[row]!);
    this.wide[copy] = other.wide[row]!;
    for (let i = other.first[row]!; i < other.first[row + 1]!; i++) {
      this.addParameter(nameOf(other.parameterName[i]!), nodeOf(other.parameterType[i]!));
    }
    const tags = other.tags.get(row);
    if (tags !== undefined) {
      this.tags.set(
        copy,
        tags.map(tag => ({ ...tag, name: nameOf(tag.name) })),
      );
    }
    return copy;
  }

  /** Takes the newest row back. */
  removeLast(): void {
    const row = --this.count;
    this.parameters = this.first[row]!;
    this.tags.delete(row);
  }

  /** Are two rows the same down to names and tags? */
  equal(a: number, b: number): boolean {
    if (this.result[a] !== this.result[b] || this.unit[a] !== this.unit[b]) return false;
    if (this.flags[a] !== this.flags[b] || this.wide[a] !== this.wide[b]) return false;
    const shift = this.first[b]! - this.first[a]!;
    if (this.first[b + 1]! - this.first[a + 1]! !== shift) return false;
    for (let i = this.first[a]!; i < this.first[a + 1]!; i++) {
      if (this.parameterName[i] !== this.parameterName[i + shift]) return false;
      if (this.parameterType[i] !== this.parameterType[i + shift]) return false;
    }
    return !this.tags.has(a) && !this.tags.has(b);
  }

  data(): FunctionData {
    const { count, result, first, flags, unit, wide, parameterName, parameterType, tags } = this;
    return { count, result, first, flags, unit, wide, parameterName, parameterType, tags };
  }
}
