import { type Btf, Kind, kindOf, type TypeId, vlenOf } from '../btf/index.js';
import { FormatError } from '../bytes/errors.js';

/**
 * Calls `mark` for each struct or union of the base that a struct or union of the split BTF holds by value, so that
 * its size is part of the other's layout: behind typedefs, qualifiers, type tags and arrays, but not behind pointers
 * (libbpf's btf_mark_embedded_composite_type_ids). Throws FormatError for a cycle on that way, in which libbpf would
 * go round for ever.
 */
export function markEmbedded(btf: Btf, mark: (id: TypeId) => void): void {
  const { startId, offsets, words, endId } = btf;
  /** By type id: the number of the walk that came by first; what follows is known from there on. */
  const seen = new Uint32Array(endId);
  let walk = 0;
  const follow = (member: TypeId) => {
    walk++;
    for (let id = member; id !== 0; id = next(btf, id)) {
      if (seen[id] === walk) throw cycle(id);
      if (seen[id] !== 0) return;
      seen[id] = walk;
      if (id < startId && isComposite(btf.kind(id))) mark(id);
    }
  };
  for (const at of offsets) {
    const info = words[at + 1];
    if (!isComposite(kindOf(info))) continue;
    const end = at + 3 + 3 * vlenOf(info);
    for (let member = at + 3; member < end; member += 3) {
      const id = words[member + 1];
      if (seen[id] === 0) follow(id);
    }
  }
}

function isComposite(kind: number): boolean {
  return kind === Kind.STRUCT || kind === Kind.UNION;
}

/** The type that one of this type consists of, 0 where the way ends. */
function next(btf: Btf, id: TypeId): TypeId {
  switch (btf.kind(id)) {
    case Kind.CONST:
    case Kind.RESTRICT:
    case Kind.VOLATILE:
    case Kind.TYPEDEF:
    case Kind.TYPE_TAG:
      return btf.sizeOrType(id);
    case Kind.ARRAY:
      return btf.layer(id).words[btf.at(id) + 3];
    default:
      return 0;
  }
}

function cycle(typeId: TypeId): FormatError {
  return new FormatError('leads back to itself through typedefs, qualifiers and arrays only', {
    section: 'types',
    typeId,
  });
}
