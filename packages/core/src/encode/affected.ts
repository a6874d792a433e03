import { Kind } from '../btf/index.js';
import { NAMED, type Store } from './store.js';

/** Calls back with each node that the record of `node` refers to. */
export function forEachChild(store: Store, node: number, callback: (child: number) => void): void {
  const { words } = store;
  const at = store.at[node]!;
  const end = store.at[node + 1]!;
  switch (store.kind(node)) {
    case Kind.STRUCT:
    case Kind.UNION:
      for (let i = at + 4; i < end; i += 3) callback(words[i]!);
      break;
    case Kind.FUNC_PROTO:
      callback(words[at + 2]!);
      for (let i = at + 4; i < end; i += 2) callback(words[i]!);
      break;
    case Kind.ARRAY:
      callback(words[at + 3]!);
      callback(words[at + 4]!);
      break;
    case Kind.INT:
    case Kind.FLOAT:
    case Kind.ENUM:
    case Kind.ENUM64:
    case NAMED:
      break;
    default:
      callback(words[at + 2]!);
  }
}

/**
 * Marks the nodes that can mean different types in different units: the ambiguous names, and all that reaches one
 * of them, through the definitions of names too. `undefined` when no name is ambiguous.
 */
export function findAffected(store: Store, isAmbiguous: (named: number) => boolean): Uint8Array | undefined {
  const affected = new Uint8Array(store.count);
  let found = false;
  for (let node = 1; node < store.count; node++) {
    if (store.kind(node) !== NAMED || !isAmbiguous(node)) continue;
    affected[node] = 1;
    for (const definition of definitionsOf(store, node)) affected[definition] = 1;
    found = true;
  }
  if (!found) return undefined;
  let changed = true;
  const inherit = (node: number) => {
    forEachChild(store, node, child => {
      if (affected[child] !== 0) affected[node] = 1;
    });
  };
  // Children have smaller numbers, so a pass settles all but what goes through names.
  while (changed) {
    changed = false;
    for (let node = 1; node < store.count; node++) {
      if (affected[node] !== 0) continue;
      inherit(node);
      if (affected[node] === 0) continue;
      const owner = store.owner[node]!;
      if (owner !== 0 && affected[owner] === 0) {
        affected[owner] = 1;
        changed = true;
      }
    }
  }
  return affected;
}

/** The definitions of a name, oldest first. */
export function definitionsOf(store: Store, named: number): number[] {
  const found: number[] = [];
  for (let node = store.link[named]!; node !== 0; node = store.link[node]!) found.push(node);
  return found.reverse();
}
