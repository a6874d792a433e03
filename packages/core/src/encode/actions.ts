import { Tag } from '../dwarf/index.js';

/** What the scanner does at a DIE, by tag. */
export const Do = {
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

/** By DW_TAG_*; larger tags are skipped. */
export const ACTIONS = new Uint8Array(0x48);
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
  [Tag.inlined_subroutine, Do.scope],
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
