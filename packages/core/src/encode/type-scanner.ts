import { Kind } from '../btf/index.js';
import { type DieReader, Encoding, Row, Slot, Tag } from '../dwarf/index.js';
import { type Annotations, DECL_TAG, TYPE_TAG } from './annotations.js';
import type { DieAttributes } from './die-attributes.js';
import { MemberScanner } from './member-scanner.js';
import type { OffsetIndex } from './offset-index.js';
import type { PlainRows } from './plain-rows.js';
import { rowReference, type UnitTypes, VOID_REFERENCE } from './unit-types.js';

/** Deeper than any compiler nests types in types. */
const MAX_DEPTH = 250;

/**
 * Reads one type DIE, with its members, enumerators or parameters, into the columns of UnitTypes. Each method takes
 * the DIE's shape, the reader standing at its first attribute, and `pos`, where the DIE begins.
 */
export class TypeScanner {
  /**
   * Positions of DIEs found among the children of a type that may declare types of their own; they are read once
   * that type is complete, since its members stand in consecutive rows.
   */
  private readonly pending: number[] = [];
  /** How many types the DIE at hand stands in that were read before it. */
  depth = 0;
  private readonly depths: number[] = [];
  /** Rows of the types that they stand in. */
  private readonly parents: number[] = [];
  private readonly reader: DieReader;
  private readonly types: UnitTypes;
  private readonly index: OffsetIndex;
  private readonly attributes: DieAttributes;
  private readonly annotations: Annotations;
  private readonly plain: PlainRows;
  private readonly members: MemberScanner;

  constructor(
    attributes: DieAttributes,
    types: UnitTypes,
    index: OffsetIndex,
    annotations: Annotations,
    plain: PlainRows,
  ) {
    this.reader = attributes.reader;
    this.types = types;
    this.index = index;
    this.attributes = attributes;
    this.annotations = annotations;
    this.plain = plain;
    this.members = new MemberScanner(attributes, types, annotations);
  }

  private row(kind: number, pos: number, name: number, reference: number): number {
    const offset = this.attributes.offsetBase + this.reader.offsetOf(pos);
    const row = this.types.add(kind, offset, name, reference);
    this.index.set(offset, row);
    return row;
  }

  private sizedRow(kind: number, pos: number, name: number, reference: number): number {
    const offset = this.attributes.offsetBase + this.reader.offsetOf(pos);
    const row = this.types.addSized(kind, offset, name, reference);
    this.index.set(offset, row);
    return row;
  }

  leaf(kind: number, shape: number, pos: number): void {
    const { reader } = this;
    const at = reader.attributes(shape);
    this.row(kind, pos, 0, this.attributes.typeReference(shape, at));
    reader.skipChildren(shape, at);
  }

  modifier(shape: number, pos: number, tag: number): void {
    const kind =
      tag === Tag.const_type ? Kind.CONST : tag === Tag.volatile_type ? Kind.VOLATILE : Kind.RESTRICT;
    this.leaf(kind, shape, pos);
  }

