import { Kind } from '../btf/index.js';
import type { FormatError } from '../bytes/index.js';
import type { Sizes } from './sizes.js';
import { tagsOfParams } from './tags.js';
import type { Prototype, Reference, Type, Types } from './types.js';

/** The room, in bytes with the NUL, that pahole has for a type's name in a declaration. Longer ones are cut there. */
export const NAME_ROOM = 128;
/** The same for what a pointer points to. */
const POINTED_ROOM = 1024;
const BASE_ROOM = 64;

/** Chains of pointers, prototypes in prototypes. */
const MAX_DEPTH = 500;
/** Bytes of one declaration: nothing that a compiler made comes near. */
export const MAX_TEXT = 1 << 24;

/** How a function type is written: `void (*name)(int)`. */
export interface FunctionShape {
  readonly isPointer?: boolean;
  /** Width of the return type's column. */
  readonly spacing?: number;
  /** A parameter that is a function, and not a pointer to one. */
  readonly isBare?: boolean;
}

/** Text left-aligned in a column, as printf has it: a negative width is as good as a positive one. */
export function pad(text: string, width: number): string {
  return text.padEnd(Math.abs(width));
}

/** Types as text (pahole dwarves_fprintf.c, __tag__name and ftype__fprintf). */
export class Names {
  private readonly types: Types;
  private readonly sizes: Sizes;
  private readonly known = new Map<number, Map<Type, string>>();
  private paramTags: Map<Prototype, readonly string[]> | undefined;
  private depth = 0;

  constructor(sizes: Sizes) {
    this.types = sizes.types;
    this.sizes = sizes;
  }

  /** Name of a type, cut to fit into `room` bytes with its NUL. */
  of(type: Type | null, room = NAME_ROOM): string {
    if (type === null) return 'void';
    const cache = this.known.get(room) ?? new Map<Type, string>();
    this.known.set(room, cache);
    let name = cache.get(type);
    if (name === undefined) {
      name = this.deeper(type, () => this.make(type, room).slice(0, room - 1));
      cache.set(type, name);
    }
    return name;
  }

  private make(type: Type, room: number): string {
    switch (type.kind) {
      case Kind.INT: {
        if (type.name === null) return 'nameless base type!';
        return `${type.isFloat ? 'single ' : ''}${type.name}`.slice(0, BASE_ROOM - 1);
      }
      case Kind.PTR:
        return this.pointer(type);
      case Kind.VOLATILE:
        return `volatile ${this.of(this.types.get(type.target))} `;
      case Kind.CONST:
        return `const ${this.of(this.types.get(type.target))} `;
      case Kind.RESTRICT:
        return `${this.of(this.types.get(type.target))} restrict `;
      case Kind.ARRAY:
        return this.of(this.types.need(type.target, type), room);
      case Kind.TYPE_TAG:
        return this.of(this.types.get(type.target), room);
      case Kind.FUNC_PROTO:
        return this.func(type, '');
      case Kind.STRUCT:
        return `struct ${type.name ?? ''}`;
      case Kind.UNION:
        return `union ${type.name ?? ''}`;
      case Kind.ENUM:
        return `enum ${type.name ?? ''}`;
      case Kind.TYPEDEF:
        return type.name ?? '';
    }
  }

  private pointer(type: Reference): string {
    const target = this.types.get(type.target);
    if (target?.kind === Kind.CONST) {
      const next = this.types.get(target.target);
      if (next?.kind === Kind.PTR) return `${this.of(next, POINTED_ROOM)} const *`;
    }
    return `${this.of(target, POINTED_ROOM)} *`;
  }

  /** A function of that name, '' for none. */
  func(type: Prototype, name: string, { isPointer, spacing, isBare }: FunctionShape = {}): string {
    return this.deeper(type, () => {
      const returns = pad(this.of(this.types.get(type.target)), spacing ?? 0);
      const declared = isBare ? name : `(${isPointer ? '*' : ''}${name})`;
      const text = `${isBare ? 'inline ' : ''}${returns} ${declared}${this.params(type)}`;
      if (text.length > MAX_TEXT) throw tooLong(this.types, type);
      return text;
    });
  }

  private deeper(type: Type, make: () => string): string {
    if (this.depth >= MAX_DEPTH) throw this.types.error(type.id, 'refers to itself, or to types too deep');
    this.depth++;
    try {
      return make();
    } finally {
      this.depth--;
    }
  }

  private params(type: Prototype): string {
    this.paramTags ??= tagsOfParams(this.types);
    const tags = this.paramTags.get(type);
    const texts = type.params.map((param, i) => (tags?.[i] ?? '') + this.param(param.type, param.name));
    if (texts.length === 0) return '(void)';
    return `(${texts.join(', ')}${type.isVariadic ? ', ...' : ''})`;
  }

  private param(id: number, name: string | null): string {
    const type = this.types.get(id);
    if (type?.kind === Kind.FUNC_PROTO) return this.func(type, name ?? '', { isBare: true });
    if (type?.kind === Kind.PTR) {
      const target = this.types.get(type.target);
      if (target?.kind === Kind.FUNC_PROTO) return this.func(target, name ?? '', { isPointer: true });
    }
    return this.of(type) + (name === null ? '' : ` ${name}`);
  }

  /** What a pointer points to, type tags left out; null for void. */
  pointed(type: Reference): Type | null {
    let target = this.types.get(type.target);
    for (let steps = 0; target?.kind === Kind.TYPE_TAG; steps++) {
      this.sizes.limit(steps, target);
      target = this.types.get(target.target);
    }
    return target;
  }
}

export function tooLong(types: Types, type: Type): FormatError {
  return types.error(type.id, `takes more than ${MAX_TEXT} bytes to write out`);
}

const decoder = new TextDecoder();

/** Text of bytes as characters, made into text as people have it; what is not UTF-8 comes out as U+FFFD. */
export function readable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a test for ASCII.
  if (/^[\x00-\x7f]*$/.test(text)) return text;
  return decoder.decode(Uint8Array.from(text, character => character.charCodeAt(0)));
}
