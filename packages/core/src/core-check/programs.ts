import { Op } from './code.js';
import type { Extern } from './externs.js';
import { type ObjectFunction, partsOf } from './functions.js';
import type { ObjectNeeds } from './needs.js';
import { type Reached, type Relocated, reach } from './reach.js';
import { UNKNOWN, type Value } from './values.js';

/** Where the programs of an object get to on a kernel. */
export interface ReachedFunctions {
  /** Poisoned relocations by their indices in the object: whether they are reached whatever the kernel's doubtful values. */
  readonly relocations: ReadonlyMap<number, boolean>;
  /** The same of calls of externs, from programs that are loaded. */
  readonly externs: ReadonlyMap<number, boolean>;
  /** By program: offsets in its context that are loaded from, whatever the doubtful values. */
  readonly context: ReadonlyMap<number, ReadonlySet<number>>;
}

/** What was found for some values, and the offsets of fields that it depends on. */
interface Kept {
  readonly found: ReachedFunctions;
  readonly offsets: readonly { readonly relocation: number; readonly value: number }[];
}

/** Kernels that give the same values are many. */
const MOST_KEPT = 256;

/** The programs of an object, followed from their first instructions through the functions that they call. */
export class Programs {
  private readonly needs: ObjectNeeds;
  private readonly kept = new Map<string, Kept[]>();
  private count = 0;

  constructor(needs: ObjectNeeds) {
    this.needs = needs;
  }

  /**
   * `relocated`: what became of each relocation; `externs`: what a reference to each extern gives; `withUncalled`: global
   * functions are verified even where no program gets to their calls.
   */
  reach(
    relocated: readonly (Relocated | null)[],
    externs: readonly Value[],
    withUncalled: boolean,
  ): ReachedFunctions {
    const key = `${withUncalled} ${relocated.map(relocatedText).join()} ${externs.map(valueText).join()}`;
    const kept = this.kept.get(key) ?? [];
    const known = kept.find(({ offsets }) =>
      offsets.every(({ relocation, value }) => offsetOf(relocated[relocation]) === value),
    );
    if (known !== undefined) return known.found;
    if (this.count++ >= MOST_KEPT) {
      this.kept.clear();
      this.count = 0;
    }
    const made = this.follow(relocated, externs, withUncalled);
    this.kept.set(key, [...kept, made]);
    return made.found;
  }

  private follow(
    relocated: readonly (Relocated | null)[],
    externs: readonly Value[],
    withUncalled: boolean,
  ): Kept {
    const known = relocatedByFunction(this.needs, relocated, externs);
    const run = new Run(this.needs, known, withUncalled, false);
    const other = run.isDoubtful ? new Run(this.needs, known, withUncalled, true) : run;
    const context = [...run.context].map(([program, offsets]) => {
      const there = other.context.get(program);
      return [program, new Set([...offsets].filter(offset => there?.has(offset)))] as const;
    });
    const offsets = [...new Set([...run.offsets, ...other.offsets])].map(relocation => ({
      relocation,
      value: offsetOf(relocated[relocation]),
    }));
    const found = {
      relocations: inBoth(run.relocations, other.relocations),
      externs: inBoth(run.externs, other.externs),
      context: new Map(context),
    };
    return { found, offsets };
  }
}

/** What is in one of two sets: whether it is in both. */
function inBoth(a: ReadonlySet<number>, b: ReadonlySet<number>): Map<number, boolean> {
  return new Map([...a, ...b].map(one => [one, a.has(one) && b.has(one)]));
}

/** By function: what its instructions were made, and what they refer to. */
function relocatedByFunction(
  { functions, relocations, externs }: ObjectNeeds,
  relocated: readonly (Relocated | null)[],
  values: readonly Value[],
): readonly ReadonlyMap<number, Relocated>[] {
  const bySymbol = new Map(externs.map(({ symbol }, index) => [symbol, index]));
  const known = functions.map(({ references, data }) => {
    const found = new Map<number, Relocated>();
    for (const [insn, value] of data) found.set(insn, { is: 'value', value });
    for (const { insn, symbol } of references) {
      const extern = bySymbol.get(symbol);
      if (extern !== undefined) found.set(insn, { is: 'value', value: values[extern] });
    }
    return found;
  });
  for (const [index, { function: of, insn }] of relocations.entries()) {
    const one = relocated[index];
    if (one !== null) known[of].set(insn, one);
  }
  return known;
}

/** Calls within calls, as the verifier has them. */
const DEEPEST = 8;
/** So many sets of arguments of one function are told apart. */
const MOST_SETS = 32;

