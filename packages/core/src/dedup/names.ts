import type { StringOffset, Strings } from '../btf/index.js';

const MULTIPLIER = 0x01000193;

/**
 * The strings of all layers below and of one new layer, each content once, compared as bytes. An offset that
 * `add` returns is the first that a base has for this content (libbpf's btf__find_str), or else one of the new
 * layer in order of first use.
 */
export class NameTable {
  /** First offset of the new layer. */
  readonly start: StringOffset;
  private bytes: Uint8Array;
  private length: number;
  /** Offset + 1 by hash, open addressing. */
  private slots = new Uint32Array(1024);
  private used = 0;

  constructor(base: Strings | null) {
    this.start = base?.end ?? 0;
    this.bytes = new Uint8Array(this.start + 4096);
    this.length = this.start;
    for (let layer = base; layer !== null; layer = layer.base) this.bytes.set(layer.bytes, layer.start);
    for (let at = 0; at < this.start; at = this.bytes.indexOf(0, at) + 1) this.index(at);
    if (base === null) this.length = 1;
    if (base === null) this.index(0);
  }

  /** One past the last offset. */
  get end(): StringOffset {
    return this.length;
  }

  /** The offset of the NUL-terminated string at `from[at]`, which is added where it is new. */
  add(from: Uint8Array, at: number): StringOffset {
    let slot = this.find(from, at);
    if (this.slots[slot] !== 0) return this.slots[slot]! - 1;
    const size = from.indexOf(0, at) + 1 - at;
    this.reserve(size);
    const offset = this.length;
    this.bytes.set(from.subarray(at, at + size), offset);
    this.length += size;
    if (this.grow()) slot = this.find(this.bytes, offset);
    this.slots[slot] = offset + 1;
    this.used++;
    return offset;
  }

  /** Bytes of the string at an offset, its NUL included; shares memory. */
  at(offset: StringOffset): Uint8Array {
    return this.bytes.subarray(offset, this.bytes.indexOf(0, offset) + 1);
  }

  /** A copy of the new layer's section. */
  take(): Uint8Array {
    return this.bytes.slice(this.start, this.length);
  }

  private index(at: number): void {
    this.grow();
    const slot = this.find(this.bytes, at);
    if (this.slots[slot] !== 0) return;
    this.slots[slot] = at + 1;
    this.used++;
  }

  /** The slot of this content, or the empty one where it belongs. */
  private find(from: Uint8Array, at: number): number {
    const mask = this.slots.length - 1;
    let hash = 0x811c9dc5;
    for (let i = at; from[i] !== 0; i++) hash = Math.imul(hash ^ from[i]!, MULTIPLIER);
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (; this.slots[slot] !== 0; slot = (slot + 1) & mask) {
      if (this.same(this.slots[slot]! - 1, from, at)) break;
    }
    return slot;
  }

  private same(offset: number, from: Uint8Array, at: number): boolean {
    const { bytes } = this;
    for (;;) {
      const byte = bytes[offset++]!;
      if (byte !== from[at++]) return false;
      if (byte === 0) return true;
    }
  }

  private reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.length + more, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  /** Keeps the slots at most half full; true where they were laid out anew. */
  private grow(): boolean {
    if (this.used * 2 < this.slots.length) return false;
    const old = this.slots;
    this.slots = new Uint32Array(old.length * 2);
    for (const entry of old) if (entry !== 0) this.slots[this.find(this.bytes, entry - 1)] = entry;
    return true;
  }
}

/** Moves string offsets of one layer into a NameTable; those of its bases stay as they are. */
export class Renaming {
  private readonly strings: Strings;
  private readonly table: NameTable;
  /** New offset + 1 by old offset in the layer. */
  private readonly known: Uint32Array;

  constructor(strings: Strings, table: NameTable) {
    this.strings = strings;
    this.table = table;
    this.known = new Uint32Array(strings.bytes.length);
  }

  rename(offset: StringOffset): StringOffset {
    const at = offset - this.strings.start;
    // Offset 0 is "no name" in every layer.
    if (at < 0 || offset === 0) return offset;
    let entry = this.known[at]!;
    if (entry === 0) {
      entry = this.table.add(this.strings.bytes, at) + 1;
      this.known[at] = entry;
    }
    return entry - 1;
  }
}
