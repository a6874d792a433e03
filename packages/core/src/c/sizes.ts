import { Kind, kflagOf, kindOf, vlenOf } from '../btf/index.js';
import { FormatError } from '../bytes/index.js';
import type { Types } from './types.js';

/** libbpf's MAX_RESOLVE_DEPTH */
const LONGEST_CHAIN = 32;
const E2BIG = 7;
const EINVAL = 22;
/** Deeper than anything that C can say, and than what the stack here holds. */
export const DEEPEST = 2000;

/** A type that contains itself, or types that stand in each other without end. */
export function endless(id: number): FormatError {
  return new FormatError('leads back to itself, or through too many others, and has no end in C', {
    section: 'types',
    typeId: id,
  });
}

/** Sizes and alignments of types, each found once. */
export class Sizes {
  private readonly types: Types;
  /** Alignment + 1, 0 while it is not known. */
  private readonly alignments: Int32Array;
  private depth = 0;

  constructor(types: Types) {
    this.types = types;
    this.alignments = new Int32Array(types.endId);
  }

  /** In bytes; 0 where libbpf has none (whose errors count as 0). */
  sizeOf(id: number): number {
    return Math.max(this.resolveSize(id), 0);
  }

  /** In bytes, or a negative errno (btf__resolve_size). */
  resolveSize(id: number): number {
    const { kinds, words, records, pointerSize } = this.types;
    let count = 1;
    let at = id;
    for (let i = 0; i < LONGEST_CHAIN; i++) {
      switch (kinds[at]) {
        case Kind.INT:
        case Kind.STRUCT:
        case Kind.UNION:
        case Kind.ENUM:
        case Kind.ENUM64:
        case Kind.DATASEC:
        case Kind.FLOAT:
          return times(count, this.types.third(at));
        case Kind.PTR:
          return times(count, pointerSize);
        case Kind.TYPEDEF:
        case Kind.VOLATILE:
        case Kind.CONST:
        case Kind.RESTRICT:
        case Kind.VAR:
        case Kind.DECL_TAG:
        case Kind.TYPE_TAG:
          at = this.types.third(at);
          break;
        case Kind.ARRAY: {
          const record = records[at]!;
          count = times(count, words[record + 5]!);
          if (count < 0) return count;
          at = words[record + 3]!;
          break;
        }
        default:
          return -EINVAL;
      }
    }
    return -EINVAL;
  }

  /** In bytes; 0 for what has none (btf__align_of). Throws FormatError for types without end. */
  alignOf(id: number): number {
    const known = this.alignments[id]!;
    if (known !== 0) return known - 1;
    if (++this.depth > DEEPEST) throw endless(id);
    const alignment = this.find(id);
    this.depth--;
    this.alignments[id] = alignment + 1;
    return alignment;
  }

  private find(id: number): number {
    const { kinds, pointerSize } = this.types;
    switch (kinds[id]) {
      case Kind.INT:
      case Kind.ENUM:
      case Kind.ENUM64:
      case Kind.FLOAT:
        return Math.min(pointerSize, this.types.third(id));
      case Kind.PTR:
        return pointerSize;
      case Kind.TYPEDEF:
      case Kind.VOLATILE:
      case Kind.CONST:
      case Kind.RESTRICT:
      case Kind.TYPE_TAG:
        return this.alignOf(this.types.third(id));
      case Kind.ARRAY:
        return this.alignOf(this.types.words[this.types.records[id]! + 3]!);
      case Kind.STRUCT:
      case Kind.UNION:
        return this.ofStruct(id);
      default:
        return 0;
    }
  }

  private ofStruct(id: number): number {
    const { words, records } = this.types;
    const at = records[id]!;
    const info = words[at + 1]!;
    let most = 1;
    for (let i = 0; i < vlenOf(info); i++) {
      const row = at + 3 + 3 * i;
      const alignment = this.alignOf(words[row + 1]!);
      if (alignment <= 0) return alignment;
      most = Math.max(most, alignment);
      if (isMisplaced(words[row + 2]!, alignment, kflagOf(info))) return 1;
    }
    return words[at + 2]! % most === 0 ? most : 1;
  }

  /** Some member does not stand where it would by itself, or the size is not a multiple (btf_is_struct_packed). */
  isPacked(id: number): boolean {
    const { words, records } = this.types;
    const at = records[id]!;
    const info = words[at + 1]!;
    if (kindOf(info) !== Kind.STRUCT) return false;
    let most = 1;
    for (let i = 0; i < vlenOf(info); i++) {
      const row = at + 3 + 3 * i;
      const alignment = this.alignOf(words[row + 1]!);
      if (alignment !== 0 && isMisplaced(words[row + 2]!, alignment, kflagOf(info))) return true;
      most = Math.max(most, alignment);
    }
    return words[at + 2]! % most !== 0;
  }
}

function times(count: number, size: number): number {
  const product = count * size;
  return product > 0xffffffff ? -E2BIG : product;
}

/** A member that is no bit field stands off its alignment. `offset` as it is written in the member. */
function isMisplaced(offset: number, alignment: number, kflag: boolean): boolean {
  return !(kflag && offset >>> 24 !== 0) && offset % (8 * alignment) !== 0;
}
