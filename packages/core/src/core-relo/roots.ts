import type { Btf, TypeId } from '../btf/index.js';
import { rootLength } from './names.js';

/** By the first two bytes of a name, the roots that begin so, as bytes and as keys of `found`. */
type Wanted = Map<number, { readonly root: Uint8Array; readonly ids: TypeId[] }[]>;

/**
 * The types of a BTF by the root of their name. Nothing is kept of names that nobody asked for: one pass over the
 * name column finds all that was asked for at once, so ask for many together.
 */
export class NameRoots {
  private readonly btf: Btf;
  private readonly found = new Map<string, readonly TypeId[]>();

  /** `btf`: its own types alone, those of its bases are others'. */
  constructor(btf: Btf) {
    this.btf = btf;
  }

  /** Ids in ascending order of the types whose name is `root` or a flavour of it. */
  named(root: Uint8Array): readonly TypeId[] {
    this.find([root]);
    return this.found.get(keyOf(root))!;
  }

  /** Finds the types of many roots in one pass. */
  find(roots: Iterable<Uint8Array>): void {
    const wanted: Wanted = new Map();
    for (const root of roots) {
      const key = keyOf(root);
      if (this.found.has(key)) continue;
      const ids: TypeId[] = [];
      this.found.set(key, ids);
      // No type's root is empty.
      if (root.length > 0) addTo(wanted, { root, ids });
    }
    if (wanted.size > 0) scan(this.btf, wanted);
  }
}

function addTo(wanted: Wanted, entry: { readonly root: Uint8Array; readonly ids: TypeId[] }): void {
  // After a name of one letter comes its end, or a flavour.
  const seconds = entry.root.length > 1 ? [entry.root[1]] : [0, 0x5f];
  for (const second of seconds) {
    const start = entry.root[0] | (second << 8);
    const others = wanted.get(start);
    if (others === undefined) wanted.set(start, [entry]);
    else others.push(entry);
  }
}

function scan(btf: Btf, wanted: Wanted): void {
  const { words, offsets, startId } = btf;
  const isStart = new Uint8Array(1 << 16);
  for (const start of wanted.keys()) isStart[start] = 1;
  const { bytes, start, end } = btf.strings;
  for (let own = 0; own < offsets.length; own++) {
    const nameOff = words[offsets[own]];
    if (nameOff === 0 || nameOff >= end) continue;
    if (nameOff < start) {
      // A name of the base's: module BTF has few.
      const layer = btf.strings.layer(nameOff);
      check(wanted, layer.bytes, nameOff - layer.start, startId + own);
      continue;
    }
    const at = nameOff - start;
    if (isStart[bytes[at] | (bytes[at + 1] << 8)] === 1) check(wanted, bytes, at, startId + own);
  }
}

function check(wanted: Wanted, bytes: Uint8Array, at: number, id: TypeId): void {
  const entries = wanted.get(bytes[at] | (bytes[at + 1] << 8));
  if (entries === undefined) return;
  for (const { root, ids } of entries) if (isFlavour(bytes, at, root)) ids.push(id);
}

/** Whether the name at `at` is of that root. */
function isFlavour(bytes: Uint8Array, at: number, root: Uint8Array): boolean {
  for (let i = 0; i < root.length; i++) if (bytes[at + i] !== root[i]) return false;
  if (bytes[at + root.length] === 0) return rootLength(root, 0, root.length) === root.length;
  return rootLength(bytes, at, bytes.indexOf(0, at) - at) === root.length;
}

/** A unit for each byte, whatever the encoding. */
function keyOf(root: Uint8Array): string {
  return String.fromCharCode(...root);
}
