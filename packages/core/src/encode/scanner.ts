import { Kind } from '../btf/index.js';
import { type DieReader, Encoding, NO_REFERENCE, SLOW, type Shapes, Slot, Tag, tagName, type Unit, UnitType, Value } from '../dwarf/index.js';
import type { Functions } from './functions.js';
import type { Names } from './names.js';
import type { OffsetIndex } from './offset-index.js';
import type { Annotations } from './annotations.js';
import { ADD_TYPE_SIZE, ALIAS, NOTHING, rowReference, type UnitTypes, VOID_REFERENCE } from './unit-types.js';
import type { Variables } from './variables.js';

/** What the scanner does at a DIE, by tag. */
const Do = {
  skip: 0,
  pointer: 1,
  modifier: 2,
  typedef: 3,
  struct: 4,
  enumeration: 5,
  array: 6,
  base: 7,
  prototype: 8,
  subprogram: 9,
  scope: 10,
  variable: 11,
  alias: 12,
  nothing: 13,
  refuse: 14,
} as const;

const ACTIONS = new Uint8Array(0x48);
for (const [tag, action] of [
  [Tag.pointer_type, Do.pointer],
  [Tag.const_type, Do.modifier],
  [Tag.volatile_type, Do.modifier],
  [Tag.restrict_type, Do.modifier],
  [Tag.typedef, Do.typedef],
  [Tag.structure_type, Do.struct],
  [Tag.class_type, Do.struct],
  [Tag.union_type, Do.struct],
  [Tag.enumeration_type, Do.enumeration],
  [Tag.array_type, Do.array],
  [Tag.base_type, Do.base],
  [Tag.subroutine_type, Do.prototype],
  [Tag.subprogram, Do.subprogram],
  [Tag.lexical_block, Do.scope],
  [Tag.namespace, Do.scope],
  [Tag.variable, Do.variable],
  // _Atomic T has T's layout, and BTF has no kind for it.
  [Tag.atomic_type, Do.alias],
  [Tag.unspecified_type, Do.nothing],
  [Tag.reference_type, Do.refuse],
  [Tag.rvalue_reference_type, Do.refuse],
  [Tag.ptr_to_member_type, Do.refuse],
  [Tag.interface_type, Do.refuse],
  [Tag.string_type, Do.refuse],
  [Tag.set_type, Do.refuse],
  [Tag.file_type, Do.refuse],
] as const) {
  ACTIONS[tag] = action;
}

const TYPE_TAG = 'btf_type_tag';
const DECL_TAG = 'btf_decl_tag';

/** Deeper than any compiler nests blocks; it bounds recursion. */
const MAX_NESTING = 500;

/** Where a scanner puts what it finds. */
export interface ScanTarget {
  readonly types: UnitTypes;
  readonly index: OffsetIndex;
  readonly names: Names;
  readonly functions: Functions;
  readonly variables: Variables;
  readonly annotations: Annotations;
  /** DW_LANG_* whose units are left out. */
  readonly excludedLanguages: ReadonlySet<number>;
  /** Turns a reference that leaves the unit into an offset that `index` knows; `undefined`: units stand alone. */
  readonly foreign: ((reader: DieReader, shape: number, at: number, slot: number) => number) | undefined;
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
  private readonly types: UnitTypes;
  private readonly index: OffsetIndex;
  private readonly shapes: Shapes;
  private readonly names: Names;
  /** Name number + 1 by offset in `.debug_str`, 0 where not looked up yet. */
  private readonly known: Int32Array;
  private readonly str: Uint8Array;
  private readonly functions: Functions;
  private readonly annotations: Annotations;
  private readonly foreign: ScanTarget['foreign'];
  private offsetBase = 0;
  private nesting = 0;
  /** Type DIEs found among the children of one that has rows of its own; they are read after it. */
  private readonly pending: number[] = [];

  constructor(reader: DieReader, target: ScanTarget) {
    this.reader = reader;
    this.target = target;
    this.types = target.types;
    this.index = target.index;
    this.shapes = reader.shapes;
    this.names = target.names;
    this.functions = target.functions;
    this.annotations = target.annotations;
    this.foreign = target.foreign;
    this.str = reader.info.str;
    this.known = new Int32Array(this.str.length);
  }

