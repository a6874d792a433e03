import type { TypeId } from '../btf/index.js';

const NONE = -1;

/**
 * Canonical types by hash, with the types of one hash in the order in which libbpf's hashmap would offer them.
 * The order matters where several candidates are equivalent, as with forward declarations or in a base that was
 * never deduplicated. There, an entry is put at the head of its chain, and each growth of the map (of all of it,
 * when three quarters are full) turns the order within the chains round.
 */
export class CandidateTable {
  private readonly ids: Uint32Array;
  /** Neighbours of an entry in its chain, which is open at both ends. */
  private readonly left: Int32Array;
  private readonly right: Int32Array;
  /** Where an entry stands among all: the head of every chain has the highest or, after a turn, the lowest. */
  private readonly ranks: Int32Array;
  private readonly slots: Int32Array;
  private readonly hashes: Int32Array;
  private readonly leftEnds: Int32Array;
  private readonly rightEnds: Int32Array;
  private entries = 0;
  private chains = 0;
  private counted = 0;
  private capacity = 0;
  private headIsLeft = true;

  /** `most`: how many entries there will be at most. */
  constructor(most: number) {
    const slots = 2 ** Math.ceil(Math.log2(2 * most + 2));
    this.ids = new Uint32Array(most);
    this.left = new Int32Array(most);
    this.right = new Int32Array(most);
    this.ranks = new Int32Array(most);
    this.slots = new Int32Array(slots).fill(NONE);
    this.hashes = new Int32Array(most);
    this.leftEnds = new Int32Array(most);
    this.rightEnds = new Int32Array(most);
  }

  /** Says that a type becomes a candidate, which may let the map grow. Before its `add`s. */
  count(): void {
    if (Math.floor(((this.counted + 1) * 4) / 3) > this.capacity) {
      this.capacity = Math.max(4, this.capacity * 2);
      this.headIsLeft = !this.headIsLeft;
    }
    this.counted++;
  }

  /** Puts a type at the head of the chain of `hash`; one type may stand in several chains. */
  add(hash: number, id: TypeId): void {
    const entry = this.entries++;
    this.ids[entry] = id;
    this.ranks[entry] = this.headIsLeft ? this.counted : -this.counted;
    this.left[entry] = NONE;
    this.right[entry] = NONE;
    const slot = this.slot(hash);
    const chain = this.slots[slot]!;
    if (chain === NONE) {
      this.slots[slot] = this.chains;
      this.hashes[this.chains] = hash;
      this.leftEnds[this.chains] = entry;
      this.rightEnds[this.chains] = entry;
      this.chains++;
    } else if (this.headIsLeft) {
      const head = this.leftEnds[chain]!;
      this.left[head] = entry;
      this.right[entry] = head;
      this.leftEnds[chain] = entry;
    } else {
      const head = this.rightEnds[chain]!;
      this.right[head] = entry;
      this.left[entry] = head;
      this.rightEnds[chain] = entry;
    }
  }

  /** The first entry of a hash, negative where there is none. Candidates of another content may be among them. */
  first(hash: number): number {
    const chain = this.slots[this.slot(hash)]!;
    if (chain === NONE) return NONE;
    return this.headIsLeft ? this.leftEnds[chain]! : this.rightEnds[chain]!;
  }

  next(entry: number): number {
    return this.headIsLeft ? this.right[entry]! : this.left[entry]!;
  }

  id(entry: number): TypeId {
    return this.ids[entry]!;
  }

  /** Whether entry `a` would come before `b`, were they in one chain. */
  precedes(a: number, b: number): boolean {
    return this.headIsLeft ? this.ranks[a]! > this.ranks[b]! : this.ranks[a]! < this.ranks[b]!;
  }

  private slot(hash: number): number {
    const mask = this.slots.length - 1;
    let slot = (Math.imul(hash ^ (hash >>> 16), 0x45d9f3b) >>> 8) & mask;
    for (;;) {
      const chain = this.slots[slot]!;
      if (chain === NONE || this.hashes[chain] === hash) return slot;
      slot = (slot + 1) & mask;
    }
  }
}
