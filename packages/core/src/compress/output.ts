import { FormatError } from '../bytes/index.js';

/** Output that a decompressor may make unless its caller says otherwise. */
export const DEFAULT_LIMIT = 2 ** 31 - 1;

/** Bytes of output for one of input: what deflate cannot exceed, and no real file comes near with xz or zstd. */
const MAX_RATIO = 1032;
/** Output that a small input may make whatever its ratio. */
const SMALL = 64 * 1024 * 1024;

/**
 * Decompressed bytes in one piece, which is also the window that matches are copied from. It grows as output
 * comes, by doubling, and never from a size that the input claims.
 */
export class Output {
  /** Written so far: bytes [0, length). */
  bytes: Uint8Array<ArrayBuffer>;
  length = 0;
  readonly #limit: number;

  /**
   * `limit` is the most output to accept; with the true size as limit no memory is wasted. Less is accepted of a short
   * input, since only a bomb makes gigabytes of kilobytes.
   */
  constructor(limit = DEFAULT_LIMIT, inputLength: number) {
    this.#limit = Math.min(limit, Math.max(SMALL, MAX_RATIO * inputLength));
    this.bytes = new Uint8Array(Math.min(this.#limit, Math.max(1 << 16, 4 * inputLength)));
  }

  /** Makes room for `count` more bytes. FormatError when they would exceed the limit. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    if (needed > this.#limit) {
      throw new FormatError(`decompresses to more than ${this.#limit} bytes`);
    }
    const grown = new Uint8Array(Math.min(this.#limit, Math.max(needed, 2 * this.bytes.length)));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  append(chunk: Uint8Array): void {
    this.reserve(chunk.length);
    this.bytes.set(chunk, this.length);
    this.length += chunk.length;
  }

  /** Appends bytes [from, from + count) of `source`, which are there. For short pieces. */
  appendFrom(source: Uint8Array, from: number, count: number): void {
    if (count > 64) {
      this.append(source.subarray(from, from + count));
      return;
    }
    this.reserve(count);
    const { bytes } = this;
    const to = this.length;
    for (let i = 0; i < count; i++) bytes[to + i] = source[from + i];
    this.length = to + count;
  }

  appendRepeated(byte: number, count: number): void {
    this.reserve(count);
    this.bytes.fill(byte, this.length, this.length + count);
    this.length += count;
  }

  /** Appends `count` bytes from `distance` back; the two may overlap. The caller checked `distance`. */
  copyBack(distance: number, count: number): void {
    this.reserve(count);
    const { bytes } = this;
    let to = this.length;
    let from = to - distance;
    this.length = to + count;
    if (distance >= count && count > 64) {
      bytes.copyWithin(to, from, from + count);
      return;
    }
    for (const end = this.length; to < end; ) bytes[to++] = bytes[from++];
  }

  /** The output, without holding much memory beyond it. */
  finish(): Uint8Array {
    const result = this.bytes.subarray(0, this.length);
    return this.length < this.bytes.length * 0.75 ? result.slice() : result;
  }
}