  /** Adds all of a unit to the columns; false if it was left out. FormatError for what cannot be encoded. */
  scan(unit: Unit): boolean {
    try {
      return this.scanUnit(unit);
    } catch (error) {
      // Reads behind the window: the unit's data is cut off or its lengths lie.
      if (error instanceof RangeError && !/call stack/i.test(error.message)) {
        throw this.reader.error(this.reader.pos, 'attribute data runs past the end of the unit');
      }
      throw error;
    }
  }

  private scanUnit(unit: Unit): boolean {
    const { reader } = this;
    reader.enter(unit);
    this.offsetBase = this.target.offsetBase(unit);
    const start = reader.pos;
    const shape = reader.abbreviation();
    if (shape === 0) return false;
    const at = reader.attributes(shape);
    const tag = reader.shapes.tag[shape]!;
    this.refuseSplit(unit, shape, at, start);
    if (tag !== Tag.compile_unit && tag !== Tag.partial_unit && tag !== Tag.type_unit) {
      throw reader.error(start, `${tagName(tag)} where a unit was expected`);
    }
    if (reader.has(shape, Slot.language) && this.target.excludedLanguages.has(reader.unsigned(shape, at, Slot.language))) {
      return false;
    }
    reader.useBases(shape, at);
    this.nesting = 0;
    if (reader.shapes.hasChildren[shape] !== 0) this.list(true);
    this.drain(0);
    return true;
  }

  private refuseSplit(unit: Unit, shape: number, at: number, start: number): void {
    const { reader } = this;
    if (unit.type !== UnitType.skeleton && !reader.has(shape, Slot.dwoName)) return;
    const name = reader.string(shape, at, Slot.dwoName);
    const dwo = name === undefined ? 'a .dwo file' : this.names.text(this.names.intern(name.bytes, name.at));
    throw reader.error(start, `a skeleton unit: its types are in ${dwo}, which is not read; compile without -gsplit-dwarf`);
  }

  /** The children of a unit, namespace, block or function, up to the null entry. */
  private list(top: boolean): void {
    const { reader } = this;
    if (++this.nesting > MAX_NESTING) throw reader.error(reader.pos, `DIEs nest deeper than ${MAX_NESTING}`);
    for (;;) {
      const pos = reader.pos;
      const shape = reader.abbreviation();
      if (shape === 0) break;
      this.die(shape, pos, top);
    }
    this.nesting--;
  }

  private die(shape: number, pos: number, top: boolean): void {
    const { reader } = this;
    const tag = reader.shapes.tag[shape]!;
    switch (tag < ACTIONS.length ? ACTIONS[tag] : Do.skip) {
      case Do.pointer:
        this.pointer(shape, pos);
        break;
      case Do.modifier:
        this.modifier(shape, pos, tag);
        break;
      case Do.typedef:
        this.typedef(shape, pos);
        break;
      case Do.struct:
        this.struct(shape, pos, tag === Tag.union_type ? Kind.UNION : Kind.STRUCT);
        break;
      case Do.enumeration:
        this.enumeration(shape, pos);
        break;
      case Do.array:
        this.array(shape, pos);
        break;
      case Do.base:
        this.base(shape, pos);
        break;
      case Do.prototype:
        this.prototype(shape, pos);
        break;
      case Do.subprogram:
        this.subprogram(shape);
        break;
      case Do.scope:
        reader.skip(shape);
        if (reader.shapes.hasChildren[shape] !== 0) this.list(false);
        break;
      case Do.variable:
        if (top) this.variable(shape, pos);
        else this.skipTree(shape);
        break;
      case Do.alias:
        this.leaf(ALIAS, shape, pos);
        break;
      case Do.nothing:
        this.leaf(NOTHING, shape, pos);
        break;
      case Do.refuse:
        throw reader.error(pos, `${tagName(tag)} has no BTF; leave such units out with --lang-exclude`);
      default:
        this.skipTree(shape);
    }
  }

  private skipTree(shape: number): void {
    const { reader } = this;
    if (reader.shapes.hasChildren[shape] === 0) {
      reader.skip(shape);
      return;
    }
    const at = reader.attributes(shape);
    reader.skipChildren(shape, at);
  }

  // ---- types

