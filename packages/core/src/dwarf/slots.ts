import { Attr } from './constants.js';

/** Attributes that readers ask for, each a column of the shape table. */
export const Slot = {
  name: 0,
  type: 1,
  byteSize: 2,
  sibling: 3,
  declaration: 4,
  memberLocation: 5,
  bitSize: 6,
  bitOffset: 7,
  dataBitOffset: 8,
  encoding: 9,
  constValue: 10,
  upperBound: 11,
  count: 12,
  external: 13,
  location: 14,
  specification: 15,
  artificial: 16,
  language: 17,
  strOffsetsBase: 18,
  addrBase: 19,
  dwoName: 20,
  gnuAnnotation: 21,
  abstractOrigin: 22,
  lowPc: 23,
  producer: 24,
  inline: 25,
  callingConvention: 26,
  loclistsBase: 27,
  declFile: 28,
  declLine: 29,
  stmtList: 30,
} as const;
/** Columns of one shape in `at`, `form` and `implicit` of Shapes. */
export const SLOT_STRIDE = 31;

/** Slot by DW_AT_*. */
export const SLOT_OF: ReadonlyMap<number, number> = new Map<number, number>([
  [Attr.name, Slot.name],
  [Attr.type, Slot.type],
  [Attr.byte_size, Slot.byteSize],
  [Attr.sibling, Slot.sibling],
  [Attr.declaration, Slot.declaration],
  [Attr.data_member_location, Slot.memberLocation],
  [Attr.bit_size, Slot.bitSize],
  [Attr.bit_offset, Slot.bitOffset],
  [Attr.data_bit_offset, Slot.dataBitOffset],
  [Attr.encoding, Slot.encoding],
  [Attr.const_value, Slot.constValue],
  [Attr.upper_bound, Slot.upperBound],
  [Attr.count, Slot.count],
  [Attr.external, Slot.external],
  [Attr.location, Slot.location],
  [Attr.specification, Slot.specification],
  [Attr.artificial, Slot.artificial],
  [Attr.language, Slot.language],
  [Attr.str_offsets_base, Slot.strOffsetsBase],
  [Attr.addr_base, Slot.addrBase],
  [Attr.dwo_name, Slot.dwoName],
  [Attr.GNU_dwo_name, Slot.dwoName],
  [Attr.GNU_annotation, Slot.gnuAnnotation],
  [Attr.abstract_origin, Slot.abstractOrigin],
  [Attr.low_pc, Slot.lowPc],
  [Attr.producer, Slot.producer],
  [Attr.inline, Slot.inline],
  [Attr.calling_convention, Slot.callingConvention],
  [Attr.loclists_base, Slot.loclistsBase],
  [Attr.decl_file, Slot.declFile],
  [Attr.decl_line, Slot.declLine],
  [Attr.stmt_list, Slot.stmtList],
]);

/** A shortcut column: the shape lacks the attribute, or it takes the general way to read it. */
export const ABSENT = -1;
export const SLOW = -2;

/** In `Shapes.at`: the inline name that all other attributes follow. */
export const LEAD = -3;
