import { Kind } from '../btf/index.js';
import type { ImageReader, ImageWriter } from './base-image.js';
import type { NameTokens } from './name-tokens.js';
import { grown, type UnitTypes } from './unit-types.js';

/**
 * Kind of a node that stands for "the struct (union, enum) of that name", whichever definition that turns out
 * to be. In C every cycle of types passes through such a name, so that all other nodes can be built bottom-up.
 * Its vlen holds the Kind that it names.
 */
export const NAMED = 31;

const NAME = 0;
const INFO = 1;
const THIRD = 2;

/**
 * Types, hash-consed: a type is a node, equal nodes are one. A node's record is laid out as in BTF (name, info,
 * size or type, payload), with names and nodes in place of string offsets and type ids. Node 0 is void; a node's
 * children have smaller numbers, except that NAMED nodes lead to definitions of any number.
 */
export class Store {
  words = new Int32Array(64);
  /** Where the record of a node begins in `words`; `at[count]` is the end of the last. */
  at = new Int32Array(16);
  count = 1;
  /**
   * Of a NAMED node: its newest definition. Of a definition: the one before it of the same name. 0 for none.
   */
  link = new Int32Array(16);
  /** The definition's NAMED node; 0 for what is no definition. */
  owner = new Int32Array(16);
  /** NAMED nodes whose name means yet another type in some unit (see SameNames). */
  readonly toldApart = new Set<number>();
  private pointerTo = new Int32Array(16);
  private constOf = new Int32Array(16);
  /** NAMED nodes by name, to spare the hash table. */
  private structs = new Int32Array(16);
  private unions = new Int32Array(16);
  private enums = new Int32Array(16);
  /** The node that was finished after a node, the last time: mostly the next one again, as with NameTokens. */
  private follower = new Int32Array(16);
  private last = 0;
  private hashes = new Int32Array(16);
  private buckets = new Int32Array(64);
  /** Nodes in `buckets`: all but pointers, const and definitions, which are found otherwise. */
  private hashed = 0;
  /** End of the record that is being built. */
  private tail = 0;

  kind(node: number): number {
    return node === 0 ? 0 : (this.words[this.at[node]! + INFO]! >>> 24) & 0x7f;
  }
  vlen(node: number): number {
    return this.words[this.at[node]! + INFO]! & 0xffffff;
  }
  name(node: number): number {
    return this.words[this.at[node]! + NAME]!;
  }
  third(node: number): number {
    return this.words[this.at[node]! + THIRD]!;
  }

  /** Word number `index` behind the third. */
  payload(node: number, index: number): number {
    return this.words[this.at[node]! + 3 + index]!;
  }

  pointer(child: number): number {
    return this.pointerTo[child]! || this.addDirect(this.pointerTo, Kind.PTR, child);
  }

  constant(child: number): number {
    return this.constOf[child]! || this.addDirect(this.constOf, Kind.CONST, child);
  }

  /** Any other kind that has no payload: TYPEDEF, VOLATILE, RESTRICT, TYPE_TAG, FLOAT. */
  plain(kind: number, name: number, third: number): number {
    this.begin(name, kind << 24, third, 0);
    return this.finish();
  }

  integer(name: number, size: number, encoding: number): number {
    this.begin(name, Kind.INT << 24, size, 1);
    this.push((encoding << 24) | (size * 8));
    return this.finish();
  }

  array(element: number, index: number, length: number): number {
    this.begin(0, Kind.ARRAY << 24, 0, 3);
    this.push(element);
    this.push(index);
    this.push(length);
    return this.finish();
  }

  /** "The struct of that name": `kind` is STRUCT, UNION or ENUM; `alternative` tells same-named ones of one unit apart. */
  named(kind: number, name: number, alternative: number): number {
    if (alternative !== 0) {
      this.toldApart.add(this.named(kind, name, 0));
      return this.addNamed(kind, name, alternative);
    }
    const table = kind === Kind.STRUCT ? this.structs : kind === Kind.UNION ? this.unions : this.enums;
    const known = name < table.length ? table[name]! : 0;
    return known !== 0 ? known : this.addNamed(kind, name, 0);
  }

  private addNamed(kind: number, name: number, alternative: number): number {
    this.begin(name, (NAMED << 24) | kind, alternative, 0);
    const node = this.finish();
    if (alternative === 0) this.noteNamed(kind, name, node);
    return node;
  }

