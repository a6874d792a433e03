import { Kind } from '../btf/index.js';
import type { Names } from './names.js';
import { NAMED, type Store } from './store.js';

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
  private readonly stringOf: Int32Array;
  private strings = new Uint8Array(1 << 16);
  private stringsUsed = 0;

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

  /** Names that the base has already keep their offset there. */
  setString(name: number, offset: number): void {
    this.stringOf[name] = offset + 1;
  }

  get typeCount(): number {
    return this.nextId - this.firstId;
  }

  /** Gives ids to the nodes from `first` on that become types: all but names, which are their definition or a FWD. */
  number(first: number, skip: (node: number) => boolean): void {
    const { store, idOf } = this;
    for (let node = first; node < store.count; node++) {
      if (store.kind(node) === NAMED) {
        if (store.link[node] === 0 && !skip(node)) idOf[node] = this.nextId++;
      } else if (!skip(node)) idOf[node] = this.nextId++;
    }
    for (let node = 1; node < store.count; node++) {
      if (store.kind(node) === NAMED && idOf[node] === 0 && store.link[node] !== 0) idOf[node] = idOf[store.link[node]!]!;
    }
  }

  /** Writes the records of the nodes that `number` gave ids to. */
  writeNodes(first: number): void {
    const { store, idOf } = this;
    for (let node = first; node < store.count; node++) {
      if (idOf[node] === 0) continue;
      if (store.kind(node) !== NAMED) this.writeNode(node);
      else if (store.link[node] === 0) this.writeForward(node);
    }
  }

  /** A name without a definition: FWD, or an ENUM without enumerators. */
  private writeForward(node: number): void {
    const { store } = this;
    const kind = store.vlen(node);
    const name = this.string(store.name(node));
    if (kind === Kind.ENUM) this.record(name, Kind.ENUM << 24, 4);
    else this.record(name, (Kind.FWD << 24) | (kind === Kind.UNION ? 1 << 31 : 0), 0);
  }

  private writeNode(node: number): void {
    const { store, idOf } = this;
    const at = store.at[node]!;
    const end = store.at[node + 1]!;
    const kind = store.kind(node);
    const { words } = store;
    const own = !(kind === Kind.INT || kind === Kind.FLOAT || kind === Kind.STRUCT || kind === Kind.UNION || kind === Kind.ENUM || kind === Kind.ENUM64 || kind === Kind.ARRAY);
    this.record(this.string(words[at]!), words[at + 1]!, own ? idOf[words[at + 2]!]! : words[at + 2]!);
    let i = at + 3;
    switch (kind) {
      case Kind.ARRAY:
        this.push(idOf[words[i]!]!);
        this.push(idOf[words[i + 1]!]!);
        this.push(words[i + 2]!);
        break;
      case Kind.STRUCT:
      case Kind.UNION:
        for (; i < end; i += 3) {
          this.push(this.string(words[i]!));
          this.push(idOf[words[i + 1]!]!);
          this.push(words[i + 2]!);
        }
        break;
      case Kind.FUNC_PROTO:
        for (; i < end; i += 2) {
          this.push(this.string(words[i]!));
          this.push(idOf[words[i + 1]!]!);
        }
        break;
      case Kind.ENUM:
        for (; i < end; i += 2) {
          this.push(this.string(words[i]!));
          this.push(words[i + 1]!);
        }
        break;
      case Kind.ENUM64:
        for (; i < end; i += 3) {
          this.push(this.string(words[i]!));
          this.push(words[i + 1]!);
          this.push(words[i + 2]!);
        }
        break;
      default:
        for (; i < end; i++) this.push(words[i]!);
    }
  }

  /** Adds a record that is no node; its id. Payload words follow by `push`. */
  add(name: number, info: number, third: number): number {
    this.record(this.string(name), info, third);
    return this.nextId++;
  }

  private record(nameOffset: number, info: number, third: number): void {
    this.push(nameOffset);
    this.push(info);
    this.push(third);
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
