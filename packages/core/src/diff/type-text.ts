import { Kind, type TypeId } from '../btf/index.js';
import { isComposite, isEnum, type Side } from './side.js';

/** So many types in one text; the rest is dots. */
const MOST = 60;
/** So many members of an anonymous type. */
const MEMBERS = 6;

const QUALIFIERS: ReadonlyMap<number, string> = new Map([
  [Kind.CONST, 'const'],
  [Kind.VOLATILE, 'volatile'],
  [Kind.RESTRICT, 'restrict'],
]);
const TAGS: ReadonlyMap<number, string> = new Map([
  [Kind.STRUCT, 'struct'],
  [Kind.UNION, 'union'],
  [Kind.ENUM, 'enum'],
  [Kind.ENUM64, 'enum'],
]);

/** A type as C writes it, on one line, such as `int (*)(const char *, u8[4])`; with `inner`, a declaration of that. */
export function typeText(side: Side, id: TypeId, inner = ''): string {
  return new TypeText(side).of(id, inner);
}

class TypeText {
  private readonly side: Side;
  private left = MOST;

  constructor(side: Side) {
    this.side = side;
  }

  /** `inner` is what stands where the name would: BTF leads from there outwards, C grows to both sides. */
  of(id: TypeId, inner: string): string {
    const { side } = this;
    if (this.left-- <= 0) return join('…', inner);
    const kind = side.kind(id);
    const target = side.types.third(id);
    switch (kind) {
      case Kind.PTR: {
        const pointee = side.kind(target);
        const brackets = pointee === Kind.ARRAY || pointee === Kind.FUNC_PROTO;
        return this.of(target, brackets ? `(*${inner})` : `*${inner}`);
      }
      case Kind.CONST:
      case Kind.VOLATILE:
      case Kind.RESTRICT: {
        const word = QUALIFIERS.get(kind)!;
        // Behind a star, else in front.
        return this.isPointer(target)
          ? this.of(target, join(word, inner))
          : `${word} ${this.of(target, inner)}`;
      }
      case Kind.TYPE_TAG:
        return `__tag(${side.text(id)}) ${this.of(target, inner)}`;
      case Kind.ARRAY: {
        const at = side.at(id);
        return this.of(side.types.words[at + 3]!, `${inner}[${side.types.words[at + 5]!}]`);
      }
      case Kind.FUNC_PROTO:
        return this.of(target, `${inner}(${this.parameters(id)})`);
      case Kind.FWD:
        return join(`${side.kflag(id) ? 'union' : 'struct'} ${side.text(id)}`, inner);
      case 0:
        return join('void', inner);
      default:
        return join(this.named(id, kind), inner);
    }
  }

  private isPointer(id: TypeId): boolean {
    for (let steps = 0; steps < MOST; steps++) {
      const kind = this.side.kind(id);
      if (!QUALIFIERS.has(kind)) return kind === Kind.PTR;
      id = this.side.types.third(id);
    }
    return false;
  }

  private named(id: TypeId, kind: number): string {
    const { side } = this;
    const tag = TAGS.get(kind);
    const name = side.text(id);
    if (tag === undefined) return name;
    if (name !== '') return `${tag} ${name}`;
    return `${tag} { ${isEnum(kind) ? this.enumerators(id) : this.members(id)} }`;
  }

  private members(id: TypeId): string {
    const { side } = this;
    const rows = Math.min(side.vlen(id), MEMBERS);
    const texts: string[] = [];
    for (let i = 0; i < rows; i++) {
      const row = side.at(id) + 3 + 3 * i;
      texts.push(`${this.of(side.types.words[row + 1]!, side.string(side.types.words[row]!))};`);
    }
    if (rows < side.vlen(id)) texts.push('…');
    return texts.join(' ');
  }

  private enumerators(id: TypeId): string {
    const { side } = this;
    const step = side.kind(id) === Kind.ENUM64 ? 3 : 2;
    const rows = Math.min(side.vlen(id), MEMBERS);
    const names: string[] = [];
    for (let i = 0; i < rows; i++) {
      names.push(side.string(side.types.words[side.at(id) + 3 + step * i]!));
    }
    if (rows < side.vlen(id)) names.push('…');
    return names.join(', ');
  }

  private parameters(id: TypeId): string {
    const { side } = this;
    const count = side.vlen(id);
    if (count === 0) return 'void';
    const texts: string[] = [];
    for (let i = 0; i < count; i++) {
      if (this.left <= 0) return [...texts, '…'].join(', ');
      const row = side.at(id) + 3 + 2 * i;
      const type = side.types.words[row + 1]!;
      if (type === 0 && i === count - 1) texts.push('...');
      else texts.push(this.of(type, side.string(side.types.words[row]!)));
    }
    return texts.join(', ');
  }
}

/** A word and what follows it; arrays, functions and nothing follow without a space. */
function join(word: string, inner: string): string {
  const first = inner[0];
  return first === undefined || first === '[' ? word + inner : `${word} ${inner}`;
}

/** What a type is in one line, for reports of types that appeared or went; null where the name tells all. */
export function summaryText(side: Side, id: TypeId): string | null {
  const kind = side.kind(id);
  const target = side.types.third(id);
  if (kind === Kind.FUNC) return typeText(side, target, side.text(id));
  if (kind === Kind.TYPEDEF || kind === Kind.VAR) return typeText(side, target);
  if (isComposite(kind) || kind === Kind.DATASEC) return `${target} bytes`;
  return null;
}
