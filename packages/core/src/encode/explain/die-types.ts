import { Slot, Tag } from '../../dwarf/index.js';
import { type CType, MAX_TYPES, TOO_LONG, VOID } from './c-type.js';
import type { DieCursor } from './die-cursor.js';

const KEYWORDS = new Map<number, string>([
  [Tag.structure_type, 'struct'],
  [Tag.class_type, 'class'],
  [Tag.union_type, 'union'],
  [Tag.enumeration_type, 'enum'],
]);
const MARKS = new Map<number, string>([
  [Tag.pointer_type, '*'],
  [Tag.reference_type, '&'],
  [Tag.rvalue_reference_type, '&&'],
]);
const QUALIFIERS = new Map<number, string>([
  [Tag.const_type, 'const'],
  [Tag.volatile_type, 'volatile'],
  [Tag.restrict_type, 'restrict'],
  [Tag.atomic_type, '_Atomic'],
]);

/** What type DIEs are in C. */
export class DieTypes {
  private readonly cursor: DieCursor;
  private left = 0;

  constructor(cursor: DieCursor) {
    this.cursor = cursor;
  }

  /** The type at `offset`, `void` for -1. */
  at(offset: number): CType {
    this.left = MAX_TYPES;
    return this.read(offset);
  }

  private read(offset: number): CType {
    if (offset < 0) return VOID;
    if (this.left-- <= 0 || !this.cursor.goTo(offset)) return TOO_LONG;
    const { cursor } = this;
    const { tag } = cursor;
    const name = cursor.text(Slot.name);
    const keyword = KEYWORDS.get(tag);
    if (keyword !== undefined) return { kind: 'name', text: `${keyword} ${name ?? '{…}'}` };
    // What assembler's functions return.
    if (tag === Tag.unspecified_type && name === undefined) return VOID;
    const of = cursor.target(Slot.type);
    const mark = MARKS.get(tag);
    if (mark !== undefined) return { kind: 'pointer', mark, to: this.read(of) };
    const qualifier = QUALIFIERS.get(tag);
    if (qualifier !== undefined) return { kind: 'qualified', by: qualifier, of: this.read(of) };
    if (tag === Tag.array_type) return this.array(of);
    if (tag === Tag.subroutine_type) return this.function(of);
    return { kind: 'name', text: name ?? '{…}' };
  }

  private array(of: number): CType {
    const { cursor } = this;
    const dimensions = cursor.children().filter(({ tag }) => tag === Tag.subrange_type);
    const lengths = dimensions.map(({ offset }) => (cursor.goTo(offset) ? this.length() : undefined));
    const type = this.read(of);
    if (lengths.length === 0) return { kind: 'array', length: undefined, of: type };
    return lengths.reduceRight<CType>((inner, length) => ({ kind: 'array', length, of: inner }), type);
  }

  private length(): number | undefined {
    const { cursor } = this;
    if (cursor.isConstant(Slot.upperBound)) return cursor.number(Slot.upperBound) + 1;
    return cursor.isConstant(Slot.count) ? cursor.number(Slot.count) : undefined;
  }

  private function(of: number): CType {
    const { cursor } = this;
    const children = cursor.children();
    const parameters = children
      .filter(({ tag }) => tag === Tag.formal_parameter)
      .map(({ offset }) => (cursor.goTo(offset) ? cursor.target(Slot.type) : -1));
    return {
      kind: 'function',
      result: this.read(of),
      parameters: parameters.map(type => ({ name: '', type: this.read(type) })),
      variadic: children.some(({ tag }) => tag === Tag.unspecified_parameters),
    };
  }
}
