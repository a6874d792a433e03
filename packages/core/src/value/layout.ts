import { Kind } from '../btf/index.js';
import { DEEPEST, endless, type Sizes } from '../c/sizes.js';
import type { Types } from '../c/types.js';
import { Errno } from './errno.js';

/** libbpf's MAX_RESOLVE_DEPTH */
const LONGEST_CHAIN = 32;
const UINT32_MAX = 0xffffffff;

/** Where values begin and end, as libbpf's btf__resolve_size and btf__align_of have it. */
export class Layout {
  readonly types: Types;
  private readonly sizes: Sizes;

  constructor(types: Types, sizes: Sizes) {
    this.types = types;
    this.sizes = sizes;
  }

  /** In bytes, or a negative errno. */
  sizeOf(id: number): number {
    const { types } = this;
    let count = 1;
    for (let i = 0; i < LONGEST_CHAIN; i++) {
      switch (types.kinds[id]) {
        case Kind.INT:
        case Kind.STRUCT:
        case Kind.UNION:
        case Kind.ENUM:
        case Kind.ENUM64:
        case Kind.DATASEC:
        case Kind.FLOAT:
          return product(count, types.third(id));
        case Kind.PTR:
          return product(count, types.pointerSize);
        case Kind.TYPEDEF:
        case Kind.VOLATILE:
        case Kind.CONST:
        case Kind.RESTRICT:
        case Kind.VAR:
        case Kind.DECL_TAG:
        case Kind.TYPE_TAG:
          id = types.third(id);
          break;
        case Kind.ARRAY:
          count = product(count, this.lengthOf(id));
          if (count < 0) return count;
          id = this.elementOf(id);
          break;
        default:
          return Errno.EINVAL;
      }
    }
    return Errno.EINVAL;
  }

  /** Whether a value of type `id` at byte `at` is where a compiler would put it. Never true of what has no alignment. */
  isAligned(id: number, at: number): boolean {
    const alignment = this.sizes.alignOf(id);
    return alignment !== 0 && at % alignment === 0;
  }

  /** What modifiers and typedefs stand for. Throws FormatError for those that stand for each other. */
  targetOf(id: number): number {
    const { types } = this;
    let target = id;
    for (let steps = 0; steps <= DEEPEST; steps++) {
      switch (types.kinds[target]) {
        case Kind.TYPEDEF:
        case Kind.VOLATILE:
        case Kind.CONST:
        case Kind.RESTRICT:
        case Kind.TYPE_TAG:
          target = types.third(target);
          break;
        default:
          return target;
      }
    }
    throw endless(id);
  }

  elementOf(array: number): number {
    return this.types.words[this.types.records[array]! + 3]!;
  }

  lengthOf(array: number): number {
    return this.types.words[this.types.records[array]! + 5]!;
  }

  /** Whether `id` is an integer of one byte, which an array shows as characters. */
  isCharacter(id: number): boolean {
    return this.types.kinds[this.targetOf(id)] === Kind.INT && this.sizeOf(id) === 1;
  }
}

function product(count: number, size: number): number {
  return count * size > UINT32_MAX ? Errno.E2BIG : count * size;
}
