import { type Btf, checkType, Kind, type TypeId } from '../btf/index.js';

const NAMED = 1;
const WHOLE = 2;

/**
 * The given types and all that a C compiler has to see before it takes them, in order of id: members by value,
 * elements of arrays, what typedefs and qualifiers stand for, pointers up to the name of a struct or union, which
 * is not needed itself. (An anonymous one has no name to stop at; an enum cannot be declared without its body.)
 * Types are checked as they are met, so that `btf` may have been parsed with its references unseen: FormatError.
 */
export function neededTypes(btf: Btf, roots: Iterable<TypeId>): Uint32Array {
  /** By id: how far it is needed. A type is looked at once for each. */
  const state = new Uint8Array(btf.endId);
  const work: TypeId[] = [];
  const found: TypeId[] = [];
  const need = (id: TypeId, how: number) => {
    if (id === 0 || state[id]! >= how) return;
    checkType(btf, id);
    const kind = btf.kind(id);
    const hasName = btf.nameOff(id) !== 0 && !btf.strings.isEmpty(btf.nameOff(id));
    if (how === NAMED && (kind === Kind.STRUCT || kind === Kind.UNION) && hasName) return;
    if (state[id] === 0) found.push(id);
    state[id] = how;
    work.push(id);
  };
  for (const id of roots) need(id, WHOLE);
  for (let id = work.pop(); id !== undefined; id = work.pop()) visit(btf, id, state[id]!, need);
  return Uint32Array.from(found).sort();
}

function visit(btf: Btf, id: TypeId, how: number, need: (id: TypeId, how: number) => void): void {
  const { words } = btf.layer(id);
  const first = btf.at(id) + 3;
  switch (btf.kind(id)) {
    case Kind.TYPEDEF:
    case Kind.CONST:
    case Kind.VOLATILE:
    case Kind.RESTRICT:
    case Kind.TYPE_TAG:
      need(btf.sizeOrType(id), how);
      return;
    case Kind.PTR:
      need(btf.sizeOrType(id), NAMED);
      return;
    // The element of an array must be complete even behind a pointer.
    case Kind.ARRAY:
      need(words[first]!, WHOLE);
      return;
    case Kind.STRUCT:
    case Kind.UNION:
      for (let i = 0; i < btf.vlen(id); i++) need(words[first + 3 * i + 1]!, WHOLE);
      return;
    case Kind.FUNC_PROTO:
      need(btf.sizeOrType(id), NAMED);
      for (let i = 0; i < btf.vlen(id); i++) need(words[first + 2 * i + 1]!, NAMED);
      return;
    case Kind.FUNC:
    case Kind.VAR:
    case Kind.DECL_TAG:
      need(btf.sizeOrType(id), WHOLE);
      return;
    case Kind.DATASEC:
      for (let i = 0; i < btf.vlen(id); i++) need(words[first + 3 * i]!, WHOLE);
      return;
  }
}