  private noteNamed(kind: number, name: number, node: number): void {
    const capacity = Math.max(name + 1, 2 * this.structs.length);
    if (name >= this.structs.length) {
      this.structs = grown(this.structs, capacity);
      this.unions = grown(this.unions, capacity);
      this.enums = grown(this.enums, capacity);
    }
    (kind === Kind.STRUCT ? this.structs : kind === Kind.UNION ? this.unions : this.enums)[name] = node;
  }

  /** Starts a record of `payload` words behind the third; push them, then `finish` or `addDefinition`. */
  begin(name: number, info: number, third: number, payload: number): void {
    const at = this.at[this.count]!;
    if (at + 3 + payload > this.words.length) this.growWords(at + 3 + payload);
    const { words } = this;
    words[at] = name;
    words[at + 1] = info;
    words[at + 2] = third;
    this.tail = at + 3;
  }

  push(word: number): void {
    this.words[this.tail++] = word;
  }

  /** The node of the record that was built: a known one that is equal, or a new one. */
  finish(): number {
    const at = this.at[this.count];
    const guess = this.follower[this.last];
    const node = guess !== 0 && guess < this.count && this.equalsTail(guess, at) ? guess : this.findOrAdd(at);
    this.follower[this.last] = node;
    this.last = node;
    return node;
  }

  private findOrAdd(at: number): number {
    const { words, tail } = this;
    let hash = 0;
    for (let i = at; i < tail; i++) hash = Math.imul(hash ^ words[i]!, 0x9e3779b1) ^ (hash >>> 13);
    hash ^= hash >>> 16;
    const mask = this.buckets.length - 1;
    let bucket = hash & mask;
    for (let node = this.buckets[bucket]!; node !== 0; node = this.buckets[bucket]!) {
      if (this.hashes[node] === hash && this.equalsTail(node, at)) return node;
      bucket = (bucket + 1) & mask;
    }
    const node = this.add();
    this.hashes[node] = hash;
    this.buckets[bucket] = node;
    if (++this.hashed * 2 > this.buckets.length) this.rehash();
    return node;
  }

  /** As `finish`, for a definition of `named`. */
  define(named: number): number {
    const at = this.at[this.count]!;
    for (let node = this.link[named]!; node !== 0; node = this.link[node]!) {
      if (this.equalsTail(node, at)) return node;
    }
    return this.addDefinition(named);
  }

  /** The record that was built, as a definition of `named` that is known to be new. */
  addDefinition(named: number): number {
    const node = this.add();
    this.owner[node] = named;
    this.link[node] = this.link[named]!;
    this.link[named] = node;
    return node;
  }

  /**
   * The definition of `named` with these members (rows of `types` from `first` on, references resolved), 0 if
   * there is none yet. No record is built for what is known already.
   */
  findMembers(
    named: number,
    info: number,
    size: number,
    types: UnitTypes,
    first: number,
    tokens: NameTokens,
  ): number {
    const { words } = this;
    const { memberName, memberReference, memberOffset } = types;
    for (let node = this.link[named]!; node !== 0; node = this.link[node]!) {
      let at = this.at[node]!;
      if (words[at + 1] !== info || words[at + 2] !== size) continue;
      const end = this.at[node + 1]!;
      let i = first;
      for (at += 3; at < end; at += 3, i++) {
        if (words[at + 1] !== memberReference[i] || words[at + 2] !== memberOffset[i]) break;
        if (!tokens.means(memberName[i]!, words[at]!)) break;
      }
      if (at === end) return node;
    }
    return 0;
  }

  /** As `findMembers`, for enumerators of `width` words each. */
  findEnumerators(
    named: number,
    info: number,
    size: number,
    types: UnitTypes,
    first: number,
    width: number,
    tokens: NameTokens,
  ): number {
    const { words } = this;
    const { memberName, memberHigh, memberOffset } = types;
    for (let node = this.link[named]!; node !== 0; node = this.link[node]!) {
      let at = this.at[node]!;
      if (words[at + 1] !== info || words[at + 2] !== size) continue;
      const end = this.at[node + 1]!;
      let i = first;
      for (at += 3; at < end; at += width, i++) {
        if (words[at + 1] !== memberOffset[i] || (width === 3 && words[at + 2] !== memberHigh[i])) break;
        if (!tokens.means(memberName[i]!, words[at]!)) break;
      }
      if (at === end) return node;
    }
    return 0;
  }

