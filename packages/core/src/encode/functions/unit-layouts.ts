import { Kind } from '../../btf/index.js';
import type { OffsetIndex } from '../offset-index.js';
import { ALIAS, NOTHING, type UnitTypes, VOID_REFERENCE } from '../unit-types.js';

/** Deeper than any chain of types in C. */
const MAX_DEPTH = 100;

/** Sizes and alignments of a unit's types as its rows have them, before the interner uses these up. */
export class UnitLayouts {
  readonly types: UnitTypes;
  private readonly index: OffsetIndex;
  private readonly addressSize: number;
  /** What is known of structs, by row. */
  private readonly packed = new Map<number, boolean>();

  constructor(types: UnitTypes, index: OffsetIndex, addressSize: number) {
    this.types = types;
    this.index = index;
    this.addressSize = addressSize;
  }

  /** Row of what a reference leads to; -1 for void, or where no type is. */
  rowOf(reference: number): number {
    return reference < VOID_REFERENCE ? -2 - reference : reference < 0 ? -1 : this.index.get(reference);
  }

  /**
   * Size in bytes of a parameter's type, 0 for none: the first DW_AT_byte_size on the way from qualifiers and
   * typedefs to what they stand for (dwarf_loader.c, get_type_byte_size).
   */
  parameterSize(reference: number): number {
    const { types } = this;
    for (let depth = 0; depth < MAX_DEPTH; depth++) {
      const row = this.rowOf(reference);
      if (row < 0) return 0;
      const kind = types.kind[row]!;
      if (kind === Kind.PTR) return this.addressSize;
      if (kind !== Kind.ARRAY && isSized(kind)) return types.size[row]!;
      reference = types.reference[row]!;
    }
    return 0;
  }

  /** Size in bytes of a variable's type, 0 for what has none (dwarves.c, tag__size). */
  byteSize(reference: number): number {
    return this.size(reference, 0);
  }

  /** Is it a struct, maybe behind `const` and typedefs? (dwarf_loader.c, param__is_struct) */
  isStruct(reference: number): boolean {
    return this.structBehind(reference, kind => kind === Kind.TYPEDEF || kind === Kind.CONST) >= 0;
  }

  /** Type of the member of a struct at `offset` bytes, and its name token; `undefined` where none begins there. */
  memberAt(reference: number, offset: number): { readonly type: number; readonly name: number } | undefined {
    const { types } = this;
    const row = this.structBehind(reference, kind => !isSized(kind) && kind !== Kind.PTR);
    if (row < 0) return undefined;
    const first = types.first[row]!;
    for (let i = first; i < first + types.members[row]!; i++) {
      if (this.bitOffset(row, i) === offset * 8)
        return { type: types.memberReference[i]!, name: types.memberName[i]! };
    }
    return undefined;
  }

  private structBehind(reference: number, through: (kind: number) => boolean): number {
    const { types } = this;
    for (let depth = 0; depth < MAX_DEPTH; depth++) {
      const row = this.rowOf(reference);
      if (row < 0) return -1;
      const kind = types.kind[row]!;
      if (kind === Kind.STRUCT) return row;
      if (!through(kind)) return -1;
      reference = types.reference[row]!;
    }
    return -1;
  }

  /** Begins with other types. */
  reset(): void {
    this.packed.clear();
  }

  /**
   * Is the struct that a reference leads to, without a detour, named and packed: a member is not aligned, or the size
   * does not fit the alignment, and there is no hole? Or was it seen as a member, at a place that is not aligned, of a
   * struct with holes that was asked for before? (dwarves.c, class__infer_packed_attributes)
   */
  isPackedStruct(reference: number): boolean {
    const { types } = this;
    const row = this.rowOf(reference);
    if (row < 0 || types.kind[row] !== Kind.STRUCT || types.name[row] === 0) return false;
    const known = this.packed.get(row);
    if (known !== undefined) return known;
    const hasHoles = this.hasHoles(row);
    if (hasHoles) this.markMembers(row);
    const isPacked = !hasHoles && this.breaksAlignment(row);
    this.packed.set(row, isPacked);
    return isPacked;
  }

  /** type__check_structs_at_unnatural_alignments. */
  private markMembers(row: number): void {
    const { types } = this;
    const first = types.first[row]!;
    for (let i = first; i < first + types.members[row]!; i++) {
      const member = this.stripped(types.memberReference[i]!);
      if (member < 0 || types.kind[member] !== Kind.STRUCT) continue;
      if (this.byteOffset(row, i) % this.alignment(member, 0) !== 0) this.packed.set(member, true);
    }
  }

  private breaksAlignment(row: number): boolean {
    const { types } = this;
    const first = types.first[row]!;
    let largest = 1;
    for (let i = first; i < first + types.members[row]!; i++) {
      const alignment = this.alignment(this.stripped(types.memberReference[i]!), 0);
      largest = Math.max(largest, alignment);
      if (this.byteOffset(row, i) % alignment !== 0) return true;
    }
    return types.size[row]! % largest !== 0;
  }

