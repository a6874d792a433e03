import { Kind, type TypeId } from '../btf/index.js';
import { type CoreTypes, memberOf } from '../core-relo/types.js';

/** So many types in one text; the rest is dots. */
const MOST = 200;

const QUALIFIERS = new Map<number, string>([
  [Kind.CONST, 'const'],
  [Kind.VOLATILE, 'volatile'],
  [Kind.RESTRICT, 'restrict'],
]);
const TAGS = new Map<number, string>([
  [Kind.STRUCT, 'struct'],
  [Kind.UNION, 'union'],
  [Kind.ENUM, 'enum'],
  [Kind.ENUM64, 'enum'],
]);

/**
 * A declaration of `inner` as C writes it, on one line: `int (*inner)(const char *)`; a type alone where that is empty.
 * A compiler takes it where the names in it are declared.
 */
export function cText(types: CoreTypes, id: TypeId, inner = ''): string {
  return new CText(types).of(id, inner);
}

class CText {
  private readonly types: CoreTypes;
  private left = MOST;

  constructor(types: CoreTypes) {
    this.types = types;
  }

  of(id: TypeId, inner: string): string {
    const { types } = this;
    if (this.left-- <= 0) return join('…', inner);
    const kind = types.kind(id);
    switch (kind) {
      case 0:
        return join('void', inner);
      case Kind.PTR: {
        const target = types.third(id);
        const inside = this.pastTags(target);
        const needsBrackets = inside === Kind.ARRAY || inside === Kind.FUNC_PROTO;
        return this.of(target, needsBrackets ? `(*${inner})` : `*${inner}`);
      }
      case Kind.CONST:
      case Kind.VOLATILE:
      case Kind.RESTRICT: {
        const word = QUALIFIERS.get(kind)!;
        const target = types.third(id);
        return this.isPointer(target)
          ? this.of(target, join(word, inner))
          : `${word} ${this.of(target, inner)}`;
      }
      case Kind.TYPE_TAG:
        return this.of(types.third(id), inner);
      case Kind.ARRAY: {
        const [element, , length] = types.tail(id);
        return this.of(element, `${inner}[${length}]`);
      }
      case Kind.FUNC_PROTO:
        return this.of(types.third(id), `${inner}(${this.parameters(id)})`);
      case Kind.FWD:
        return join(types.describe(id).replace('fwd', types.btf.kflag(id) ? 'union' : 'struct'), inner);
      default:
        return join(this.named(id, kind), inner);
    }
  }

  private pastTags(id: TypeId): number {
    for (let steps = 0; this.types.kind(id) === Kind.TYPE_TAG && steps < MOST; steps++)
      id = this.types.third(id);
    return this.types.kind(id);
  }

  private isPointer(id: TypeId): boolean {
    const { types } = this;
    for (let steps = 0; steps < MOST; steps++) {
      const kind = types.kind(id);
      if (!QUALIFIERS.has(kind) && kind !== Kind.TYPE_TAG) return kind === Kind.PTR;
      id = types.third(id);
    }
    return false;
  }

  private named(id: TypeId, kind: number): string {
    const { types } = this;
    const name = types.btf.typeName(id);
    const tag = TAGS.get(kind);
    if (tag === undefined) return name;
    if (name !== '') return `${tag} ${name}`;
    if (tag === 'enum') return types.third(id) === 8 ? 'unsigned long long' : 'unsigned int';
    let members = '';
    for (let index = 0; index < types.btf.vlen(id) && this.left > 0; index++) {
      const { nameOff, type, bitfieldSize } = memberOf(types, id, index);
      const bits = bitfieldSize === 0 ? '' : `: ${bitfieldSize}`;
      members += `${this.of(type, types.btf.string(nameOff))}${bits}; `;
    }
    return `${tag} { ${members}}`;
  }

  private parameters(id: TypeId): string {
    const { types } = this;
    const tail = types.tail(id);
    if (tail.length === 0) return 'void';
    const texts: string[] = [];
    for (let at = 0; at < tail.length && this.left > 0; at += 2) {
      const isVariadic = tail[at + 1] === 0 && at === tail.length - 2;
      texts.push(isVariadic ? '...' : this.of(tail[at + 1], types.btf.string(tail[at])));
    }
    return texts.join(', ');
  }
}

/** A word and what follows it; arrays, functions and nothing follow without a space. */
function join(word: string, inner: string): string {
  const first = inner[0];
  return first === undefined || first === '[' ? word + inner : `${word} ${inner}`;
}
