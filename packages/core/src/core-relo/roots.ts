import { type Btf, kindOf, MAX_KIND, type TypeId } from '../btf/index.js';
import { rootLength } from './names.js';
import { likeKinds } from './types.js';

/** Types that are looked for: of a root of name, and of a kind or one that stands for it. */
export interface Wanted {
  readonly root: Uint8Array;
  readonly kind: number;
}

interface Search extends Wanted {
  readonly ids: TypeId[];
}

/** Shorter roots are looked for by their first two bytes, others by four. */
const SHORT = 4;
const HAS_SHORT = 1;
const HAS_LONG = 2;

/**
 * The own types of a BTF by the root of their name. Nothing is kept of names that nobody asked for: one pass over the
 * types finds all that is asked for at once, so ask for many together.
 */
export class NameRoots {
  private readonly btf: Btf;
  private readonly found = new Map<string, readonly TypeId[]>();

  /** `btf`: its own types alone, those of its bases are others'. */
  constructor(btf: Btf) {
    this.btf = btf;
  }

  /** Ids in ascending order of the types of that kind whose name is `root` or a flavour of it. */
  named(wanted: Wanted): readonly TypeId[] {
    const key = keyOf(wanted);
    if (!this.found.has(key)) this.find([wanted]);
    return this.found.get(key)!;
  }

  /** Finds what is wanted in one pass, so that `named` has it. */
  find(wanted: Iterable<Wanted>): void {
    const searches: Search[] = [];
    for (const { root, kind } of wanted) {
      const key = keyOf({ root, kind });
      if (this.found.has(key)) continue;
      const search = { root, kind, ids: [] };
      this.found.set(key, search.ids);
      // No type's root is empty.
      if (root.length > 0) searches.push(search);
    }
    if (searches.length > 0) scan(this.btf, searches);
  }
}

/** A unit for each byte, whatever the encoding. */
function keyOf({ root, kind }: Wanted): string {
  return `${kind} ${String.fromCharCode(...root)}`;
}

/** Small loops, since they run once, and those are optimised sooner. Each leaves little for the next. */
function scan(btf: Btf, searches: readonly Search[]): void {
  const kinds = new Uint8Array(256);
  for (const kind of new Set(searches.map(search => search.kind))) {
    for (let info = 0; info < kinds.length; info++) if (likeKinds(info & MAX_KIND, kind)) kinds[info] = 1;
  }
  const { words, offsets, startId } = btf;
  const found = ofKinds(words, offsets, kinds);
  const starts = startsOf(searches);
  const count = ofStarts(btf, found, starts);
  for (let i = 0; i < count; i++) {
    const at = offsets[found[i]];
    compare(btf, starts.searches, startId + found[i], words[at + 1], words[at]);
  }
}

/** Own numbers of the types whose info word has an upper byte that is marked in `kinds`: kind and kflag. */
function ofKinds(words: Uint32Array, offsets: Uint32Array, kinds: Uint8Array): Uint32Array {
  const found = new Uint32Array(offsets.length);
  let count = 0;
  for (let own = 0; own < offsets.length; own++) {
    if (kinds[words[offsets[own] + 1] >>> 24] === 1) found[count++] = own;
  }
  return found.subarray(0, count);
}

/** By the first two bytes of a name, and by the next two, which names could be of a root that is looked for. */
interface Starts {
  /** By the first two bytes as a number; those of at least four by all four, as a negative one. */
  readonly searches: ReadonlyMap<number, readonly Search[]>;
  readonly first: Uint8Array;
  readonly second: Uint8Array;
}

function startsOf(searches: readonly Search[]): Starts {
  const first = new Uint8Array(1 << 16);
  const second = new Uint8Array(1 << 16);
  const byStart = new Map<number, Search[]>();
  for (const search of searches) {
    const { root } = search;
    const isShort = root.length < SHORT;
    // After a name of one letter comes its end, or a flavour.
    for (const next of root.length > 1 ? [root[1]] : [0, 0x5f]) {
      const start = root[0] | (next << 8);
      first[start] |= isShort ? HAS_SHORT : HAS_LONG;
      const key = isShort ? start : longStart(root, 0);
      const known = byStart.get(key);
      if (known === undefined) byStart.set(key, [search]);
      else known.push(search);
    }
    if (!isShort) second[root[2] | (root[3] << 8)] = 1;
  }
  return { searches: byStart, first, second };
}

/** Four bytes as a negative number. */
function longStart(bytes: Uint8Array, at: number): number {
  return -1 - ((bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0);
}

/** Moves those of `found` whose name starts so to its front; returns how many there are. */
function ofStarts({ words, offsets, strings }: Btf, found: Uint32Array, { first, second }: Starts): number {
  const { bytes, start, end } = strings;
  let count = 0;
  for (let i = 0; i < found.length; i++) {
    const nameOff = words[offsets[found[i]]];
    if (nameOff === 0 || nameOff >= end) continue;
    const at = nameOff - start;
    // A name of the base's has no bytes here; module BTF has few.
    if (at >= 0) {
      const has = first[bytes[at] | (bytes[at + 1] << 8)];
      if (has === 0) continue;
      if (has === HAS_LONG && second[bytes[at + 2] | (bytes[at + 3] << 8)] === 0) continue;
    }
    found[count++] = found[i];
  }
  return count;
}

function compare(btf: Btf, searches: Starts['searches'], id: TypeId, info: number, nameOff: number): void {
  const { bytes, start } = btf.strings.layer(nameOff);
  const at = nameOff - start;
  for (const start of [bytes[at] | (bytes[at + 1] << 8), longStart(bytes, at)]) {
    for (const { root, kind, ids } of searches.get(start) ?? []) {
      if (isOfRoot(bytes, at, root) && likeKinds(kindOf(info), kind)) ids.push(id);
    }
  }
}

/** Whether the name at `at` is of that root. */
function isOfRoot(bytes: Uint8Array, at: number, root: Uint8Array): boolean {
  for (let i = 0; i < root.length; i++) if (bytes[at + i] !== root[i]) return false;
  if (bytes[at + root.length] === 0) return rootLength(root, 0, root.length) === root.length;
  return rootLength(bytes, at, bytes.indexOf(0, at) - at) === root.length;
}
