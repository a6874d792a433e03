import { IntEncoding, Kind } from '../btf/index.js';
import type { Spec } from './spec.js';
import type { CoreTypes } from './types.js';
import { reloValue, type Value } from './value.js';

/** What an instruction is to become (struct bpf_core_relo_res). */
export interface Decision {
  /** What it holds, and whether that is to be checked. */
  readonly before: Value;
  /** What it is to hold; null: poison. */
  readonly after: Value | null;
  /** The field has another size, and a load or store of the other size would give another value. */
  readonly breaksAccess: boolean;
}

/** Decides for one candidate, or for none (bpf_core_calc_relo). Throws CoreRefusal. */
export function decide(local: Spec, target: Spec | null, littleEndian: boolean): Decision {
  const before = reloValue(local.kind, local, littleEndian);
  const after = reloValue(local.kind, target, littleEndian);
  const breaksAccess =
    after !== null &&
    target !== null &&
    before.size !== after.size &&
    !canResize(local.types, before, target.types, after);
  return { before, after, breaksAccess };
}

/** Pointers and unsigned integers are extended with zeros when loaded, whatever their size. */
function canResize(
  types: CoreTypes,
  { type }: Value,
  target: CoreTypes,
  { type: targetType }: Value,
): boolean {
  const kind = types.kind(type);
  if (kind !== target.kind(targetType)) return false;
  if (kind === Kind.PTR) return true;
  // SIGNED alone: libbpf takes a signed char for unsigned here.
  return (
    kind === Kind.INT &&
    types.encoding(type) !== IntEncoding.SIGNED &&
    target.encoding(targetType) !== IntEncoding.SIGNED
  );
}
