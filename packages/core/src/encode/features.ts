import { Kind } from '../btf/index.js';
import type { UnitTypes } from './unit-types.js';

/** What an encoder may be told to do or leave, by the names of `pahole --btf_features`. */
export type Feature =
  /** Leaves out variables whose names the kernel would refuse; without it, they are an error. */
  | 'encode_force'
  /** VAR and DATASEC of per-CPU variables. */
  | 'var'
  /** FLOAT; without it, INT. */
  | 'float'
  | 'decl_tag'
  | 'type_tag'
  /** ENUM64; without it, ENUM of 8 bytes with the low halves of the values, and no signed ENUM. */
  | 'enum64'
  /** Functions whose symbols have suffixes such as `.isra.0`. As with pahole's newest, they are there in any case. */
  | 'optimized_func'
  /** Leaves out functions whose types differ between units; without it, the one whose symbol there is counts. */
  | 'consistent_func'
  /** DECL_TAGs "bpf_kfunc" and "bpf_fastcall" of what sets of `.BTF_ids` name. */
  | 'decl_tag_kfuncs'
  /** The same bytes from the same input: always so. */
  | 'reproducible_build'
  /** Split BTF gets the small base that it needs. */
  | 'distilled_base'
  /** VAR and DATASEC of the variables of all sections. */
  | 'global_var'
  /** Tags with kflag: attributes of kfuncs' arena pointers. */
  | 'attributes'
  /** Functions with changed signatures under their symbols' names, with the parameters that are left. */
  | 'true_signature'
  /** A layout section, in self-contained BTF. */
  | 'layout';

/** What is done unless said otherwise (pahole's default). */
export const DEFAULT_FEATURES: ReadonlySet<Feature> = new Set<Feature>([
  'encode_force',
  'var',
  'float',
  'decl_tag',
  'type_tag',
  'enum64',
  'optimized_func',
  'consistent_func',
  'decl_tag_kfuncs',
]);

export const ALL_FEATURES: ReadonlySet<Feature> = new Set<Feature>([
  ...DEFAULT_FEATURES,
  'reproducible_build',
  'distilled_base',
  'global_var',
  'attributes',
  'true_signature',
  'layout',
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