  /** class__find_holes, as far as bytes are concerned. */
  private hasHoles(row: number): boolean {
    const { types } = this;
    const first = types.first[row]!;
    let seen = 0;
    let fieldEnd = types.size[row]! * 8;
    let fieldSize = 0;
    let inField = false;
    for (let i = first; i < first + types.members[row]!; i++) {
      const bits = this.bitSize(row, i);
      const start = this.bitOffset(row, i);
      const unit = 8 * this.size(types.memberReference[i]!, 0);
      if (inField) seen = Math.min(start, fieldEnd);
      if (bits === 0) {
        if (Math.floor(start / 8) > Math.floor(seen / 8)) return true;
        seen = start + unit;
        inField = false;
        fieldSize = 0;
        fieldEnd = seen;
        continue;
      }
      const aligned = this.byteOffset(row, i) * 8;
      if (seen < aligned && aligned <= start && aligned / 8 > Math.floor(seen / 8)) return true;
      seen = start + bits;
      inField = true;
      if (seen > fieldEnd || unit > fieldSize) {
        fieldSize = unit;
        fieldEnd = aligned + unit;
        if (seen > fieldEnd) fieldEnd += unit;
      }
    }
    if (inField) seen = Math.min(types.size[row]! * 8, fieldEnd);
    return types.size[row]! !== Math.floor(seen / 8);
  }

  private bitSize(struct: number, member: number): number {
    const { types } = this;
    if (types.encoding[struct] === 0) return 0;
    return types.wantSize.get(member) ?? types.memberOffset[member]! >>> 24;
  }

  private bitOffset(struct: number, member: number): number {
    const { types } = this;
    const offset = types.memberOffset[member]!;
    if (types.encoding[struct] === 0) return offset >>> 0;
    return types.wantSize.has(member)
      ? offset + 8 * this.size(types.memberReference[member]!, 0)
      : offset & 0xffffff;
  }

  /** Of a bitfield: where the unit begins that its type would have there. */
  private byteOffset(struct: number, member: number): number {
    const offset = this.bitOffset(struct, member);
    const size = this.bitSize(struct, member) === 0 ? 0 : this.size(this.types.memberReference[member]!, 0);
    return size === 0 ? Math.floor(offset / 8) : Math.floor(offset / (8 * size)) * size;
  }

  private size(reference: number, depth: number): number {
    const { types } = this;
    const row = this.rowOf(reference);
    if (row < 0 || depth > MAX_DEPTH) return 0;
    const kind = types.kind[row]!;
    if (kind === Kind.PTR || kind === Kind.FUNC_PROTO) return this.addressSize;
    if (kind === Kind.ARRAY) return types.size[row]! * this.size(types.reference[row]!, depth + 1);
    if (!isSized(kind)) return this.size(types.reference[row]!, depth + 1);
    // A class without members has a size all the same.
    return types.size[row] === 1 && types.members[row] === 0 && isComposite(kind) ? 0 : types.size[row]!;
  }

  /** What typedefs and qualifiers stand for. */
  private stripped(reference: number): number {
    const { types } = this;
    let row = this.rowOf(reference);
    for (let depth = 0; row >= 0 && depth < MAX_DEPTH; depth++) {
      const kind = types.kind[row]!;
      if (isSized(kind) || kind === Kind.PTR || kind === Kind.FUNC_PROTO) return row;
      row = this.rowOf(types.reference[row]!);
    }
    return -1;
  }

  /** tag__natural_alignment, of a row. */
  private alignment(row: number, depth: number): number {
    const { types } = this;
    if (row < 0 || depth > MAX_DEPTH) return 1;
    const kind = types.kind[row]!;
    if (kind === Kind.PTR) return this.addressSize;
    if (kind === Kind.ARRAY) return this.alignment(this.stripped(types.reference[row]!), depth + 1);
    if (kind === Kind.FUNC_PROTO) return 1;
    if (!isComposite(kind)) return types.size[row]! || 1;
    const first = types.first[row]!;
    let largest = 1;
    for (let i = first; i < first + types.members[row]!; i++) {
      largest = Math.max(largest, this.alignment(this.stripped(types.memberReference[i]!), depth + 1));
    }
    return largest;
  }
}

function isComposite(kind: number): boolean {
  return kind === Kind.STRUCT || kind === Kind.UNION;
}

function isSized(kind: number): boolean {
  switch (kind) {
    case Kind.TYPEDEF:
    case Kind.CONST:
    case Kind.VOLATILE:
    case Kind.RESTRICT:
    case Kind.TYPE_TAG:
    case Kind.PTR:
    case Kind.FUNC_PROTO:
    case ALIAS:
    case NOTHING:
      return false;
    default:
      return true;
  }
}
