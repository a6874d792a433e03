/** A type section that grows record by record. */
export class RecordWriter {
  /** Types so far. */
  count = 0;
  private words: Uint32Array;
  private length = 0;

  constructor(expected: number) {
    this.words = new Uint32Array(expected + 64);
  }

  /** The next record begins here. */
  get at(): number {
    return this.length;
  }

  add(record: ArrayLike<number>): void {
    if (this.length + record.length > this.words.length) {
      const grown = new Uint32Array(2 * (this.length + record.length));
      grown.set(this.words);
      this.words = grown;
    }
    this.words.set(record, this.length);
    this.length += record.length;
    this.count++;
  }

  /** Not to be added to any more. */
  take(): Uint32Array {
    return this.words.subarray(0, this.length);
  }
}
