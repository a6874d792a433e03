import { CC_NOCALL, type DieReader, Slot, Tag } from '../../dwarf/index.js';
import { type Annotations, DECL_TAG } from '../annotations.js';
import type { DieAttributes } from '../die-attributes.js';
import { VOID_REFERENCE } from '../unit-types.js';
import { ParameterLocation } from './parameter-location.js';
import { Fn, NAME_AT_ORIGIN, Parameter, type UnitFunctions } from './unit-functions.js';

const CLANG = new TextEncoder().encode('clang');

/** Where the scanner puts functions. */
export interface FunctionTarget {
  readonly unit: UnitFunctions;
  readonly isWanted: (name: number) => boolean;
  /** How many parameters a function has in registers at most: locations of others are of no interest. */
  readonly registers: number;
  /** The feature true_signature. */
  readonly trueSignature: boolean;
  /** All units count as made by the compiler of the first: pahole reads them as one. */
  readonly oneProducer: boolean;
}

/** Reads DW_TAG_subprogram and its parameters into the columns of UnitFunctions. */
export class FunctionScanner {
  private readonly reader: DieReader;
  private readonly attributes: DieAttributes;
  private readonly annotations: Annotations;
  private readonly target: FunctionTarget;
  private readonly location: ParameterLocation;
  private clang = false;
  private producer = -1;
  private entered = false;

  constructor(attributes: DieAttributes, annotations: Annotations, target: FunctionTarget) {
    this.reader = attributes.reader;
    this.attributes = attributes;
    this.annotations = annotations;
    this.target = target;
    this.location = new ParameterLocation(attributes.reader);
  }

  /** Begins a unit; `shape` and `at` are of its own DIE. */
  enter(shape: number, at: number): void {
    const { reader } = this;
    this.location.enter(shape, at);
    if (this.entered && this.target.oneProducer) return;
    this.entered = true;
    // Units have few producers, and one string for each.
    const offset = reader.strp(shape, at, Slot.producer);
    if (offset >= 0 && offset === this.producer) return;
    this.producer = offset;
    const text = reader.string(shape, at, Slot.producer);
    this.clang = text !== undefined && contains(text.bytes, text.at, CLANG);
  }

  /**
   * Reads the attributes of the subprogram at `pos`, the reader standing behind its abbreviation. Row of the function,
   * whose end is to be told; -1 for one that is not wanted.
   */
  begin(shape: number, pos: number): number {
    const { reader, attributes } = this;
    const at = reader.attributes(shape);
    if (reader.flag(shape, at, Slot.declaration)) return -1;
    const name = this.nameOf(shape, at);
    if (name === 0 || (name !== NAME_AT_ORIGIN && !this.target.isWanted(name))) return -1;
    const { unit } = this.target;
    const offset = attributes.offsetBase + reader.offsetOf(pos);
    const row = unit.add(offset, name, attributes.typeReference(shape, at), this.flags(shape, at));
    if (reader.has(shape, Slot.abstractOrigin))
      unit.origin[row] = attributes.reference(shape, at, Slot.abstractOrigin);
    if (reader.has(shape, Slot.lowPc)) {
      const { lo, hi } = reader.addressOf(shape, at, Slot.lowPc);
      unit.addressLo[row] = lo;
      unit.addressHi[row] = hi;
    }
    if (reader.has(shape, Slot.gnuAnnotation))
      unit.addTags(row, -1, this.annotations.chain(reader, shape, at, DECL_TAG));
    return row;
  }

  end(row: number): void {
    this.target.unit.end(row);
  }

  private nameOf(shape: number, at: number): number {
    const { reader } = this;
    if (reader.has(shape, Slot.name)) return this.attributes.name(shape, at);
    if (reader.has(shape, Slot.abstractOrigin)) return NAME_AT_ORIGIN;
    // Parameters and result are said again; what is not, pahole takes for void.
    if (!reader.has(shape, Slot.specification) || !reader.staysInUnit(shape, Slot.specification)) return 0;
    return reader.elsewhere(shape, at, Slot.specification, (declaration, declarationAt) =>
      this.attributes.name(declaration, declarationAt),
    );
  }

  private flags(shape: number, at: number): number {
    const { reader } = this;
    let flags = reader.flag(shape, at, Slot.external) ? Fn.external : 0;
    if (!this.clang) return flags;
    flags |= Fn.clang;
    // What is inlined keeps the signature of the source.
    if (reader.unsigned(shape, at, Slot.inline) !== 0) return flags;
    return this.convention(shape, at) === CC_NOCALL ? flags | Fn.nocall : flags;
  }

