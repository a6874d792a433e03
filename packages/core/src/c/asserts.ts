import { Kind, kflagOf, vlenOf } from '../btf/index.js';
import type { Declarations } from './declarations.js';
import type { Definitions } from './definitions.js';
import { Expressible } from './expressible.js';
import type { Sizes } from './sizes.js';
import { text } from './words.js';

const SIZE = text('_Static_assert(sizeof(');
const OFFSET = text('_Static_assert(__builtin_offsetof(');
const IS = text(') == ');
const SIZE_END = text(', "size");\n');
const OFFSET_END = text(', "offset");\n');
const COMMA = text(', ');
const ENUM = text('enum ');
const DOT = text('.');
const COMMENT = text('// ');
const NOTE = text('/* Layouts of the BTF. Those in comments are not to be had of what BTF says. */\n');

/** What a compiler is to check of a header: sizes of its types, and where their members are that are no bit fields. */
export class Asserts {
  private readonly declarations: Declarations;
  private readonly definitions: Definitions;
  private readonly sizes: Sizes;
  private readonly expressible: Expressible;
  private isInComment = false;

  constructor(declarations: Declarations, definitions: Definitions, sizes: Sizes) {
    this.declarations = declarations;
    this.definitions = definitions;
    this.sizes = sizes;
    this.expressible = new Expressible(declarations.types, sizes);
  }

  /** Of all types with a name that the header has defined so far. */
  write(): void {
    const { types, out } = this.declarations;
    out.constant(NOTE);
    for (let id = 1; id < types.endId; id++) {
      if (types.nameOff(id) === 0 || !this.definitions.isDefined(id)) continue;
      const kind = types.kinds[id];
      const isComposite = kind === Kind.STRUCT || kind === Kind.UNION;
      const isAlias = kind === Kind.TYPEDEF || kind === Kind.ENUM || kind === Kind.ENUM64;
      this.isInComment = !this.expressible.has(id);
      if (isComposite || (isAlias && this.isComplete(id))) this.size(id);
      if (isComposite) this.members(id, id, [], 0);
    }
  }

  private size(id: number): void {
    const { out } = this.declarations;
    if (this.isInComment) out.constant(COMMENT);
    out.constant(SIZE);
    this.name(id);
    out.constant(IS);
    out.uint(this.sizes.sizeOf(id));
    out.constant(SIZE_END);
  }

  private name(id: number): void {
    const { out, names, types } = this.declarations;
    const kind = types.kinds[id];
    if (kind === Kind.STRUCT || kind === Kind.UNION) {
      this.declarations.structTag(id);
      return;
    }
    if (kind !== Kind.TYPEDEF) out.constant(ENUM);
    names.write(out, types.nameOff(id), names.numberOf(id));
  }

  /** Those of `id`, which is `outer` or an anonymous part of it that begins at bit `start` under the names of `path`. */
  private members(id: number, outer: number, path: readonly number[], start: number): void {
    const { words, records } = this.declarations.types;
    const at = records[id]!;
    const info = words[at + 1]!;
    for (let row = at + 3; row < at + 3 + 3 * vlenOf(info); row += 3) {
      const written = words[row + 2]!;
      if (kflagOf(info) && written >>> 24 !== 0) continue;
      const offset = start + written;
      const inner = words[row] === 0 ? path : [...path, words[row]!];
      if (words[row] !== 0 && offset % 8 === 0) this.offset(outer, inner, offset / 8);
      const part = this.anonymousPart(words[row + 1]!);
      if (part !== 0) this.members(part, outer, inner, offset);
    }
  }

  private offset(outer: number, path: readonly number[], bytes: number): void {
    const { out, types } = this.declarations;
    if (this.isInComment) out.constant(COMMENT);
    out.constant(OFFSET);
    this.name(outer);
    path.forEach((name, index) => {
      out.constant(index === 0 ? COMMA : DOT);
      out.cString(types.strings, name);
    });
    out.constant(IS);
    out.uint(bytes);
    out.constant(OFFSET_END);
  }

  /** A struct or union without a name that a member is of, const or not; 0 for all else. */
  private anonymousPart(member: number): number {
    const { types } = this.declarations;
    const id = this.unmodified(member);
    const kind = types.kinds[id];
    return (kind === Kind.STRUCT || kind === Kind.UNION) && types.nameOff(id) === 0 ? id : 0;
  }

  private unmodified(first: number): number {
    const { types } = this.declarations;
    let id = first;
    for (;;) {
      switch (types.kinds[id]) {
        case Kind.CONST:
        case Kind.VOLATILE:
        case Kind.RESTRICT:
        case Kind.TYPE_TAG:
          id = types.third(id);
          break;
        default:
          return id;
      }
    }
  }

  /** Whether sizeof can be asked. */
  private isComplete(first: number): boolean {
    const { types } = this.declarations;
    const { words, records } = types;
    for (let id = first; ; ) {
      id = this.unmodified(id);
      switch (types.kinds[id]) {
        case Kind.TYPEDEF:
          id = types.third(id);
          break;
        case Kind.ARRAY:
          id = words[records[id]! + 3]!;
          break;
        case Kind.ENUM:
        case Kind.ENUM64:
          return vlenOf(words[records[id]! + 1]!) > 0;
        case Kind.STRUCT:
        case Kind.UNION:
          return types.nameOff(id) === 0 || this.definitions.isDefined(id);
        default:
          return (
            types.kinds[id] === Kind.PTR || types.kinds[id] === Kind.INT || types.kinds[id] === Kind.FLOAT
          );
      }
    }
  }
}
