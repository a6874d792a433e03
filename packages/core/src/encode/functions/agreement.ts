import { Kind } from '../../btf/index.js';
import { NAMED, type Store } from '../store.js';

const MAX_DEPTH = 100;

/**
 * Do two types mean the same in a prototype? Structs, unions, enums and typedefs by their names alone, and `const`
 * is passed over where only one side has it. After pahole's types__match (btf_encoder.c), whose FWD and STRUCT of one
 * name are one node here.
 */
export function typesAgree(store: Store, a: number, b: number, depth = 0): boolean {
  for (;;) {
    if (a === b) return true;
    if (a === 0 || b === 0 || depth > MAX_DEPTH) return false;
    const kind = store.kind(a);
    const other = store.kind(b);
    if (kind !== other) {
      if (kind === Kind.CONST) a = store.third(a);
      else if (other === Kind.CONST) b = store.third(b);
      else return false;
      continue;
    }
    switch (kind) {
      case NAMED:
        // Those that were told apart in a unit are of one name all the same.
        return store.vlen(a) === store.vlen(b) && store.name(a) === store.name(b);
      case Kind.TYPEDEF:
      case Kind.STRUCT:
      case Kind.UNION:
      case Kind.ENUM:
      case Kind.ENUM64:
        return store.name(a) === store.name(b);
      case Kind.PTR:
      case Kind.VOLATILE:
      case Kind.CONST:
      case Kind.RESTRICT:
      case Kind.TYPE_TAG:
        a = store.third(a);
        b = store.third(b);
        break;
      case Kind.ARRAY:
        if (store.payload(a, 2) !== store.payload(b, 2)) return false;
        a = store.payload(a, 0);
        b = store.payload(b, 0);
        break;
      case Kind.FUNC_PROTO:
        return prototypesAgree(store, a, b, depth);
      default:
        // INT and FLOAT: equal ones are one node.
        return false;
    }
  }
}

function prototypesAgree(store: Store, a: number, b: number, depth: number): boolean {
  const count = store.vlen(a);
  if (count !== store.vlen(b) || !typesAgree(store, store.third(a), store.third(b), depth + 1)) return false;
  for (let i = 0; i < count; i++) {
    if (!typesAgree(store, store.payload(a, 2 * i + 1), store.payload(b, 2 * i + 1), depth + 1)) return false;
  }
  return true;
}

/** Is one of `names` behind pointers, qualifiers, arrays and prototypes of a type? */
export function mentions(store: Store, node: number, names: ReadonlySet<number>, depth = 0): boolean {
  for (; node !== 0 && depth <= MAX_DEPTH; depth++) {
    switch (store.kind(node)) {
      case NAMED:
        return names.has(node);
      case Kind.PTR:
      case Kind.CONST:
      case Kind.VOLATILE:
      case Kind.RESTRICT:
      case Kind.TYPE_TAG:
        node = store.third(node);
        break;
      case Kind.ARRAY:
        node = store.payload(node, 0);
        break;
      case Kind.FUNC_PROTO:
        for (let i = 0; i < store.vlen(node); i++) {
          if (mentions(store, store.payload(node, 2 * i + 1), names, depth + 1)) return true;
        }
        node = store.third(node);
        break;
      default:
        return false;
    }
  }
  return false;
}
