import { Kind, vlenOf } from '../btf/index.js';
import { FormatError } from '../bytes/index.js';
import { DEEPEST, endless } from './sizes.js';
import type { Types } from './types.js';

const ORDERING = 1;
const ORDERED = 2;

const MOST_STEPS = 8;

/**
 * In which order definitions have to stand so that C takes them: what is held by value comes before what holds it;
 * behind a pointer a declaration does (libbpf's btf_dump_order_type).
 */
export class Order {
  private readonly types: Types;
  private readonly states: Uint8Array;
  /** Types that others refer to: an anonymous enum that is not one of them stands by itself. */
  private readonly referenced: Uint8Array;
  private readonly queue: number[] = [];
  private depth = 0;

  constructor(types: Types) {
    this.types = types;
    this.states = new Uint8Array(types.endId);
    this.states[0] = ORDERED;
    this.referenced = markReferenced(types);
  }

  /**
   * The definitions that type `id` needs and that were not given before, itself the last; until the next call. Throws
   * FormatError.
   */
  of(id: number): readonly number[] {
    this.queue.length = 0;
    this.visit(id, false);
    return this.queue;
  }

  /** Whether nothing more is to be defined for a type; false also where it takes long to tell. */
  isDone(id: number, depth = 0): boolean {
    const { types, states } = this;
    let at = id;
    for (let steps = 0; steps < MOST_STEPS; steps++) {
      if (states[at] === ORDERED) return true;
      switch (types.kinds[at]) {
        case Kind.PTR:
        case Kind.VOLATILE:
        case Kind.CONST:
        case Kind.RESTRICT:
        case Kind.TYPE_TAG:
          at = types.third(at);
          break;
        case Kind.ARRAY:
          at = types.words[types.records[at]! + 3]!;
          break;
        case Kind.FUNC_PROTO:
          return depth < MOST_STEPS && this.isPrototypeDone(at, depth + 1);
        default:
          return false;
      }
    }
    return false;
  }

  private isPrototypeDone(id: number, depth: number): boolean {
    const { types } = this;
    const at = types.records[id]!;
    const end = at + 3 + 2 * vlenOf(types.words[at + 1]!);
    for (let row = at + 3; row < end; row += 2) {
      if (!this.isDone(types.words[row + 1]!, depth)) return false;
    }
    return this.isDone(types.words[at + 2]!, depth);
  }

  /** Whether the type has to be defined before what leads to it, and cannot just be declared. */
  private visit(id: number, throughPointer: boolean): boolean {
    const state = this.states[id]!;
    if (state === ORDERED) return true;
    if (state === ORDERING) return this.loop(id, throughPointer);
    if (++this.depth > DEEPEST) throw endless(id);
    const strong = this.visitKind(id, throughPointer);
    this.depth--;
    return strong;
  }

  private loop(id: number, throughPointer: boolean): boolean {
    const kind = this.types.kinds[id];
    const composite = kind === Kind.STRUCT || kind === Kind.UNION;
    if (composite && throughPointer && this.types.nameOff(id) !== 0) return false;
    throw new FormatError('holds itself by value, which C cannot say', { section: 'types', typeId: id });
  }

  private visitKind(id: number, throughPointer: boolean): boolean {
    const { types, states } = this;
    switch (types.kinds[id]) {
      case Kind.PTR: {
        const strong = this.visit(types.third(id), true);
        states[id] = ORDERED;
        return strong;
      }
      case Kind.ARRAY:
        return this.visit(types.words[types.records[id]! + 3]!, false);
      case Kind.STRUCT:
      case Kind.UNION:
        return this.struct(id, throughPointer);
      case Kind.ENUM:
      case Kind.ENUM64:
      case Kind.FWD:
        if (types.nameOff(id) !== 0 || this.referenced[id] === 0) this.queue.push(id);
        states[id] = ORDERED;
        return true;
      case Kind.TYPEDEF: {
        const strong = this.visit(types.third(id), throughPointer);
        if (throughPointer && !strong) return false;
        this.queue.push(id);
        states[id] = ORDERED;
        return true;
      }
      case Kind.VOLATILE:
      case Kind.CONST:
      case Kind.RESTRICT:
      case Kind.TYPE_TAG:
        return this.visit(types.third(id), throughPointer);
      case Kind.FUNC_PROTO:
        return this.prototype(id, throughPointer);
      default:
        states[id] = ORDERED;
        return false;
    }
  }

  private struct(id: number, throughPointer: boolean): boolean {
    const { types, states } = this;
    const named = types.nameOff(id) !== 0;
    // An anonymous one is defined where it is used, even behind a pointer.
    if (throughPointer && named) return false;
    states[id] = ORDERING;
    const at = types.records[id]!;
    const end = at + 3 + 3 * vlenOf(types.words[at + 1]!);
    for (let member = at + 3; member < end; member += 3) this.visit(types.words[member + 1]!, false);
    if (named) this.queue.push(id);
    states[id] = ORDERED;
    return true;
  }

  private prototype(id: number, throughPointer: boolean): boolean {
    const { types } = this;
    const at = types.records[id]!;
    const end = at + 3 + 2 * vlenOf(types.words[at + 1]!);
    let strong = this.visit(types.words[at + 2]!, throughPointer);
    for (let row = at + 3; row < end; row += 2) {
      if (this.visit(types.words[row + 1]!, throughPointer)) strong = true;
    }
    return strong;
  }
}

/** btf_dump_mark_referenced */
function markReferenced({ endId, kinds, words, records }: Types): Uint8Array {
  const referenced = new Uint8Array(endId);
  for (let id = 1; id < endId; id++) {
    const at = records[id]!;
    switch (kinds[id]) {
      case Kind.VOLATILE:
      case Kind.CONST:
      case Kind.RESTRICT:
      case Kind.PTR:
      case Kind.TYPEDEF:
      case Kind.FUNC:
      case Kind.VAR:
      case Kind.DECL_TAG:
      case Kind.TYPE_TAG:
        referenced[words[at + 2]!] = 1;
        break;
      case Kind.ARRAY:
        referenced[words[at + 3]!] = 1;
        referenced[words[at + 4]!] = 1;
        break;
      case Kind.STRUCT:
      case Kind.UNION:
        markRows(referenced, words, at + 4, at + 3 + 3 * vlenOf(words[at + 1]!), 3);
        break;
      case Kind.FUNC_PROTO:
        // Not what it returns: so libbpf has it.
        markRows(referenced, words, at + 4, at + 3 + 2 * vlenOf(words[at + 1]!), 2);
        break;
      case Kind.DATASEC:
        markRows(referenced, words, at + 3, at + 3 + 3 * vlenOf(words[at + 1]!), 3);
    }
  }
  return referenced;
}

function markRows(referenced: Uint8Array, words: Uint32Array, from: number, end: number, step: number): void {
  for (let at = from; at < end; at += step) referenced[words[at]!] = 1;
}
