import { Kind } from '../btf/index.js';
import { NAMED, type Store } from './store.js';

/** Size in bytes of a type; 0 for what has none (void, functions, incomplete types). */
export function byteSize(store: Store, node: number, addressSize: number): number {
  let count = 1;
  for (;;) {
    switch (store.kind(node)) {
      case Kind.INT:
      case Kind.FLOAT:
      case Kind.STRUCT:
      case Kind.UNION:
      case Kind.ENUM:
      case Kind.ENUM64:
        return count * (store.third(node) >>> 0);
      case Kind.PTR:
        return count * addressSize;
      case Kind.ARRAY:
        count *= store.words[store.at[node]! + 5]! >>> 0;
        node = store.words[store.at[node]! + 3]!;
        break;
      case NAMED:
        if (store.link[node] === 0) return 0;
        node = store.link[node]!;
        break;
      case Kind.TYPEDEF:
      case Kind.CONST:
      case Kind.VOLATILE:
      case Kind.RESTRICT:
      case Kind.TYPE_TAG:
        node = store.third(node);
        break;
      default:
        return 0;
    }
  }
}
