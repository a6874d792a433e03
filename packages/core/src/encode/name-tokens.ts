import type { Names } from './names.js';
import { grown } from './unit-types.js';

/**
 * Names as the columns of a unit hold them: an offset into `.debug_str`, or ~name for a name that stood elsewhere.
 * Looking an offset up costs a cache miss, so it is put off until somebody has to know: mostly, offsets are
 * compared with that of the name that they are expected to be.
 */
export class NameTokens {
  private readonly names: Names;
  private readonly str: Uint8Array;
  /** Size of `.debug_str`. */
  readonly limit: number;
  /**
   * Open-addressed table of what was looked up: pairs of offset + 1 and name. A column by offset would be as large as
   * a kernel's strings times four, and miss the cache more often.
   */
  private table: Int32Array;
  private count = 0;
  /** Some offset in `.debug_str` + 1 by name, 0 where none is known. */
  private offsets = new Int32Array(16);

  /**
   * The name that was asked for after a name, the last time, by name. Units include the same headers in the same order,
   * so it mostly is the next one again; and as names are numbered by first appearance, it is near in memory.
   */
  private follower = new Int32Array(16);
  private last = 0;

  constructor(names: Names, str: Uint8Array) {
    this.names = names;
    this.str = str;
    this.limit = str.length;
    // Most units use a small part of a file's strings; those of 30 bytes each are many.
    this.table = new Int32Array(2 ** Math.min(16, Math.max(6, 31 - Math.clz32(str.length >> 5))));
  }

  /** The name of a token. An offset must be below `limit`. */
  nameOf(token: number): number {
    if (token < 0) return ~token;
    const guess = this.follower[this.last];
    if (this.offsets[guess] === token + 1) {
      this.last = guess;
      return guess;
    }
    const name = this.find(token);
    this.follower[this.last] = name;
    this.last = name;
    return name;
  }

  private find(token: number): number {
    const { table } = this;
    const mask = table.length - 2;
    let slot = (Math.imul(token, 0x9e3779b1) >>> 8) & mask;
    for (let key = table[slot]; key !== 0; key = table[slot]) {
      if (key === token + 1) return table[slot + 1];
      slot = (slot + 2) & mask;
    }
    return this.lookUp(token, slot);
  }

  /** Does `token` mean `name`? */
  means(token: number, name: number): boolean {
    if (this.offsets[name] === token + 1) return true;
    if (token < 0) return ~token === name;
    if (!this.names.equals(name, this.str, token)) return false;
    this.noteOffset(name, token);
    return true;
  }

  private noteOffset(name: number, offset: number): void {
    if (name >= this.offsets.length) {
      const capacity = Math.max(this.offsets.length * 2, this.names.count + (this.names.count >> 3));
      this.offsets = grown(this.offsets, capacity);
      this.follower = grown(this.follower, capacity);
    }
    this.offsets[name] = offset + 1;
  }

  private lookUp(offset: number, slot: number): number {
    // A base's names are numbered in the order of its types, which is mostly that of the units.
    const { names, str } = this;
    const next = this.last + 1;
    const name = next < names.count && names.equals(next, str, offset) ? next : names.intern(str, offset);
    this.table[slot] = offset + 1;
    this.table[slot + 1] = name;
    if (++this.count * 4 > this.table.length) this.grow();
    this.noteOffset(name, offset);
    return name;
  }

  private grow(): void {
    const old = this.table;
    const table = new Int32Array(old.length * 2);
    const mask = table.length - 2;
    for (let i = 0; i < old.length; i += 2) {
      if (old[i] === 0) continue;
      let slot = (Math.imul(old[i]! - 1, 0x9e3779b1) >>> 8) & mask;
      while (table[slot] !== 0) slot = (slot + 2) & mask;
      table[slot] = old[i]!;
      table[slot + 1] = old[i + 1]!;
    }
    this.table = table;
  }
}
