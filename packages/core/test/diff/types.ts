import { type Btf, BtfBuilder, type BtfType, type Member, type VoidType } from '@btfkit/core/btf';
import type { Change, Difference } from '@btfkit/core/diff';

export type Type = Exclude<BtfType, VoidType>;

/** Types in order of id, from 1 where there is no base. */
export function build(types: readonly Type[], base?: Btf): Btf {
  const builder = new BtfBuilder({ base });
  for (const type of types) builder.add(type);
  return builder.parse('some.btf');
}

export const int: Type = { kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 };
export const long: Type = { kind: 'INT', name: 'long', size: 8, encoding: 1, bitOffset: 0, bits: 64 };
export const unsigned: Type = {
  kind: 'INT',
  name: 'unsigned int',
  size: 4,
  encoding: 0,
  bitOffset: 0,
  bits: 32,
};
export const float: Type = { kind: 'FLOAT', name: 'float', size: 4 };

export const member = (name: string, type: number, bitOffset = 0, bitfieldSize = 0): Member => ({
  name,
  type,
  bitOffset,
  bitfieldSize,
});
export const struct = (name: string, size: number, ...members: Member[]): Type => ({
  kind: 'STRUCT',
  name,
  size,
  kflag: members.some(({ bitfieldSize }) => bitfieldSize > 0),
  members,
});
export const union = (name: string, size: number, ...members: Member[]): Type => ({
  kind: 'UNION',
  name,
  size,
  kflag: false,
  members,
});
export const reference = (kind: 'PTR' | 'CONST' | 'VOLATILE' | 'RESTRICT', type: number): Type => ({
  kind,
  name: '',
  type,
});
export const typedef = (name: string, type: number): Type => ({ kind: 'TYPEDEF', name, type });
export const array = (element: number, length: number): Type => ({
  kind: 'ARRAY',
  name: '',
  element,
  index: 1,
  length,
});
export const enumeration = (
  name: string,
  values: Readonly<Record<string, number>>,
  signed = false,
): Type => ({
  kind: 'ENUM',
  name,
  size: 4,
  signed,
  values: Object.entries(values).map(([name, value]) => ({ name, value })),
});
export const prototype = (returns: number, ...params: (readonly [string, number])[]): Type => ({
  kind: 'FUNC_PROTO',
  name: '',
  returns,
  params: params.map(([name, type]) => ({ name, type })),
});
export const func = (name: string, type: number, linkage = 0): Type => ({
  kind: 'FUNC',
  name,
  type,
  linkage,
});
export const forward = (name: string): Type => ({ kind: 'FWD', name, target: 'struct' });

/** A change as one line: what of what, from -> to: what it breaks. */
function line({ subject, what, name, from, to, program, module }: Change): string {
  const values = from === null && to === null ? '' : ` ${from ?? ''} -> ${to ?? ''}`;
  return `${what} ${subject}${name === '' ? '' : ` ${name}`}${values}: ${program}, ${module}`;
}

/** Differences as lines, those of a type behind its kind and name. */
export function told(differences: readonly Difference[]): string[] {
  return differences.flatMap(({ kind, name, changes }) => [`${kind} ${name}`, ...changes.map(line)]);
}
