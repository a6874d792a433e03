import { Kind, kflagOf, vlenOf } from '../btf/index.js';
import type { Sizes } from './sizes.js';
import type { Types } from './types.js';

const UNKNOWN = 0;
const YES = 1;
const NO = 2;

/**
 * Which types have in C the size that BTF gives them. Those have not, nor what holds one of them by value:
 * - unions that are larger than their members make them: an attribute, or members that were left out;
 * - enums of sizes that C cannot ask for, such as 2;
 * - __builtin_va_list, which is each machine's own.
 */
export class Expressible {
  private readonly types: Types;
  private readonly sizes: Sizes;
  private readonly answers: Uint8Array;

  constructor(types: Types, sizes: Sizes) {
    this.types = types;
    this.sizes = sizes;
    this.answers = new Uint8Array(types.endId);
  }

  /** For types that the header has defined, and so do not hold themselves. */
  has(id: number): boolean {
    if (this.answers[id] === UNKNOWN) this.answers[id] = this.find(id) ? YES : NO;
    return this.answers[id] === YES;
  }

  private find(id: number): boolean {
    const { types } = this;
    switch (types.kinds[id]) {
      case Kind.TYPEDEF:
        return !types.isNamed(types.nameOff(id), '__builtin_va_list') && this.has(types.third(id));
      case Kind.CONST:
      case Kind.VOLATILE:
      case Kind.RESTRICT:
      case Kind.TYPE_TAG:
        return this.has(types.third(id));
      case Kind.ARRAY:
        return this.has(types.words[types.records[id]! + 3]!);
      case Kind.STRUCT:
        return this.members(id).every(row => this.has(types.words[row + 1]!));
      case Kind.UNION:
        return this.members(id).every(row => this.has(types.words[row + 1]!)) && this.fills(id);
      case Kind.ENUM:
      case Kind.ENUM64:
        return this.enumeration(id);
      default:
        return true;
    }
  }

  /** Where they are in `words`. */
  private members(id: number): number[] {
    const at = this.types.records[id]!;
    return Array.from({ length: vlenOf(this.types.words[at + 1]!) }, (_, i) => at + 3 + 3 * i);
  }

  /** Whether a union is as large as its members, aligned, are. */
  private fills(id: number): boolean {
    const { types, sizes } = this;
    const isBits = kflagOf(types.words[types.records[id]! + 1]!);
    let most = 0;
    for (const row of this.members(id)) {
      const bits = isBits ? types.words[row + 2]! >>> 24 : 0;
      most = Math.max(most, bits === 0 ? sizes.sizeOf(types.words[row + 1]!) : Math.ceil(bits / 8));
    }
    const alignment = sizes.alignOf(id);
    return Math.ceil(most / alignment) * alignment === types.third(id);
  }

  /** An enum has 4 bytes, 8 if a value needs them; attributes ask for 1, and for those of a pointer. */
  private enumeration(id: number): boolean {
    const { types } = this;
    const at = types.records[id]!;
    const rows = vlenOf(types.words[at + 1]!);
    let isWide = false;
    if (types.kinds[id] === Kind.ENUM64) {
      for (let i = 0; i < rows; i++) if (types.words[at + 5 + 3 * i] !== 0) isWide = true;
    }
    switch (types.third(id)) {
      case 1:
        return true;
      case 4:
        return !isWide;
      case 8:
        return isWide || types.pointerSize === 8;
      default:
        return false;
    }
  }
}
