import { Kind, type TypeId } from '../btf/index.js';
import { DEEPEST, type Mismatch, otherType, type Pair, paramsDiffer, tooDeep } from './compat.js';
import { sameRoot } from './names.js';
import { type CoreTypes, enumeratorOf, isEnum, memberOf } from './types.js';

/**
 * Whether a type of the target has all that the program's type has: libbpf's bpf_core_types_match. Members are there
 * by name and match in turn, behind a pointer names and kinds are enough; enumerators are there by name; integers have
 * one size and sign, arrays one length. Throws CoreRefusal where types are nested too deep.
 */
export function matchDiffers(pair: Pair, behindPointer = false, level = DEEPEST): Mismatch {
  const { local, target } = pair;
  let { localId, targetId } = pair;
  if (level <= 0) throw tooDeep(pair);
  for (let depth = 0; depth < DEEPEST; depth++) {
    localId = local.skip(localId);
    targetId = target.skip(targetId);
    const inner = { local, localId, target, targetId };
    if (!sameNames(local.nameBytes(localId), target.nameBytes(targetId))) return otherType(inner);
    const kind = local.kind(localId);
    const same = kind === target.kind(targetId);
    switch (kind) {
      case 0:
        return same ? null : otherType(inner);
      case Kind.FWD:
        return forwardMatches(inner, behindPointer) ? null : otherType(inner);
      case Kind.ENUM:
      case Kind.ENUM64:
        return isEnum(target.kind(targetId)) ? enumsDiffer(inner) : otherType(inner);
      case Kind.STRUCT:
      case Kind.UNION:
        if (behindPointer) return same || isForwardOf(target, targetId, kind) ? null : otherType(inner);
        return same ? compositesDiffer(inner, level) : otherType(inner);
      case Kind.INT:
        return same ? integersDiffer(inner) : otherType(inner);
      case Kind.PTR:
        if (!same) return otherType(inner);
        behindPointer = true;
        localId = local.third(localId);
        targetId = target.third(targetId);
        break;
      case Kind.ARRAY: {
        if (!same) return otherType(inner);
        const [element, , length] = local.tail(localId);
        const [targetElement, , targetLength] = target.tail(targetId);
        if (length !== targetLength)
          return `an array of ${length} in the program, of ${targetLength} in the target`;
        localId = element;
        targetId = targetElement;
        break;
      }
      case Kind.FUNC_PROTO: {
        if (!same) return otherType(inner);
        const behind = behindPointer;
        const params = paramsDiffer(inner, each => matchDiffers(each, behind, level - 1));
        if (params !== null) return params;
        localId = local.third(localId);
        targetId = target.third(targetId);
        break;
      }
      default:
        return otherType(inner);
    }
  }
  throw tooDeep({ local, localId, target, targetId });
}

/** bpf_core_names_match: roots are the same; nothing but no name goes with no name. */
function sameNames(local: Uint8Array, target: Uint8Array): boolean {
  return target.length === 0 ? local.length === 0 : sameRoot(local, target);
}

/** Is it a FWD of a composite of that kind? */
function isForwardOf(types: CoreTypes, id: TypeId, composite: number): boolean {
  return types.kind(id) === Kind.FWD && types.btf.kflag(id) === (composite === Kind.UNION);
}

function forwardMatches({ local, localId, target, targetId }: Pair, behindPointer: boolean): boolean {
  const union = local.btf.kflag(localId);
  const kind = target.kind(targetId);
  if (kind === Kind.FWD) return union === target.btf.kflag(targetId);
  return behindPointer && kind === (union ? Kind.UNION : Kind.STRUCT);
}

function integersDiffer(pair: Pair): Mismatch {
  const { local, localId, target, targetId } = pair;
  const same =
    local.third(localId) === target.third(targetId) && local.isSigned(localId) === target.isSigned(targetId);
  return same ? null : otherType(pair);
}

function enumsDiffer(pair: Pair): Mismatch {
  const { local, localId, target, targetId } = pair;
  if (local.third(localId) !== target.third(targetId)) {
    return `an enum of ${local.third(localId)} bytes in the program, of ${target.third(targetId)} in the target`;
  }
  const count = target.btf.vlen(targetId);
  const names = Array.from({ length: count }, (_, i) =>
    target.string(enumeratorOf(target, targetId, i).nameOff),
  );
  if (local.btf.vlen(localId) > count) return fewer('enumerators', pair);
  for (let i = 0; i < local.btf.vlen(localId); i++) {
    const { nameOff } = enumeratorOf(local, localId, i);
    const name = local.string(nameOff);
    if (!names.some(one => sameNames(name, one)))
      return `no enumerator ${local.btf.string(nameOff)} in the target`;
  }
  return null;
}

function fewer(what: string, { local, localId, target, targetId }: Pair): string {
  return `${local.btf.vlen(localId)} ${what} in the program, ${target.btf.vlen(targetId)} in the target`;
}

function compositesDiffer(pair: Pair, level: number): Mismatch {
  const { local, localId, target, targetId } = pair;
  const count = target.btf.vlen(targetId);
  if (local.btf.vlen(localId) > count) return fewer('members', pair);
  const targets = Array.from({ length: count }, (_, i) => memberOf(target, targetId, i));
  const names = targets.map(({ nameOff }) => target.string(nameOff));
  for (let i = 0; i < local.btf.vlen(localId); i++) {
    const member = memberOf(local, localId, i);
    const name = local.string(member.nameOff);
    const label = local.btf.string(member.nameOff) || '<anon>';
    let why: Mismatch = `no member ${label} in ${target.describe(targetId)}`;
    for (let j = 0; j < count && why !== null; j++) {
      if (!sameNames(name, names[j])) continue;
      const differ = matchDiffers(
        { local, localId: member.type, target, targetId: targets[j].type },
        false,
        level - 1,
      );
      why = differ === null ? null : `member ${label}: ${differ}`;
    }
    if (why !== null) return why;
  }
  return null;
}
