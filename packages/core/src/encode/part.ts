import { type DebugInfo, DieReader, Shapes, type Unit } from '../dwarf/index.js';
import type { Elf } from '../elf/index.js';
import { Annotations, DECL_TAG, TYPE_TAG } from './annotations.js';
import { type Feature, replaceKinds } from './features.js';
import { CrossesUnits, ForeignReferences } from './foreign.js';
import { callingConvention } from './functions/calling-convention.js';
import { FunctionSymbols } from './functions/function-symbols.js';
import { Functions } from './functions/functions.js';
import { Signatures } from './functions/signatures.js';
import { UnitFunctions } from './functions/unit-functions.js';
import { UnitLayouts } from './functions/unit-layouts.js';
import { Interner } from './interner.js';
import { NameTokens } from './name-tokens.js';
import type { Names } from './names.js';
import { DirectIndex, type OffsetIndex, OrderedIndex } from './offset-index.js';
import { rowOrder } from './row-order.js';
import { SameNames } from './same-names.js';
import { Scanner } from './scanner.js';
import type { Store } from './store.js';
import type { Symbols } from './symbols.js';
import { UnitLog } from './unit-log.js';
import { UnitTypes } from './unit-types.js';
import { Variables } from './variables.js';

/** A declaration tag of a type: `component` is a member's index or -1. */
export interface TypeTag {
  readonly unit: number;
  readonly node: number;
  readonly component: number;
  readonly name: number;
}

/** What is to be read, as plain data. */
export interface PartSettings {
  /** DW_LANG_* whose units are left out. */
  readonly excludedLanguages: ReadonlySet<number>;
  readonly features: ReadonlySet<Feature>;
  /** Functions without a symbol are passed over. */
  readonly symbols: Symbols;
}

/** Told of each unit that was read. */
export type UnitRead = (unit: Unit) => void;

/** Rows that one unit has in the columns. */
export interface Rows {
  readonly unit: Unit;
  /** Index of the first of the units that mean the same by a name, because they refer to each other. */
  readonly group: number;
  readonly types: number;
  readonly definitions: number;
  readonly nested: number;
  readonly functions: number;
  readonly variables: number;
  readonly tags: number;
}

/**
 * Units of one file turned into nodes: all of them, or a range that one thread takes. Parts are merged in the
 * order of their units (see absorb), so the number of threads cannot be told from the result.
 */
export class Part {
  readonly names: Names;
  readonly store: Store;
  readonly log = new UnitLog();
  readonly symbols: FunctionSymbols;
  readonly functions: Functions;
  readonly variables: Variables;
  readonly typeTags: TypeTag[] = [];
  readonly features: ReadonlySet<Feature>;
  /** Were units read together? */
  isLinked = false;
  private readonly excludedLanguages: ReadonlySet<number>;
  private readonly info: DebugInfo;
  private readonly elf: Elf;
  private readonly types = new UnitTypes();
  protected readonly unitFunctions = new UnitFunctions();
  private readonly annotations: Annotations;
  private readonly sameNames = new SameNames();

  /** `kind`: what brings functions together. */
  constructor(
    info: DebugInfo,
    elf: Elf,
    names: Names,
    store: Store,
    settings: PartSettings,
    kind: typeof Functions = Functions,
  ) {
    this.info = info;
    this.elf = elf;
    this.names = names;
    this.store = store;
    const { features, excludedLanguages, symbols } = settings;
    this.features = features;
    this.excludedLanguages = excludedLanguages;
    this.symbols = new FunctionSymbols(symbols, names);
    this.functions = new kind(store, this.symbols, features.has('true_signature'));
    this.variables = new Variables(elf, symbols, names, features);
    const tags = new Set<string>();
    if (features.has('decl_tag')) tags.add(DECL_TAG);
    if (features.has('type_tag')) tags.add(TYPE_TAG);
    this.annotations = new Annotations(names, tags);
  }

  /**
   * Encodes units that do not refer to each other, one after the other. Throws CrossesUnits when they do, and
   * FormatError for malformed DWARF and for what BTF cannot say.
   */
  readAlone(units: readonly Unit[], progress?: UnitRead): void {
    const { types, unitFunctions, annotations } = this;
    const reader = new DieReader(this.info, new Shapes());
    const index = new DirectIndex(units.reduce((size, unit) => Math.max(size, unit.end - unit.start), 0));
    const { scanner, signatures, layouts, interner } = this.tools(reader, index, undefined);
    for (const unit of units) {
      types.reset();
      unitFunctions.reset();
      annotations.reset();
      index.reset();
      const variables = this.variables.all.length;
      const scanned = scanner.scan(unit);
      if (reader.crossesUnits) throw new CrossesUnits();
      if (scanned) {
        this.variables.measure(variables, layouts);
        signatures.complete();
        interner.begin(0, { file: this.info.file, section: unit.section, base: unit.start });
        const from = {
          ...{ unit, group: unit.index, types: 0, definitions: 0, nested: 0 },
          ...{ functions: 0, tags: 0, variables },
        };
        this.settleGroup(interner, [from], this.rowsFrom(unit));
      }
      progress?.(unit);
    }
  }

