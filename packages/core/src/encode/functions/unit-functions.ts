import { grown } from '../unit-types.js';

/** What is known of a function as one unit has it. */
export const Fn = {
  external: 1,
  variadic: 2,
  /** A parameter has no name: a declaration in all but attribute. */
  unnamed: 4,
  /** DW_AT_inline: no code belongs to this DIE. */
  inline: 8,
  /** DW_CC_nocall: clang changed the signature. */
  nocall: 16,
  clang: 32,
  /** It has DW_AT_low_pc. */
  placed: 64,
  /** What `Signatures` finds: */
  unexpectedRegister: 128,
  reordered: 256,
  /** A packed struct on the stack: where the parameters behind it are is not certain. */
  uncertain: 512,
  /** A parameter has no location, or its value is known. */
  optimized: 1024,
} as const;

/** What is known of a parameter. */
export const Parameter = {
  /** The DIE has a type of its own. */
  typed: 1,
  named: 2,
  located: 4,
  /** DW_AT_const_value. */
  constant: 8,
  /** Its first location is a constant, or in the frame. */
  constantLocation: 16,
  inFrame: 32,
  /** Its own location has pieces of it in places of their own. */
  inPieces: 512,
  /** What `Signatures` finds: */
  unexpectedRegister: 64,
  optimized: 128,
  /** Not in the prototype. */
  dropped: 256,
} as const;

/** The name of a function whose abstract instance has it. */
export const NAME_AT_ORIGIN = -1;
export const NO_ORIGIN = -1;

/** A declaration tag of a function (component -1) or of one of its parameters. */
export interface FunctionTag {
  readonly component: number;
  readonly name: number;
}

/** Of a parameter with Parameter.unexpectedRegister: DWARF registers. */
export interface UnexpectedRegister {
  /** -1: in none. */
  readonly found: number;
  readonly expected: readonly number[];
}

/**
 * The functions of one unit (or of a group of units that refer to each other) in columns, as the scanner found them:
 * types are references, offsets of DIEs are of the same sort. Row i is a function; its parameters are the rows of
 * `parameter*` from `first[i]` up to `first[i + 1]`.
 */
export class UnitFunctions {
  count = 0;
  /** A name number, or NAME_AT_ORIGIN. */
  name = new Int32Array(16);
  result = new Int32Array(16);
  first = new Int32Array(16);
  flags = new Int32Array(16);
  /** Where its DIE is, and that of its abstract instance, or NO_ORIGIN. */
  offset = new Int32Array(16);
  origin = new Int32Array(16);
  /** DW_AT_low_pc in halves. */
  addressLo = new Int32Array(16);
  addressHi = new Int32Array(16);
  /** Rows in the order in which their DIEs end: a function of GNU C in front of the one that it stands in. */
  ended = new Int32Array(16);
  private endedCount = 0;
  parameterCount = 0;
  parameterName = new Int32Array(16);
  parameterType = new Int32Array(16);
  parameterFlags = new Int32Array(16);
  parameterOffset = new Int32Array(16);
  parameterOrigin = new Int32Array(16);
  /** Which of its function's parameters it is, from 0 on. */
  parameterIndex = new Int32Array(16);
  /** See ParameterLocation. */
  register = new Int32Array(16);
  wideRegister = new Int32Array(16);
  firstFields = new Int32Array(16);
  secondFields = new Int32Array(16);
  readonly tags = new Map<number, readonly FunctionTag[]>();
  /** By row of the parameter; rare. */
  readonly unexpected = new Map<number, UnexpectedRegister>();
  /** DIEs came in the order of their offsets, so that they can be found by halving. */
  private ascending = true;

  reset(): void {
    this.count = 0;
    this.endedCount = 0;
    this.parameterCount = 0;
    this.ascending = true;
    if (this.tags.size > 0) this.tags.clear();
    if (this.unexpected.size > 0) this.unexpected.clear();
  }

  add(offset: number, name: number, result: number, flags: number): number {
    const row = this.count++;
    // One more: `first` of the next row is the end of this one's parameters.
    if (row + 1 === this.name.length) this.growFunctions();
    this.name[row] = name;
    this.result[row] = result;
    this.first[row] = this.parameterCount;
    this.first[row + 1] = this.parameterCount;
    this.flags[row] = flags;
    this.offset[row] = offset;
    this.origin[row] = NO_ORIGIN;
    this.addressLo[row] = 0;
    this.addressHi[row] = 0;
    if (row > 0 && offset < this.offset[row - 1]!) this.ascending = false;
    return row;
  }

  /** The DIE of a function is behind the reader, with all that is in it. */
  end(row: number): void {
    this.ended[this.endedCount++] = row;
  }

  /** A parameter of the function that was added last. */
  addParameter(offset: number, name: number, type: number, flags: number): number {
    const row = this.parameterCount++;
    if (row === this.parameterName.length) this.growParameters();
    this.parameterOffset[row] = offset;
    this.parameterName[row] = name;
    this.parameterType[row] = type;
    this.parameterFlags[row] = flags;
    this.parameterOrigin[row] = NO_ORIGIN;
    this.parameterIndex[row] = row - this.first[this.count - 1]!;
    this.register[row] = -1;
    this.wideRegister[row] = -1;
    this.firstFields[row] = 0;
    this.secondFields[row] = 0;
    this.first[this.count] = this.parameterCount;
    return row;
  }

  addTags(row: number, component: number, names: readonly number[]): void {
    if (names.length === 0) return;
    const tags = this.tags.get(row) ?? [];
    this.tags.set(row, [...tags, ...names.map(name => ({ component, name }))]);
  }

  /** The function whose DIE is at `offset`, or -1. */
  at(offset: number): number {
    return this.find(this.offset, this.count, offset);
  }

  parameterAt(offset: number): number {
    return this.find(this.parameterOffset, this.parameterCount, offset);
  }

  private find(offsets: Int32Array, count: number, wanted: number): number {
    if (!this.ascending) {
      const row = offsets.indexOf(wanted);
      return row < count ? row : -1;
    }
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (offsets[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return low < count && offsets[low] === wanted ? low : -1;
  }

  private growFunctions(): void {
    const capacity = this.name.length * 2;
    this.name = grown(this.name, capacity);
    this.ended = grown(this.ended, capacity);
    this.result = grown(this.result, capacity);
    this.first = grown(this.first, capacity);
    this.flags = grown(this.flags, capacity);
    this.offset = grown(this.offset, capacity);
    this.origin = grown(this.origin, capacity);
    this.addressLo = grown(this.addressLo, capacity);
    this.addressHi = grown(this.addressHi, capacity);
  }

  private growParameters(): void {
    const capacity = this.parameterName.length * 2;
    this.parameterName = grown(this.parameterName, capacity);
    this.parameterType = grown(this.parameterType, capacity);
    this.parameterFlags = grown(this.parameterFlags, capacity);
    this.parameterOffset = grown(this.parameterOffset, capacity);
    this.parameterOrigin = grown(this.parameterOrigin, capacity);
    this.parameterIndex = grown(this.parameterIndex, capacity);
    this.register = grown(this.register, capacity);
    this.wideRegister = grown(this.wideRegister, capacity);
    this.firstFields = grown(this.firstFields, capacity);
    this.secondFields = grown(this.secondFields, capacity);
  }
}
