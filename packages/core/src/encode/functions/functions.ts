import type { Store } from '../store.js';
import { grown } from '../unit-types.js';
import { mentions, typesAgree } from './agreement.js';
import { type FunctionData, FunctionRows, RowFlag } from './function-rows.js';
import type { FunctionSymbols } from './function-symbols.js';
import { Fn, type FunctionTag, Parameter, type UnitFunctions } from './unit-functions.js';

/** Where Fn has the flags that Name has too. */
const FN_SHIFT = 7;
const FN_MASK = 7;

/** What is known of a name, from all of its functions together: three flags of Fn, and one of its own. */
export const Name = {
  /** A parameter is in another register than the calling convention says. */
  unexpectedRegister: Fn.unexpectedRegister >> FN_SHIFT,
  reordered: Fn.reordered >> FN_SHIFT,
  uncertain: Fn.uncertain >> FN_SHIFT,
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

/** What a unit's references lead to. */
export interface UnitNodes {
  readonly nodeOf: (reference: number) => number;
  /** Nodes that stand for an ENUM64 in this unit. */
  readonly wideEnums: ReadonlySet<number>;
}

/**
 * The functions of all units by name. Of each name a few rows are kept: the first function; the first whose code is
 * where a symbol of the name is; the first of these that lost no parameters; and, for true_signature, the first whose
 * symbol has a suffix. After pahole's saved_functions_combine and btf_encoder__select_canonical_state (btf_encoder.c),
 * which see all functions of a name in the order of the units.
 */
export class Functions implements NameData {
  readonly rows: FunctionRows;
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

  constructor(store: Store, symbols: FunctionSymbols, trueSignature: boolean, rows = new FunctionRows()) {
    this.store = store;
    this.symbols = symbols;
    this.trueSignature = trueSignature;
    this.rows = rows;
    this.numberOf = new Int32Array(symbols.nameCount);
  }

  /** Is a function of that name of interest? */
  isWanted(name: number): boolean {
    return this.symbols.has(name);
  }

  /** Takes over the functions of a unit, rows from `from` up to `to`, their references turned into nodes. */
  settle(unit: number, functions: UnitFunctions, from: number, to: number, nodes: UnitNodes): void {
    for (let k = from; k < to; k++) {
      const i = functions.ended[k]!;
      const name = functions.name[i]!;
      if (name <= 0 || !this.isWanted(name) || (functions.flags[i]! & Fn.unnamed) !== 0) continue;
      const lo = functions.addressLo[i]!;
      const hi = functions.addressHi[i]!;
      const flags = functions.flags[i]!;
      const isKnown = lo !== 0 || hi !== 0;
      const isAwry =
        (flags & Fn.optimized) !== 0 && !this.trueSignature && this.isChanged(name, flags, lo, hi);
      const row = this.addRow(unit, functions, i, isAwry ? RowFlag.optimizedAway : 0, nodes);
      const exactName = this.trueSignature && isKnown ? this.symbols.suffixedAt(name, lo, hi) : 0;
      this.add(name, row, (flags >> FN_SHIFT) & FN_MASK, this.symbols.isAt(name, lo, hi), exactName);
    }
  }

  /** Does the code not have the source's signature, as the symbol or the calling convention tells? */
  private isChanged(name: number, flags: number, lo: number, hi: number): boolean {
    const nocall = Fn.clang | Fn.nocall;
    if ((flags & nocall) === nocall) return true;
    return (lo !== 0 || hi !== 0) && this.symbols.isOptimizedAt(name, lo, hi);
  }

  private addRow(
    unit: number,
    functions: UnitFunctions,
    i: number,
    flags: number,
    { nodeOf, wideEnums }: UnitNodes,
  ): number {
    const { rows } = this;
    const first = functions.first[i]!;
    const end = functions.first[i + 1]!;
    const row = rows.add(nodeOf(functions.result[i]!), flags, unit);
    for (let p = first; p < end; p++) {
      if ((functions.parameterFlags[p]! & Parameter.dropped) === 0)
        rows.addParameter(functions.parameterName[p]!, nodeOf(functions.parameterType[p]!));
    }
    if ((functions.flags[i]! & Fn.variadic) !== 0) rows.addParameter(0, 0);
    if (wideEnums.size > 0) rows.wide[row] = this.wideIn(row, wideEnums);
    if (functions.tags.size > 0) {
      const tags = functions.tags.get(i);
      if (tags !== undefined)
        rows.tags.set(row, withoutDropped(tags, functions.parameterFlags.subarray(first, end)));
    }
    return row;
  }

  /** Bits for those types of a row (the result first) that an ENUM64 is in. */
  private wideIn(row: number, wideEnums: ReadonlySet<number>): number {
    const { rows, store } = this;
    let bits = mentions(store, rows.result[row]!, wideEnums) ? 1 : 0;
    for (let i = rows.first[row]!; i < rows.first[row + 1]!; i++) {
      if (mentions(store, rows.parameterType[i]!, wideEnums)) bits |= 2 << ((i - rows.first[row]!) % 30);
    }
    return bits;
  }

  /** Adds the function of row `row`, the newest, to its name, and keeps the row if it is one of those that count. */
  private add(name: number, row: number, flags: number, isPlaced: boolean, exactName: number): void {
    let n = this.numberOf[name]! - 1;
    if (n < 0) {
      n = this.addName(name, row, flags);
      if (exactName !== 0) {
        this.exactFirst[n] = row;
        this.exactFirstName[n] = exactName;
      }
      if (isPlaced) this.place(n, row, row);
      return;
    }
    this.combine(n, row, flags);
    const kept = this.rows.equal(this.first[n]!, row) ? this.first[n]! : row;
    let isKept = isPlaced && this.place(n, row, kept);
    if (exactName !== 0 && this.exact[n] === NONE && (this.flags[n]! & SPOILT) === 0) {
      this.exact[n] = kept;
      this.exactName[n] = exactName;
      isKept = true;
    }
    if (!isKept || kept !== row) this.rows.removeLast();
  }

  /** `kept`: the row that stands for `row`. Is it of use? */
  private place(n: number, row: number, kept: number): boolean {
    const isFirst = this.placed[n] === NONE;
    const isFaithful = this.faithful[n] === NONE && (this.rows.flags[row]! & RowFlag.optimizedAway) === 0;
    if (isFirst) this.placed[n] = kept;
    if (isFaithful) this.faithful[n] = kept;
    return isFirst || isFaithful;
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

  /** One more function of a name. Where its parameters are in doubt already, prototypes are not compared, as in pahole. */
  private combine(n: number, row: number, flags: number): void {
    const doubt = Name.inconsistent | Name.unexpectedRegister | Name.reordered;
    if (((this.flags[n]! | flags) & doubt) === 0 && !this.agree(this.first[n]!, row))
      flags |= Name.inconsistent;
    this.flags[n]! |= flags;
  }

  /** Do the types of two rows' parameters and results mean the same? pahole's funcs__match. */
  agree(a: number, b: number): boolean {
    const { rows, store } = this;
    const shift = rows.first[b]! - rows.first[a]!;
    if (rows.first[b + 1]! - rows.first[a + 1]! !== shift) return false;
    // A name stands for an enum of any size.
    if (rows.wide[a] !== rows.wide[b]) return false;
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
    for (let o = 0; o < names.count; o++) {
      const name = nameOf(names.name[o]!);
      const known = this.numberOf[name]! - 1;
      const copies = new Map<number, number>();
      const own = (row: number) => {
        if (row === NONE) return NONE;
        if (!copies.has(row)) copies.set(row, this.rows.copy(rows, row, nodeOf, nameOf));
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

/** Tags without those of parameters that were dropped; the others count the parameters that are left. */
function withoutDropped(tags: readonly FunctionTag[], parameters: Int32Array): readonly FunctionTag[] {
  const isDropped = (component: number) => (parameters[component]! & Parameter.dropped) !== 0;
  const left = tags.filter(({ component }) => component < 0 || !isDropped(component));
  return left.map(tag => {
    let component = tag.component;
    for (let i = 0; i < tag.component; i++) if (isDropped(i)) component--;
    return { ...tag, component };
  });
}
