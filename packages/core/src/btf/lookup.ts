import type { Btf, TypeId } from './btf.js';

/** From this many lookups on, an index pays for itself. */
const SCANS_BEFORE_INDEX = 8;

const encoder = new TextEncoder();

/**
 * Name lookup in one layer. The first few lookups scan the name column, which for a kernel's BTF takes a
 * millisecond; then sorted blobs get a binary search and others a hash index.
 */
export class Lookup {
  private readonly btf: Btf;
  private scans = 0;
  private index: NameIndex | undefined;
  private sorted: TypeId | undefined;

  constructor(btf: Btf) {
    this.btf = btf;
  }

  first(name: string, kind?: number): TypeId {
    for (const id of this.candidates(name)) if (kind === undefined || this.btf.kind(id) === kind) return id;
    return 0;
  }

  all(name: string, kind?: number): TypeId[] {
    const found: TypeId[] = [];
    for (const id of this.candidates(name))
      if (kind === undefined || this.btf.kind(id) === kind) found.push(id);
    return found;
  }

  get sortedFrom(): TypeId {
    this.sorted ??= checkSorted(this.btf);
    return this.sorted;
  }

  /** Ids of that name in ascending order. The empty name is no name. */
  private candidates(name: string): Iterable<TypeId> {
    const bytes = encoder.encode(name);
    if (bytes.length === 0 || bytes.includes(0)) return [];
    if (this.index !== undefined) return this.index.named(bytes);
    if (this.scans < SCANS_BEFORE_INDEX) {
      this.scans++;
      return scan(this.btf, bytes);
    }
    if (this.sortedFrom > 0) return bisect(this.btf, this.sortedFrom, bytes);
    this.index = new NameIndex(this.btf);
    return this.index.named(bytes);
  }
}

function scan(btf: Btf, name: Uint8Array): TypeId[] {
  const found: TypeId[] = [];
  const { words, offsets, strings, startId } = btf;
  const own = strings.bytes;
  const initial = name[0]!;
  for (let i = 0; i < offsets.length; i++) {
    const nameOff = words[offsets[i]!]!;
    if (nameOff >= strings.start && own[nameOff - strings.start] !== initial) continue;
    if (strings.equals(nameOff, name)) found.push(startId + i);
  }
  return found;
}

function checkSorted(btf: Btf): TypeId {
  const { words, offsets, strings, startId } = btf;
  let named = -1;
  for (let i = 0; i < offsets.length; i++) {
    const name = words[offsets[i]!]!;
    if (i > 0 && strings.compare(words[offsets[i - 1]!]!, name) > 0) return 0;
    if (named < 0 && !strings.isEmpty(name)) named = i;
  }
  // libbpf looks at pairs, so that one type alone never counts as sorted.
  return named < 0 || offsets.length < 2 ? 0 : startId + named;
}

function* bisect(btf: Btf, from: TypeId, name: Uint8Array): Iterable<TypeId> {
  const { strings, endId } = btf;
  let low: number = from;
  let high = endId;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (strings.compareTo(btf.nameOff(middle), name) < 0) low = middle + 1;
    else high = middle;
  }
  for (let id = low; id < endId && strings.equals(btf.nameOff(id), name); id++) yield id;
}

/** Open-addressed table over the bytes of names; types of one name hang together in ascending order. */
class NameIndex {
  private readonly btf: Btf;
  /** Own number plus 1 of the first type of a name, 0 for a free slot. */
  private readonly slots: Uint32Array;
  /** Own number plus 1 of the next type of the same name, 0 at the end. */
  private readonly next: Uint32Array;

  constructor(btf: Btf) {
    this.btf = btf;
    const { words, offsets, strings } = btf;
    let size = 16;
    while (size < offsets.length * 2) size *= 2;
    this.slots = new Uint32Array(size);
    this.next = new Uint32Array(offsets.length);
    for (let i = offsets.length - 1; i >= 0; i--) {
      const nameOff = words[offsets[i]!]!;
      if (strings.isEmpty(nameOff)) continue;
      const layer = strings.layer(nameOff);
      let slot = hash(layer.bytes, nameOff - layer.start);
      for (;;) {
        slot &= size - 1;
        const head = this.slots[slot]!;
        if (head === 0 || strings.compare(words[offsets[head - 1]!]!, nameOff) === 0) {
          this.next[i] = head;
          this.slots[slot] = i + 1;
          break;
        }
        slot++;
      }
    }
  }

  *named(name: Uint8Array): Iterable<TypeId> {
    const { words, offsets, strings, startId } = this.btf;
    const mask = this.slots.length - 1;
    let slot = hash(name, 0);
    for (;;) {
      slot &= mask;
      const head = this.slots[slot]!;
      if (head === 0) return;
      if (strings.equals(words[offsets[head - 1]!]!, name)) {
        for (let i = head; i !== 0; i = this.next[i - 1]!) yield startId + i - 1;
        return;
      }
      slot++;
    }
  }
}

/** FNV-1a up to a NUL or the end of the bytes, with a last mix so that the low bits serve as a slot. */
function hash(bytes: Uint8Array, at: number): number {
  let value = 0x811c9dc5;
  for (let i = at; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === 0) break;
    value = Math.imul(value ^ byte, 0x01000193);
  }
  return (value ^ (value >>> 15)) >>> 0;
}