  /** Encodes units that refer to each other: all are read before the first is looked at. Same errors. */
  readTogether(units: readonly Unit[], progress?: UnitRead): void {
    this.isLinked = true;
    const reader = new DieReader(this.info, new Shapes());
    if (this.info.linked === undefined) for (const unit of units) reader.learn(unit);
    const foreign = new ForeignReferences(this.info, units);
    const index = new OrderedIndex(foreign.size);
    const { scanner, signatures, layouts, interner } = this.tools(reader, index, foreign);
    const variables = this.variables.all.length;
    const read: Rows[] = [];
    for (const unit of units) {
      const rows = this.rowsFrom(unit);
      if (scanner.scan(unit)) read.push(rows);
      progress?.(unit);
    }
    index.complete();
    this.variables.measure(variables, layouts);
    signatures.complete();
    interner.begin(0, { file: this.info.file, section: '.debug_info', base: 0 });
    // What a unit means by a name concerns those alone that it is linked with.
    for (let i = 0; i < read.length; ) {
      const group = foreign.groupOf(read[i]!.unit);
      const first = i;
      while (i < read.length && foreign.groupOf(read[i]!.unit) === group) i++;
      const rows = read.slice(first, i).map(one => ({ ...one, group }));
      this.settleGroup(interner, rows, read[i] ?? this.rowsFrom(read[first]!.unit));
    }
  }

  /** Turns the rows of units that refer to no others, up to those of `to`, into nodes. */
  private settleGroup(interner: Interner, units: readonly Rows[], to: Rows): void {
    const { types, log, features, sameNames } = this;
    const [first] = units;
    replaceKinds(types, first!.types, to.types, features);
    interner.tellApart(sameNames.find(types, first!, to));
    // A unit may mean an enum by the DIE of a later one.
    if (units.length > 1) interner.noteWideEnums(first!.types, to.types);
    for (const [i, from] of units.entries()) this.settle(interner, from, units[i + 1] ?? to);
    log.end(first!.group);
  }

  private tools(
    reader: DieReader,
    index: OffsetIndex,
    foreign: ForeignReferences | undefined,
  ): { scanner: Scanner; signatures: Signatures; layouts: UnitLayouts; interner: Interner } {
    const { names, types, functions, unitFunctions, variables, annotations } = this;
    const tokens = new NameTokens(names, this.info.str);
    const convention = callingConvention(this.elf.machine);
    const addressSize = this.elf.is64 ? 8 : 4;
    const trueSignature = this.features.has('true_signature');
    const isWanted = (name: number) => functions.isWanted(name);
    const scanner = new Scanner(reader, {
      types,
      index,
      names,
      tokens,
      functions: {
        unit: unitFunctions,
        isWanted,
        registers: convention.count,
        trueSignature,
        oneProducer: foreign !== undefined && reader.isMerged,
      },
      variables,
      annotations,
      excludedLanguages: this.excludedLanguages,
      foreign: foreign && ((...place) => foreign.resolve(...place)),
      offsetBase: unit => foreign?.offsetBase(unit) ?? 0,
    });
    const layouts = new UnitLayouts(types, index, addressSize);
    // Of units that are read together only the last one is still at hand.
    const parameterElsewhere = (offset: number) =>
      foreign === undefined ? scanner.functions.parameterAt(offset) : undefined;
    const settings = { convention, addressSize, trueSignature, isWanted, parameterElsewhere };
    const signatures = new Signatures(unitFunctions, layouts, names, tokens, settings);
    const interner = new Interner(types, index, this.store, names, tokens);
    return { scanner, signatures, layouts, interner };
  }

  private rowsFrom(unit: Unit): Rows {
    return {
      unit,
      group: unit.index,
      types: this.types.count,
      definitions: this.types.definitionCount,
      nested: this.types.nestedCount,
      functions: this.unitFunctions.count,
      variables: this.variables.all.length,
      tags: this.annotations.typeRow.length,
    };
  }

  /** Turns the rows of a unit, from `from` up to those of `to`, into nodes. */
  protected settle(interner: Interner, from: Rows, to: Rows): void {
    const { types, annotations, log } = this;
    const unit = from.group;
    const tagged = new Map<number, number>();
    const order = rowOrder(types, from.types, to.types, from.nested, to.nested);
    for (let i = from.types; i < to.types; i++) {
      const row = order === undefined ? i : order[i - from.types]!;
      const node = types.declaration[row] === 1 ? interner.nodeOf(row) : interner.definitionOf(row);
      log.push(node);
      if (to.tags > from.tags) tagged.set(row, node);
    }
    const nodeOf = (reference: number) => interner.nodeOfReference(reference);
    this.functions.settle(unit, this.unitFunctions, from.functions, to.functions, {
      nodeOf,
      wideEnums: interner.wideEnums,
    });
    this.variables.settle(unit, from.variables, to.variables, nodeOf);
    for (let i = from.tags; i < to.tags; i++) {
      const node = tagged.get(annotations.typeRow[i]!)!;
      this.typeTags.push({ unit, node, component: annotations.component[i]!, name: annotations.tagName[i]! });
    }
  }
}
