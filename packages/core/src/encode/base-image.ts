import { type ByteSource, FormatError } from '../bytes/index.js';

/** A column of numbers, as tables are made of them. */
export type Column = Uint8Array | Int32Array;

/** Collects what an object is made of: numbers and columns, in an order that its reader knows. */
export class ImageWriter {
  private readonly numbers: number[] = [];
  private readonly columns: Column[] = [];

  number(value: number): void {
    this.numbers.push(value);
  }

  column(column: Column): void {
    this.columns.push(column);
  }

  /**
   * The image, in pieces: a header of words (MAGIC, numbers of numbers and of columns, the numbers, the columns' lengths in
   * bytes), and the columns. All in the byte order of this machine. The pieces share the memory of what was written.
   */
  pieces(): Uint8Array[] {
    const { numbers, columns } = this;
    const lengths = columns.map(column => column.byteLength);
    const header = Int32Array.of(MAGIC, numbers.length, columns.length, ...numbers, ...lengths);
    return [header, ...columns].map(bytesOf);
  }
}

/** Reads an image of the same machine again, with columns that have room to grow. */
export class ImageReader {
  private readonly source: ByteSource;
  private readonly numbers: Int32Array;
  private readonly lengths: Int32Array;
  private nextNumber = 0;
  private nextColumn = 0;
  private at: number;

  /** FormatError for what is no image, or none of this machine. What is in it is taken as it is. */
  constructor(source: ByteSource) {
    this.source = source;
    const [magic, numbers, columns] = this.words(0, 3);
    if (magic !== MAGIC || !(numbers! >= 0 && columns! >= 0)) this.fail('no image of a base');
    this.numbers = this.words(12, numbers!);
    this.lengths = this.words(12 + 4 * numbers!, columns!);
    this.at = 12 + 4 * (numbers! + columns!);
    const end = this.lengths.reduce((sum, length) => sum + (length >= 0 ? length : Number.NaN), this.at);
    if (end !== source.size) this.fail(`an image of ${end} bytes in a file of ${source.size}`);
  }

  number(): number {
    return this.numbers[this.nextNumber++]!;
  }

  /** The next column, with zeros for `room` more values behind it. */
  bytes(room = 0): Uint8Array<ArrayBuffer> {
    const length = this.lengths[this.nextColumn]!;
    const column = new Uint8Array(length + room);
    this.fill(column.subarray(0, length));
    return column;
  }

  /** As `bytes`, for a column of words. */
  ints(room = 0): Int32Array<ArrayBuffer> {
    const length = this.lengths[this.nextColumn]! >>> 2;
    const column = new Int32Array(length + room);
    this.fill(bytesOf(column.subarray(0, length)));
    return column;
  }

  private fill(target: Uint8Array): void {
    this.source.readInto(this.at, target);
    this.at += this.lengths[this.nextColumn++]!;
  }

  private words(at: number, count: number): Int32Array {
    // Asked for first, so that no count is believed for which there are no bytes.
    return new Int32Array(new Uint8Array(this.source.read(at, 4 * count)).buffer);
  }

  private fail(problem: string): never {
    throw new FormatError(problem, { file: this.source.name });
  }
}

/** "BTF1" here, something else where words are stored the other way round. */
const MAGIC = 0x42544631;

function bytesOf({ buffer, byteOffset, byteLength }: Column): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
