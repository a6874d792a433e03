import type { Elf } from '../../elf/index.js';
import { Name } from '../functions/functions.js';
import type { Omission } from '../functions/selection.js';
import { contrasts } from './contrasts.js';
import type {
  Address,
  Difference,
  FuncFacts,
  FunctionFacts,
  InlinedInto,
  KfuncFacts,
  SymbolFacts,
} from './explanation.js';
import { findingsOf } from './findings.js';
import type { DescribedFunction, FunctionDescriber } from './function-describer.js';
import type { FoundFunction, FunctionFinder } from './function-finder.js';
import type { Judgements, MadeFunc } from './judgements.js';
import type { JudgedFunction } from './observed-part.js';
import type { FoundSymbol, SymbolFinder } from './symbol-facts.js';

/** Declarations and functions of other names that are described; there may be hundreds. */
const MAX_DECLARATIONS = 3;
/** Functions that are named for having inlined copies. */
const MAX_INTO = 8;

/** What is known of a function, before a conclusion is drawn. */
export interface Evidence {
  readonly name: string;
  readonly hasSymbolTable: boolean;
  readonly symbols: readonly SymbolFacts[];
  readonly functions: readonly FunctionFacts[];
  readonly declarations: { readonly count: number; readonly first: readonly FunctionFacts[] };
  readonly sameCode: readonly FunctionFacts[];
  readonly func: FuncFacts | null;
  /** Why the rules leave it out; `undefined` where they do not, or have nothing to judge. */
  readonly omission: Omission | undefined;
  /** Index of the function that stands for the name, -1 where no function was judged. */
  readonly canonical: number;
  readonly difference: Difference | null;
  /** Does DWARF not have that name at all? */
  readonly isUndescribed: boolean;
}

/** All that an explanation has but the conclusion. */
export interface Case extends Evidence {
  readonly asked: string;
  readonly kfunc: KfuncFacts | null;
  readonly baseFunc: number | null;
  /** What the feature true_signature would make of one that is left out. */
  readonly exactly: MadeFunc | undefined;
  readonly similar: readonly string[];
}

/** Where evidence comes from. */
export interface Sources {
  readonly names: readonly string[];
  readonly elf: Elf;
  readonly finder: FunctionFinder;
  readonly judgements: Judgements;
  readonly symbolFinder: SymbolFinder;
  readonly symbols: ReadonlyMap<string, readonly FoundSymbol[]>;
  readonly describer: FunctionDescriber;
}

/** The evidence of each name. */
export function gather(sources: Sources): Map<string, Evidence> {
  const found: FoundFunction[][] = sources.names.map(() => []);
  for (const one of sources.finder.found.values()) found[one.name]!.push(one);
  for (const list of found) list.sort((a, b) => a.offset - b.offset);
  const judged = new Map(sources.judgements.part.judged.map(one => [one.offset, one]));
  return new Map(
    sources.names.map((name, i) => [name, new Gatherer(sources, name, found[i]!, judged).gather()]),
  );
}

/** Puts together what is known of one name. */
class Gatherer {
  private readonly sources: Sources;
  private readonly name: string;
  private readonly symbols: readonly FoundSymbol[];
  private readonly found: readonly FoundFunction[];
  private readonly judged: ReadonlyMap<number, JudgedFunction>;

  constructor(
    sources: Sources,
    name: string,
    found: readonly FoundFunction[],
    judged: ReadonlyMap<number, JudgedFunction>,
  ) {
    this.sources = sources;
    this.name = name;
    this.symbols = sources.symbols.get(name)!;
    this.found = found;
    this.judged = judged;
  }

  gather(): Evidence {
    const { finder, symbolFinder } = this.sources;
    const declarations = this.found.filter(({ isDeclaration }) => isDeclaration);
    const definitions = this.found.filter(({ isDeclaration }) => !isDeclaration);
    const described = definitions.map(({ offset }) => this.sources.describer.describe(offset));
    const functions = withoutLearnt(
      definitions.map((found, i) => this.facts(found, described[i]!)),
      described.map(({ origin }) => definitions.findIndex(({ offset }) => offset === origin)),
    );
    const named = new Set(this.found.map(({ offset }) => offset));
    const code = this.symbols
      .filter(({ facts }) => facts.role !== 'piece')
      .flatMap(({ address }) => address ?? []);
    const elsewhere = finder.placed.filter(
      ({ offset, address }) => !named.has(offset) && code.some(one => isSame(one, address)),
    );
    return {
      name: this.name,
      hasSymbolTable: symbolFinder.table !== undefined,
      symbols: this.symbols.map(({ facts }) => facts),
      functions,
      declarations: {
        count: declarations.length,
        first: declarations.slice(0, MAX_DECLARATIONS).map(({ offset }) => this.described(offset)),
      },
      sameCode: elsewhere.slice(0, MAX_DECLARATIONS).map(({ offset }) => this.described(offset)),
      ...this.judgement(definitions, functions),
      isUndescribed: this.found.length === 0,
    };
  }