  pointer(shape: number, pos: number): void {
    const { reader } = this;
    const at = reader.attributes(shape);
    const row = this.row(Kind.PTR, pos, 0, this.attributes.typeReference(shape, at));
    if (reader.shapes.hasChildren[shape] !== 0)
      this.typeTags(row, this.annotations.children(reader, TYPE_TAG));
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

  typedef(shape: number, pos: number): void {
    const { reader } = this;
    const at = reader.attributes(shape);
    const row = this.row(
      Kind.TYPEDEF,
      pos,
      this.attributes.name(shape, at),
      this.attributes.typeReference(shape, at),
    );
    this.declarationTags(shape, at, row);
    if (reader.shapes.hasChildren[shape] !== 0)
      this.annotations.ofType(row, -1, this.annotations.children(reader, DECL_TAG));
  }

  /** The tags of a struct, union or typedef as gcc has them. */
  private declarationTags(shape: number, at: number, row: number): void {
    if (!this.reader.has(shape, Slot.gnuAnnotation)) return;
    this.annotations.ofType(row, -1, this.annotations.chain(this.reader, shape, at, DECL_TAG));
  }

  base(shape: number, pos: number): void {
    const { reader, types } = this;
    const at = reader.attributes(shape);
    const encoding = reader.unsigned(shape, at, Slot.encoding);
    const size = this.attributes.size(shape, at, Slot.byteSize);
    if (encoding === Encoding.complex_float || encoding === Encoding.imaginary_float) {
      throw reader.error(pos, 'a complex number type has no BTF');
    }
    const isFloat = encoding === Encoding.float;
    const row = this.sizedRow(
      isFloat ? Kind.FLOAT : Kind.INT,
      pos,
      this.attributes.name(shape, at),
      VOID_REFERENCE,
    );
    types.size[row] = size;
    // BTF_INT_SIGNED, BTF_INT_BOOL; BTF_INT_CHAR is never set, as in every kernel's BTF.
    if (encoding === Encoding.signed || encoding === Encoding.signed_char) types.encoding[row] = 1;
    else if (encoding === Encoding.boolean) types.encoding[row] = 4;
    reader.skipChildren(shape, at);
  }

  array(shape: number, pos: number): void {
    const { reader, types } = this;
    const at = reader.attributes(shape);
    const row = this.sizedRow(Kind.ARRAY, pos, 0, this.attributes.typeReference(shape, at));
    // All dimensions become one, as pahole has it.
    let length = 1;
    let dimensions = 0;
    if (reader.shapes.hasChildren[shape] !== 0) {
      for (;;) {
        const childPos = reader.pos;
        const child = reader.abbreviation();
        if (child === 0) break;
        if (reader.shapes.tag[child] !== Tag.subrange_type) {
          this.later(child, childPos, row);
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

  struct(shape: number, pos: number, kind: number): void {
    const { reader, types } = this;
    const at = reader.attributes(shape);
    const row = this.sizedRow(kind, pos, this.attributes.name(shape, at), VOID_REFERENCE);
    this.noteDefinition(row, shape, at);
    types.size[row] = this.attributes.size(shape, at, Slot.byteSize);
    this.declarationTags(shape, at, row);
    const first = types.memberCount;
    this.members.packed = 0;
    const accept = kind === Kind.UNION ? Row.member | Row.unionMember : Row.member;
    if (reader.shapes.hasChildren[shape] === 0) return;
    for (;;) {
      this.plain.read(accept);
      const childPos = reader.pos;
      const child = reader.abbreviation();
      if (child === 0) break;
      const tag = reader.shapes.tag[child]!;
      if (tag === Tag.member || tag === Tag.inheritance) this.members.read(child, row, first);
      else if (tag === Tag.LLVM_annotation || tag === Tag.GNU_annotation) {
        this.annotations.ofType(row, -1, this.annotations.one(reader, child, DECL_TAG));
      } else this.later(child, childPos, row);
    }
    types.members[row] = types.memberCount - first;
    if (types.encoding[row] !== 0) this.members.checkOffsets(row, pos);
  }

  enumeration(shape: number, pos: number): void {
    const { reader, types } = this;
    const at = reader.attributes(shape);
    const size = this.attributes.size(shape, at, Slot.byteSize) || 4;
    const row = this.sizedRow(
      size > 4 ? Kind.ENUM64 : Kind.ENUM,
      pos,
      this.attributes.name(shape, at),
      this.attributes.typeReference(shape, at),
    );
    this.noteDefinition(row, shape, at);
    types.size[row] = size;
    if (reader.shapes.hasChildren[shape] === 0) return;
    let negative = false;
    for (;;) {
      if (size <= 4) this.plain.read(Row.enumerator);
      const childPos = reader.pos;
      const child = reader.abbreviation();
      if (child === 0) break;
      if (reader.shapes.tag[child] !== Tag.enumerator) {
        this.later(child, childPos, row);
        continue;
      }
      const childAt = reader.attributes(child);
      const name = this.attributes.nameToken(child, childAt);
      if (size > 4) {
        const value = reader.wide(child, childAt, Slot.constValue);
        types.addWide(name, Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
      } else {
        const value = reader.unsigned(child, childAt, Slot.constValue);
        if (value < 0) negative = true;
        types.addMember(name, VOID_REFERENCE, value | 0);
      }
      reader.skipChildren(child, childAt);
    }
    types.encoding[row] = negative ? 1 : 0;
    types.members[row] = types.memberCount - types.first[row]!;
  }

  prototype(shape: number, pos: number): void {
    const { reader, types } = this;
    const at = reader.attributes(shape);
    const row = this.sizedRow(Kind.FUNC_PROTO, pos, 0, this.attributes.typeReference(shape, at));
    if (reader.shapes.hasChildren[shape] === 0) return;
    for (;;) {
      this.plain.read(Row.parameter);
      const childPos = reader.pos;
      const child = reader.abbreviation();
      if (child === 0) break;
      const tag = reader.shapes.tag[child]!;
      if (tag === Tag.formal_parameter) {
        const childAt = reader.attributes(child);
        types.addMember(
          this.attributes.nameToken(child, childAt),
          this.attributes.typeReference(child, childAt),
          0,
        );
        reader.skipChildren(child, childAt);
      } else if (tag === Tag.unspecified_parameters) {
        reader.skipTree(child);
        types.encoding[row] = 1;
      } else this.later(child, childPos, row);
    }
    types.members[row] = types.memberCount - types.first[row]!;
  }

  private noteDefinition(row: number, shape: number, at: number): void {
    const { types } = this;
    if (this.reader.flag(shape, at, Slot.declaration)) types.declaration[row] = 1;
    else if (types.name[row] !== 0) types.addDefinition(row);
  }

  /** A child of row `parent` that is neither member nor parameter. */
  private later(shape: number, pos: number, parent: number): void {
    // Each level is stepped over once more than the one above.
    if (this.depth === MAX_DEPTH) throw this.reader.error(pos, `types nest deeper than ${MAX_DEPTH}`);
    this.reader.skipTree(shape);
    this.pending.push(pos);
    this.depths.push(this.depth + 1);
    this.parents.push(parent);
  }

  /** Hands over the DIEs that were put off, in turn, with the reader at each; and those that these put off. */
  drain(read: (pos: number) => void): void {
    const { pending, depths, parents, reader, types } = this;
    for (let i = 0; i < pending.length; i++) {
      reader.pos = pending[i]!;
      this.depth = depths[i]!;
      types.addNested(parents[i]!);
      read(reader.pos);
    }
    pending.length = 0;
    depths.length = 0;
    parents.length = 0;
    this.depth = 0;
  }
}
