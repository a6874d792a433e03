import type { ImageReader, ImageWriter } from './base-image.js';

/**
 * Strings interned by content: a name is a small number, equal for equal bytes. 0 is the empty name.
 * Numbers are given in order of first appearance, so they depend on the input alone.
 */
export class Names {
  /** NUL-terminated strings, one behind the other. */
  pool = new Uint8Array(64);
  /** Where name i begins in `pool`; `start[count]` is the end. */
  start = new Int32Array(16);
  count = 1;
  private hashes = new Int32Array(16);
  private buckets = new Int32Array(64);

  constructor() {
    this.start[1] = 1;
  }

  write(image: ImageWriter): void {
    const { count } = this;
    image.number(count);
    image.column(this.pool.subarray(0, this.start[count]));
    image.column(this.start.subarray(0, count + 1));
    image.column(this.hashes.subarray(0, count));
    image.column(this.buckets);
  }

  /** What was written, with room for as many names as a module has. */
  static read(image: ImageReader): Names {
    const names = new Names();
    names.count = image.number();
    const room = names.count >> 2;
    names.pool = image.bytes(room << 4);
    names.start = image.ints(room);
    names.hashes = image.ints(room + 1);
    names.buckets = image.ints();
    return names;
  }

  /** The name of the bytes from `at` up to the next NUL (or the end of `bytes`). */
  intern(bytes: Uint8Array, at: number): number {
    let hash = 0;
    let end = at;
    for (let byte = bytes[end]; byte; byte = bytes[++end]) hash = Math.imul(hash ^ byte, 0x01000193);
    if (end === at) return 0;
    hash ^= hash >>> 15;
    const mask = this.buckets.length - 1;
    let bucket = hash & mask;
    for (let name = this.buckets[bucket]!; name !== 0; name = this.buckets[bucket]!) {
      if (this.hashes[name] === hash && this.isRange(name, bytes, at, end)) return name;
      bucket = (bucket + 1) & mask;
    }
    return this.add(bytes, at, end, hash, bucket);
  }

  internText(text: string): number {
    return this.intern(new TextEncoder().encode(text), 0);
  }

  text(name: number): string {
    return new TextDecoder().decode(this.pool.subarray(this.start[name], this.start[name + 1]! - 1));
  }

  /** Forgets all names from number `count` on. */
  rollback(count: number): void {
    const mask = this.buckets.length - 1;
    // Newest first: taking the last one out of a linear probe breaks no chain.
    while (this.count > count) {
      const name = --this.count;
      let bucket = this.hashes[name]! & mask;
      while (this.buckets[bucket] !== name) bucket = (bucket + 1) & mask;
      this.buckets[bucket] = 0;
    }
  }

  /** Is `name` the bytes from `at` up to the next NUL? */
  equals(name: number, bytes: Uint8Array, at: number): boolean {
    const { pool } = this;
    let from = this.start[name];
    for (; pool[from] !== 0; from++, at++) if (pool[from] !== bytes[at]) return false;
    return !bytes[at];
  }

  private isRange(name: number, bytes: Uint8Array, at: number, end: number): boolean {
    const { pool } = this;
    let from = this.start[name]!;
    if (this.start[name + 1]! - from !== end - at + 1) return false;
    while (at < end) if (pool[from++] !== bytes[at++]) return false;
    return true;
  }

  private add(bytes: Uint8Array, at: number, end: number, hash: number, bucket: number): number {
    const name = this.count++;
    const from = this.start[name]!;
    const to = from + (end - at) + 1;
    if (to > this.pool.length) {
      const pool = new Uint8Array(Math.max(to, this.pool.length * 2));
      pool.set(this.pool);
      this.pool = pool;
    }
    for (let i = from; at < end; i++) this.pool[i] = bytes[at++]!;
    this.pool[to - 1] = 0;
    if (name + 1 >= this.start.length) {
      const start = new Int32Array(this.start.length * 2);
      start.set(this.start);
      this.start = start;
      const hashes = new Int32Array(start.length);
      hashes.set(this.hashes);
      this.hashes = hashes;
    }
    this.start[name + 1] = to;
    this.hashes[name] = hash;
    this.buckets[bucket] = name;
    if (this.count * 2 > this.buckets.length) this.rehash();
    return name;
  }

  private rehash(): void {
    const mask = this.buckets.length * 2 - 1;
    this.buckets = new Int32Array(mask + 1);
    for (let name = 1; name < this.count; name++) {
      let bucket = this.hashes[name]! & mask;
      while (this.buckets[bucket] !== 0) bucket = (bucket + 1) & mask;
      this.buckets[bucket] = name;
    }
  }
}
