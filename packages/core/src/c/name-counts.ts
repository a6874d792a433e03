import type { Types } from './types.js';

/**
 * How often each name was used so far. C has one definition of a name, BTF may have several: libbpf numbers the second
 * and later ones. Open addressing by the bytes of the names, since most never become strings.
 */
export class NameCounts {
  private readonly types: Types;
  private slots = new Int32Array(1 << 12);
  /** By entry: where the name is, its hash, how often it was used. */
  private offsets = new Uint32Array(1 << 11);
  private hashes = new Int32Array(1 << 11);
  private counts = new Uint32Array(1 << 11);
  private used = 0;

  constructor(types: Types) {
    this.types = types;
  }

  /** Counts one more use of the name at `offset`, and returns which it is, from 1. */
  next(offset: number): number {
    const hash = this.hash(offset);
    const mask = this.slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = this.slots[slot]! - 1;
      if (entry < 0) return this.insert(slot, offset, hash);
      if (this.hashes[entry] === hash && this.types.compareNames(this.offsets[entry]!, offset) === 0) {
        return ++this.counts[entry]!;
      }
    }
  }

  private hash(offset: number): number {
    const { strings } = this.types;
    let hash = 0;
    for (let at = offset; strings[at] !== 0; at++) hash = (Math.imul(hash, 31) + strings[at]!) | 0;
    return hash ^ (hash >>> 15);
  }

  private insert(slot: number, offset: number, hash: number): number {
    const entry = this.used++;
    this.slots[slot] = entry + 1;
    this.offsets[entry] = offset;
    this.hashes[entry] = hash;
    this.counts[entry] = 1;
    if (this.used === this.offsets.length) this.grow();
    return 1;
  }

  private grow(): void {
    const size = 2 * this.offsets.length;
    this.offsets = enlarged(this.offsets, new Uint32Array(size));
    this.hashes = enlarged(this.hashes, new Int32Array(size));
    this.counts = enlarged(this.counts, new Uint32Array(size));
    this.slots = new Int32Array(2 * size);
    const mask = this.slots.length - 1;
    for (let entry = 0; entry < this.used; entry++) {
      let slot = this.hashes[entry]! & mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
      this.slots[slot] = entry + 1;
    }
  }
}

function enlarged<T extends Uint32Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
