import { Form, Tag } from './constants.js';
import type { Shapes } from './shapes.js';
import { ABSENT, LEAD, SLOT_STRIDE, SLOW, Slot } from './slots.js';

/** Words of `Shapes.plans` for each shape. */
export const PLAN_STRIDE = 4;

/**
 * Half of all DIEs of a kernel are members, enumerators and parameters that consist of a name, a type and a small
 * number, all of fixed size. A plan says where, so that they are read without looking at attributes one by one.
 * Three words, the first 0 where a shape needs the general way:
 *
 * - 0: Row (bits 0 to 3), PLAN_LEAD when an inline name comes first, bytes of the number (bits 5 to 7; 0 when the third
 *   word is the number itself), bytes of all attributes behind the inline name (from bit 8)
 * - 1: 1 + offset of the name (bits 0 to 11) and of the DW_FORM_ref4 (high half), 0 for none; the name is a 4-byte
 *   DW_FORM_strp, or one of DW_FORM_strx1 to DW_FORM_strx4 of that many bytes (PLAN_INDEX_SHIFT, 3 bits)
 * - 2: offset of the number, or the number
 */
export const PLAN_LEAD = 1 << 4;
export const PLAN_WIDTH_SHIFT = 5;
export const PLAN_SIZE_SHIFT = 8;
export const PLAN_INDEX_SHIFT = 12;

/** What a DIE with a plan is; bits, so that a parent can accept several. */
export const Row = {
  member: 1,
  /** A member without an offset: of a union. */
  unionMember: 2,
  enumerator: 4,
  parameter: 8,
} as const;

/** Attributes that make a member more than its name, type and offset. */
const EXTRAS = [
  Slot.bitSize,
  Slot.bitOffset,
  Slot.dataBitOffset,
  Slot.gnuAnnotation,
  Slot.external,
  Slot.declaration,
];

/** Writes the plan of a shape whose attributes are in place, if it can have one. */
export function addPlan(shapes: Shapes, shape: number): void {
  const row = rowOf(shapes, shape);
  const name = nameOf(shapes, shape);
  const type = shapes.typeAt[shape]!;
  if (row === 0 || name === undefined || type === SLOW) return;
  const cell = shape * SLOT_STRIDE + (row === Row.enumerator ? Slot.constValue : Slot.memberLocation);
  const number = row === Row.parameter ? { width: 0, value: 0 } : numberOf(shapes, cell);
  if (number === undefined) return;
  const lead = shapes.leadSize[shape]! >= 0;
  const size = lead ? shapes.leadSize[shape]! : shapes.fixedSize[shape]!;
  // Parts of a word: no compiler makes such an abbreviation.
  if (size > 0xffe) return;
  const at = shape * PLAN_STRIDE;
  const { plans } = shapes;
  plans[at] = row | (lead ? PLAN_LEAD : 0) | (number.width << PLAN_WIDTH_SHIFT) | (size << PLAN_SIZE_SHIFT);
  plans[at + 1] = (name.at + 1) | (name.index << PLAN_INDEX_SHIFT) | ((type + 1) << 16);
  plans[at + 2] = number.value;
}

function rowOf(shapes: Shapes, shape: number): number {
  if (shapes.hasChildren[shape] !== 0) return 0;
  const has = (slot: number) => shapes.at[shape * SLOT_STRIDE + slot] !== ABSENT;
  if (EXTRAS.some(has)) return 0;
  switch (shapes.tag[shape]) {
    case Tag.member:
      return has(Slot.memberLocation) ? Row.member : Row.unionMember;
    case Tag.enumerator:
      return has(Slot.constValue) ? Row.enumerator : 0;
    case Tag.formal_parameter:
      return Row.parameter;
    default:
      return 0;
  }
}

const INDEX_BYTES = new Map<number, number>([
  [Form.strx1, 1],
  [Form.strx2, 2],
  [Form.strx3, 3],
  [Form.strx4, 4],
]);

/** Where the name is, and how many bytes its index has, 0 for an offset; `undefined` for other forms. */
function nameOf(shapes: Shapes, shape: number): { at: number; index: number } | undefined {
  const cell = shape * SLOT_STRIDE + Slot.name;
  const at = shapes.at[cell]!;
  if (at === LEAD || at === ABSENT) return { at: ABSENT, index: 0 };
  if (shapes.nameAt[shape] !== SLOW) return { at: shapes.nameAt[shape]!, index: 0 };
  const index = INDEX_BYTES.get(shapes.form[cell]!);
  return index === undefined ? undefined : { at, index };
}

function numberOf(shapes: Shapes, cell: number): { width: number; value: number } | undefined {
  const value = shapes.at[cell]!;
  if (value === ABSENT) return { width: 0, value: 0 };
  switch (shapes.form[cell]) {
    case Form.data1:
      return { width: 1, value };
    case Form.data2:
      return { width: 2, value };
    case Form.data4:
      return { width: 4, value };
    case Form.implicit_const: {
      const constant = shapes.implicit[cell]!;
      return constant >= 0 && constant < 2 ** 28 ? { width: 0, value: constant } : undefined;
    }
    default:
      return undefined;
  }
}