  private equalsTail(node: number, at: number): boolean {
    const { words, tail } = this;
    let from = this.at[node]!;
    if (this.at[node + 1]! - from !== tail - at) return false;
    while (at < tail) if (words[from++] !== words[at++]) return false;
    return true;
  }

  private add(): number {
    const node = this.count++;
    if (this.count >= this.at.length) this.growNodes();
    this.at[this.count] = this.tail;
    return node;
  }

  private addDirect(table: Int32Array, kind: number, child: number): number {
    this.begin(0, kind << 24, child, 0);
    // Adding may replace the columns.
    const isPointer = table === this.pointerTo;
    const node = this.add();
    (isPointer ? this.pointerTo : this.constOf)[child] = node;
    return node;
  }

  write(image: ImageWriter): void {
    const { count } = this;
    image.number(count);
    image.number(this.hashed);
    image.column(this.words.subarray(0, this.at[count]));
    image.column(this.at.subarray(0, count + 1));
    for (const column of [this.link, this.owner, this.pointerTo, this.constOf, this.hashes])
      image.column(column.subarray(0, count));
    image.column(this.buckets);
    image.number(this.structs.length);
  }

  /** What was written, with room for as many nodes as a module has. */
  static read(image: ImageReader): Store {
    const store = new Store();
    store.count = image.number();
    store.hashed = image.number();
    const room = store.count >> 2;
    store.words = image.ints(room << 3);
    store.at = image.ints(room);
    store.link = image.ints(room + 1);
    store.owner = image.ints(room + 1);
    store.pointerTo = image.ints(room + 1);
    store.constOf = image.ints(room + 1);
    store.hashes = image.ints(room + 1);
    store.follower = new Int32Array(store.at.length);
    store.buckets = image.ints();
    // These spare look-ups in the hash table, and fill up as they do.
    const names = image.number() + room;
    store.structs = new Int32Array(names);
    store.unions = new Int32Array(names);
    store.enums = new Int32Array(names);
    return store;
  }

  /** Forgets all nodes from `count` on, as if they had never been added. */
  rollback(count: number): void {
    this.toldApart.clear();
    this.last = 0;
    while (this.count > count) {
      const node = --this.count;
      const kind = this.kind(node);
      const owner = this.owner[node]!;
      if (kind === Kind.PTR) this.pointerTo[this.third(node)] = 0;
      else if (kind === Kind.CONST) this.constOf[this.third(node)] = 0;
      else if (owner !== 0) this.link[owner] = this.link[node]!;
      else {
        if (kind === NAMED && this.third(node) === 0) this.noteNamed(this.vlen(node), this.name(node), 0);
        this.removeHashed(node);
      }
      this.link[node] = 0;
      this.owner[node] = 0;
    }
  }

  /** Newest first: taking the last one out of a linear probe breaks no chain. */
  private removeHashed(node: number): void {
    const mask = this.buckets.length - 1;
    let bucket = this.hashes[node]! & mask;
    while (this.buckets[bucket] !== node) bucket = (bucket + 1) & mask;
    this.buckets[bucket] = 0;
    this.hashed--;
  }

  private rehash(): void {
    const mask = this.buckets.length * 2 - 1;
    this.buckets = new Int32Array(mask + 1);
    for (let node = 1; node < this.count; node++) {
      const kind = this.kind(node);
      if (kind === Kind.PTR || kind === Kind.CONST || this.owner[node] !== 0) continue;
      let bucket = this.hashes[node]! & mask;
      while (this.buckets[bucket] !== 0) bucket = (bucket + 1) & mask;
      this.buckets[bucket] = node;
    }
  }

  private growWords(wanted: number): void {
    this.words = grown(this.words, Math.max(wanted, this.words.length * 2));
  }

  private growNodes(): void {
    const capacity = this.at.length * 2;
    this.at = grown(this.at, capacity);
    this.link = grown(this.link, capacity);
    this.owner = grown(this.owner, capacity);
    this.pointerTo = grown(this.pointerTo, capacity);
    this.constOf = grown(this.constOf, capacity);
    this.hashes = grown(this.hashes, capacity);
    this.follower = grown(this.follower, capacity);
  }
}
