/** Reference to void: the DIE has no DW_AT_type. */
export const VOID_REFERENCE = -1;

/** Reference to row `row` itself: what stands between a pointer and its target has no DIE of its own. */
export function rowReference(row: number): number {
  return -2 - row;
}

/** In `memberBits`, beside the bitfield size: the size of the member's type is to be added to its offset. */
export const ADD_TYPE_SIZE = 1 << 16;

/** Kinds of a UnitTypes row beside BTF's own: a type that stands for another, and one that stands for void. */
export const ALIAS = 29;
export const NOTHING = 30;

/**
 * The type DIEs of one unit (or of a group of units that refer to each other), in columns: what the scanner found
 * and the interner has not looked at yet. Row i is a type; references are offsets, resolved through `index`.
 */
export class UnitTypes {
  count = 0;
  /** BTF kind, ALIAS or NOTHING. */
  kind = new Uint8Array(4096);
  /** A name number (see Names). */
  name = new Int32Array(4096);
  /** Offset of the type that this one is made of, VOID_REFERENCE for void. */
  reference = new Int32Array(4096);
  /** Size in bytes; ARRAY: number of elements; INT, FLOAT: see the scanner. */
  size = new Uint32Array(4096);
  /** INT: BTF_INT_*; ENUM64 and ENUM: 1 when signed; FUNC_PROTO: 1 when variadic. */
  encoding = new Uint8Array(4096);
  /** 1: declared here and not defined (DW_AT_declaration). */
  declaration = new Uint8Array(4096);
  /** Rows of `member*`: members, enumerators or parameters. */
  first = new Int32Array(4096);
  members = new Int32Array(4096);
  /** Where the DIE stands: offset of the same sort as references. */
  offset = new Int32Array(4096);

  memberCount = 0;
  /** A token (see NameTokens). */
  memberName = new Int32Array(16384);
  memberReference = new Int32Array(16384);
  /** Bit offset; enumerator: low 32 bits of the value. */
  memberOffset = new Int32Array(16384);
  /** Bitfield size in bits, 0 for others; enumerator: high 32 bits of the value. */
  memberBits = new Int32Array(16384);

  reset(): void {
    this.count = 0;
    this.memberCount = 0;
  }

  /** A new row of a kind that has a name and a reference at most. */
  add(kind: number, offset: number, name: number, reference: number): number {
    const row = this.count++;
    if (row === this.kind.length) this.growTypes();
    this.kind[row] = kind;
    this.name[row] = name;
    this.reference[row] = reference;
    this.offset[row] = offset;
    this.declaration[row] = 0;
    return row;
  }

  /** As `add`, for kinds that have a size, an encoding or members: these columns are 0 too. */
  addSized(kind: number, offset: number, name: number, reference: number): number {
    const row = this.add(kind, offset, name, reference);
    this.size[row] = 0;
    this.encoding[row] = 0;
    this.first[row] = this.memberCount;
    this.members[row] = 0;
    return row;
  }

  addMember(name: number, reference: number, offset: number, bits: number): void {
    const row = this.memberCount++;
    if (row >= this.memberName.length) this.reserveMembers(0);
    this.memberName[row] = name;
    this.memberReference[row] = reference;
    this.memberOffset[row] = offset;
    this.memberBits[row] = bits;
  }

  private growTypes(): void {
    const capacity = this.kind.length * 2;
    this.kind = grown(this.kind, capacity);
    this.name = grown(this.name, capacity);
    this.reference = grown(this.reference, capacity);
    this.size = grown(this.size, capacity);
    this.encoding = grown(this.encoding, capacity);
    this.declaration = grown(this.declaration, capacity);
    this.first = grown(this.first, capacity);
    this.members = grown(this.members, capacity);
    this.offset = grown(this.offset, capacity);
  }

  /** Makes room for `more` rows behind those that are there. */
  reserveMembers(more: number): void {
    if (this.memberCount + more <= this.memberName.length) return;
    const capacity = Math.max(this.memberName.length * 2, this.memberCount + more);
    this.memberName = grown(this.memberName, capacity);
    this.memberReference = grown(this.memberReference, capacity);
    this.memberOffset = grown(this.memberOffset, capacity);
    this.memberBits = grown(this.memberBits, capacity);
  }
}

type Column = Uint8Array | Int32Array | Uint32Array;

/** A copy of `column` with room for `capacity` values. */
export function grown<T extends Column>(column: T, capacity: number): T {
  const next = new (column.constructor as new (length: number) => T)(capacity);
  next.set(column);
  return next;
}

