import { BUILTIN_SHAPES, kindName, type TypeId } from '../btf/index.js';
import { FormatError } from '../bytes/errors.js';
import type { CandidateTable } from './candidates.js';
import type { TypeGraph } from './graph.js';
import type { Mapping } from './mapping.js';
import { mapRecord } from './primitives.js';
import { mapTypes } from './records.js';

/**
 * Pointers, qualifiers, arrays, functions, tags: what is left. Each is looked up once everything that it refers to
 * is settled, by its words with canonical ids in them (libbpf's btf_dedup_ref_types). Writes those ids into the
 * graph. Throws FormatError for a cycle that passes through no struct, union or typedef.
 */
export function mapReferences(graph: TypeGraph, mapping: Mapping, table: CandidateTable): void {
  const entered = new Uint8Array(graph.endId);
  const resolve = (id: TypeId) => mapping.resolve(id);
  const stack: TypeId[] = [];
  /** Ids are only looked at here: whatever is not settled comes before the type on top. */
  const visit = (id: TypeId) => {
    if (!mapping.isOpen(id)) return id;
    if (entered[id] === 1) throw cycle(graph, id);
    stack.push(id);
    return id;
  };
  for (let id = graph.startId; id < graph.endId; id++) {
    if (mapping.isOpen(id)) stack.push(id);
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      if (!mapping.isOpen(top)) {
        stack.pop();
      } else if (entered[top] === 0) {
        entered[top] = 1;
        mapTypes(graph.words, graph.at[top]!, BUILTIN_SHAPES, visit);
      } else {
        mapTypes(graph.words, graph.at[top]!, BUILTIN_SHAPES, resolve);
        mapRecord(graph, mapping, table, top);
        stack.pop();
      }
    }
  }
}

function cycle(graph: TypeGraph, id: TypeId): FormatError {
  const kind = kindName(graph.kind(id));
  return new FormatError(`${kind} leads back to itself through no struct, union or typedef`, {
    section: 'types',
    typeId: id,
  });
}
