import type { Store } from '../store.js';
import { grown } from '../unit-types.js';
import { typesAgree } from './agreement.js';
import { type FunctionData, FunctionRows, RowFlag } from './function-rows.js';
import type { FunctionSymbols } from './function-symbols.js';
import { Fn, type FunctionTag, Parameter, type UnitFunctions } from './unit-functions.js';

/** What is known of a name, from all of its functions together. */
export const Name = {
  /** A parameter is in another register than the calling convention says. */
  unexpectedRegister: 1,
  uncertain: 2,
  reordered: 4,
  /** Two functions of the name differ in the types of parameters or result. */
  inconsistent: 8,
} as const;

/** What spoils a changed signature, even if it is known. */
const SPOILT = Name.unexpectedRegister | Name.uncertain;
const NONE = -1;

/** Names of functions in columns, as `Functions` has them. */
export interface NameData {
  readonly count: number;
  readonly name: Int32Array;
  readonly flags: Uint8Array;
  readonly firstFlags: Uint8Array;
  readonly first: Int32Array;
  readonly placed: Int32Array;
  readonly faithful: Int32Array;
  readonly exactFirst: Int32Array;
  readonly exact: Int32Array;
  readonly exactFirstName: Int32Array;
  readonly exactName: Int32Array;
}

/** What a thread found. */
export interface FunctionsData {
  readonly rows: FunctionData;
  readonly names: NameData;
}

/** A function of a unit, as it is added to its name. */
interface State {
  readonly row: number;
  readonly flags: number;
  readonly isPlaced: boolean;
  /** Its whole name, with a suffix; 0 for none. */
  readonly exactName: number;
}

/**
 * The functions of all units by name. Of each name a few rows are kept: the first function; the first whose code is
 * where a symbol of the name is; the first of these that lost no parameters; and, for true_signature, the first whose
 * symbol has a suffix. After pahole's saved_functions_combine and btf_encoder__select_canonical_state (btf_encoder.c),
 * which see all functions of a name in the order of the units.
 */
export class Functions implements NameData {
  readonly rows = new FunctionRows();
  count = 0;
  name = new Int32Array(16);
  /** Name flags. */
  flags = new Uint8Array(16);
  /** Those of the first function alone. */
  firstFlags = new Uint8Array(16);
  first = new Int32Array(16);
  placed = new Int32Array(16);
  faithful = new Int32Array(16);
  exactFirst = new Int32Array(16);
  exact = new Int32Array(16);
  exactFirstName = new Int32Array(16);
  exactName = new Int32Array(16);
  /** Number of a name among the names of functions + 1. */
  private numberOf: Int32Array;
  private readonly store: Store;
  private readonly symbols: FunctionSymbols;
  private readonly trueSignature: boolean;

  constructor(store: Store, symbols: FunctionSymbols, trueSignature: boolean) {
    this.store = store;
    this.symbols = symbols;
    this.trueSignature = trueSignature;
    this.numberOf = new Int32Array(symbols.nameCount);
  }

  /** Is a function of that name of interest? */
  isWanted(name: number): boolean {
    return this.symbols.has(name);
  }

  /** Takes over the functions of a unit, rows from `from` up to `to`, their references turned into nodes. */
  settle(
    unit: number,
    functions: UnitFunctions,
    from: number,
    to: number,
    nodeOf: (reference: number) => number,
  ): void {
    for (let i = from; i < to; i++) {
      const name = functions.name[i]!;
      if (name <= 0 || !this.isWanted(name) || (functions.flags[i]! & Fn.unnamed) !== 0) continue;
      this.add(name, this.stateOf(unit, functions, i, nodeOf));
    }
  }

