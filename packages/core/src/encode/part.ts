import { type DebugInfo, DieReader, Shapes, type Unit } from '../dwarf/index.js';
import type { Elf } from '../elf/index.js';
import { Annotations } from './annotations.js';
import { CrossesUnits, ForeignReferences } from './foreign.js';
import { Functions } from './functions.js';
import { Interner } from './interner.js';
import { type Names, NameTokens } from './names.js';
import { DirectIndex, HashIndex } from './offset-index.js';
import { SameNames } from './same-names.js';
import { Scanner } from './scanner.js';
import type { Store } from './store.js';
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

export interface PartOptions {
  /** DW_LANG_* whose units are left out. */
  readonly excludedLanguages: ReadonlySet<number>;
  /** Names of the functions that have a symbol; the others are passed over. */
  readonly functions: Iterable<number>;
  /** Told from time to time how many bytes of DWARF were read since. */
  readonly progress?: ((bytes: number) => void) | undefined;
}

/** Rows that one unit has in the columns. */
interface Rows {
  readonly unit: Unit;
  readonly types: number;
  readonly functions: number;
  readonly variables: number;
  readonly tags: number;
}

/**
 * Units of one file turned into nodes: all of them, or a range that one thread takes. Parts are merged in the
 * order of their units, so the number of threads cannot be told from the result.
 */
export class Part {
  readonly names: Names;
  readonly store: Store;
  readonly log = new UnitLog();
  readonly functions = new Functions();
  readonly variables: Variables;
  readonly typeTags: TypeTag[] = [];
  private readonly info: DebugInfo;
  private readonly types = new UnitTypes();
  private readonly annotations: Annotations;
  private readonly sameNames = new SameNames();

  constructor(info: DebugInfo, elf: Elf, names: Names, store: Store) {
    this.info = info;
    this.names = names;
    this.store = store;
    this.variables = new Variables(elf, names);
    this.annotations = new Annotations(names);
  }

  /**
   * Encodes units that do not refer to each other, one after the other. Throws CrossesUnits when they do, and
   * FormatError for malformed DWARF and for what BTF cannot say.
   */
  readAlone(units: readonly Unit[], options: PartOptions): void {
    const { types, functions, annotations } = this;
    functions.want(options.functions, this.names.count);
    const reader = new DieReader(this.info, new Shapes());
    const index = new DirectIndex();
    const { scanner, interner } = this.tools(reader, index, options, undefined);
    for (const unit of units) {
      types.reset();
      functions.ofUnit.reset();
      annotations.reset();
      index.reset(unit.end - unit.start);
      const variables = this.variables.all.length;
      const scanned = scanner.scan(unit);
      if (reader.shapes.crossesUnits) throw new CrossesUnits();
      if (scanned) {
        interner.begin(0, { file: this.info.file, section: unit.section, base: unit.start });
        this.settle(interner, { ...this.rowsFrom(unit), types: 0, functions: 0, tags: 0, variables }, this.rowsFrom(unit));
      }
      options.progress?.(unit.end - unit.start);
    }
  }

  /** Encodes units that refer to each other: all are read before the first is looked at. Same errors. */
  readTogether(units: readonly Unit[], options: PartOptions): void {
    this.functions.want(options.functions, this.names.count);
    const reader = new DieReader(this.info, new Shapes());
    const index = new HashIndex();
    const { scanner, interner } = this.tools(reader, index, options, new ForeignReferences(this.info, units));
    const read: Rows[] = [];
    for (const unit of units) {
      const rows = this.rowsFrom(unit);
      if (scanner.scan(unit)) read.push(rows);
      options.progress?.(unit.end - unit.start);
    }
    interner.begin(0, { file: this.info.file, section: '.debug_info', base: 0 });
    read.forEach((rows, i) => this.settle(interner, rows, read[i + 1] ?? this.rowsFrom(rows.unit)));
  }

  private tools(
    reader: DieReader,
    index: DirectIndex | HashIndex,
    options: PartOptions,
    foreign: ForeignReferences | undefined,
  ): { scanner: Scanner; interner: Interner } {
    const { names, types, functions, variables, annotations } = this;
    const tokens = new NameTokens(names, this.info.str);
    const scanner = new Scanner(reader, {
      types,
      index,
      names,
      tokens,
      functions,
      variables,
      annotations,
      excludedLanguages: options.excludedLanguages,
      foreign: foreign && ((...place) => foreign.resolve(...place)),
      offsetBase: unit => foreign?.offsetBase(unit) ?? 0,
    });
    return { scanner, interner: new Interner(types, index, this.store, names, tokens) };
  }

  private rowsFrom(unit: Unit): Rows {
    return {
      unit,
      types: this.types.count,
      functions: this.functions.ofUnit.count,
      variables: this.variables.all.length,
      tags: this.annotations.typeRow.length,
    };
  }

  /** Turns the rows of a unit, from `from` up to those of `to`, into nodes. */
  private settle(interner: Interner, from: Rows, to: Rows): void {
    const { types, annotations, log } = this;
    const unit = from.unit.index;
    const logged = log.length;
    interner.tellApart(this.sameNames.find(types, from.types, to.types));
    for (let row = from.types; row < to.types; row++) {
      log.push(types.declaration[row] === 1 ? interner.nodeOf(row) : interner.definitionOf(row));
    }
    log.end(unit);
    const nodeOf = (reference: number) => interner.nodeOfReference(reference);
    this.functions.settle(unit, from.functions, to.functions, nodeOf);
    this.variables.settle(unit, from.variables, to.variables, nodeOf);
    for (let i = from.tags; i < to.tags; i++) {
      const node = log.get(logged + annotations.typeRow[i]! - from.types);
      this.typeTags.push({ unit, node, component: annotations.component[i]!, name: annotations.tagName[i]! });
    }
  }
}
