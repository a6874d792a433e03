import { Kind, kindOf } from '../btf/kinds.js';
import { Errno } from './breach.js';
import type { Verifier } from './verifier.js';

/** MAX_RESOLVE_DEPTH */
export const DEEPEST = 32;

const NOT_VISITED = 0;
const VISITED = 1;
const RESOLVED = 2;

/** What is being looked for decides where the walk may stop (enum resolve_mode). */
const Mode = { ANY: 0, POINTER: 1, STRUCT_OR_ARRAY: 2 } as const;

/** A set of kinds, a bit each. */
export const kindSet = (...kinds: number[]) => kinds.reduce((set, kind) => set | (1 << kind), 0);

export function isIn(set: number, kind: number): boolean {
  return ((set >>> kind) & 1) === 1;
}

const { PTR, ARRAY, STRUCT, UNION, FUNC, VAR, DATASEC, DECL_TAG } = Kind;

export const MODIFIERS = kindSet(Kind.TYPEDEF, Kind.VOLATILE, Kind.CONST, Kind.RESTRICT, Kind.TYPE_TAG);
/** Nothing may lead to these (btf_type_is_resolve_source_only). */
export const SOURCE_ONLY = kindSet(VAR, DECL_TAG, DATASEC);
/** Their size is that of another type. */
const SIZE_IS_BEHIND = MODIFIERS | kindSet(VAR);
const POINTER_GOES_ON = MODIFIERS | kindSet(PTR);
const STRUCT_GOES_ON = MODIFIERS | kindSet(ARRAY, STRUCT, UNION);
const ALWAYS_WALKED = MODIFIERS | kindSet(PTR, STRUCT, UNION, ARRAY, VAR, DECL_TAG, DATASEC);

/** btf_type_nosize: void, FWD, FUNC, FUNC_PROTO, DECL_TAG. */
export function hasNoSize(kind: number): boolean {
  return (
    kind === Kind.UNKN ||
    kind === Kind.FWD ||
    kind === Kind.FUNC ||
    kind === Kind.FUNC_PROTO ||
    kind === Kind.DECL_TAG
  );
}

/**
 * Where a walk through the references of a program's BTF has come to (resolve_vertex, visit_states, resolved_ids).
 * Types of a program's BTF have no base, so an id is an index here.
 */
export class Walk {
  private readonly verifier: Verifier;
  private readonly words: Uint32Array;
  /** One past the last id. */
  readonly end: number;
  /** Record and kind of each id; void has kind 0, and its record is never read. */
  readonly records: Uint32Array;
  readonly kinds: Uint8Array;
  private readonly states: Uint8Array;
  private readonly resolvedIds: Uint32Array;
  private readonly resolvedSizes: Uint32Array;
  /** Kinds that have to be walked; the rest is an end in every mode (btf_type_needs_resolve). */
  private readonly walked: number;
  private readonly stack = new Uint32Array(DEEPEST);
  private readonly nextMember = new Uint32Array(DEEPEST);
  private depth = 0;
  private mode: number = Mode.ANY;
  /** Errno of a push that failed: the walk ends with it. */
  failed = 0;

  constructor(verifier: Verifier) {
    const { btf, rules } = verifier;
    this.verifier = verifier;
    this.words = btf.words;
    this.end = btf.endId;
    this.records = new Uint32Array(this.end);
    this.kinds = new Uint8Array(this.end);
    for (let id = 1; id < this.end; id++) {
      const at = btf.recordOf(id);
      this.records[id] = at;
      this.kinds[id] = kindOf(btf.words[at + 1]!);
    }
    this.states = new Uint8Array(this.end);
    this.resolvedIds = new Uint32Array(this.end);
    this.resolvedSizes = new Uint32Array(this.end);
    this.walked = rules.funcResolved ? ALWAYS_WALKED | kindSet(FUNC) : ALWAYS_WALKED;
  }

  start(id: number): void {
    this.failed = 0;
    this.depth = 0;
    this.findAnything();
    this.push(id);
  }

