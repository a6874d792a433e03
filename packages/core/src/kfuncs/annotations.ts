import { Kind, type TypeId } from '../btf/index.js';
import { FormatError } from '../bytes/index.js';
import type { AppendedTypes, Param } from './appended-types.js';
import { type Kfunc, KfuncFlag } from './kfunc.js';

/** What a TYPE_TAG of a pointer into an arena says. */
const ARENA = 'address_space(1)';

/** Adds a declaration tag of the function as a whole, unless it has it; `declTags` grows with it. */
export function ensureTag(types: AppendedTypes, tag: string, id: TypeId, declTags: TypeId[]): void {
  const isThere = declTags.some(
    known => types.type(known) === id && types.component(known) === -1 && types.isNamed(known, tag),
  );
  if (!isThere) declTags.push(types.addDeclTag(types.offsetOf(tag), id, -1));
}

/** Marks the pointers into arenas that the flags of a kfunc speak of, in a prototype of its own. */
export function markArenaPointers(types: AppendedTypes, { name, id, flags }: Kfunc): void {
  const proto = types.type(id);
  const mark = (type: TypeId, flag: number): TypeId => {
    if ((flags & flag) === 0) return type;
    if (types.kind(type) !== Kind.PTR) {
      throw new FormatError(`flags of the kfunc ${name} speak of an arena, type id ${type} is no pointer`, {
        section: 'types',
        typeId: id,
      });
    }
    const target = types.type(type);
    const isMarked =
      types.kind(target) === Kind.TYPE_TAG && types.kflag(target) && types.isNamed(target, ARENA);
    return isMarked ? type : types.addPointer(types.addTypeAttribute(ARENA, target));
  };
  const end = types.endId;
  const returns = mark(types.type(proto), KfuncFlag.arenaResult);
  const flagOf = [KfuncFlag.arenaFirst, KfuncFlag.arenaSecond];
  const params = types
    .params(proto)
    .map(({ nameOff, type }, i): Param => ({ nameOff, type: mark(type, flagOf[i] ?? 0) }));
  if (types.endId > end) types.setType(id, types.addProto(returns, params));
}
