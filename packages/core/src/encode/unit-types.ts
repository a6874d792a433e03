/** Reference to void: the DIE has no DW_AT_type. */
export const VOID_REFERENCE = -1;

/** Reference to row `row` itself: what stands between a pointer and its target has no DIE of its own. */
export function rowReference(row: number): number {
  return -2 - row;
}

/** BTF's word for a bitfield member, size << 24 | bit offset; `undefined` where it does not fit. */
export function packBitfield(offset: number, bits: number): number | undefined {
  return bits > 0xff || offset < 0 || offset > 0xffffff ? undefined : (bits << 24) | offset;
}

/** The token of the empty name (see NameTokens). */
export const NO_NAME = ~0;

/** Kinds of a UnitTypes row beside BTF's own: a type that stands for another, and one that stands for void. */
export const ALIAS = 29;
export const NOTHING = 30;

/**
 * The type DIEs of one unit (or of a group of units that refer to each other), in columns: what the scanner found
 * and the interner has not looked at yet. Columns start small and grow early, before V8 has optimized the code that
 * grows them. Row i is a type; references are offsets, resolved through `index`.
 */
export class UnitTypes {
  count = 0;
  /** BTF kind, ALIAS or NOTHING. */
  kind = new Uint8Array(16);
  /** A name number (see Names). */
  name = new Int32Array(16);
  /** Offset of the type that this one is made of, VOID_REFERENCE for void. */
  reference = new Int32Array(16);
  /** Size in bytes; ARRAY: number of elements; INT, FLOAT: see the scanner. */
  size = new Uint32Array(16);
  /** INT: BTF_INT_*; STRUCT and UNION: 1 with bitfields; ENUM: 1 when signed; FUNC_PROTO: 1 when variadic. */
  encoding = new Uint8Array(16);
  /** 1: declared here and not defined (DW_AT_declaration). */
  declaration = new Uint8Array(16);
  /** Rows of `member*`: members, enumerators or parameters. */
  first = new Int32Array(16);
  members = new Int32Array(16);
  /** Where the DIE stands: offset of the same sort as references. */
  offset = new Int32Array(16);

  /** Rows of named structs, unions and enums that are defined here. */
  definitions = new Int32Array(16);
  definitionCount = 0;

  /**
   * DIEs among the children of types, in the order in which they were read, those of one type together: the row of that
   * type, and the first row of the DIE's own. Rows of the last one end where the unit's do.
   */
  nestedCount = 0;
  nestedIn = new Int32Array(16);
  nestedFirst = new Int32Array(16);

  memberCount = 0;
  /** A token (see NameTokens). */
  memberName = new Int32Array(16);
  memberReference = new Int32Array(16);
  /** Bit offset; bitfield: size << 24 | bit offset; enumerator: low 32 bits of the value. */
  memberOffset = new Int32Array(16);
  /** Of an enumerator of an ENUM64: high 32 bits of the value. Not set for other rows. */
  memberHigh = new Int32Array(16);
  /** Rows of bitfields whose offset still lacks the bits of their type's size, with their own size; rare. */
  readonly wantSize = new Map<number, number>();

  reset(): void {
    this.count = 0;
    this.definitionCount = 0;
    this.nestedCount = 0;
    this.memberCount = 0;
    this.wantSize.clear();
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

  addDefinition(row: number): void {
    if (this.definitionCount === this.definitions.length)
      this.definitions = grown(this.definitions, this.definitionCount * 2);
    this.definitions[this.definitionCount++] = row;
  }

  /** What is added from here on belongs to a DIE that stands in the type of row `parent`. */
  addNested(parent: number): void {
    if (this.nestedCount === this.nestedIn.length) {
      this.nestedIn = grown(this.nestedIn, this.nestedCount * 2);
      this.nestedFirst = grown(this.nestedFirst, this.nestedCount * 2);
    }
    this.nestedIn[this.nestedCount] = parent;
    this.nestedFirst[this.nestedCount++] = this.count;
  }

  addMember(name: number, reference: number, offset: number): void {
    const row = this.memberCount++;
    if (row === this.memberName.length) this.reserveMembers(row + 1);
    this.memberName[row] = name;
    this.memberReference[row] = reference;
    this.memberOffset[row] = offset;
  }

  /** An enumerator of an ENUM64. */
  addWide(name: number, low: number, high: number): void {
    this.addMember(name, VOID_REFERENCE, low);
    this.memberHigh[this.memberCount - 1] = high;
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

  /** Makes room for `count` member rows. */
  reserveMembers(count: number): void {
    const capacity = Math.max(this.memberName.length * 2, count);
    this.memberName = grown(this.memberName, capacity);
    this.memberReference = grown(this.memberReference, capacity);
    this.memberOffset = grown(this.memberOffset, capacity);
    this.memberHigh = grown(this.memberHigh, capacity);
  }
}

type Column = Uint8Array | Int32Array | Uint32Array;

/** A copy of `column` with room for `capacity` values. */
export function grown<T extends Column>(column: T, capacity: number): T {
  const next = new (column.constructor as new (length: number) => T)(capacity);
  next.set(column);
  return next;
}
