import type { Sizes } from './sizes.js';
import { type Composite, type Holes, isStruct, type Type } from './types.js';

/**
 * Which structs have a `packed` attribute, as their members' offsets tell. As in pahole a struct is judged once, and
 * what contains it may have judged it before, so that the answer can depend on what was printed earlier.
 */
export class Packing {
  private readonly sizes: Sizes;
  private readonly holesOf: (type: Composite) => Holes;

  constructor(sizes: Sizes, holesOf: (type: Composite) => Holes) {
    this.sizes = sizes;
    this.holesOf = holesOf;
  }

  /** Judges a struct (pahole dwarves.c, class__infer_packed_attributes). */
  judge(type: Composite): void {
    if (type.isPackingKnown) return;
    const { padding, count } = this.holesOf(type);
    type.isPackingKnown = true;
    if (padding !== 0 || count !== 0) {
      type.isPacked = false;
      // It is not packed, but a member that stands where its own alignment would not have it must be.
      for (const { member, inner } of this.members(type))
        if (this.breaks(member.byteOffset, inner)) markPacked(inner);
      return;
    }
    let most = 1;
    for (const { member, inner } of this.members(type)) {
      const natural = this.sizes.natural(inner);
      most = Math.max(most, natural);
      if (member.byteOffset % natural !== 0) {
        type.isPacked = true;
        return;
      }
    }
    if (type.size % most !== 0) type.isPacked = true;
  }

  /** A struct whose alignment does not go with the size of the union that it is in is packed. */
  judgeMembersOf(union: Composite): void {
    if (union.isPackingKnown) return;
    union.isPackingKnown = true;
    for (const { inner } of this.members(union)) if (this.breaks(union.size, inner)) markPacked(inner);
  }

  private members(type: Composite) {
    return type.members.map(member => ({ member, inner: this.sizes.strip(member.type) }));
  }

  private breaks(offset: number, inner: Type | null): inner is Composite {
    return isStruct(inner) && offset % this.sizes.natural(inner) !== 0;
  }
}

function markPacked(type: Composite): void {
  type.isPacked = true;
  type.isPackingKnown = true;
}
