import { Kind, Linkage, type TypeId } from '../btf/index.js';
import { forwardOf, hasTypeThird } from './records.js';
import type { Store } from './store.js';
import { grown } from './unit-types.js';
import type { Variable } from './variables.js';

/** Records of a TypeGraph (see dedup), one behind the other. */
export class GraphBuilder {
  private readonly store: Store;
  /** Three words stand for void. */
  private words = new Int32Array(64);
  private used = 3;
  private at = new Uint32Array(16);
  private count = 1;

  constructor(store: Store) {
    this.store = store;
  }

  get endId(): TypeId {
    return this.count;
  }

  /** Adds a record; its id. Payload words follow by `push`. */
  add(name: number, info: number, third: number): TypeId {
    const id = this.begin(3);
    this.push(name);
    this.push(info);
    this.push(third);
    return id;
  }

  push(word: number): void {
    if (this.used === this.words.length) this.words = grown(this.words, this.used * 2);
    this.words[this.used++] = word;
  }

  /** A name without a definition. */
  addForward(named: number): void {
    const { info, third } = forwardOf(this.store.vlen(named));
    this.add(this.store.name(named), info, third);
  }

  addVariable({ name, external }: Variable, type: TypeId): TypeId {
    const id = this.add(name, Kind.VAR << 24, type);
    this.push(external ? Linkage.GLOBAL : Linkage.STATIC);
    return id;
  }

  addTag(name: number, target: TypeId, component: number): void {
    this.add(name, Kind.DECL_TAG << 24, target);
    this.push(component);
  }

  /**
   * Adds the record of a node with other types: where that has its children, `types` has what is to be there instead,
   * from word `at` on, and `ids` its id.
   */
  copy(node: number, types: Int32Array, at: number, ids: Int32Array): void {
    const { store } = this;
    const from = store.at[node]!;
    const length = store.at[node + 1]! - from;
    const to = this.used;
    this.begin(length);
    this.used += length;
    const { words } = this;
    for (let i = 0; i < length; i++) words[to + i] = store.words[from + i]!;
    const kind = store.kind(node);
    if (hasTypeThird(kind)) words[to + 2] = ids[types[at + 2]!]!;
    if (kind === Kind.STRUCT || kind === Kind.UNION) {
      for (let i = 4; i < length; i += 3) words[to + i] = ids[types[at + i]!]!;
    } else if (kind === Kind.FUNC_PROTO) {
      for (let i = 4; i < length; i += 2) words[to + i] = ids[types[at + i]!]!;
    } else if (kind === Kind.ARRAY) {
      for (let i = 3; i < 5; i++) words[to + i] = ids[types[at + i]!]!;
    }
  }

  /** Begins a record with room for `length` words; its id. */
  private begin(length: number): TypeId {
    if (this.used + length > this.words.length) {
      this.words = grown(this.words, Math.max(this.used + length, this.words.length * 2));
    }
    if (this.count === this.at.length) this.at = grown(this.at, this.count * 2);
    this.at[this.count] = this.used;
    return this.count++;
  }

  /** The records so far, and the word at which each begins. They share memory. */
  take(): { readonly words: Uint32Array; readonly at: Uint32Array } {
    const { words, used, at, count } = this;
    return { words: new Uint32Array(words.buffer, 0, used), at: at.subarray(0, count) };
  }
}