  private row(kind: number, pos: number, name: number, reference: number): number {
    const offset = this.offsetBase + this.reader.offsetOf(pos);
    const row = this.types.add(kind, offset, name, reference);
    this.index.set(offset, row);
    return row;
  }

  private leaf(kind: number, shape: number, pos: number): void {
    const { reader } = this;
    const at = reader.attributes(shape);
    this.row(kind, pos, 0, this.typeReference(shape, at));
    reader.skipChildren(shape, at);
  }

  private modifier(shape: number, pos: number, tag: number): void {
    const kind = tag === Tag.const_type ? Kind.CONST : tag === Tag.volatile_type ? Kind.VOLATILE : Kind.RESTRICT;
    this.leaf(kind, shape, pos);
  }

  private pointer(shape: number, pos: number): void {
    const { reader } = this;
    const at = reader.attributes(shape);
    const row = this.row(Kind.PTR, pos, 0, this.typeReference(shape, at));
    if (reader.shapes.hasChildren[shape] !== 0) this.typeTags(row, this.annotations.children(reader, TYPE_TAG));
    else if (reader.has(shape, Slot.gnuAnnotation)) {
      this.typeTags(row, this.annotations.chain(reader, shape, at, TYPE_TAG).reverse());
    }
  }

  /**
   * Puts TYPE_TAGs between a pointer and what it points to. In `struct s __tag(outer) __tag(inner) *p` the tags
   * come as (outer, inner), and the pointer leads to inner first.
   */
  private typeTags(pointer: number, names: readonly number[]): void {
    const { types } = this;
    for (const name of names) {
      const tag = types.add(Kind.TYPE_TAG, types.offset[pointer]!, name, types.reference[pointer]!);
      types.reference[pointer] = rowReference(tag);
    }
  }

  private typedef(shape: number, pos: number): void {
    const { reader } = this;
    const at = reader.attributes(shape);
    const row = this.row(Kind.TYPEDEF, pos, this.name(shape, at), this.typeReference(shape, at));
    if (reader.shapes.hasChildren[shape] !== 0) this.annotations.ofType(row, -1, this.annotations.children(reader, DECL_TAG));
  }

  private base(shape: number, pos: number): void {
    const { reader, types } = this;
    const at = reader.attributes(shape);
    const encoding = reader.unsigned(shape, at, Slot.encoding);
    const size = this.size(shape, at, Slot.byteSize);
    if (encoding === Encoding.complex_float || encoding === Encoding.imaginary_float) {
      throw reader.error(pos, 'a complex number type has no BTF');
    }
    const isFloat = encoding === Encoding.float;
    const row = this.row(isFloat ? Kind.FLOAT : Kind.INT, pos, this.name(shape, at), VOID_REFERENCE);
    types.size[row] = size;
    // BTF_INT_SIGNED, BTF_INT_BOOL; BTF_INT_CHAR is never set, as in every kernel's BTF.
    if (encoding === Encoding.signed || encoding === Encoding.signed_char) types.encoding[row] = 1;
    else if (encoding === Encoding.boolean) types.encoding[row] = 4;
    reader.skipChildren(shape, at);
  }

  private array(shape: number, pos: number): void {
    const { reader, types } = this;
    const at = reader.attributes(shape);
    const row = this.row(Kind.ARRAY, pos, 0, this.typeReference(shape, at));
    // All dimensions become one, as pahole has it.
    let length = 1;
    let dimensions = 0;
    if (reader.shapes.hasChildren[shape] !== 0) {
      for (;;) {
        const childPos = reader.pos;
        const child = reader.abbreviation();
        if (child === 0) break;
        if (reader.shapes.tag[child] !== Tag.subrange_type) {
          this.later(child, childPos);
          continue;
        }
        const childAt = reader.attributes(child);
        length = Math.imul(length, this.elements(child, childAt));
        dimensions++;
        reader.skipChildren(child, childAt);
      }
    }
    types.size[row] = dimensions === 0 ? 1 : length;
  }

  /** Elements of a dimension: 0 where the bound is not given, or not a constant (section 5.13). */
  private elements(shape: number, at: number): number {
    const { reader } = this;
    if (reader.has(shape, Slot.upperBound)) {
      return reader.isConstant(shape, Slot.upperBound) ? reader.unsigned(shape, at, Slot.upperBound) + 1 : 0;
    }
    return reader.isConstant(shape, Slot.count) ? reader.unsigned(shape, at, Slot.count) : 0;
  }

