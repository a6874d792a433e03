import { Form, Tag } from './constants.js';
import type { Shapes } from './shapes.js';
import { ABSENT, LEAD, SLOT_STRIDE, SLOW, Slot } from './slots.js';

/** Words of `Shapes.plans` for each shape: the fields of Plan. */
export const PLAN_STRIDE = 8;

/**
 * Half of all DIEs of a kernel are members, enumerators and parameters that consist of a name, a type and a small
 * number, all of fixed size. A plan says where, so that they are read without looking at attributes one by one.
 */
export const Plan = {
  /** A Row, 0 where the shape needs the general way. */
  row: 0,
  /** Bytes of all attributes; behind the inline name, where `lead` is 1. */
  size: 1,
  lead: 2,
  /** Offset of the 4-byte DW_FORM_strp, ABSENT where there is no name. */
  name: 3,
  /** Offset of the DW_FORM_ref4, ABSENT for void. */
  type: 4,
  /** Bytes of the number: 1, 2 or 4; 0 when `value` is the number itself. */
  width: 5,
  value: 6,
} as const;

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
  if (row === 0 || name === SLOW || type === SLOW) return;
  const cell = shape * SLOT_STRIDE + (row === Row.enumerator ? Slot.constValue : Slot.memberLocation);
  const number = row === Row.parameter ? { width: 0, value: 0 } : numberOf(shapes, cell);
  if (number === undefined) return;
  const at = shape * PLAN_STRIDE;
  const { plans } = shapes;
  const lead = shapes.leadSize[shape]! >= 0;
  plans[at + Plan.row] = row;
  plans[at + Plan.size] = lead ? shapes.leadSize[shape]! : shapes.fixedSize[shape]!;
  plans[at + Plan.lead] = lead ? 1 : 0;
  plans[at + Plan.name] = name;
  plans[at + Plan.type] = type;
  plans[at + Plan.width] = number.width;
  plans[at + Plan.value] = number.value;
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

function nameOf(shapes: Shapes, shape: number): number {
  return shapes.at[shape * SLOT_STRIDE + Slot.name] === LEAD ? ABSENT : shapes.nameAt[shape]!;
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
