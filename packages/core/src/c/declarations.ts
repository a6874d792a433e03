import { Kind, kflagOf, vlenOf } from '../btf/index.js';
import type { ByteWriter } from '../print/byte-writer.js';
import { Bodies } from './bodies.js';
import { DEEPEST, endless, type Sizes } from './sizes.js';
import type { Types } from './types.js';
import type { UniqueNames } from './unique-names.js';
import { AFTER, BEFORE, text } from './words.js';

const VOID = text('void');
const STRUCT = text('struct ');
const UNION = text('union ');
const ENUM = text('enum ');
const SPACED_POINTER = text(' *');
const ATTRIBUTE = text(' __attribute__((');
const ATTRIBUTE_END = text('))');
const TYPE_TAG = text(' __attribute__((btf_type_tag("');
const TYPE_TAG_END = text('")))');
const OPEN = text(' (');
const NOTHING = text('void)');
const COMMA = text(', ');
const DOTS = text('...');
const SPACE = 0x20;
const STAR = 0x2a;
const PARENTHESIS = 0x28;
const PARENTHESIS_END = 0x29;
const BRACKET = 0x5b;
const BRACKET_END = 0x5d;

/** Declarations in each other, as parameters of parameters: more than the stack here needs to hold. */
const DEEPEST_DECLARATION = 400;
/** Most of them in one: prototypes that share parameters can double with each level. */
const MOST_PARTS = 1 << 20;

/**
 * C declarations: `int (*handler)(void *)` for a type and a name (libbpf's btf_dump_emit_type_decl and
 * btf_dump_emit_type_chain). In BTF a chain of types goes from the name outwards, in C it grows to both sides: the
 * chain is put on a stack and written from its end. Throws FormatError for chains without end.
 */
export class Declarations {
  readonly types: Types;
  readonly names: UniqueNames;
  readonly out: ByteWriter;
  readonly bodies: Bodies;
  /** Leave const, volatile, restrict and type tags out. */
  stripModifiers = false;
  /** Do not define anonymous structs and enums where they are used. */
  skipBodies = false;
  private stack = new Uint32Array(64);
  private top = 0;
  /** The chain that is being written: `count` ids from `start` on. */
  private start = 0;
  private count = 0;
  /** Declarations that are begun, and how many there were within the outermost. */
  private depth = 0;
  private parts = 0;

  constructor(types: Types, sizes: Sizes, names: UniqueNames, out: ByteWriter) {
    this.types = types;
    this.names = names;
    this.out = out;
    this.bodies = new Bodies(this, sizes);
  }

  /** Declares a name, with its number, of type `id`; bodies in it are indented from `level` on. */
  declare(id: number, name: number, number: number, level: number): void {
    const { start, count, top } = this;
    this.parts = this.depth === 0 ? 0 : this.parts + 1;
    if (++this.depth > DEEPEST_DECLARATION || this.parts > MOST_PARTS) throw endless(id);
    this.pushChain(id);
    this.start = top;
    this.count = this.top - top;
    this.chain(name, number, level);
    this.top = top;
    this.start = start;
    this.count = count;
    this.depth--;
  }

  private pushChain(first: number): void {
    const { kinds, words, records } = this.types;
    let id = first;
    for (let steps = 0; ; steps++) {
      if (steps > DEEPEST) throw endless(first);
      const kind = kinds[id]!;
      if (!(this.stripModifiers && isModifier(kind))) this.push(id);
      switch (kind) {
        case Kind.PTR:
        case Kind.VOLATILE:
        case Kind.CONST:
        case Kind.RESTRICT:
        case Kind.FUNC_PROTO:
        case Kind.TYPE_TAG:
          id = words[records[id]! + 2]!;
          break;
        case Kind.ARRAY:
          id = words[records[id]! + 3]!;
          break;
        default:
          return;
      }
    }
  }

  private push(id: number): void {
    if (this.top === this.stack.length) {
      const larger = new Uint32Array(2 * this.stack.length);
      larger.set(this.stack);
      this.stack = larger;
    }
    this.stack[this.top++] = id;
  }

  /** Writes what is left of the chain, from the type itself towards the name. */
  private chain(name: number, number: number, level: number): void {
    const { out, types } = this;
    // A chain of pointers alone has no space before them.
    let afterPointer = true;
    while (this.count > 0) {
      const id = this.stack[this.start + --this.count]!;
      const kind = types.kinds[id]!;
      if (kind === Kind.PTR) {
        if (afterPointer) out.byte(STAR);
        else out.constant(SPACED_POINTER);
      } else if (AFTER[kind] !== undefined) {
        out.constant(AFTER[kind]);
      } else if (kind === Kind.ARRAY) {
        this.array(id, name, number, level, afterPointer);
        return;
      } else if (kind === Kind.FUNC_PROTO) {
        this.prototype(id, name, number, level, afterPointer);
        return;
      } else if (isTerminal(id, kind)) {
        this.base(id, kind, level);
      } else {
        // No type of C: a function or a variable, or a kind that came later.
        return;
      }
      afterPointer = kind === Kind.PTR;
    }
    this.name(name, number, afterPointer);
  }