  /** The type on top of the stack, 0 where it is empty. */
  get top(): number {
    return this.depth === 0 ? 0 : this.stack[this.depth - 1]!;
  }

  /** Forgets that a pointer or struct was walked through. */
  findAnything(): void {
    this.mode = Mode.ANY;
  }

  push(id: number): void {
    if (this.depth === DEEPEST) this.failed = Errno.E2BIG;
    else if (this.states[id] !== NOT_VISITED) this.failed = Errno.EEXIST;
    else this.enter(id);
  }

  private enter(id: number): void {
    this.states[id] = VISITED;
    this.stack[this.depth] = id;
    this.nextMember[this.depth] = 0;
    this.depth++;
    if (this.mode !== Mode.ANY) return;
    const kind = this.kinds[id]!;
    if (kind === PTR) this.mode = Mode.POINTER;
    else if (kind === STRUCT || kind === UNION || kind === ARRAY) this.mode = Mode.STRUCT_OR_ARRAY;
  }

  pop(resolvedId: number, size: number): void {
    const id = this.stack[--this.depth]!;
    this.resolvedSizes[id] = size;
    this.resolvedIds[id] = resolvedId;
    this.states[id] = RESOLVED;
  }

  /** Where in the top type's table the walk goes on. */
  get member(): number {
    return this.nextMember[this.depth - 1]!;
  }

  /** Walks through `id`, entry `index` of the top type's table, and comes back to the next. */
  pushMember(id: number, index: number): void {
    this.nextMember[this.depth - 1] = index + 1;
    this.push(id);
  }

  isResolved(id: number): boolean {
    return this.states[id] === RESOLVED;
  }

  /** A walk has to start here some time. */
  isToWalk(id: number): boolean {
    return isIn(this.walked, this.kinds[id]!) && !this.isResolved(id);
  }

  /** The walk has to go through type `id` first (not env_type_is_resolve_sink, not env_type_is_resolved). */
  isOpen(id: number): boolean {
    if (this.isResolved(id)) return false;
    const through =
      this.mode === Mode.ANY ? this.walked : this.mode === Mode.POINTER ? POINTER_GOES_ON : STRUCT_GOES_ON;
    return isIn(through, this.kinds[id]!);
  }

  exists(id: number): boolean {
    return id < this.end;
  }

  /** A modifier that was resolved on the way to a struct may have stopped at a pointer, still to be walked: or 0. */
  openPointerBehind(id: number): number {
    if (!isIn(MODIFIERS, this.kinds[id]!)) return 0;
    const resolved = this.resolvedIds[id]!;
    return this.kinds[resolved] === PTR && this.isOpen(resolved) ? resolved : 0;
  }

  resolvedId(id: number): number {
    return this.resolvedIds[id]!;
  }

  resolvedSize(id: number): number {
    return this.resolvedSizes[id]!;
  }

  /** btf_type_id_size: the type with a size behind modifiers, -1 where there is none. */
  sizedId(id: number): number {
    if (!this.exists(id) || hasNoSize(this.kinds[id]!)) return -1;
    const kind = this.kinds[id]!;
    if (kind !== VAR && !isIn(MODIFIERS, kind)) return id;
    const resolved = this.resolvedIds[id]!;
    const end = this.kinds[resolved]!;
    return hasNoSize(end) || end === VAR || isIn(MODIFIERS, end) ? -1 : resolved;
  }

  /** The size of type `id`, of which `sizedId` gave `end`. */
  sizeBehind(id: number, end: number): number {
    const isKept = !this.verifier.rules.sizesAfresh && isIn(SIZE_IS_BEHIND, this.kinds[id]!);
    return isKept ? this.resolvedSizes[id]! : this.sizeOf(end);
  }

  /** The size of a type that `sizedId` gave. */
  sizeOf(id: number): number {
    const kind = this.kinds[id]!;
    if (kind === ARRAY) return this.resolvedSizes[id]!;
    return kind === PTR ? this.verifier.pointerSize : this.words[this.records[id]! + 2]!;
  }
}
