import { Kind } from '../btf/index.js';
import { declaredKind } from './equivalence.js';
import { isComposite, type TypeGraph } from './graph.js';
import type { Mapping } from './mapping.js';

const AMBIGUOUS = 0xffffffff;

/**
 * Maps each forward declaration that no comparison has resolved to the struct or union of its name, if there is
 * exactly one (libbpf's btf_dedup_resolve_fwds).
 */
export function mapForwards(graph: TypeGraph, mapping: Mapping): void {
  /** By name offset: the only canonical struct or union, 0 for none. */
  const definitions = new Uint32Array(graph.nameEnd);
  for (let id = 1; id < graph.endId; id++) {
    if (!isComposite(graph.kind(id)) || !mapping.isCanonical(id)) continue;
    const name = graph.name(id);
    definitions[name] = definitions[name] === 0 ? id : AMBIGUOUS;
  }
  for (let id = graph.startId; id < graph.endId; id++) {
    if (graph.kind(id) !== Kind.FWD || !mapping.isCanonical(id)) continue;
    const definition = definitions[graph.name(id)]!;
    if (definition === 0 || definition === AMBIGUOUS) continue;
    if (graph.kind(definition) === declaredKind(graph, id)) mapping.set(id, definition);
  }
}
