import type { TypeId } from '../btf/index.js';
import { Kind } from '../btf/index.js';
import { isPlace, type TypeGraph } from './graph.js';

const OPEN = 0xffffffff;

/** Which type stands for which: each type's canonical one, as far as it is known. */
export class Mapping {
  private readonly graph: TypeGraph;
  /** By type id: itself for canonical types; the way may lead over several. */
  private readonly to: Uint32Array;

  constructor(graph: TypeGraph) {
    this.graph = graph;
    this.to = new Uint32Array(graph.endId).fill(OPEN, graph.startId);
    for (let id = 0; id < graph.startId; id++) this.to[id] = id;
    for (let id = graph.startId; id < graph.endId; id++) if (isPlace(graph.kind(id))) this.to[id] = id;
  }

  isOpen(id: TypeId): boolean {
    return this.to[id] === OPEN;
  }
  isCanonical(id: TypeId): boolean {
    return this.to[id] === id;
  }

  set(id: TypeId, canonical: TypeId): void {
    this.to[id] = canonical;
  }

  /** The canonical type, or where the way ends so far. */
  resolve(id: TypeId): TypeId {
    for (;;) {
      const next = this.to[id]!;
      if (next === id || next === OPEN) return id;
      id = next;
    }
  }

  /** What a forward declaration stands for, if that is known; other types as they are. */
  resolveForward(id: TypeId): TypeId {
    if (this.graph.kind(id) !== Kind.FWD) return id;
    const end = this.resolve(id);
    return this.graph.kind(end) === Kind.FWD ? id : end;
  }
}
