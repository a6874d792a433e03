import { Kind, type TypeId } from '../btf/index.js';
import { sameRoot } from './names.js';
import { CoreRefusal } from './refusal.js';
import { type CoreTypes, isComposite, likeKinds } from './types.js';

/** Why two types do not go together, in words; null where they do. */
export type Mismatch = string | null;

/** How deep references and prototypes may go before libbpf gives up. */
export const DEEPEST = 32;

/** A type of the program and one of the target. */
export interface Pair {
  readonly local: CoreTypes;
  readonly localId: TypeId;
  readonly target: CoreTypes;
  readonly targetId: TypeId;
}

export function otherType({ local, localId, target, targetId }: Pair): string {
  return `${local.describe(localId)} in the program, ${target.describe(targetId)} in the target`;
}

/**
 * Whether a member of the target can stand for one of the program: libbpf's bpf_core_fields_are_compat. Composites
 * always do, integers of any size, enums of one name or without any.
 */
export function fieldsDiffer(pair: Pair): Mismatch {
  const { local, target } = pair;
  let { localId, targetId } = pair;
  for (;;) {
    localId = local.skip(localId);
    targetId = target.skip(targetId);
    const kind = local.kind(localId);
    const targetKind = target.kind(targetId);
    if (isComposite(kind) && isComposite(targetKind)) return null;
    const inner = { local, localId, target, targetId };
    if (!likeKinds(kind, targetKind)) return otherType(inner);
    switch (kind) {
      case Kind.PTR:
      case Kind.FLOAT:
        return null;
      case Kind.FWD:
      case Kind.ENUM:
      case Kind.ENUM64: {
        const name = local.nameBytes(localId);
        const targetName = target.nameBytes(targetId);
        return name.length === 0 || targetName.length === 0 || sameRoot(name, targetName)
          ? null
          : otherType(inner);
      }
      case Kind.INT:
        return local.isBitOffset(localId) || target.isBitOffset(targetId) ? otherType(inner) : null;
      case Kind.ARRAY:
        localId = local.tail(localId)[0];
        targetId = target.tail(targetId)[0];
        break;
      default:
        return otherType(inner);
    }
  }
}

/**
 * Whether a type of the target is what the program's type means, for relocations on types: kinds count, names below
 * the first and contents do not. libbpf's bpf_core_types_are_compat. Throws CoreRefusal where they are nested too deep.
 */
export function typesDiffer(pair: Pair, level = DEEPEST): Mismatch {
  const { local, target } = pair;
  let { localId, targetId } = pair;
  if (!likeKinds(local.kind(localId), target.kind(targetId))) return otherType(pair);
  for (let depth = 0; depth < DEEPEST; depth++) {
    localId = local.skip(localId);
    targetId = target.skip(targetId);
    const kind = local.kind(localId);
    const inner = { local, localId, target, targetId };
    if (!likeKinds(kind, target.kind(targetId))) return otherType(inner);
    switch (kind) {
      case 0:
      case Kind.STRUCT:
      case Kind.UNION:
      case Kind.ENUM:
      case Kind.ENUM64:
      case Kind.FWD:
        return null;
      case Kind.INT:
        return local.isBitOffset(localId) || target.isBitOffset(targetId) ? otherType(inner) : null;
      case Kind.PTR:
        localId = local.third(localId);
        targetId = target.third(targetId);
        break;
      case Kind.ARRAY:
        localId = local.tail(localId)[0];
        targetId = target.tail(targetId)[0];
        break;
      case Kind.FUNC_PROTO: {
        const params = paramsDiffer(inner, each => {
          if (level <= 0) throw tooDeep(each);
          const skipped = {
            ...each,
            localId: local.skip(each.localId),
            targetId: target.skip(each.targetId),
          };
          return typesDiffer(skipped, level - 1);
        });
        if (params !== null) return params;
        localId = local.skip(local.third(localId));
        targetId = target.skip(target.third(targetId));
        break;
      }
      default:
        return otherType(inner);
    }
  }
  throw tooDeep({ local, localId, target, targetId });
}

export function tooDeep(pair: Pair): CoreRefusal {
  return new CoreRefusal('EINVAL', `types are nested deeper than ${DEEPEST}: ${otherType(pair)}`);
}

/** Whether prototypes differ in a parameter, as `differ` judges it, or in their number. */
export function paramsDiffer(pair: Pair, differ: (inner: Pair) => Mismatch): Mismatch {
  const { local, localId, target, targetId } = pair;
  const params = local.tail(localId);
  const targetParams = target.tail(targetId);
  if (params.length !== targetParams.length) {
    return `a function of ${params.length / 2} parameters in the program, of ${targetParams.length / 2} in the target`;
  }
  for (let at = 0; at < params.length; at += 2) {
    const why = differ({ local, localId: params[at + 1], target, targetId: targetParams[at + 1] });
    if (why !== null) return `parameter ${at / 2 + 1}: ${why}`;
  }
  return null;
}