  /** What a chain ends at, its modifiers in front, and type tags, which stand behind it. */
  private base(id: number, kind: number, level: number): void {
    const { out } = this;
    this.modifiers();
    switch (kind) {
      case Kind.INT:
      case Kind.FLOAT:
        out.cString(this.types.strings, this.types.nameOff(id));
        break;
      case Kind.STRUCT:
      case Kind.UNION:
        if (this.types.nameOff(id) === 0 && !this.skipBodies) this.bodies.struct(id, level);
        else this.tag(id, kind === Kind.STRUCT ? STRUCT : UNION);
        break;
      case Kind.ENUM:
      case Kind.ENUM64:
        if (this.types.nameOff(id) === 0 && !this.skipBodies) this.bodies.enumeration(id, level);
        else this.enumTag(id);
        break;
      case Kind.FWD:
        this.forward(id);
        break;
      case Kind.TYPEDEF:
        this.names.write(out, this.types.nameOff(id), this.names.numberOf(id));
        break;
      case Kind.TYPE_TAG:
        this.typeTag(id);
        break;
      default:
        out.constant(VOID);
    }
  }

  /** `struct foo`; an anonymous one is `struct` alone. */
  tag(id: number, keyword: Uint8Array): void {
    const { out } = this;
    const name = this.types.nameOff(id);
    const number = this.names.numberOf(id);
    if (name === 0) out.constant(keyword.subarray(0, keyword.length - 1));
    else {
      out.constant(keyword);
      this.names.write(out, name, number);
    }
  }

  structTag(id: number): void {
    this.tag(id, this.types.kinds[id] === Kind.STRUCT ? STRUCT : UNION);
  }

  /** `enum foo`, with its space even where it has no name. */
  private enumTag(id: number): void {
    this.out.constant(ENUM);
    this.names.write(this.out, this.types.nameOff(id), this.names.numberOf(id));
  }

  forward(id: number): void {
    const isUnion = kflagOf(this.types.words[this.types.records[id]! + 1]!);
    this.out.constant(isUnion ? UNION : STRUCT);
    this.names.write(this.out, this.types.nameOff(id), this.names.numberOf(id));
  }

  private typeTag(id: number): void {
    const { out, types } = this;
    const isAttribute = kflagOf(types.words[types.records[id]! + 1]!);
    out.constant(isAttribute ? ATTRIBUTE : TYPE_TAG);
    out.cString(types.strings, types.nameOff(id));
    out.constant(isAttribute ? ATTRIBUTE_END : TYPE_TAG_END);
  }

  /** Modifiers of what comes next stand before it. */
  private modifiers(): void {
    while (this.count > 0) {
      const kind = this.types.kinds[this.stack[this.start + this.count - 1]!]!;
      const modifier = BEFORE[kind];
      if (modifier === undefined) return;
      this.out.constant(modifier);
      this.count--;
    }
  }

  /** gcc writes modifiers of arrays and functions that say nothing. */
  private dropModifiers(): void {
    while (this.count > 0 && isModifier(this.types.kinds[this.stack[this.start + this.count - 1]!]!)) {
      this.count--;
    }
  }

  private name(name: number, number: number, afterPointer: boolean): void {
    if (this.types.strings[name] === 0) return;
    if (!afterPointer) this.out.byte(SPACE);
    this.names.write(this.out, name, number);
  }

  private array(id: number, name: number, number: number, level: number, afterPointer: boolean): void {
    const { out, types } = this;
    this.dropModifiers();
    if (this.count === 0) this.name(name, number, afterPointer);
    else {
      const isInner = types.kinds[this.stack[this.start + this.count - 1]!] === Kind.ARRAY;
      if (types.strings[name] !== 0 && !afterPointer) out.byte(SPACE);
      if (!isInner) out.byte(PARENTHESIS);
      this.chain(name, number, level);
      if (!isInner) out.byte(PARENTHESIS_END);
    }
    out.byte(BRACKET);
    out.uint(types.words[types.records[id]! + 5]!);
    out.byte(BRACKET_END);
  }

  private prototype(id: number, name: number, number: number, level: number, afterPointer: boolean): void {
    const { out, types } = this;
    this.dropModifiers();
    if (this.count === 0) this.name(name, number, afterPointer);
    else {
      out.constant(OPEN);
      this.chain(name, number, level);
      out.byte(PARENTHESIS_END);
    }
    out.byte(PARENTHESIS);
    const at = types.records[id]!;
    const count = vlenOf(types.words[at + 1]!);
    if (count === 0 || (count === 1 && types.words[at + 4] === 0)) {
      out.constant(NOTHING);
      return;
    }
    for (let i = 0; i < count; i++) {
      const row = at + 3 + 2 * i;
      if (i > 0) out.constant(COMMA);
      const type = types.words[row + 1]!;
      if (type === 0 && i === count - 1) out.constant(DOTS);
      else this.declare(type, types.words[row]!, 1, level);
    }
    out.byte(PARENTHESIS_END);
  }
}

function isTerminal(id: number, kind: number): boolean {
  if (id === 0) return true;
  return (
    kind !== 0 && kind !== Kind.FUNC && kind !== Kind.VAR && kind !== Kind.DATASEC && kind !== Kind.DECL_TAG
  );
}

function isModifier(kind: number): boolean {
  return kind === Kind.VOLATILE || kind === Kind.CONST || kind === Kind.RESTRICT || kind === Kind.TYPE_TAG;
}
