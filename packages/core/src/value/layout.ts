import { Kind } from '../btf/index.js';
import { DEEPEST, endless, type Sizes } from '../c/sizes.js';
import type { Types } from '../c/types.js';

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
    return this.sizes.resolveSize(id);
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
