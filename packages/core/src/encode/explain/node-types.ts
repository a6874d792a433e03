import { Kind } from '../../btf/index.js';
import type { Names } from '../names.js';
import { NAMED, type Store } from '../store.js';
import { type CFunction, type CParameter, type CType, MAX_TYPES, TOO_LONG, VOID } from './c-type.js';

const KEYWORDS = new Map<number, string>([
  [Kind.STRUCT, 'struct'],
  [Kind.UNION, 'union'],
  [Kind.ENUM, 'enum'],
  [Kind.ENUM64, 'enum'],
]);
const QUALIFIERS = new Map<number, string>([
  [Kind.CONST, 'const'],
  [Kind.VOLATILE, 'volatile'],
  [Kind.RESTRICT, 'restrict'],
]);

/** What nodes of the store are in C. */
export class NodeTypes {
  private readonly store: Store;
  private readonly names: Names;
  private left = 0;

  constructor(store: Store, names: Names) {
    this.store = store;
    this.names = names;
  }

  /** The type of a node, `void` for 0. */
  at(node: number): CType {
    this.left = MAX_TYPES;
    return this.read(node);
  }

  /** A FUNC_PROTO. */
  prototype(node: number): CFunction {
    this.left = MAX_TYPES;
    return this.function(node);
  }

  private read(node: number): CType {
    if (node === 0) return VOID;
    if (this.left-- <= 0) return TOO_LONG;
    const { store } = this;
    const kind = store.kind(node);
    const qualifier = kind === Kind.TYPE_TAG ? this.tag(node) : QUALIFIERS.get(kind);
    if (qualifier !== undefined)
      return { kind: 'qualified', by: qualifier, of: this.read(store.third(node)) };
    switch (kind) {
      case Kind.PTR:
        return { kind: 'pointer', mark: '*', to: this.read(store.third(node)) };
      case Kind.ARRAY: {
        const length = store.payload(node, 2) || undefined;
        return { kind: 'array', length, of: this.read(store.payload(node, 0)) };
      }
      case Kind.FUNC_PROTO:
        return this.function(node);
      default:
        return { kind: 'name', text: this.name(node) };
    }
  }

  private function(node: number): CFunction {
    const { store, names } = this;
    const parameters: CParameter[] = [];
    const count = store.vlen(node);
    // "..." is a parameter without name and type, at the end.
    const variadic =
      count > 0 && store.payload(node, 2 * count - 2) === 0 && store.payload(node, 2 * count - 1) === 0;
    for (let i = 0; i < (variadic ? count - 1 : count); i++) {
      const type = this.read(store.payload(node, 2 * i + 1));
      parameters.push({ name: names.text(store.payload(node, 2 * i)), type });
    }
    return { kind: 'function', result: this.read(store.third(node)), parameters, variadic };
  }

  private name(node: number): string {
    const { store } = this;
    const kind = store.kind(node);
    const name = this.names.text(store.name(node));
    const keyword = KEYWORDS.get(kind === NAMED ? store.vlen(node) : kind);
    return keyword === undefined ? name : `${keyword} ${name || '{…}'}`;
  }

  /** As clang spells it; one with kflag is any attribute. */
  private tag(node: number): string {
    const { words, at } = this.store;
    const name = this.names.text(this.store.name(node));
    return `__attribute__((${words[at[node]! + 1]! < 0 ? name : `btf_type_tag("${name}")`}))`;
  }
}
