import { Kind } from '../btf/index.js';
import type { UnitTypes } from './unit-types.js';

/** What an encoder may be told to leave out, by the names of `pahole --btf_features`. */
export type Feature =
  /** VAR and DATASEC of per-CPU variables. */
  | 'var'
  /** FLOAT; without it, INT. */
  | 'float'
  | 'decl_tag'
  | 'type_tag'
  /** ENUM64; without it, ENUM of 8 bytes with the low halves of the values, and no signed ENUM. */
  | 'enum64'
  /** Leaves out functions whose types differ between units; without it, the first unit counts. */
  | 'consistent_func';

export const ALL_FEATURES: ReadonlySet<Feature> = new Set<Feature>([
  'var',
  'float',
  'decl_tag',
  'type_tag',
  'enum64',
  'consistent_func',
]);

/** Gives scanned rows whose kind is not wanted the kind that stands in for it. */
export function replaceKinds(
  types: UnitTypes,
  from: number,
  to: number,
  features: ReadonlySet<Feature>,
): void {
  const { kind, encoding } = types;
  const float = features.has('float');
  const enum64 = features.has('enum64');
  if (float && enum64) return;
  for (let row = from; row < to; row++) {
    if (!float && kind[row] === Kind.FLOAT) kind[row] = Kind.INT;
    // pahole's btf_encoder__add_enum_val hands libbpf unsigned values then, so that no ENUM is marked as signed.
    if (!enum64 && (kind[row] === Kind.ENUM || kind[row] === Kind.ENUM64)) {
      kind[row] = Kind.ENUM;
      encoding[row] = 0;
    }
  }
}
