import type { TypeId } from '../btf/index.js';

/** What there can be of a name in C, in the order of a report. ENUM64 is an enum. */
export const ENTITY_KINDS = [
  'struct',
  'union',
  'enum',
  'typedef',
  'func',
  'var',
  'datasec',
  'int',
  'float',
] as const;
export type EntityKind = (typeof ENTITY_KINDS)[number];

/** What has changed: the type of that name itself, or something in it. */
export type Subject = EntityKind | 'member' | 'enumerator' | 'parameter' | 'result' | 'variable';

/** What a change of each sort means, in the order of a report; `from` and `to` of a `Change` in brackets. */
export const WHATS = {
  appeared: 'only B has it [what it is]',
  went: 'only A has it [what it is]',
  moved: 'another offset [bits; variables in their section: bytes], or place among the parameters',
  resized: 'another size [bytes]',
  bitfield: 'another width as a bitfield [bits, 0 for none]',
  retyped: 'another type, encoding or linkage [text]',
  renamed: 'another name at the same place and of the same type [names]',
  requalified: 'other const, volatile, restrict or type tags [text]',
  regrouped: 'members in other anonymous structs and unions, or in another order, at the same offsets',
  value: 'an enumerator with another value [decimal]',
  renumbered: 'as value, of an enumerator that counts on from the one before it [decimal]',
  tagged: 'a declaration tag appeared [tag]',
  untagged: 'a declaration tag went [tag]',
} as const;
export type What = keyof typeof WHATS;

/** What a change means for a BPF program: CO-RE, and attaching to and calling functions. */
export const PROGRAM_EFFECTS = {
  none: 'nothing',
  follows: 'only offsets or sizes: CO-RE relocates it',
  existence: 'CO-RE finds nothing: guard it with bpf_core_field_exists, _type_exists or _enum_value_exists',
  kind: 'CO-RE finds nothing: a field of an incompatible kind counts as none',
  size: 'relocated, but read right only with the size and sign at hand: BPF_CORE_READ_BITFIELD_PROBED, bpf_core_field_size',
  type: 'relocated, and then what is found is of another type',
  value: 'right only through bpf_core_enum_value; else the old value is compiled in',
  call: 'arguments of fentry and fexit programs, kfunc calls or struct_ops do not fit any more',
  attach: 'nothing to attach to or to call',
} as const;
export type ProgramEffect = keyof typeof PROGRAM_EFFECTS;

/** What a change means for a kernel module that uses it. */
export const MODULE_EFFECTS = {
  none: 'nothing',
  layout: 'only offsets or sizes, which are compiled in: build it anew',
  type: 'the same bytes of another type: build it anew, perhaps edit it',
  value: 'the value is compiled in: build it anew',
  call: 'called with other arguments: edit it',
  existence: 'the source names what is gone: edit it',
} as const;
export type ModuleEffect = keyof typeof MODULE_EFFECTS;

/** One thing that is different. */
export interface Change {
  readonly subject: Subject;
  readonly what: What;
  /** '' for the type itself; a member in anonymous ones with its path, such as `u.port`. B's name where it is renamed. */
  readonly name: string;
  /** As `WHATS` says; null where there is none. */
  readonly from: string | number | null;
  readonly to: string | number | null;
  /** Of a member: bits from the start of what holds it, in B where B has it. */
  readonly offset?: number;
  readonly program: ProgramEffect;
  readonly module: ModuleEffect;
}

/** All changes of one type. */
export interface Difference {
  readonly kind: EntityKind;
  /** Of an anonymous enum: its first enumerator. */
  readonly name: string;
  readonly anonymous: boolean;
  readonly what: 'appeared' | 'went' | 'changed';
  /** Its ids; 0 where there is none. */
  readonly a: TypeId;
  readonly b: TypeId;
  readonly changes: readonly Change[];
}

/** Whether a BPF program that uses what changed does not work as before, or does not load. */
export function breaksPrograms(change: Change): boolean {
  return change.program !== 'none' && change.program !== 'follows';
}

/** Whether a module that uses what changed has to be built anew, or be changed. */
export function breaksModules(change: Change): boolean {
  return change.module !== 'none';
}
