import { Kind, kflagOf, kindName, type TypeId, vlenOf } from '../btf/index.js';
import { FormatError } from '../bytes/errors.js';
import { isComposite, isEnum, type TypeGraph } from './graph.js';
import type { Mapping } from './mapping.js';

const UNSEEN = 0xffffffff;

/** How deep duplicates within one side are compared (libbpf's btf_dedup_identical_types). */
const IDENTICAL_DEPTH = 16;

/**
 * Steps that all comparisons of one run may take together. Merges of kernels and modules take up to one for each type,
 * of units that declare much and define little some thirty. Input that was made to be slow runs out of them, and
 * types that were not compared by then stay apart.
 */
const STEPS_AT_LEAST = 4_000_000;
const STEPS_PER_TYPE = 200;

/**
 * Side-by-side walks through two type graphs: is the graph that `candidate` spans the same as that of a canonical
 * type, if forward declarations count as what they declare? (libbpf's btf_dedup_is_equiv.)
 *
 * A walk assumes for each canonical type that it meets which candidate it corresponds to; a type that would
 * correspond to two different ones ends it. After a walk that succeeded, `adopt` makes the assumptions known.
 */
export class Equivalence {
  private readonly graph: TypeGraph;
  private readonly mapping: Mapping;
  /** By canonical type, what it was assumed to correspond to; and for which ones that was. */
  private readonly assumed: Uint32Array;
  private readonly assumptions: TypeId[] = [];
  /** Pairs (candidate, canonical) still to be compared, the next one last. */
  private readonly pending: TypeId[] = [];
  private stepsLeft: number;
  private resolvesBase = false;

  constructor(graph: TypeGraph, mapping: Mapping) {
    this.graph = graph;
    this.mapping = mapping;
    this.assumed = new Uint32Array(graph.endId).fill(UNSEEN);
    this.stepsLeft = STEPS_AT_LEAST + STEPS_PER_TYPE * graph.endId;
  }

  /**
   * Whether the last walk took a forward declaration of a base for a definition above it. As a base cannot be
   * changed, its type is not equivalent then, but it is known what the declaration stands for.
   */
  get resolvedBase(): boolean {
    return this.resolvesBase;
  }

  /** Whether no comparison can succeed any more. */
  get isExhausted(): boolean {
    return this.stepsLeft <= 0;
  }

  /** Walks from a pair of types. Throws FormatError where a type refers to what no type can refer to. */
  holds(candidate: TypeId, canonical: TypeId): boolean {
    for (const id of this.assumptions) this.assumed[id] = UNSEEN;
    this.assumptions.length = 0;
    this.pending.length = 0;
    this.resolvesBase = false;
    this.expect(candidate, canonical);
    while (this.pending.length > 0) {
      const expected = this.pending.pop()!;
      if (!this.compare(this.pending.pop()!, expected)) return false;
    }
    return true;
  }

  /** Keeps what the last walk assumed, as far as it is settled: libbpf's btf_dedup_merge_hypot_map. */
  adopt(): void {
    const { graph, mapping } = this;
    for (const id of this.assumptions) {
      const canonical = mapping.resolve(id);
      const other = mapping.resolve(this.assumed[id]!);
      const canonicalKind = graph.kind(canonical);
      const otherKind = graph.kind(other);
      if (canonicalKind === Kind.FWD && otherKind !== Kind.FWD) mapping.set(canonical, other);
      if (this.resolvesBase || canonicalKind === Kind.FWD) continue;
      if (otherKind === Kind.FWD) mapping.set(other, canonical);
      else if (isComposite(otherKind) && !mapping.isOpen(canonical) && mapping.isOpen(other)) {
        mapping.set(other, canonical);
      }
    }
  }

  private expect(candidate: TypeId, canonical: TypeId): void {
    if (candidate === canonical) return;
    if (this.mapping.resolve(candidate) === this.mapping.resolve(canonical)) return;
    this.pending.push(candidate, canonical);
  }

  /** Compares two types and queues what they refer to. */
  private compare(candidate: TypeId, canonicalOrForward: TypeId): boolean {
    if (--this.stepsLeft < 0) return false;
    const { graph } = this;
    const canonical = this.mapping.resolveForward(canonicalOrForward);
    const assumed = this.assumed[canonical]!;
    if (assumed !== UNSEEN) {
      // Compilers emit some types twice in one unit (arrays, above all): different, but of the same content.
      return assumed === candidate || this.identical(assumed, candidate, IDENTICAL_DEPTH);
    }
    this.assumed[canonical] = candidate;
    this.assumptions.push(canonical);

    if (graph.name(candidate) !== graph.name(canonical)) return false;
    const kind = graph.kind(candidate);
    const canonicalKind = graph.kind(canonical);
    if (kind !== canonicalKind) {
      if (kind === Kind.FWD) return declaredKind(graph, candidate) === canonicalKind;
      if (canonicalKind !== Kind.FWD || declaredKind(graph, canonical) !== kind) return false;
      if (canonical < graph.startId) this.resolvesBase = true;
      return true;
    }
    return this.compareSameKind(kind, candidate, canonical);
  }