  private facts(found: FoundFunction, own: DescribedFunction): FunctionFacts {
    const judged = this.judged.get(found.offset);
    const { finder, elf } = this.sources;
    return {
      ...this.factsOf(own),
      excluded: finder.excluded.has(found.unit.index),
      inlined: { count: found.inlinedIn.length, into: this.inlinedInto(found) },
      findings:
        judged === undefined ? [] : findingsOf(judged, own, elf.machine, this.parametersAt(own.origin)),
    };
  }

  /** A function that nothing more is asked about. */
  private described(offset: number): FunctionFacts {
    return this.factsOf(this.sources.describer.describe(offset));
  }

  private factsOf({ code, origin: _, ...described }: DescribedFunction): FunctionFacts {
    return {
      ...described,
      address: code === undefined ? null : this.sources.symbolFinder.place(code),
      symbols: code === undefined ? [] : this.symbolsAt(code),
      excluded: false,
      inlined: { count: 0, into: [] },
      findings: [],
    };
  }

  /** Symbols of functions there: its own, or else those of other names. */
  private symbolsAt(code: Address): readonly string[] {
    const own = this.symbols.flatMap(({ facts, address }) =>
      address !== undefined && isSame(address, code) && facts.type === 'FUNC' ? [facts.name] : [],
    );
    return own.length > 0 || this.symbols.length > 0 ? own : this.sources.symbolFinder.functionsAt(code);
  }

  private parametersAt(offset: number): readonly string[] | undefined {
    return offset < 0 ? undefined : this.sources.describer.describe(offset).parameters;
  }

  private inlinedInto({ inlinedIn }: FoundFunction): InlinedInto[] {
    const counts = new Map<number, number>();
    for (const offset of inlinedIn) if (offset >= 0) counts.set(offset, (counts.get(offset) ?? 0) + 1);
    return [...counts].slice(0, MAX_INTO).map(([offset, count]) => {
      const { name, unit } = this.sources.describer.nameAt(offset);
      return { function: name, unit, count };
    });
  }

  private judgement(
    definitions: readonly FoundFunction[],
    facts: readonly FunctionFacts[],
  ): Pick<Evidence, 'func' | 'omission' | 'canonical' | 'difference'> {
    const { judgements } = this.sources;
    const { functions } = judgements.part;
    const judgement = judgements.of(this.name);
    if (judgement === undefined) return { func: null, omission: undefined, canonical: -1, difference: null };
    const { func, number, row, omission } = judgement;
    const canonical = this.indexOfRow(definitions, facts, row);
    const isInconsistent = (functions.flags[number]! & Name.inconsistent) !== 0;
    return {
      func: func === undefined ? null : { ...func, from: canonical, baseId: null },
      omission,
      canonical,
      difference: isInconsistent ? this.difference(definitions, number) : null,
    };
  }

  /** The function that a row stands for: of equal ones, which share it, the first that has a symbol. */
  private indexOfRow(
    definitions: readonly FoundFunction[],
    facts: readonly FunctionFacts[],
    row: number,
  ): number {
    const { rows } = this.sources.judgements.part.functions;
    const all = definitions.map(({ offset }) => this.judged.get(offset)?.row ?? -1);
    const named = all.findIndex(
      (one, i) => facts[i]!.symbols.length > 0 && (one === row || (one > row && rows.equal(row, one))),
    );
    return named >= 0 ? named : all.indexOf(row);
  }

  /** The first function of name `n`, and the first that does not agree with it. */
  private difference(definitions: readonly FoundFunction[], n: number): Difference | null {
    const { functions, store, names } = this.sources.judgements.part;
    const first = functions.first[n]!;
    const rows = definitions.map(({ offset }) => this.judged.get(offset)?.row ?? -1);
    const second = rows.findIndex(row => row > first && !functions.agree(first, row));
    if (second < 0) return null;
    const what = contrasts(functions.rows, store, names, first, rows[second]!);
    return { first: rows.indexOf(first), second, what };
  }
}

/**
 * What the rules know of an abstract instance, they know from its copies: it is told there. `origins`: by function, the
 * index of its abstract instance, or -1.
 */
function withoutLearnt(functions: readonly FunctionFacts[], origins: readonly number[]): FunctionFacts[] {
  return functions.map((function_, i) => {
    const copies = functions.filter((_, j) => origins[j] === i);
    if (copies.length === 0) return function_;
    const told = new Set(copies.flatMap(({ findings }) => findings.map(finding => JSON.stringify(finding))));
    return { ...function_, findings: function_.findings.filter(one => !told.has(JSON.stringify(one))) };
  });
}

function isSame(a: Address, b: Address): boolean {
  return a.lo === b.lo && a.hi === b.hi;
}