  private stateOf(
    unit: number,
    functions: UnitFunctions,
    i: number,
    nodeOf: (reference: number) => number,
  ): State {
    const { rows, symbols } = this;
    const name = functions.name[i]!;
    const flags = functions.flags[i]!;
    const lo = functions.addressLo[i]!;
    const hi = functions.addressHi[i]!;
    const isKnown = lo !== 0 || hi !== 0;
    const changed = (flags & (Fn.clang | Fn.nocall)) === (Fn.clang | Fn.nocall);
    const awry =
      !this.trueSignature &&
      (flags & Fn.optimized) !== 0 &&
      (changed || (isKnown && symbols.isOptimizedAt(name, lo, hi)));
    const row = rows.add(nodeOf(functions.result[i]!), awry ? RowFlag.optimizedAway : 0, unit);
    for (let p = functions.first[i]!; p < functions.first[i + 1]!; p++) {
      if ((functions.parameterFlags[p]! & Parameter.dropped) === 0)
        rows.addParameter(functions.parameterName[p]!, nodeOf(functions.parameterType[p]!));
    }
    if ((flags & Fn.variadic) !== 0) rows.addParameter(0, 0);
    const tags = functions.tags.get(i);
    if (tags !== undefined) rows.tags.set(row, tags);
    return {
      row,
      flags:
        ((flags & Fn.unexpectedRegister) !== 0 ? Name.unexpectedRegister : 0) |
        ((flags & Fn.uncertain) !== 0 ? Name.uncertain : 0) |
        ((flags & Fn.reordered) !== 0 ? Name.reordered : 0),
      isPlaced: symbols.isAt(name, lo, hi),
      exactName: this.trueSignature && isKnown ? symbols.suffixedAt(name, lo, hi) : 0,
    };
  }

  private add(name: number, { row, flags, isPlaced, exactName }: State): void {
    let n = this.numberOf[name]! - 1;
    const isFirst = n < 0;
    if (isFirst) n = this.addName(name, row, flags);
    else this.combine(n, row, flags);
    const isFaithful = isPlaced && (this.rows.flags[row]! & RowFlag.optimizedAway) === 0;
    let kept = isFirst ? row : NONE;
    const keep = () => {
      if (kept === NONE) kept = this.rows.equal(this.first[n]!, row) ? this.first[n]! : row;
      return kept;
    };
    if (isPlaced && this.placed[n] === NONE) this.placed[n] = keep();
    if (isFaithful && this.faithful[n] === NONE) this.faithful[n] = keep();
    if (exactName !== 0) {
      if (isFirst) {
        this.exactFirst[n] = row;
        this.exactFirstName[n] = exactName;
      } else if (this.exact[n] === NONE && (this.flags[n]! & SPOILT) === 0) {
        this.exact[n] = keep();
        this.exactName[n] = exactName;
      }
    }
    if (kept !== row) this.rows.removeLast();
  }

  private addName(name: number, row: number, flags: number): number {
    const n = this.count++;
    if (n === this.name.length) this.grow();
    this.numberOf[name] = n + 1;
    this.name[n] = name;
    this.flags[n] = flags;
    this.firstFlags[n] = flags;
    this.first[n] = row;
    this.placed[n] = NONE;
    this.faithful[n] = NONE;
    this.exactFirst[n] = NONE;
    this.exact[n] = NONE;
    return n;
  }

  /** One more function of a name. */
  private combine(n: number, row: number, flags: number): void {
    if ((this.flags[n]! & Name.inconsistent) === 0 && !this.agree(this.first[n]!, row))
      flags |= Name.inconsistent;
    this.flags[n]! |= flags;
  }

  /** pahole's funcs__match. */
  private agree(a: number, b: number): boolean {
    const { rows, store } = this;
    const shift = rows.first[b]! - rows.first[a]!;
    if (rows.first[b + 1]! - rows.first[a + 1]! !== shift) return false;
    if (!typesAgree(store, rows.result[a]!, rows.result[b]!)) return false;
    for (let i = rows.first[a]!; i < rows.first[a + 1]!; i++) {
      if (!typesAgree(store, rows.parameterType[i]!, rows.parameterType[i + shift]!)) return false;
    }
    return true;
  }

  /** The row that stands for a name: pahole's canonical state. */
  canonical(n: number): number {
    if (this.faithful[n] !== NONE) return this.faithful[n]!;
    return this.placed[n] !== NONE ? this.placed[n]! : this.first[n]!;
  }