/** All programs followed once, with doubtful jumps taken or not. */
class Run {
  readonly relocations = new Set<number>();
  readonly externs = new Set<number>();
  readonly context = new Map<number, Set<number>>();
  /** Relocations whose offset counted. */
  readonly offsets = new Set<number>();
  isDoubtful = false;
  private readonly functions: readonly ObjectFunction[];
  private readonly isLoaded: readonly boolean[];
  private readonly relocated: readonly ReadonlyMap<number, Relocated>[];
  private readonly assumes: boolean;
  /** By function and instruction: the relocation there. */
  private readonly numbers: readonly ReadonlyMap<number, number>[];
  /** The same: the extern that is called there. */
  private readonly callees: readonly ReadonlyMap<number, number>[];
  /** What functions return, by arguments; unknown while that is being found out. */
  private readonly results = new Map<string, Value>();
  private readonly sets: number[];
  /** The program that is followed. */
  private program = 0;
  private depth = 0;
  /** Functions that are called deeper than the verifier follows. */
  private readonly deeper = new Set<number>();

  constructor(
    { functions, isLoaded, relocations, externs }: ObjectNeeds,
    relocated: readonly ReadonlyMap<number, Relocated>[],
    withUncalled: boolean,
    assumes: boolean,
  ) {
    this.functions = functions;
    this.isLoaded = isLoaded;
    this.relocated = relocated;
    this.assumes = assumes;
    this.sets = functions.map(() => 0);
    const numbers = functions.map(() => new Map<number, number>());
    for (const [index, { function: of, insn }] of relocations.entries()) numbers[of].set(insn, index);
    this.numbers = numbers;
    this.callees = functions.map(one => externCalls(one, externs));
    for (const [index, { isSubprogram }] of functions.entries()) {
      if (isSubprogram) continue;
      this.program = index;
      this.context.set(index, new Set());
      this.sets.fill(0);
      this.follow(index, [{ is: 'context', offset: 0 }]);
      for (const part of withUncalled ? partsOf(functions, index) : []) {
        if (functions[part].isGlobal && part !== index) this.enter(part, []);
      }
      for (const deeper of this.deeper) this.enter(deeper, []);
      this.deeper.clear();
    }
  }

  /** Returns what the function does. */
  private enter(index: number, args: readonly Value[]): Value {
    if (this.depth >= DEEPEST) {
      this.deeper.add(index);
      return UNKNOWN;
    }
    const { isGlobal } = this.functions[index];
    // The verifier looks at global functions by themselves.
    const isApart = isGlobal || this.sets[index] >= MOST_SETS;
    // A caller's stack is another one.
    const given = isApart ? [] : args.map(one => (one.is === 'frame' ? UNKNOWN : one));
    const owner = given.some(({ is }) => is === 'context') ? this.program : '';
    const key = `${index} ${owner} ${given.map(valueText).join()} ${this.isLoaded[this.program]}`;
    const known = this.results.get(key);
    if (known !== undefined) return known;
    this.results.set(key, UNKNOWN);
    this.sets[index]++;
    this.depth++;
    const result = this.follow(index, given);
    this.depth--;
    this.results.set(key, isGlobal ? UNKNOWN : result);
    return this.results.get(key)!;
  }

  private follow(index: number, args: readonly Value[]): Value {
    const { code, calls } = this.functions[index];
    const found: Reached = reach(code, {
      relocated: this.relocated[index],
      args,
      assumes: this.assumes,
      call: (insn, given) => {
        const extern = this.callees[index].get(insn);
        if (given !== null && extern !== undefined && this.isLoaded[this.program]) this.externs.add(extern);
        const callee = calls.get(insn);
        return callee === undefined ? UNKNOWN : this.enter(callee, given ?? []);
      },
    });
    const numbers = this.numbers[index];
    for (const insn of found.poisoned) this.relocations.add(numbers.get(insn)!);
    for (const insn of found.offsets) this.offsets.add(numbers.get(insn)!);
    const context = this.context.get(this.program)!;
    for (const offset of found.context) context.add(offset);
    if (found.isDoubtful) this.isDoubtful = true;
    return found.result.is === 'frame' ? UNKNOWN : found.result;
  }
}

function externCalls({ code, references }: ObjectFunction, externs: readonly Extern[]): Map<number, number> {
  const found = new Map<number, number>();
  for (const { insn, symbol } of references) {
    if (code.code(insn) !== Op.CALL) continue;
    const extern = externs.findIndex(one => one.symbol === symbol);
    if (extern >= 0) found.set(insn, extern);
  }
  return found;
}

const SHORT = 4096;

/** What tells values apart. */
function valueText(value: Value): string {
  switch (value.is) {
    case 'constant':
      return String(value.value);
    case 'data':
      return `data ${value.bytes === null ? '' : bytesText(value.bytes)} ${value.offset}`;
    case 'context':
    case 'frame':
      return `${value.is} ${value.offset}`;
    default:
      return value.is;
  }
}

/** Values of the configuration are told by what they are, larger sections by where they are. */
function bytesText(bytes: Uint8Array): string {
  return bytes.length <= SHORT ? bytes.join('.') : `${bytes.byteOffset}:${bytes.length}`;
}

function relocatedText(one: Relocated | null): string {
  if (one === null || one.is === 'offset' || one.is === 'value') return '';
  return one.is === 'poisoned' ? 'p' : String(one.value ?? '');
}

/** -1 where the relocation set none. */
function offsetOf(relocated: Relocated | null): number {
  return relocated?.is === 'offset' ? relocated.value : -1;
}
