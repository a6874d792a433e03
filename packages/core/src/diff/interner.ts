/** Numbers for tuples of words: equal tuples have the same number, from 1 on. */
export class Interner {
  private slots = new Uint32Array(1 << 16);
  private words: Uint32Array;
  private used = 0;
  /** Where each tuple begins; the next one's start is its end. */
  private starts = new Uint32Array(1 << 14);
  private hashes = new Int32Array(1 << 14);
  private count = 0;

  /** `words`: of how many in all there is room at first. */
  constructor(words: number) {
    this.words = new Uint32Array(words);
  }

  /** The number of the tuple that is `key[from..end]`. */
  number(key: Uint32Array, from: number, end: number): number {
    let hash = end - from;
    for (let i = from; i < end; i++) hash = mix(hash, key[i]!);
    const mask = this.slots.length - 1;
    let slot = hash & mask;
    for (; ; slot = (slot + 1) & mask) {
      const found = this.slots[slot]!;
      if (found === 0) return this.add(slot, hash, key, from, end);
      if (this.hashes[found] === hash && this.isAt(found, key, from, end)) return found;
    }
  }

  private isAt(number: number, key: Uint32Array, from: number, end: number): boolean {
    const start = this.starts[number]!;
    if (this.starts[number + 1]! - start !== end - from) return false;
    for (let i = from, j = start; i < end; i++, j++) if (this.words[j] !== key[i]) return false;
    return true;
  }

  private add(slot: number, hash: number, key: Uint32Array, from: number, end: number): number {
    const number = ++this.count;
    if (number + 2 > this.starts.length) {
      this.starts = grown(this.starts, new Uint32Array(this.starts.length * 2));
      this.hashes = grown(this.hashes, new Int32Array(this.hashes.length * 2));
    }
    const after = this.used + end - from;
    if (after > this.words.length) {
      this.words = grown(this.words, new Uint32Array(Math.max(after, 2 * this.words.length)));
    }
    this.words.set(key.subarray(from, end), this.used);
    this.starts[number] = this.used;
    this.starts[number + 1] = after;
    this.hashes[number] = hash;
    this.used = after;
    this.slots[slot] = number;
    if (number * 2 > this.slots.length) this.rehash();
    return number;
  }

  private rehash(): void {
    const slots = new Uint32Array(this.slots.length * 4);
    const mask = slots.length - 1;
    for (let number = 1; number <= this.count; number++) {
      let slot = this.hashes[number]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number;
    }
    this.slots = slots;
  }
}

function mix(hash: number, word: number): number {
  const h = Math.imul(hash, 31) + word;
  return Math.imul(h ^ (h >>> 15), 0x9e3779b1);
}

function grown<T extends Uint32Array | Int32Array>(old: T, column: T): T {
  column.set(old);
  return column;
}
