import { grown } from './unit-types.js';

/** Finds the row of a type by the offset of its DIE. */
export interface OffsetIndex {
  set(offset: number, row: number): void;
  /** -1 for an offset at which no type DIE begins. */
  get(offset: number): number;
}

/** For one unit at a time: a table by offset. Rows of earlier units are told by their lower numbers, not erased. */
export class DirectIndex implements OffsetIndex {
  private table: Int32Array;
  private epoch = 1;
  private rows = 0;

  /** `size`: of the largest unit. */
  constructor(size: number) {
    this.table = new Int32Array(size);
  }

  /** Begins a unit; forgets all rows. */
  reset(): void {
    this.epoch += this.rows;
    this.rows = 0;
    if (this.epoch > 1 << 30) {
      this.table.fill(0);
      this.epoch = 1;
    }
  }

  set(offset: number, row: number): void {
    this.table[offset] = this.epoch + row;
    this.rows = row + 1;
  }

  get(offset: number): number {
    const value = this.table[offset];
    return value === undefined || value < this.epoch ? -1 : value - this.epoch;
  }
}

/**
 * For many units together: a bit for each byte of their DWARF, and the rows in the order of their offsets. Rows that refer to
 * each other are near each other in it, as they are in the DWARF.
 */
export class OrderedIndex implements OffsetIndex {
  private readonly bits: Int32Array;
  /** Bits that are set below each word of `bits`. */
  private ranks: Int32Array;
  private rows = new Int32Array(0);
  /** By row, as long as rows are added. */
  private offsets = new Int32Array(1 << 10);
  private count = 0;

  /** `size`: offsets are below it. */
  constructor(size: number) {
    this.bits = new Int32Array((size >>> 5) + 1);
    this.ranks = new Int32Array(0);
  }

  /** Rows come in ascending order. */
  set(offset: number, row: number): void {
    if (row >= this.offsets.length)
      this.offsets = grown(this.offsets, Math.max(row + 1, 2 * this.offsets.length));
    // Rows that have no offset of their own follow the one whose they share.
    while (this.count < row) this.offsets[this.count++] = -1;
    this.offsets[this.count++] = offset;
    this.bits[offset >>> 5]! |= 1 << (offset & 31);
  }

  /** Ends the adding of rows, before the first is asked for. */
  complete(): void {
    const { bits, offsets } = this;
    this.ranks = new Int32Array(bits.length);
    let rank = 0;
    for (let i = 0; i < bits.length; i++) {
      this.ranks[i] = rank;
      rank += bitCount(bits[i]!);
    }
    this.rows = new Int32Array(rank);
    for (let row = 0; row < this.count; row++) {
      if (offsets[row]! >= 0) this.rows[this.rankOf(offsets[row]!)] = row;
    }
    this.offsets = new Int32Array(0);
  }

  get(offset: number): number {
    const word = this.bits[offset >>> 5];
    return word === undefined || ((word >>> (offset & 31)) & 1) === 0 ? -1 : this.rows[this.rankOf(offset)]!;
  }

  private rankOf(offset: number): number {
    const below = this.bits[offset >>> 5]! & ((1 << (offset & 31)) - 1);
    return this.ranks[offset >>> 5]! + bitCount(below);
  }
}

function bitCount(word: number): number {
  word -= (word >>> 1) & 0x55555555;
  word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
  return Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