  private struct(shape: number, pos: number, kind: number): void {
    const { reader, types } = this;
    const at = reader.attributes(shape);
    const row = this.row(kind, pos, this.name(shape, at), VOID_REFERENCE);
    types.declaration[row] = reader.flag(shape, at, Slot.declaration) ? 1 : 0;
    types.size[row] = this.size(shape, at, Slot.byteSize);
    const first = types.memberCount;
    types.first[row] = first;
    if (reader.shapes.hasChildren[shape] === 0) return;
    for (;;) {
      const childPos = reader.pos;
      const child = reader.abbreviation();
      if (child === 0) break;
      const tag = reader.shapes.tag[child]!;
      if (tag === Tag.member || tag === Tag.inheritance) this.member(child, kind, row, first);
      else if (tag === Tag.LLVM_annotation || tag === Tag.GNU_annotation) {
        this.annotations.ofType(row, -1, this.annotations.one(reader, child, DECL_TAG));
      } else this.later(child, childPos);
    }
    types.members[row] = types.memberCount - first;
  }

  private member(shape: number, kind: number, row: number, first: number): void {
    const { reader, types } = this;
    if (this.shapes.valueKind[shape] !== SLOW) {
      const at = reader.pos;
      reader.pos = at + this.shapes.fixedSize[shape]!;
      types.addMember(this.name(shape, at), this.typeReference(shape, at), this.value(shape, at) * 8, 0);
      return;
    }
    const at = reader.attributes(shape);
    const bits = reader.unsigned(shape, at, Slot.bitSize);
    let offset: number;
    if (reader.has(shape, Slot.dataBitOffset)) offset = reader.unsigned(shape, at, Slot.dataBitOffset);
    else if (reader.has(shape, Slot.memberLocation)) {
      offset = this.memberLocation(shape, at) * 8;
      if (bits !== 0) offset = this.oldBitOffset(shape, at, offset, bits);
    } else if (kind === Kind.UNION || reader.has(shape, Slot.bitOffset)) {
      offset = bits === 0 ? 0 : this.oldBitOffset(shape, at, 0, bits);
    } else {
      // A static member of a C++ class.
      reader.skipChildren(shape, at);
      return;
    }
    const index = types.memberCount - first;
    const wantsSize = !reader.has(shape, Slot.byteSize) && reader.has(shape, Slot.bitOffset) && reader.little;
    types.addMember(this.name(shape, at), this.typeReference(shape, at), offset, wantsSize ? bits | ADD_TYPE_SIZE : bits);
    if (reader.has(shape, Slot.gnuAnnotation)) {
      this.annotations.ofType(row, index, this.annotations.chain(reader, shape, at, DECL_TAG));
    }
    if (reader.shapes.hasChildren[shape] !== 0) {
      this.annotations.ofType(row, index, this.annotations.children(reader, DECL_TAG));
    }
  }

  /** DW_AT_data_member_location: a constant, or DW_OP_plus_uconst in DWARF 2 (section 5.7.6). */
  private memberLocation(shape: number, at: number): number {
    const { reader } = this;
    const block = reader.block(shape, at, Slot.memberLocation);
    if (block === undefined) return reader.unsigned(shape, at, Slot.memberLocation);
    const DW_OP_plus_uconst = 0x23;
    if (block.length < 2 || reader.bytes[block.at] !== DW_OP_plus_uconst) {
      throw reader.error(block.at, 'a member location other than DW_OP_plus_uconst');
    }
    return reader.ulebAt(block.at + 1);
  }

  /**
   * DWARF 2 and 3 count a bitfield from the most significant bit of the storage unit, whose size is
   * DW_AT_byte_size (DWARF 3, section 5.5.6); BTF counts from the lowest address on.
   */
  private oldBitOffset(shape: number, at: number, offset: number, bits: number): number {
    const { reader } = this;
    if (!reader.has(shape, Slot.bitOffset)) return offset;
    const fromTop = reader.unsigned(shape, at, Slot.bitOffset);
    if (!reader.little) return offset + fromTop;
    // Without DW_AT_byte_size the storage unit is the member's type, whose size the interner adds.
    return offset + this.size(shape, at, Slot.byteSize) * 8 - fromTop - bits;
  }

