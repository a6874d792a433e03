import { Kind, type TypeId } from '../btf/index.js';
import type { CandidateTable } from './candidates.js';
import { isEnum, type TypeGraph } from './graph.js';
import type { Mapping } from './mapping.js';
import { mix } from './records.js';

/** Seeds that keep the chains of enums apart: all of a name, and those of a name without values. */
const BY_NAME = 3;
const DECLARED = 4;

/**
 * Types that refer to no other: INT, FLOAT, FWD, LOC_PARAM and the enums (libbpf's btf_dedup_prim_types). An enum
 * without values is a forward declaration of any enum of its name.
 */
export function mapPrimitives(graph: TypeGraph, mapping: Mapping, table: CandidateTable): void {
  for (let id = graph.startId; id < graph.endId; id++) {
    const kind = graph.kind(id);
    if (isEnum(kind)) mapEnum(graph, mapping, table, id);
    else if (kind === Kind.INT || kind === Kind.FLOAT || kind === Kind.FWD || kind === Kind.LOC_PARAM)
      mapRecord(graph, mapping, table, id);
  }
}

/** Maps a type whose words say all about it: to the first candidate with the same words, or to itself. */
export function mapRecord(graph: TypeGraph, mapping: Mapping, table: CandidateTable, id: TypeId): void {
  const hash = graph.recordHash(id);
  const entry = findRecord(graph, table, id, hash);
  if (entry >= 0) {
    mapping.set(id, table.id(entry));
    return;
  }
  mapping.set(id, id);
  table.count();
  table.add(hash, id);
}

function findRecord(graph: TypeGraph, table: CandidateTable, id: TypeId, hash: number): number {
  let entry = table.first(hash);
  while (entry >= 0 && !graph.sameRecord(id, table.id(entry))) entry = table.next(entry);
  return entry;
}

function mapEnum(graph: TypeGraph, mapping: Mapping, table: CandidateTable, id: TypeId): void {
  const isDeclaration = graph.vlen(id) === 0;
  const found = isDeclaration
    ? findEnumOfName(graph, table, id)
    : findRecord(graph, table, id, graph.recordHash(id));
  if (!isDeclaration) {
    // Declarations that libbpf's search meets before it ends are resolved to this definition.
    const name = graph.name(id);
    const declared = table.first(mix(DECLARED, name));
    for (let entry = declared; entry >= 0; entry = table.next(entry)) {
      if (found >= 0 && !table.precedes(entry, found)) break;
      if (isDeclarationOf(graph, table.id(entry), name)) mapping.set(table.id(entry), id);
    }
  }
  if (found >= 0) {
    mapping.set(id, table.id(found));
    return;
  }
  mapping.set(id, id);
  addEnum(graph, table, id);
}

function findEnumOfName(graph: TypeGraph, table: CandidateTable, id: TypeId): number {
  const name = graph.name(id);
  let entry = table.first(mix(BY_NAME, name));
  while (entry >= 0) {
    const candidate = table.id(entry);
    if (isEnum(graph.kind(candidate)) && graph.name(candidate) === name) break;
    entry = table.next(entry);
  }
  return entry;
}

function isDeclarationOf(graph: TypeGraph, id: TypeId, name: number): boolean {
  return isEnum(graph.kind(id)) && graph.vlen(id) === 0 && graph.name(id) === name;
}

/** Makes an enum a candidate under its words and its name. */
export function addEnum(graph: TypeGraph, table: CandidateTable, id: TypeId): void {
  const name = graph.name(id);
  table.count();
  table.add(graph.recordHash(id), id);
  table.add(mix(BY_NAME, name), id);
  if (graph.vlen(id) === 0) table.add(mix(DECLARED, name), id);
}
