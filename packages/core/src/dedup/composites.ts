import { Kind, type TypeId } from '../btf/index.js';
import type { CandidateTable } from './candidates.js';
import type { Equivalence } from './equivalence.js';
import { isComposite, type TypeGraph } from './graph.js';
import type { Mapping } from './mapping.js';
import { mix } from './records.js';

/** Seed: an outline is often its own signature, and the two must not cancel out. */
const COMPOSITE = 5;

/**
 * Structs, unions and typedefs, the kinds through which cycles pass: each is mapped to the first candidate of its
 * name and outline whose graph is equivalent (libbpf's btf_dedup_struct_types). On the way, forward declarations
 * that the walks met are mapped to the definitions.
 */
export function mapComposites(
  graph: TypeGraph,
  mapping: Mapping,
  table: CandidateTable,
  equivalence: Equivalence,
  signature: Int32Array,
): void {
  for (let id = graph.startId; id < graph.endId; id++) {
    const kind = graph.kind(id);
    if (!mapping.isOpen(id) || !(isComposite(kind) || kind === Kind.TYPEDEF)) continue;
    const canonical = findEquivalent(graph, table, equivalence, signature, id);
    mapping.set(id, canonical);
    if (canonical === id) addComposite(graph, table, signature, id);
  }
}

function findEquivalent(
  graph: TypeGraph,
  table: CandidateTable,
  equivalence: Equivalence,
  signature: Int32Array,
  id: TypeId,
): TypeId {
  let entry = table.first(compositeHash(graph, signature, id));
  for (; entry >= 0 && !equivalence.isExhausted; entry = table.next(entry)) {
    const candidate = table.id(entry);
    if (!sameOutline(graph, id, candidate) || !equivalence.holds(id, candidate)) continue;
    equivalence.adopt();
    if (!equivalence.resolvedBase) return candidate;
  }
  return id;
}

/** Not left to the walk alone, for which a forward declaration would do as well. */
function sameOutline(graph: TypeGraph, a: TypeId, b: TypeId): boolean {
  if (graph.kind(a) !== Kind.TYPEDEF) return graph.info(a) === graph.info(b) && graph.sameOutline(a, b);
  return graph.info(a) === graph.info(b) && graph.name(a) === graph.name(b);
}

function compositeHash(graph: TypeGraph, signature: Int32Array, id: TypeId): number {
  const own = graph.kind(id) === Kind.TYPEDEF ? mix(graph.info(id), graph.name(id)) : graph.outlineHash(id);
  return mix(mix(COMPOSITE, own), signature[id]!);
}

/** Makes a struct, union or typedef a candidate. */
export function addComposite(
  graph: TypeGraph,
  table: CandidateTable,
  signature: Int32Array,
  id: TypeId,
): void {
  table.count();
  table.add(compositeHash(graph, signature, id), id);
}
