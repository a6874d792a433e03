import { type Btf, Kind, type TypeId } from '../btf/index.js';
import { locate } from '../bytes/errors.js';
import { CandidateTable } from './candidates.js';
import { writeCanonical } from './compact.js';
import { addComposite, mapComposites } from './composites.js';
import { Equivalence } from './equivalence.js';
import { mapForwards } from './forwards.js';
import { graphOf, isComposite, isEnum, isPlace, type TypeGraph } from './graph.js';
import { Mapping } from './mapping.js';
import { addEnum, mapPrimitives } from './primitives.js';
import { mapReferences } from './references.js';
import { FAR, signatures } from './signatures.js';

/**
 * One type for each type: the blob without its duplicates, as libbpf's btf__dedup leaves them, types in their old
 * order. A split BTF stays one, and finds its duplicates in the base as well; the base itself does not change.
 * VAR, DATASEC and LOCSEC are places and not types: all of them stay.
 *
 * The result has the byte order of the input, the strings in use only, a 24-byte header, and a layout section where
 * the input has one. `btf` is one whose references were checked when it was parsed, which is the default.
 *
 * Throws FormatError for a kind that only a layout section describes (what it refers to cannot be renumbered) and
 * for types that C cannot have: cycles without a name, a DATASEC as a member.
 */
export function dedup(btf: Btf): Uint8Array {
  return locate({ file: btf.name }, () => {
    const { graph, names } = graphOf(btf);
    return writeCanonical(graph, names, findCanonical(graph), btf);
  });
}

/**
 * As `dedup`, for a graph that the caller made and will write: which types of it stay, and which of them each other type
 * is. Words of a type that stays lead to types that do not; ask the Mapping. Same errors. Types of one name that differ are
 * told apart sooner the farther their signatures look, in `steps`.
 */
export function findCanonical(graph: TypeGraph, steps = FAR): Mapping {
  const mapping = new Mapping(graph);
  const table = new CandidateTable(chainEntries(graph));
  const signature = signatures(graph, steps);
  for (let id = 1; id < graph.startId; id++) addBaseType(graph, table, signature, id);
  mapPrimitives(graph, mapping, table);
  mapComposites(graph, mapping, table, new Equivalence(graph, mapping), signature);
  mapForwards(graph, mapping);
  mapReferences(graph, mapping, table);
  return mapping;
}

/** Entries that the table can come to hold: an enum can stand in three chains, other types in one. */
function chainEntries(graph: TypeGraph): number {
  let entries = graph.endId;
  for (let id = 1; id < graph.endId; id++) if (isEnum(graph.kind(id))) entries += 2;
  return entries;
}

/** Types of a base are canonical from the start (libbpf's btf_dedup_prep). */
function addBaseType(graph: TypeGraph, table: CandidateTable, signature: Int32Array, id: TypeId): void {
  const kind = graph.kind(id);
  if (isPlace(kind)) return;
  if (isEnum(kind)) addEnum(graph, table, id);
  else if (isComposite(kind) || kind === Kind.TYPEDEF) addComposite(graph, table, signature, id);
  else {
    table.count();
    table.add(graph.recordHash(id), id);
  }
}
