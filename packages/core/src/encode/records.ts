import { KINDS, Kind, Third } from '../btf/index.js';

/** Takes the payload of a node's record, word for word. */
export interface PayloadSink {
  pushName(name: number): void;
  pushNode(node: number): void;
  push(word: number): void;
}

/** Is the third word of a record of this kind a node? */
export function hasTypeThird(kind: number): boolean {
  return KINDS[kind].third === Third.TYPE;
}

/** What declares a struct, union or enum (a Kind) without defining it: a FWD, or an ENUM without enumerators. */
export function forwardOf(kind: number): { readonly info: number; readonly third: number } {
  if (kind === Kind.ENUM) return { info: Kind.ENUM << 24, third: 4 };
  return { info: (Kind.FWD << 24) | (kind === Kind.UNION ? 1 << 31 : 0), third: 0 };
}

/** Hands over the words from `from` up to `end`, the payload of a record of the store, as what they are. */
export function copyPayload(
  kind: number,
  words: Int32Array,
  from: number,
  end: number,
  sink: PayloadSink,
): void {
  let i = from;
  switch (kind) {
    case Kind.ARRAY:
      sink.pushNode(words[i]);
      sink.pushNode(words[i + 1]);
      sink.push(words[i + 2]);
      break;
    case Kind.STRUCT:
    case Kind.UNION:
      for (; i < end; i += 3) {
        sink.pushName(words[i]);
        sink.pushNode(words[i + 1]);
        sink.push(words[i + 2]);
      }
      break;
    case Kind.FUNC_PROTO:
      for (; i < end; i += 2) {
        sink.pushName(words[i]);
        sink.pushNode(words[i + 1]);
      }
      break;
    case Kind.ENUM:
      for (; i < end; i += 2) {
        sink.pushName(words[i]);
        sink.push(words[i + 1]);
      }
      break;
    case Kind.ENUM64:
      for (; i < end; i += 3) {
        sink.pushName(words[i]);
        sink.push(words[i + 1]);
        sink.push(words[i + 2]);
      }
      break;
    default:
      for (; i < end; i++) sink.push(words[i]);
  }
}
