import { type Btf, checkType, Kind, type TypeId } from '../btf/index.js';
import { findTypes } from '../rewrite/fields.js';
import { DistillError } from './error.js';
import { checkForward } from './own-types.js';

/** What may be referred to in a base: types, but not functions, variables, sections and tags of declarations. */
const TYPES: ReadonlySet<number> = new Set([
  Kind.INT,
  Kind.PTR,
  Kind.ARRAY,
  Kind.STRUCT,
  Kind.UNION,
  Kind.ENUM,
  Kind.FWD,
  Kind.TYPEDEF,
  Kind.VOLATILE,
  Kind.CONST,
  Kind.RESTRICT,
  Kind.FUNC_PROTO,
  Kind.FLOAT,
  Kind.TYPE_TAG,
  Kind.ENUM64,
]);

/**
 * The types of the base that a split BTF refers to, and what those refer to in turn, in order of id. A struct or
 * union with a name ends the way: only its name and size count (libbpf's btf_add_distilled_type_ids). Checks the
 * types that it comes by.
 */
export function reachedOfBase(btf: Btf): TypeId[] {
  const { startId, offsets, words } = btf;
  const reached = new Uint8Array(startId);
  // Void is no type to look for.
  reached[0] = 1;
  const found: TypeId[] = [];
  const stack: TypeId[] = [];
  for (let own = 0; own < offsets.length; own++) {
    findTypes(words, offsets[own], reached, found);
    if (found.length === 0) continue;
    moveReversed(found, stack);
    while (stack.length > 0) {
      const id = stack.pop()!;
      if (reached[id] === 1) continue;
      reached[id] = 1;
      if (!enter(btf, id)) continue;
      findTypes(btf.layer(id).words, btf.at(id), reached, found);
      moveReversed(found, stack);
    }
  }
  const ids: TypeId[] = [];
  for (let id = 1; id < startId; id++) if (reached[id] === 1) ids.push(id);
  return ids;
}

/** The first one goes on top, so that what is wrong is found in libbpf's order. */
function moveReversed(found: TypeId[], stack: TypeId[]): void {
  for (let i = found.length; i > 0; i--) stack.push(found[i - 1]);
  found.length = 0;
}

/** Whether the way goes on behind a type of the base. */
function enter(btf: Btf, id: TypeId): boolean {
  const layer = btf.layer(id);
  checkType(layer, id);
  const kind = btf.kind(id);
  if (!TYPES.has(kind)) {
    const problem = `unexpected reference to base type[${id}] of kind [${kind}] when creating distilled base BTF.`;
    throw new DistillError(btf.name, problem, id);
  }
  if (kind === Kind.FWD) checkForward(layer, id, btf.sizeOrType(id));
  return !(kind === Kind.STRUCT || kind === Kind.UNION) || btf.nameOff(id) === 0;
}

/** A copy of the words of a type. */
export function recordOf(btf: Btf, id: TypeId): Uint32Array {
  const at = btf.at(id);
  return btf.layer(id).words.slice(at, at + btf.recordLength(id));
}
