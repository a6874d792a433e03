import { Kind } from '../btf/index.js';
import type { Composite, Type, Types } from './types.js';

/** Structs within structs: compilers and kernels stop long before. */
const MAX_DEPTH = 500;

/** Sizes and alignments of types, in bytes. */
export class Sizes {
  readonly types: Types;
  readonly pointer: number;

  constructor(types: Types, pointer: number) {
    this.types = types;
    this.pointer = pointer;
  }

  /** What a typedef or a qualified type stands for, a type tag not being looked through; null for void. */
  strip(id: number): Type | null {
    let type = this.types.get(id);
    for (let steps = 0; ; steps++) {
      switch (type?.kind) {
        case Kind.TYPEDEF:
        case Kind.CONST:
        case Kind.VOLATILE:
        case Kind.RESTRICT:
          this.limit(steps, type);
          type = this.types.get(type.target);
          continue;
      }
      return type;
    }
  }

  /** A chain of types longer than there are types goes round. */
  limit(steps: number, type: Type): void {
    if (steps >= this.types.btf.endId) throw this.types.error(type.id, 'part of a circle of types');
  }

  size(type: Type): number {
    let factor = 1;
    for (let steps = 0; ; steps++) {
      switch (type.kind) {
        case Kind.PTR:
        case Kind.FUNC_PROTO:
          return factor * this.pointer;
        case Kind.INT:
        case Kind.ENUM:
          return factor * type.size;
        case Kind.STRUCT:
        case Kind.UNION:
          return factor * memorySize(type);
        case Kind.ARRAY:
          factor *= type.length;
      }
      this.limit(steps, type);
      type = this.types.need(type.target, type);
    }
  }

  /** The alignment that the ABI would give; at least 1. */
  natural(type: Type | null, depth = 0): number {
    for (let steps = 0; type?.kind === Kind.ARRAY; steps++) {
      this.limit(steps, type);
      type = this.strip(type.target);
    }
    switch (type?.kind) {
      case Kind.PTR:
        return this.pointer;
      case Kind.INT:
      case Kind.ENUM:
        return type.size || 1;
      case Kind.STRUCT:
      case Kind.UNION:
        return this.ofComposite(type, depth) || 1;
    }
    return 1;
  }

  private ofComposite(type: Composite, depth: number): number {
    if (type.naturalAlignment !== 0) return type.naturalAlignment;
    if (depth > MAX_DEPTH) throw this.types.error(type.id, 'contains itself, or types too deep');
    let most = 0;
    for (const member of type.members) {
      const inner = this.strip(member.type);
      if (inner !== null) most = Math.max(most, this.natural(inner, depth + 1));
    }
    type.naturalAlignment = most;
    return most;
  }
}

/** Empty classes of C++ have a size of 1 and take no room. */
export function memorySize(type: Composite): number {
  return type.size === 1 && type.members.length === 0 ? 0 : type.size;
}
