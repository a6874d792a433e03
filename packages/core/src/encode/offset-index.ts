/** Finds the row of a type by the offset of its DIE. */
export interface OffsetIndex {
  /** Begins a unit; forgets all rows. */
  reset(): void;
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

/** For a group of units, whose offsets may be anywhere in 4 GiB. */
export class HashIndex implements OffsetIndex {
  private offsets = new Uint32Array(1 << 16);
  private rows = new Int32Array(1 << 16);
  private used = 0;

  reset(): void {
    this.offsets = new Uint32Array(1 << 16);
    this.rows = new Int32Array(1 << 16);
    this.used = 0;
  }

  set(offset: number, row: number): void {
    if (this.used * 2 >= this.rows.length) this.rehash();
    const slot = this.slotOf(offset);
    if (this.rows[slot] === 0) this.used++;
    this.offsets[slot] = offset;
    this.rows[slot] = row + 1;
  }

  get(offset: number): number {
    return this.rows[this.slotOf(offset)]! - 1;
  }

  private slotOf(offset: number): number {
    const mask = this.rows.length - 1;
    const wanted = offset >>> 0;
    let slot = (Math.imul(offset, 0x9e3779b1) >>> 7) & mask;
    while (this.rows[slot] !== 0 && this.offsets[slot] !== wanted) slot = (slot + 1) & mask;
    return slot;
  }

  private rehash(): void {
    const { offsets, rows } = this;
    this.offsets = new Uint32Array(offsets.length * 2);
    this.rows = new Int32Array(rows.length * 2);
    for (let i = 0; i < rows.length; i++) {
      if (rows[i] === 0) continue;
      const slot = this.slotOf(offsets[i]!);
      this.offsets[slot] = offsets[i]!;
      this.rows[slot] = rows[i]!;
    }
  }
}
