import type { Types } from '../c/types.js';

/** Numbers for names, the same for equal names of both sides. 0 is the empty name. */
export class Names {
  private slots = new Uint32Array(1 << 16);
  /** Where each name first stood: in which strings, and at what offset. */
  private readonly sources: Uint8Array[] = [];
  private source = new Uint8Array(1 << 12);
  private at = new Uint32Array(1 << 12);
  private used = 1;

  /** One past the last number. */
  get end(): number {
    return this.used;
  }

  /** The numbers of one side's names. */
  of(types: Types): NameColumn {
    this.sources.push(types.strings);
    return new NameColumn(this, types.strings, this.sources.length - 1);
  }

  /** The number of the NUL-terminated string at `offset` of source number `source`. */
  number(source: number, offset: number): number {
    const bytes = this.sources[source]!;
    if (bytes[offset] === 0) return 0;
    const mask = this.slots.length - 1;
    let slot = hashOf(bytes, offset) & mask;
    for (; ; slot = (slot + 1) & mask) {
      const found = this.slots[slot]!;
      if (found === 0) return this.add(slot, source, offset);
      if (this.isAt(found, bytes, offset)) return found;
    }
  }

  private isAt(number: number, bytes: Uint8Array, offset: number): boolean {
    const known = this.sources[this.source[number]!]!;
    for (let i = this.at[number]!, j = offset; known[i] === bytes[j]; i++, j++)
      if (known[i] === 0) return true;
    return false;
  }

  private add(slot: number, source: number, offset: number): number {
    const number = this.used++;
    if (number === this.at.length) {
      this.at = grown(this.at, new Uint32Array(number * 2));
      this.source = grown(this.source, new Uint8Array(number * 2));
    }
    this.source[number] = source;
    this.at[number] = offset;
    this.slots[slot] = number;
    if (number * 2 > this.slots.length) this.rehash();
    return number;
  }

  private rehash(): void {
    const slots = new Uint32Array(this.slots.length * 4);
    const mask = slots.length - 1;
    for (let number = 1; number < this.used; number++) {
      let slot = hashOf(this.sources[this.source[number]!]!, this.at[number]!) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number;
    }
    this.slots = slots;
  }
}

/** The numbers of one side's names by string offset, each found when it is asked for. */
export class NameColumn {
  private readonly names: Names;
  private readonly source: number;
  /** Number + 1, 0 while it is not known. */
  private readonly known: Uint32Array;

  constructor(names: Names, strings: Uint8Array, source: number) {
    this.names = names;
    this.source = source;
    this.known = new Uint32Array(strings.length);
  }

  number(offset: number): number {
    const known = this.known[offset]!;
    if (known !== 0) return known - 1;
    const number = this.names.number(this.source, offset);
    this.known[offset] = number + 1;
    return number;
  }
}

/** FNV-1a with a last mix, so that the low bits serve as a slot. */
function hashOf(bytes: Uint8Array, offset: number): number {
  let hash = 0x811c9dc5;
  for (let i = offset; bytes[i] !== 0; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash ^ (hash >>> 15);
}

function grown<T extends Uint32Array | Uint8Array>(old: T, column: T): T {
  column.set(old);
  return column;
}
