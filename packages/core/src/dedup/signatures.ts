import { Kind, vlenOf } from '../btf/index.js';
import { isComposite, isEnum, type TypeGraph } from './graph.js';
import { mix } from './records.js';

/** How far signatures look unless told: a member's pointer to const to typedef to struct is four steps. */
export const FAR = 4;

/** Stands for all that a forward declaration can turn into. */
const COMPOSITE = -1;
const ENUM = -2;

/**
 * A hash by type id that types have in common whenever `Equivalence` could find them equivalent, so that only
 * types of equal signature need comparing: without it, many structs of one name and outline would each be
 * compared with all the others. It looks some steps along the references, but not through what equivalence does
 * not look through: names that a forward declaration has too, and elements of arrays.
 */
export function signatures(graph: TypeGraph, steps: number): Int32Array {
  const declared = declaredNames(graph);
  const own = new Int32Array(graph.endId);
  for (let id = 1; id < graph.endId; id++) own[id] = ownSignature(graph, id, declared);
  let before = own;
  for (let step = 0; step < steps; step++) {
    const after = own.slice();
    for (let id = 1; id < graph.endId; id++) after[id] = withTargets(graph, id, own[id]!, before, declared);
    before = after;
  }
  return before;
}

/** Bit 0: a struct or union of this name (by offset) is declared forward somewhere; bit 1: an enum. */
function declaredNames(graph: TypeGraph): Uint8Array {
  const declared = new Uint8Array(graph.nameEnd);
  for (let id = 1; id < graph.endId; id++) {
    const kind = graph.kind(id);
    if (kind === Kind.FWD) declared[graph.name(id)]! |= 1;
    else if (isEnum(kind) && graph.vlen(id) === 0) declared[graph.name(id)]! |= 2;
  }
  return declared;
}

function ownSignature(graph: TypeGraph, id: number, declared: Uint8Array): number {
  const { words } = graph;
  const at = graph.at[id]!;
  const name = words[at]!;
  const kind = graph.kind(id);
  if (kind === Kind.FWD || (isComposite(kind) && declared[name]! & 1)) return mix(COMPOSITE, name);
  if (isEnum(kind) && declared[name]! & 2) return mix(ENUM, name);
  switch (kind) {
    case Kind.STRUCT:
    case Kind.UNION:
      return graph.outlineHash(id);
    case Kind.INT:
    case Kind.FLOAT:
    case Kind.ENUM:
    case Kind.ENUM64:
      return graph.recordHash(id);
    case Kind.ARRAY:
      return mix(mix(mix(words[at + 1]!, name), words[at + 2]!), words[at + 5]!);
    case Kind.FUNC_PROTO: {
      let hash = mix(words[at + 1]!, name);
      const end = at + 3 + 2 * vlenOf(words[at + 1]!);
      for (let param = at + 3; param < end; param += 2) hash = mix(hash, words[param]!);
      return hash;
    }
    default:
      return mix(words[at + 1]!, name);
  }
}

function withTargets(
  graph: TypeGraph,
  id: number,
  own: number,
  before: Int32Array,
  declared: Uint8Array,
): number {
  const { words } = graph;
  const at = graph.at[id]!;
  switch (graph.kind(id)) {
    case Kind.PTR:
    case Kind.TYPEDEF:
    case Kind.VOLATILE:
    case Kind.CONST:
    case Kind.RESTRICT:
    case Kind.TYPE_TAG:
    case Kind.FUNC:
      return mix(own, before[words[at + 2]!]!);
    case Kind.FUNC_PROTO: {
      let hash = mix(own, before[words[at + 2]!]!);
      const end = at + 3 + 2 * vlenOf(words[at + 1]!);
      for (let param = at + 3; param < end; param += 2) hash = mix(hash, before[words[param + 1]!]!);
      return hash;
    }
    case Kind.STRUCT:
    case Kind.UNION: {
      if (declared[words[at]!]! & 1) return own;
      let hash = own;
      const end = at + 3 + 3 * vlenOf(words[at + 1]!);
      for (let member = at + 3; member < end; member += 3) hash = mix(hash, before[words[member + 1]!]!);
      return hash;
    }
    default:
      return own;
  }
}
