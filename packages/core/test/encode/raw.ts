import { Btf, BtfBuilder, type BtfType, type TypeId, type VoidType } from '@btfkit/core/btf';
import { dedup } from '@btfkit/core/dedup';
import { Attr, Tag } from '@btfkit/core/dwarf';
import type { Die, UnitSpec } from '../dwarf/builder.js';

/**
 * Hand-made DWARF as pahole gives it to libbpf: one type for each DIE, unit by unit, in order but for a type behind those that stand in it; deduplicated by
 * libbpf's rules (dedup/ has its answers exactly), against `base` if there is one. Knows the DIEs of which C's data types consist.
 */
export function deduplicated(units: readonly UnitSpec[], base?: Btf): Btf {
  const dies = units.flatMap(({ die }) => descendants(die).filter(one => TYPES.has(one.tag)));
  const first = base?.endId ?? 1;
  const idOf = new Map<Die, TypeId>(dies.map((die, i) => [die, first + i]));
  const builder = new BtfBuilder({ base });
  for (const die of dies) builder.add(recordOf(die, idOf));
  return Btf.parse(dedup(builder.parse()), { base });
}

const TYPES = new Set<number>([
  Tag.base_type,
  Tag.pointer_type,
  Tag.typedef,
  Tag.structure_type,
  Tag.union_type,
]);

function descendants(die: Die): Die[] {
  return [...die.children.flatMap(descendants), die];
}

function value(die: Die, attribute: number): unknown {
  return die.attributes.find(([code]) => code === attribute)?.[2];
}

function recordOf(die: Die, idOf: ReadonlyMap<Die, TypeId>): Exclude<BtfType, VoidType> {
  const name = (value(die, Attr.name) as string | undefined) ?? '';
  const typeOf = (one: Die): TypeId => idOf.get(value(one, Attr.type) as Die) ?? 0;
  const size = Number(value(die, Attr.byte_size) ?? 0);
  switch (die.tag) {
    case Tag.base_type:
      return { kind: 'INT', name, size, encoding: 1, bitOffset: 0, bits: 8 * size };
    case Tag.pointer_type:
      return { kind: 'PTR', name: '', type: typeOf(die) };
    case Tag.typedef:
      return { kind: 'TYPEDEF', name, type: typeOf(die) };
    default: {
      const isUnion = die.tag === Tag.union_type;
      if (die.attributes.some(([code]) => code === Attr.declaration)) {
        return { kind: 'FWD', name, target: isUnion ? 'union' : 'struct' };
      }
      const members = die.children
        .filter(child => child.tag === Tag.member)
        .map(child => ({
          name: value(child, Attr.name) as string,
          type: typeOf(child),
          bitOffset: 8 * Number(value(child, Attr.data_member_location)),
          bitfieldSize: 0,
        }));
      return { kind: isUnion ? 'UNION' : 'STRUCT', name, size, kflag: false, members };
    }
  }
}