  /** For true_signature: row and whole name of the function that has a suffix, if its signature can be trusted. */
  exactOf(n: number): { readonly row: number; readonly name: number } | undefined {
    if (this.exactFirst[n] !== NONE && (this.flags[n]! & SPOILT) === 0)
      return { row: this.exactFirst[n]!, name: this.exactFirstName[n]! };
    return this.exact[n] === NONE ? undefined : { row: this.exact[n]!, name: this.exactName[n]! };
  }

  /** Takes over what another thread found, which read later units. */
  absorb(
    { rows, names }: FunctionsData,
    nodeOf: (node: number) => number,
    nameOf: (name: number) => number,
  ): void {
    const copy = (row: number) => copyRow(this.rows, rows, row, nodeOf, nameOf);
    for (let o = 0; o < names.count; o++) {
      const name = nameOf(names.name[o]!);
      const known = this.numberOf[name]! - 1;
      const copies = new Map<number, number>();
      const own = (row: number) => {
        if (row === NONE) return NONE;
        if (!copies.has(row)) copies.set(row, copy(row));
        return copies.get(row)!;
      };
      const spoilt = known >= 0 && (this.flags[known]! & SPOILT) !== 0;
      const first = own(names.first[o]!);
      let n = known;
      if (n < 0) {
        n = this.addName(name, first, names.flags[o]!);
        this.firstFlags[n] = names.firstFlags[o]!;
        this.exactFirst[n] = own(names.exactFirst[o]!);
        this.exactFirstName[n] = names.exactFirst[o] === NONE ? 0 : nameOf(names.exactFirstName[o]!);
      } else {
        this.combine(n, first, names.flags[o]!);
        const isSpoilt = spoilt || (names.firstFlags[o]! & SPOILT) !== 0;
        if (names.exactFirst[o] !== NONE && this.exact[n] === NONE && !isSpoilt) {
          this.exact[n] = own(names.exactFirst[o]!);
          this.exactName[n] = nameOf(names.exactFirstName[o]!);
        }
      }
      if (this.placed[n] === NONE) this.placed[n] = own(names.placed[o]!);
      if (this.faithful[n] === NONE) this.faithful[n] = own(names.faithful[o]!);
      if (this.exact[n] === NONE && names.exact[o] !== NONE && !spoilt) {
        this.exact[n] = own(names.exact[o]!);
        this.exactName[n] = nameOf(names.exactName[o]!);
      }
    }
  }

  data(): FunctionsData {
    const { count, name, flags, firstFlags, first, placed, faithful } = this;
    const { exactFirst, exact, exactFirstName, exactName } = this;
    return {
      rows: this.rows.data(),
      names: {
        ...{ count, name, flags, firstFlags, first, placed, faithful },
        ...{ exactFirst, exact, exactFirstName, exactName },
      },
    };
  }

  private grow(): void {
    const capacity = this.name.length * 2;
    this.name = grown(this.name, capacity);
    this.flags = grown(this.flags, capacity);
    this.firstFlags = grown(this.firstFlags, capacity);
    this.first = grown(this.first, capacity);
    this.placed = grown(this.placed, capacity);
    this.faithful = grown(this.faithful, capacity);
    this.exactFirst = grown(this.exactFirst, capacity);
    this.exact = grown(this.exact, capacity);
    this.exactFirstName = grown(this.exactFirstName, capacity);
    this.exactName = grown(this.exactName, capacity);
  }
}

/** Adds a row of another thread's. */
function copyRow(
  rows: FunctionRows,
  other: FunctionData,
  row: number,
  nodeOf: (node: number) => number,
  nameOf: (name: number) => number,
): number {
  const copy = rows.add(nodeOf(other.result[row]!), other.flags[row]!, other.unit[row]!);
  for (let i = other.first[row]!; i < other.first[row + 1]!; i++) {
    rows.addParameter(nameOf(other.parameterName[i]!), nodeOf(other.parameterType[i]!));
  }
  const tags = other.tags.get(row);
  if (tags !== undefined) {
    rows.tags.set(
      copy,
      tags.map((tag): FunctionTag => ({ ...tag, name: nameOf(tag.name) })),
    );
  }
  return copy;
}