  private compareSameKind(kind: number, candidate: TypeId, canonical: TypeId): boolean {
    const { graph } = this;
    switch (kind) {
      case Kind.INT:
      case Kind.FLOAT:
      case Kind.FWD:
        return graph.sameRecord(candidate, canonical);
      case Kind.ENUM:
      case Kind.ENUM64:
        return compatibleEnums(graph, candidate, canonical);
      case Kind.PTR:
      case Kind.TYPEDEF:
      case Kind.VOLATILE:
      case Kind.CONST:
      case Kind.RESTRICT:
      case Kind.TYPE_TAG:
      case Kind.FUNC:
        if (graph.info(candidate) !== graph.info(canonical)) return false;
        this.expectElements(candidate, canonical, 2, 1, 1);
        return true;
      case Kind.ARRAY:
        if (!compatibleArrays(graph, candidate, canonical)) return false;
        // Last in, first out: the index type is compared first, as in libbpf.
        this.expectElements(candidate, canonical, 3, 1, 1);
        this.expectElements(candidate, canonical, 4, 1, 1);
        return true;
      case Kind.STRUCT:
      case Kind.UNION:
        if (!graph.sameOutline(candidate, canonical)) return false;
        this.expectElements(candidate, canonical, 4, 3, graph.vlen(candidate));
        return true;
      case Kind.FUNC_PROTO:
        if (!compatiblePrototypes(graph, candidate, canonical)) return false;
        // The return type stands two words before the first parameter's, as if it were one itself.
        this.expectElements(candidate, canonical, 2, 2, graph.vlen(candidate) + 1);
        return true;
      default:
        throw new FormatError(`${kindName(kind)} inside a type, expected a kind that values can have`, {
          section: 'types',
          typeId: candidate,
        });
    }
  }

  /** Queues `count` pairs of ids that stand from word `first` on, `stride` words apart; the first is the next. */
  private expectElements(
    candidate: TypeId,
    canonical: TypeId,
    first: number,
    stride: number,
    count: number,
  ): void {
    const { words, at } = this.graph;
    this.stepsLeft -= count;
    const left = at[candidate]! + first;
    const right = at[canonical]! + first;
    for (let i = (count - 1) * stride; i >= 0; i -= stride) this.expect(words[left + i]!, words[right + i]!);
  }

  /**
   * Whether two types of one graph have the same content down to some depth. Elements of arrays are not compared:
   * libbpf compares them with themselves there.
   */
  private identical(a: TypeId, b: TypeId, depth: number): boolean {
    const { graph } = this;
    const { words } = graph;
    for (;;) {
      if (a === b) return true;
      if (depth === 0 || --this.stepsLeft < 0) return false;
      const kind = graph.kind(a);
      if (kind !== graph.kind(b)) return false;
      switch (kind) {
        case Kind.INT:
        case Kind.FLOAT:
        case Kind.FWD:
          return graph.sameRecord(a, b);
        case Kind.ENUM:
        case Kind.ENUM64:
          return compatibleEnums(graph, a, b);
        case Kind.ARRAY:
          return compatibleArrays(graph, a, b);
        case Kind.STRUCT:
        case Kind.UNION:
          return graph.sameOutline(a, b) && this.identicalElements(a, b, 4, 3, graph.vlen(a), depth);
        case Kind.FUNC_PROTO:
          return (
            compatiblePrototypes(graph, a, b) && this.identicalElements(a, b, 2, 2, graph.vlen(a) + 1, depth)
          );
        case Kind.PTR:
        case Kind.TYPEDEF:
        case Kind.VOLATILE:
        case Kind.CONST:
        case Kind.RESTRICT:
        case Kind.TYPE_TAG:
        case Kind.FUNC:
          if (graph.info(a) !== graph.info(b) || graph.name(a) !== graph.name(b)) return false;
          a = words[graph.at[a]! + 2]!;
          b = words[graph.at[b]! + 2]!;
          break;
        default:
          return false;
      }
    }
  }

  private identicalElements(
    a: TypeId,
    b: TypeId,
    first: number,
    stride: number,
    count: number,
    depth: number,
  ): boolean {
    const { words, at } = this.graph;
    const left = at[a]! + first;
    const right = at[b]! + first;
    for (let i = 0; i < count * stride; i += stride) {
      if (!this.identical(words[left + i]!, words[right + i]!, depth - 1)) return false;
    }
    return true;
  }
}

/** What a forward declaration declares. */
export function declaredKind(graph: TypeGraph, forward: TypeId): number {
  return kflagOf(graph.info(forward)) ? Kind.UNION : Kind.STRUCT;
}

function compatibleEnums(graph: TypeGraph, a: TypeId, b: TypeId): boolean {
  if (graph.vlen(a) > 0 && graph.vlen(b) > 0) return graph.sameRecord(a, b);
  return graph.name(a) === graph.name(b) && isEnum(graph.kind(a)) && isEnum(graph.kind(b));
}

/** Name, flags and length of two arrays. */
function compatibleArrays(graph: TypeGraph, a: TypeId, b: TypeId): boolean {
  const { words } = graph;
  const left = graph.at[a]!;
  const right = graph.at[b]!;
  for (const i of ARRAY_WORDS) if (words[left + i] !== words[right + i]) return false;
  return true;
}
const ARRAY_WORDS = [0, 1, 2, 5];

/** Name, number and names of parameters. */
function compatiblePrototypes(graph: TypeGraph, a: TypeId, b: TypeId): boolean {
  const { words } = graph;
  const left = graph.at[a]!;
  const right = graph.at[b]!;
  if (words[left] !== words[right] || words[left + 1] !== words[right + 1]) return false;
  const end = 3 + 2 * vlenOf(words[left + 1]!);
  for (let i = 3; i < end; i += 2) if (words[left + i] !== words[right + i]) return false;
  return true;
}