  private enumeration(shape: number, pos: number): void {
    const { reader, types } = this;
    const at = reader.attributes(shape);
    const size = this.size(shape, at, Slot.byteSize) || 4;
    const row = this.row(size > 4 ? Kind.ENUM64 : Kind.ENUM, pos, this.name(shape, at), this.typeReference(shape, at));
    types.declaration[row] = reader.flag(shape, at, Slot.declaration) ? 1 : 0;
    types.size[row] = size;
    types.first[row] = types.memberCount;
    if (reader.shapes.hasChildren[shape] === 0) return;
    let negative = false;
    for (;;) {
      const childPos = reader.pos;
      const child = reader.abbreviation();
      if (child === 0) break;
      if (reader.shapes.tag[child] !== Tag.enumerator) {
        this.later(child, childPos);
        continue;
      }
      if (size === 4 && this.shapes.valueKind[child] !== SLOW) {
        const childAt = reader.pos;
        reader.pos = childAt + this.shapes.fixedSize[child]!;
        const value = this.value(child, childAt);
        if (value < 0) negative = true;
        types.addMember(this.name(child, childAt), 0, value | 0, 0);
        continue;
      }
      const childAt = reader.attributes(child);
      const name = this.name(child, childAt);
      if (size > 4) {
        const value = reader.wide(child, childAt, Slot.constValue);
        types.addMember(name, 0, Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
      } else {
        const value = reader.unsigned(child, childAt, Slot.constValue);
        if (value < 0) negative = true;
        types.addMember(name, 0, value | 0, 0);
      }
      reader.skipChildren(child, childAt);
    }
    types.encoding[row] = negative ? 1 : 0;
    types.members[row] = types.memberCount - types.first[row]!;
  }

  private prototype(shape: number, pos: number): void {
    const { reader, types } = this;
    const at = reader.attributes(shape);
    const row = this.row(Kind.FUNC_PROTO, pos, 0, this.typeReference(shape, at));
    types.first[row] = types.memberCount;
    if (reader.shapes.hasChildren[shape] === 0) return;
    for (;;) {
      const childPos = reader.pos;
      const child = reader.abbreviation();
      if (child === 0) break;
      const tag = reader.shapes.tag[child]!;
      if (tag === Tag.formal_parameter) {
        const childAt = reader.attributes(child);
        types.addMember(this.name(child, childAt), this.typeReference(child, childAt), 0, 0);
        reader.skipChildren(child, childAt);
      } else if (tag === Tag.unspecified_parameters) {
        this.skipTree(child);
        types.encoding[row] = 1;
      } else this.later(child, childPos);
    }
    types.members[row] = types.memberCount - types.first[row]!;
  }

  // ---- functions and variables

  private subprogram(shape: number): void {
    const { reader, functions } = this;
    const at = reader.attributes(shape);
    let recording = false;
    if (reader.has(shape, Slot.name) && !reader.flag(shape, at, Slot.declaration)) {
      const name = this.name(shape, at);
      recording = functions.isWanted(name);
      if (recording) {
        functions.begin(name, this.typeReference(shape, at), reader.flag(shape, at, Slot.external));
        if (reader.has(shape, Slot.gnuAnnotation)) functions.tag(this.annotations.chain(reader, shape, at, DECL_TAG));
      }
    }
    if (reader.shapes.hasChildren[shape] === 0) return;
    if (recording) this.parameters();
    this.list(false);
  }

  /** Reads the parameters, which stand before all else among the children. */
  private parameters(): void {
    const { reader, functions } = this;
    for (;;) {
      const pos = reader.pos;
      const child = reader.abbreviation();
      const tag = child === 0 ? 0 : reader.shapes.tag[child]!;
      if (tag === Tag.formal_parameter) {
        const at = reader.attributes(child);
        functions.parameter(this.name(child, at), this.typeReference(child, at));
        if (reader.has(child, Slot.gnuAnnotation)) {
          functions.tagParameter(this.annotations.chain(reader, child, at, DECL_TAG));
        }
        if (reader.shapes.hasChildren[child] !== 0) {
          functions.tagParameter(this.annotations.children(reader, DECL_TAG));
        }
      } else if (tag === Tag.unspecified_parameters) {
        this.skipTree(child);
        functions.variadic();
      } else if (tag === Tag.LLVM_annotation || tag === Tag.GNU_annotation) {
        functions.tag(this.annotations.one(reader, child, DECL_TAG));
      } else {
        reader.pos = pos;
        return;
      }
    }
  }

  private variable(shape: number, pos: number): void {
    const { reader } = this;
    const at = reader.attributes(shape);
    const { variables } = this.target;
    if (!variables.wanted) {
      reader.skipChildren(shape, at);
      return;
    }
    const row = variables.add(reader, shape, at, {
      offset: this.offsetBase + reader.offsetOf(pos),
      name: this.name(shape, at),
      type: this.typeReference(shape, at),
      specification: this.reference(shape, at, Slot.specification),
    });
    if (reader.shapes.hasChildren[shape] !== 0) variables.tag(row, this.annotations.children(reader, DECL_TAG));
  }

  // ---- nested types, names, references

  /** A child that is neither member nor parameter: types among them are read once the parent is complete. */
  private later(shape: number, pos: number): void {
    const tag = this.reader.shapes.tag[shape]!;
    const action = tag < ACTIONS.length ? ACTIONS[tag] : Do.skip;
    this.skipTree(shape);
    if (action !== Do.skip && action !== Do.variable) this.pending.push(pos);
  }

  private drain(from: number): void {
    const { reader, pending } = this;
    for (let i = from; i < pending.length; i++) {
      reader.pos = pending[i]!;
      const pos = reader.pos;
      this.die(reader.abbreviation(), pos, false);
    }
    pending.length = from;
  }

  /** A size in bytes. FormatError beyond 32 bits, which BTF cannot say. */
  private size(shape: number, at: number, slot: number): number {
    const { reader } = this;
    if (!reader.has(shape, slot)) return 0;
    const size = reader.unsigned(shape, at, slot);
    if (size < 0 || size > 0xffffffff) throw reader.error(at, `a size of ${size} bytes`);
    return size;
  }

  private name(shape: number, at: number): number {
    const { reader } = this;
    const quick = this.shapes.nameAt[shape]!;
    if (quick >= 0) return this.strName(reader.view.getUint32(at + quick, reader.little), at);
    if (!reader.has(shape, Slot.name)) return 0;
    const offset = reader.strp(shape, at, Slot.name);
    if (offset >= 0) return this.strName(offset, at);
    const text = reader.string(shape, at, Slot.name)!;
    return this.names.intern(text.bytes, text.at);
  }

  /** The name at an offset of `.debug_str`. */
  private strName(offset: number, at: number): number {
    const known = this.known[offset];
    if (known === undefined) throw this.reader.error(at, `string offset 0x${offset.toString(16)} is outside .debug_str`);
    if (known !== 0) return known - 1;
    const name = this.names.intern(this.str, offset);
    this.known[offset] = name + 1;
    return name;
  }

  private reference(shape: number, at: number, slot: number): number {
    if (this.foreign !== undefined) {
      return this.reader.has(shape, slot) ? this.foreign(this.reader, shape, at, slot) : VOID_REFERENCE;
    }
    const reference = this.reader.reference(shape, at, slot);
    return reference === NO_REFERENCE ? VOID_REFERENCE : reference;
  }

  /** DW_AT_type. */
  private typeReference(shape: number, at: number): number {
    const quick = this.shapes.typeAt[shape]!;
    if (quick >= 0 && this.foreign === undefined) return this.reader.view.getUint32(at + quick, this.reader.little);
    return this.reference(shape, at, Slot.type);
  }

  /** The plain offset of a member or value of an enumerator of shape `shape`. */
  private value(shape: number, at: number): number {
    const { reader } = this;
    const value = this.shapes.valueAt[shape]!;
    switch (this.shapes.valueKind[shape]) {
      case Value.data1:
        return reader.bytes[at + value]!;
      case Value.data2:
        return reader.view.getUint16(at + value, reader.little);
      case Value.data4:
        return reader.view.getUint32(at + value, reader.little);
      default:
        return value;
    }
  }
}
