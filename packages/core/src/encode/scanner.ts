import { Kind } from '../btf/index.js';
import { type DieReader, Slot, Tag, tagName, type Unit } from '../dwarf/index.js';
import { ACTIONS, Do } from './actions.js';
import { type Annotations, DECL_TAG } from './annotations.js';
import { orCutOff } from './cut-off.js';
import { DieAttributes, type ForeignReference } from './die-attributes.js';
import { CrossesUnits } from './foreign.js';
import { FunctionScanner, type FunctionTarget } from './functions/function-scanner.js';
import { At, Leaves } from './leaves.js';
import type { NameTokens } from './name-tokens.js';
import type { Names } from './names.js';
import type { OffsetIndex } from './offset-index.js';
import { PlainRows } from './plain-rows.js';
import { refuseSplit } from './split-units.js';
import { TypeScanner } from './type-scanner.js';
import { ALIAS, NOTHING, type UnitTypes } from './unit-types.js';
import type { Variables } from './variables.js';

/** Deeper than any compiler nests blocks; it bounds recursion. */
const MAX_NESTING = 500;

/** Where a scanner puts what it finds. */
export interface ScanTarget {
  readonly types: UnitTypes;
  readonly index: OffsetIndex;
  readonly names: Names;
  readonly tokens: NameTokens;
  readonly functions: FunctionTarget;
  readonly variables: Variables;
  readonly annotations: Annotations;
  /** DW_LANG_* whose units are left out. */
  readonly excludedLanguages: ReadonlySet<number>;
  readonly foreign: ForeignReference | undefined;
  /** Added to offsets within a unit: 0 when units stand alone. */
  readonly offsetBase: (unit: Unit) => number;
}

/**
 * Walks the DIEs of a unit once, from the first byte to the last, and fills the columns: every type, wherever it
 * is declared (functions declare types too), functions that have a symbol, and variables.
 */
export class Scanner {
  private readonly reader: DieReader;
  private readonly target: ScanTarget;
  private readonly attributes: DieAttributes;
  private readonly types: TypeScanner;
  readonly functions: FunctionScanner;
  private readonly annotations: Annotations;
  private nesting = 0;
  private readonly leaves: Leaves;

  constructor(reader: DieReader, target: ScanTarget) {
    this.reader = reader;
    this.target = target;
    this.attributes = new DieAttributes(reader, target.names, target.tokens, target.foreign);
    const { types, names, tokens } = target;
    const plain = new PlainRows(this.attributes, types, names, tokens);
    this.types = new TypeScanner(this.attributes, types, target.index, target.annotations, plain);
    this.functions = new FunctionScanner(this.attributes, target.annotations, target.functions);
    this.leaves = new Leaves(reader);
    this.annotations = target.annotations;
  }

  /**
   * Adds all of a unit to the columns; false if it was left out. FormatError for what cannot be encoded, and
   * CrossesUnits where a unit that is read alone has references that may leave it.
   */
  scan(unit: Unit): boolean {
    return orCutOff(this.reader, () => this.scanUnit(unit));
  }

  private scanUnit(unit: Unit): boolean {
    const { reader } = this;
    reader.enter(unit);
    this.leaves.update();
    if (this.target.foreign === undefined && reader.crossesUnits) throw new CrossesUnits();
    this.attributes.offsetBase = this.target.offsetBase(unit);
    const start = reader.pos;
    const shape = reader.abbreviation();
    if (shape === 0) return false;
    const at = reader.attributes(shape);
    const tag = reader.shapes.tag[shape]!;
    refuseSplit(reader, shape, at, start);
    if (tag !== Tag.compile_unit && tag !== Tag.partial_unit && tag !== Tag.type_unit) {
      throw reader.error(start, `${tagName(tag)} where a unit was expected`);
    }
    reader.useBases(shape, at);
    this.functions.enter(shape, at);
    if (
      reader.has(shape, Slot.language) &&
      this.target.excludedLanguages.has(reader.unsigned(shape, at, Slot.language))
    ) {
      return false;
    }
    this.nesting = 0;
    if (reader.shapes.hasChildren[shape] !== 0) this.list(At.top);
    this.types.drain(pos => this.die(reader.abbreviation(), pos, At.block));
    return true;
  }

  /** The children of a unit, namespace, block or function, up to the null entry. */
  private list(place: number): void {
    const { reader } = this;
    if (++this.nesting > MAX_NESTING) throw reader.error(reader.pos, `DIEs nest deeper than ${MAX_NESTING}`);
    // Functions in this one come behind it, and its parameters may stand behind them.
    const row = this.functions.newest;
    for (;;) {
      this.leaves.skip(place);
      const pos = reader.pos;
      const shape = reader.abbreviation();
      if (shape === 0) break;
      if (place !== At.function || !this.functions.child(shape, pos, row)) this.die(shape, pos, place);
    }
    this.nesting--;
  }

  private die(shape: number, pos: number, place: number): void {
    const { reader } = this;
    const tag = reader.shapes.tag[shape]!;
    switch (tag < ACTIONS.length ? ACTIONS[tag] : Do.skip) {
      case Do.pointer:
        this.types.pointer(shape, pos);
        break;
      case Do.modifier:
        this.types.modifier(shape, pos, tag);
        break;
      case Do.typedef:
        this.types.typedef(shape, pos);
        break;
      case Do.struct:
        this.types.struct(shape, pos, tag === Tag.union_type ? Kind.UNION : Kind.STRUCT);
        break;
      case Do.enumeration:
        this.types.enumeration(shape, pos);
        break;
      case Do.array:
        this.types.array(shape, pos);
        break;
      case Do.base:
        this.types.base(shape, pos);
        break;
      case Do.prototype:
        this.types.prototype(shape, pos);
        break;
      case Do.subprogram:
        this.subprogram(shape, pos);
        break;
      case Do.scope:
        reader.skip(shape);
        if (reader.shapes.hasChildren[shape] !== 0) this.list(At.block);
        break;
      case Do.variable:
        if (place === At.top) this.variable(shape);
        else reader.skipTree(shape);
        break;
      case Do.alias:
        this.types.leaf(ALIAS, shape, pos);
        break;
      case Do.nothing:
        this.types.leaf(NOTHING, shape, pos);
        break;
      case Do.refuse:
        throw reader.error(pos, `${tagName(tag)} has no BTF; leave such units out with --lang-exclude`);
      default:
        reader.skipTree(shape);
    }
  }

  private subprogram(shape: number, pos: number): void {
    const row = this.functions.begin(shape, pos);
    if (this.reader.shapes.hasChildren[shape] !== 0) this.list(row >= 0 ? At.function : At.block);
    if (row >= 0) this.functions.end(row);
  }

  private variable(shape: number): void {
    const { reader } = this;
    const at = reader.attributes(shape);
    const { variables } = this.target;
    if (!variables.wanted) {
      reader.skipChildren(shape, at);
      return;
    }
    const row = variables.add(this.attributes, shape, at);
    if (reader.has(shape, Slot.gnuAnnotation))
      variables.tag(row, this.annotations.chain(reader, shape, at, DECL_TAG));
    if (reader.shapes.hasChildren[shape] !== 0)
      variables.tag(row, this.annotations.children(reader, DECL_TAG));
  }
}
