import { Kind } from '../btf/index.js';
import { NAMED, type Store } from './store.js';

/** Calls back with each node that the record of `node` refers to. */
export function forEachChild(store: Store, node: number, callback: (child: number) => void): void {
  const { words } = store;
  forEachReference(store.kind(node), store.at[node]!, store.at[node + 1]!, i => callback(words[i]!));
}

/** Calls back with the place of each node that a record from word `at` up to `end` refers to. */
export function forEachReference(
  kind: number,
  at: number,
  end: number,
  callback: (place: number) => void,
): void {
  switch (kind) {
    case Kind.STRUCT:
    case Kind.UNION:
      for (let i = at + 4; i < end; i += 3) callback(i);
      break;
    case Kind.FUNC_PROTO:
      callback(at + 2);
      for (let i = at + 4; i < end; i += 2) callback(i);
      break;
    case Kind.ARRAY:
      callback(at + 3);
      callback(at + 4);
      break;
    case Kind.INT:
    case Kind.FLOAT:
    case Kind.ENUM:
    case Kind.ENUM64:
    case Kind.FWD:
    case NAMED:
      break;
    default:
      callback(at + 2);
  }
}

/**
 * Marks the nodes that can mean different types in different units: the ambiguous names, and all that reaches one
 * of them, through the definitions of names too. `undefined` when there are none. Only `nodes` count, in ascending
 * order; those that are marked in `known` are affected in any case.
 */
export function findAffected(
  store: Store,
  isAmbiguous: (named: number) => boolean,
  nodes: Int32Array = allNodes(store),
  known?: Uint8Array,
): Uint8Array | undefined {
  const affected = new Uint8Array(store.count);
  let found = false;
  for (const node of nodes) {
    const isSeed = store.kind(node) === NAMED && isAmbiguous(node);
    if (!isSeed && known?.[node] !== 1) continue;
    affected[node] = 1;
    if (isSeed) for (const definition of definitionsOf(store, node)) affected[definition] = 1;
    found = true;
  }
  if (!found) return undefined;
  // Children have smaller numbers, so a pass settles all but what goes through names.
  for (let changed = true; changed; ) {
    changed = false;
    for (const node of nodes) {
      if (affected[node] !== 0 || !reaches(store, node, affected)) continue;
      affected[node] = 1;
      const owner = store.owner[node]!;
      if (owner !== 0 && affected[owner] === 0) {
        affected[owner] = 1;
        changed = true;
      }
    }
  }
  return affected;
}

function allNodes(store: Store): Int32Array {
  const nodes = new Int32Array(store.count - 1);
  for (let i = 0; i < nodes.length; i++) nodes[i] = i + 1;
  return nodes;
}

/** Does the record of `node` refer to one that is marked? Not by forEachChild: this stops early, and runs over all nodes. */
function reaches(store: Store, node: number, marked: Uint8Array): boolean {
  const { words } = store;
  const at = store.at[node]!;
  const end = store.at[node + 1]!;
  switch (store.kind(node)) {
    case Kind.STRUCT:
    case Kind.UNION:
      for (let i = at + 4; i < end; i += 3) if (marked[words[i]!] === 1) return true;
      return false;
    case Kind.FUNC_PROTO:
      for (let i = at + 4; i < end; i += 2) if (marked[words[i]!] === 1) return true;
      return marked[words[at + 2]!] === 1;
    case Kind.ARRAY:
      return marked[words[at + 3]!] === 1 || marked[words[at + 4]!] === 1;
    case Kind.INT:
    case Kind.FLOAT:
    case Kind.ENUM:
    case Kind.ENUM64:
    case NAMED:
      return false;
    default:
      return marked[words[at + 2]!] === 1;
  }
}

/** The definitions of a name, oldest first. */
export function definitionsOf(store: Store, named: number): number[] {
  const found: number[] = [];
  for (let node = store.link[named]!; node !== 0; node = store.link[node]!) found.push(node);
  return found.reverse();
}
