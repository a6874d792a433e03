import { Kind, vlenOf } from '../btf/index.js';
import { endless } from './sizes.js';
import { isLink, type Types } from './types.js';

/** More than any type has, and few enough calls in each other for the stack of a thread. */
const LONGEST_CHAIN = 1000;

/**
 * bpftool's btf_type_disambig_hash: what tells types apart that have one name. Hashes have 64 bits, kept as two words;
 * few types need one, and each is made once.
 */
export class DisambiguationHashes {
  private readonly types: Types;
  private readonly withMembers: Table;
  private readonly withoutMembers: Table;
  private low = 0;
  private high = 0;

  constructor(types: Types) {
    this.types = types;
    this.withMembers = new Table(types.endId);
    this.withoutMembers = new Table(types.endId);
  }

  /** As unsigned numbers. */
  compare(a: number, b: number): number {
    this.hash(a, this.withMembers);
    const { low, high } = this;
    this.hash(b, this.withMembers);
    return high - this.high || low - this.low;
  }

  /** Leaves the hash of a type in `low` and `high`. */
  private hash(id: number, table: Table, depth = 0): void {
    if (depth > LONGEST_CHAIN) throw endless(id);
    if (table.known[id] === 0) {
      this.find(id, table, depth);
      table.known[id] = 1;
      table.low[id] = this.low;
      table.high[id] = this.high;
    } else {
      this.low = table.low[id]!;
      this.high = table.high[id]!;
    }
  }

  private find(id: number, table: Table, depth: number): void {
    const { kinds, words, records } = this.types;
    const at = records[id]!;
    this.low = 0;
    this.high = 0;
    this.addName(this.types.nameOff(id));
    switch (kinds[id]) {
      case Kind.ENUM:
      case Kind.ENUM64: {
        const step = kinds[id] === Kind.ENUM ? 2 : 3;
        for (let i = 0; i < vlenOf(words[at + 1]!); i++) this.addName(words[at + 3 + step * i]!);
        break;
      }
      case Kind.STRUCT:
      case Kind.UNION:
        if (table !== this.withMembers) break;
        for (let i = 0; i < vlenOf(words[at + 1]!); i++) {
          this.addName(words[at + 3 + 3 * i]!);
          this.addType(words[at + 4 + 3 * i]!, this.withoutMembers, depth);
        }
        break;
      case Kind.ARRAY:
        this.add(words[at + 5]!, 0);
        this.addType(words[at + 3]!, table, depth);
        break;
      default:
        if (isLink(kinds[id]!)) this.addType(words[at + 2]!, table, depth);
    }
  }

  private addType(id: number, table: Table, depth: number): void {
    const { low, high } = this;
    this.hash(id, table, depth + 1);
    const { low: addedLow, high: addedHigh } = this;
    this.low = low;
    this.high = high;
    this.add(addedLow, addedHigh);
  }

  /** str_hash of a name, as one more value; none where there is no name. */
  private addName(name: number): void {
    if (name === 0) return;
    const { low, high } = this;
    const { strings } = this.types;
    this.low = 0;
    this.high = 0;
    // C's char is signed on the machines that bpftool runs on most.
    for (let at = name; strings[at] !== 0; at++) this.add((strings[at]! << 24) >> 24, 0);
    const { low: addedLow, high: addedHigh } = this;
    this.low = low;
    this.high = high;
    this.add(addedLow, addedHigh);
  }

  /** hash = hash * 31 + value, modulo 2^64. */
  private add(low: number, high: number): void {
    const sum = this.low * 31 + low;
    const carry = Math.floor(sum / 0x1_0000_0000);
    this.high = (Math.imul(this.high, 31) + high + carry) >>> 0;
    this.low = sum >>> 0;
  }
}

/** Hashes by type id. */
class Table {
  readonly known: Uint8Array;
  readonly low: Uint32Array;
  readonly high: Uint32Array;

  constructor(size: number) {
    this.known = new Uint8Array(size);
    this.low = new Uint32Array(size);
    this.high = new Uint32Array(size);
  }
}