  private convention(shape: number, at: number): number {
    const { reader } = this;
    if (!reader.has(shape, Slot.abstractOrigin)) return reader.unsigned(shape, at, Slot.callingConvention);
    if (!reader.staysInUnit(shape, Slot.abstractOrigin)) return 0;
    return reader.elsewhere(shape, at, Slot.abstractOrigin, (origin, originAt) =>
      reader.unsigned(origin, originAt, Slot.callingConvention),
    );
  }

  /** Row of the function that was begun last. */
  get newest(): number {
    return this.target.unit.count - 1;
  }

  /** Reads a child of function `row` if it says something of that; otherwise the reader stays where it is. */
  child(shape: number, pos: number, row: number): boolean {
    const { reader, target } = this;
    switch (reader.shapes.tag[shape]) {
      case Tag.formal_parameter:
        // A function of GNU C stands in another one, in front of parameters: they count for nothing.
        if (row !== this.newest) return false;
        this.parameter(shape, this.attributes.offsetBase + reader.offsetOf(pos));
        return true;
      case Tag.unspecified_parameters:
        reader.skipTree(shape);
        target.unit.flags[row]! |= Fn.variadic;
        return true;
      case Tag.LLVM_annotation:
      case Tag.GNU_annotation:
        target.unit.addTags(row, -1, this.annotations.one(reader, shape, DECL_TAG));
        return true;
      default:
        return false;
    }
  }

  /** Name and type of the parameter at an offset of the unit at hand, `undefined` where none is. */
  parameterAt(offset: number): { readonly name: number; readonly type: number } | undefined {
    const { reader, attributes } = this;
    reader.pos = reader.unitStart + offset;
    if (reader.pos >= reader.unitEnd) return undefined;
    const shape = reader.abbreviation();
    if (shape === 0 || reader.shapes.tag[shape] !== Tag.formal_parameter) return undefined;
    const at = reader.attributes(shape);
    return { name: attributes.name(shape, at), type: attributes.typeReference(shape, at) };
  }

  private parameter(shape: number, offset: number): void {
    const { reader, attributes, target } = this;
    const { unit } = target;
    const at = reader.attributes(shape);
    const behind = reader.pos;
    let flags = 0;
    if (reader.has(shape, Slot.name)) flags |= Parameter.named;
    const type = attributes.typeReference(shape, at);
    if (type !== VOID_REFERENCE) flags |= Parameter.typed;
    if (reader.has(shape, Slot.constValue)) flags |= Parameter.constant;
    const row = unit.addParameter(offset, attributes.name(shape, at), type, flags);
    if (reader.has(shape, Slot.abstractOrigin))
      unit.parameterOrigin[row] = attributes.reference(shape, at, Slot.abstractOrigin);
    if (reader.has(shape, Slot.location)) this.locate(row, shape, at);
    const component = unit.parameterIndex[row]!;
    reader.pos = behind;
    if (reader.has(shape, Slot.gnuAnnotation))
      unit.addTags(unit.count - 1, component, this.annotations.chain(reader, shape, at, DECL_TAG));
    if (reader.shapes.hasChildren[shape] !== 0)
      unit.addTags(unit.count - 1, component, this.annotations.children(reader, DECL_TAG));
  }

  private locate(row: number, shape: number, at: number): void {
    const { location, target } = this;
    const { unit } = target;
    unit.parameterFlags[row]! |= Parameter.located;
    // Each parameter takes a register at least, unless clang left some out.
    if (unit.parameterIndex[row]! >= target.registers && !target.trueSignature) return;
    location.read(shape, at, target.trueSignature && this.clang);
    unit.register[row] = location.register;
    unit.wideRegister[row] = location.wideRegister;
    unit.firstFields[row] = location.firstFields;
    unit.secondFields[row] = location.secondFields;
    if (location.firstFields !== 0 || location.secondFields !== 0)
      unit.parameterFlags[row]! |= Parameter.inPieces;
    if (location.inFrame) unit.parameterFlags[row]! |= Parameter.inFrame;
    if (location.constant) unit.parameterFlags[row]! |= Parameter.constantLocation;
  }
}

/** Is `part` in the string that begins at `at` and ends with a NUL? */
function contains(bytes: Uint8Array, at: number, part: Uint8Array): boolean {
  for (; bytes[at]; at++) {
    let i = 0;
    while (i < part.length && bytes[at + i] === part[i]) i++;
    if (i === part.length) return true;
  }
  return false;
}
