import { Kind, Linkage, type TypeId } from '../btf/index.js';
import type { BaseRecords } from './base-records.js';
import type { BaseTypes } from './base-types.js';
import type { ChosenFunction } from './functions/selection.js';
import type { Names } from './names.js';
import { copyPayload, forwardOf, hasTypeThird } from './records.js';
import { NAMED, type Store } from './store.js';
import { grown } from './unit-types.js';
import type { Variable } from './variables.js';

/**
 * Builds a blob's type and string sections out of nodes. Ids are given in the order of the nodes, strings in the
 * order in which types use them, so that the bytes depend on the input alone.
 */
export class Output {
  /** First own id and first own string offset. */
  readonly firstId: number;
  private readonly firstString: number;
  private readonly store: Store;
  private readonly names: Names;
  private words = new Uint32Array(1 << 16);
  private used = 0;
  private nextId: number;
  /** Type id by node, 0 where none is given yet. */
  readonly idOf: Int32Array;
  /** String offset + 1 by name, 0 where none is given yet. */
  private stringOf: Int32Array;
  private strings = new Uint8Array(1 << 16);
  private stringsUsed = 0;
  private base: BaseRecords | undefined;

  constructor(store: Store, names: Names, base?: { readonly endId: number; readonly endString: number }) {
    this.store = store;
    this.names = names;
    this.firstId = base?.endId ?? 1;
    this.nextId = this.firstId;
    this.firstString = base?.endString ?? 0;
    this.idOf = new Int32Array(store.count);
    this.stringOf = new Int32Array(names.count);
    this.stringOf[0] = 1;
    // Only the lowest layer begins with the empty string.
    if (base === undefined) this.stringsUsed = 1;
  }

  /** Nodes and names that the base has keep their ids and offsets there. */
  useBase(base: BaseTypes): void {
    this.idOf.set(base.idOf);
    this.stringOf.set(base.stringOf);
    this.base = base.records;
  }

  get typeCount(): number {
    return this.nextId - this.firstId;
  }

  /**
   * Writes the nodes from `first` on that are not in `skip`, all at once: ids first, since they refer to each other
   * in any order. A name gets the id of its definition, or of the FWD that is written in its place.
   */
  writeAll(first: number, skip: Uint8Array | undefined): void {
    const { store, idOf } = this;
    let next = this.nextId;
    for (let node = first; node < store.count; node++) {
      if (skip?.[node] !== 1 && (store.kind(node) !== NAMED || store.link[node] === 0)) idOf[node] = next++;
    }
    for (let node = first; node < store.count; node++) {
      if (store.kind(node) === NAMED && store.link[node] !== 0) idOf[node] = idOf[store.link[node]!]!;
    }
    for (let node = first; node < store.count; node++) {
      if (skip?.[node] === 1) continue;
      if (store.kind(node) !== NAMED) this.writeNode(node);
      else if (store.link[node] === 0) this.writeForward(node);
    }
  }

  /** A name without a definition. */
  private writeForward(node: number): void {
    const { info, third } = forwardOf(this.store.vlen(node));
    this.add(this.store.name(node), info, third);
  }

  private writeNode(node: number): void {
    const { words } = this.store;
    const at = this.store.at[node];
    const kind = this.store.kind(node);
    const third = words[at + 2];
    this.add(words[at], words[at + 1], hasTypeThird(kind) ? this.idOf[third] : third);
    copyPayload(kind, words, at + 3, this.store.at[node + 1], this);
  }

  /** Adds a record; its id, the next one. Payload words follow by `push` and `pushName`. */
  add(name: number, info: number, third: number): number {
    this.pushName(name);
    this.push(info);
    this.push(third);
    return this.nextId++;
  }

  /** Adds a FUNC and its tags; its id. What the base has already is not added, as libbpf's deduplication has it. */
  addFunction({ name, tags }: ChosenFunction, prototype: TypeId): TypeId {
    const id = this.inBase(Kind.FUNC, name, prototype) || this.add(name, Kind.FUNC << 24, prototype);
    for (const tag of tags) this.addTag(tag.name, id, tag.component);
    return id;
  }

  /** Adds a VAR and its tags; its id. */
  addVariable({ name, external, tags }: Variable, type: TypeId): TypeId {
    const id = this.add(name, Kind.VAR << 24, type);
    this.push(external ? Linkage.GLOBAL : Linkage.STATIC);
    for (const tag of tags) this.addTag(tag, id, -1);
    return id;
  }

  addTag(name: number, target: number, component: number): void {
    if (this.inBase(Kind.DECL_TAG, name, target, component) !== 0) return;
    this.add(name, Kind.DECL_TAG << 24, target);
    this.push(component);
  }

  /** Id of a FUNC or DECL_TAG that the base has, of this name on this target; 0 for none. */
  inBase(kind: number, name: number, target: TypeId, component?: number): TypeId {
    if (this.base === undefined || target >= this.firstId) return 0;
    const offset = (this.stringOf[name] ?? 0) - 1;
    return offset < 0 || offset >= this.firstString ? 0 : this.base.find(kind, offset, target, component);
  }

  pushName(name: number): void {
    this.push(this.string(name));
  }

  pushNode(node: number): void {
    this.push(this.idOf[node]);
  }

  push(word: number): void {
    if (this.used === this.words.length) {
      const words = new Uint32Array(this.used * 2);
      words.set(this.words);
      this.words = words;
    }
    this.words[this.used++] = word;
  }

  private string(name: number): number {
    if (name >= this.stringOf.length) this.stringOf = grown(this.stringOf, this.names.count * 2);
    const known = this.stringOf[name]!;
    if (known !== 0) return known - 1;
    const { pool, start } = this.names;
    const from = start[name]!;
    const length = start[name + 1]! - from;
    if (this.stringsUsed + length > this.strings.length) {
      const strings = new Uint8Array(Math.max(this.strings.length * 2, this.stringsUsed + length));
      strings.set(this.strings);
      this.strings = strings;
    }
    this.strings.set(pool.subarray(from, from + length), this.stringsUsed);
    const offset = this.firstString + this.stringsUsed;
    this.stringsUsed += length;
    this.stringOf[name] = offset + 1;
    return offset;
  }

  sections(): { words: Uint32Array; strings: Uint8Array } {
    return { words: this.words.subarray(0, this.used), strings: this.strings.subarray(0, this.stringsUsed) };
  }
}
