import { Btf, BtfBuilder, type BtfType, type TypeId, type VoidType } from '@btfkit/core/btf';
import { dedup } from '@btfkit/core/dedup';
import { listing } from './listing.mjs';

type Type = Exclude<BtfType, VoidType>;

export function build(types: readonly Type[], base?: Btf): Btf {
  const builder = new BtfBuilder({ base });
  for (const type of types) builder.add(type);
  return builder.parse();
}

export function deduplicated(btf: Btf): Btf {
  return Btf.parse(dedup(btf), { base: btf.base ?? undefined });
}

/** The types after deduplication, one line each. */
export function after(types: readonly Type[], base?: Btf): string[] {
  return listing(deduplicated(build(types, base)));
}

/** The types as they are, one line each, as `after` gives them. */
export function lines(types: readonly Type[], base?: Btf): string[] {
  return listing(build(types, base));
}

export const int: Type = { kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 };
export const char: Type = { kind: 'INT', name: 'char', size: 1, encoding: 1, bitOffset: 0, bits: 8 };
export const pointer = (type: TypeId): Type => ({ kind: 'PTR', name: '', type });
export const typedef = (name: string, type: TypeId): Type => ({ kind: 'TYPEDEF', name, type });
export const forward = (name: string, target: 'struct' | 'union' = 'struct'): Type => ({
  kind: 'FWD',
  name,
  target,
});
export const array = (element: TypeId, index: TypeId, length = 2): Type => ({
  kind: 'ARRAY',
  name: '',
  element,
  index,
  length,
});
export const enumeration = (name: string, ...values: string[]): Type => ({
  kind: 'ENUM',
  name,
  size: 4,
  signed: false,
  values: values.map((value, i) => ({ name: value, value: i })),
});
/** Members m0, m1, … of these types. */
export const struct = (
  name: string,
  members: readonly TypeId[],
  kind: 'STRUCT' | 'UNION' = 'STRUCT',
): Type => ({
  kind,
  name,
  size: 8 * members.length,
  kflag: false,
  members: members.map((type, i) => ({ name: `m${i}`, type, bitOffset: 64 * i, bitfieldSize: 0 })),
});
