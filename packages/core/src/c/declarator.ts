import { Kind, kflagOf, vlenOf } from '../btf/index.js';
import type { ByteWriter } from '../print/byte-writer.js';
import type { Names } from './names.js';
import { DEEPEST, endless } from './sizes.js';
import type { Types } from './types.js';

const bytes = (text: string) => new TextEncoder().encode(text);

const VOID = bytes('void');
const STRUCT = bytes('struct');
const UNION = bytes('union');
const ENUM = bytes('enum ');
const STRUCT_NAMED = bytes('struct ');
const UNION_NAMED = bytes('union ');
/** Before a type that is no pointer. */
const CONST = bytes('const ');
const VOLATILE = bytes('volatile ');
const RESTRICT = bytes('restrict ');
/** After a pointer. */
const CONST_POINTER = bytes(' const');
const VOLATILE_POINTER = bytes(' volatile');
const RESTRICT_POINTER = bytes(' restrict');
const ATTRIBUTE = bytes(' __attribute__((');
const ATTRIBUTE_END = bytes('))');
const TYPE_TAG = bytes(' __attribute__((btf_type_tag("');
const TYPE_TAG_END = bytes('")))');
const NO_PARAMETERS = bytes('void)');
const ANY_PARAMETERS = bytes('...');
const COMMA = bytes(', ');

const SPACE = 32;
const OPEN = 40;
const CLOSE = 41;
const STAR = 42;
const OPEN_INDEX = 91;
const CLOSE_INDEX = 93;

/** Most parts (parameters, members of anonymous types) of one declaration: types that share parts can double on each level. */
const MOST_PARTS = 1 << 20;

/**
 * Writes an anonymous struct, union or enum where it is used, `struct { … }` and all; `level` is how deep the line that
 * it begins on is indented. Types of its members go back to `Declarator.declare`.
 */
export type BodyWriter = (id: number, level: number) => void;

/**
 * C's declarations: a type and, in the midst of it, what is declared. `int (*name[4])(void)`, byte for byte as libbpf's
 * btf_dump_emit_type_decl and btf_dump_emit_type_chain in btf_dump.c.
 *
 * `declare(id, nameOff, level)` writes the declaration of the name at string offset `nameOff` as a thing of type `id`;
 * with 0 it has no name, as in a cast. With `stripModifiers` const, volatile, restrict and type tags are left out; without
 * `writeBody` anonymous types are the bare keyword. `writeMention(id)` writes a struct, union or enum by name
 * (`struct foo`), `writeForward(id)` a FWD. Throws FormatError for a type without end, such as a cycle of CONST and
 * VOLATILE.
 */
export class Declarator {
  stripModifiers = false;
  private readonly types: Types;
  private readonly names: Names;
  private readonly out: ByteWriter;
  private readonly writeBody: BodyWriter | undefined;
  /** Ids from the outermost part of a type to its innermost. A declaration within another has its own on top. */
  private stack = new Uint32Array(64);
  private top = 0;
  private depth = 0;
  private parts = 0;

  constructor(types: Types, names: Names, out: ByteWriter, writeBody?: BodyWriter) {
    this.types = types;
    this.names = names;
    this.out = out;
    this.writeBody = writeBody;
  }

  declare(id: number, nameOff: number, level: number): void {
    const start = this.top;
    this.parts = this.depth === 0 ? 0 : this.parts + 1;
    if (++this.depth > DEEPEST || this.parts > MOST_PARTS) throw endless(id);
    this.pushAll(id);
    this.writeChain(start, this.top, nameOff, level);
    this.top = start;
    this.depth--;
  }

  /** Follows `id` to a type that has a name of its own. */
  private pushAll(first: number): void {
    const { kinds, words, records } = this.types;
    const strip = this.stripModifiers;
    let id = first;
    for (let length = 0; length <= DEEPEST; length++) {
      const kind = kinds[id]!;
      if (!(strip && isModifier(kind))) this.push(id);
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
    throw endless(first);
  }

  private push(id: number): void {
    if (this.top === this.stack.length) {
      const grown = new Uint32Array(2 * this.top);
      grown.set(this.stack);
      this.stack = grown;
    }
    this.stack[this.top++] = id;
  }

  /** Writes the ids of `stack[start, end)` from the last one, which is the innermost. */
  private writeChain(start: number, end: number, nameOff: number, level: number): void {
    const { types, out } = this;
    const { kinds, words, records, strings } = types;
    // True at first: a chain that begins with a pointer stands in parentheses, without a space before it.
    let lastWasPointer = true;
    while (end > start) {
      const id = this.stack[--end]!;
      const kind = kinds[id]!;
      switch (kind) {
        case Kind.PTR:
          if (!lastWasPointer) out.byte(SPACE);
          out.byte(STAR);
          break;
        case Kind.INT:
        case Kind.FLOAT:
          end = this.writeModifiers(start, end);
          out.cString(strings, types.nameOff(id));
          break;
        case Kind.STRUCT:
        case Kind.UNION:
        case Kind.ENUM:
        case Kind.ENUM64:
          end = this.writeModifiers(start, end);
          if (this.writeBody !== undefined && types.nameOff(id) === 0) this.writeBody(id, level);
          else this.writeMention(id);
          break;
        case Kind.FWD:
          end = this.writeModifiers(start, end);
          this.writeForward(id);
          break;
        case Kind.TYPEDEF:
          end = this.writeModifiers(start, end);
          this.names.writeIdentifier(out, id);
          break;
        case Kind.VOLATILE:
          out.constant(VOLATILE_POINTER);
          break;
        case Kind.CONST:
          out.constant(CONST_POINTER);
          break;
        case Kind.RESTRICT:
          out.constant(RESTRICT_POINTER);
          break;
        case Kind.TYPE_TAG:
          end = this.writeModifiers(start, end);
          this.writeTypeTag(id);
          break;
        case Kind.ARRAY:
          this.writeArray(start, end, words[records[id]! + 5]!, nameOff, level, lastWasPointer);
          return;
        case Kind.FUNC_PROTO:
          this.writePrototype(start, end, id, nameOff, level, lastWasPointer);
          return;
        default:
          // Nothing stands for a FUNC, VAR, DATASEC or DECL_TAG, nor for the name that would follow.
          if (id !== 0) return;
          end = this.writeModifiers(start, end);
          out.constant(VOID);
      }
      lastWasPointer = kind === Kind.PTR;
    }
    this.writeName(nameOff, lastWasPointer);
  }

  writeMention(id: number): void {
    const { types, out } = this;
    const kind = types.kinds[id];
    const isNamed = types.nameOff(id) !== 0;
    if (kind === Kind.STRUCT) out.constant(isNamed ? STRUCT_NAMED : STRUCT);
    else if (kind === Kind.UNION) out.constant(isNamed ? UNION_NAMED : UNION);
    else out.constant(ENUM);
    this.names.writeTag(out, id);
  }

  writeForward(id: number): void {
    const { types, out } = this;
    out.constant(kflagOf(types.words[types.records[id]! + 1]!) ? UNION_NAMED : STRUCT_NAMED);
    this.names.writeTag(out, id);
  }

  /** Qualifiers that stand before what they qualify; returns where the rest of the stack ends. */
  private writeModifiers(start: number, end: number): number {
    const { out } = this;
    for (; end > start; end--) {
      const kind = this.types.kinds[this.stack[end - 1]!];
      if (kind === Kind.CONST) out.constant(CONST);
      else if (kind === Kind.VOLATILE) out.constant(VOLATILE);
      else if (kind === Kind.RESTRICT) out.constant(RESTRICT);
      else break;
    }
    return end;
  }

  /** GCC says of an array or function what it has said of the element already: left out. */
  private dropModifiers(start: number, end: number): number {
    while (end > start && isModifier(this.types.kinds[this.stack[end - 1]!]!)) end--;
    return end;
  }

  private writeTypeTag(id: number): void {
    const { types, out } = this;
    const isAttribute = kflagOf(types.words[types.records[id]! + 1]!);
    out.constant(isAttribute ? ATTRIBUTE : TYPE_TAG);
    out.cString(types.strings, types.nameOff(id));
    out.constant(isAttribute ? ATTRIBUTE_END : TYPE_TAG_END);
  }

  private writeName(nameOff: number, lastWasPointer: boolean): void {
    const { types, out } = this;
    if (types.strings[nameOff] === 0) return;
    if (!lastWasPointer) out.byte(SPACE);
    out.cString(types.strings, nameOff);
  }

  private writeArray(
    start: number,
    end: number,
    length: number,
    nameOff: number,
    level: number,
    lastWasPointer: boolean,
  ): void {
    const { types, out } = this;
    end = this.dropModifiers(start, end);
    if (end === start) {
      this.writeName(nameOff, lastWasPointer);
    } else {
      const isOfArrays = types.kinds[this.stack[end - 1]!] === Kind.ARRAY;
      if (types.strings[nameOff] !== 0 && !lastWasPointer) out.byte(SPACE);
      if (!isOfArrays) out.byte(OPEN);
      this.writeChain(start, end, nameOff, level);
      if (!isOfArrays) out.byte(CLOSE);
    }
    out.byte(OPEN_INDEX);
    out.uint(length);
    out.byte(CLOSE_INDEX);
  }

  private writePrototype(
    start: number,
    end: number,
    id: number,
    nameOff: number,
    level: number,
    lastWasPointer: boolean,
  ): void {
    const { types, out } = this;
    const { words } = types;
    end = this.dropModifiers(start, end);
    if (end === start) {
      this.writeName(nameOff, lastWasPointer);
    } else {
      out.byte(SPACE);
      out.byte(OPEN);
      this.writeChain(start, end, nameOff, level);
      out.byte(CLOSE);
    }
    out.byte(OPEN);
    const at = types.records[id]!;
    const count = vlenOf(words[at + 1]!);
    if (count === 0 || (count === 1 && words[at + 4] === 0)) {
      out.constant(NO_PARAMETERS);
      return;
    }
    for (let i = 0; i < count; i++) {
      const row = at + 3 + 2 * i;
      if (i > 0) out.constant(COMMA);
      // A last parameter of type void says that any may follow.
      if (i === count - 1 && words[row + 1] === 0) out.constant(ANY_PARAMETERS);
      else this.declare(words[row + 1]!, words[row]!, level);
    }
    out.byte(CLOSE);
  }
}

/** What `stripModifiers` leaves out (libbpf's btf_is_mod). */
function isModifier(kind: number): boolean {
  return kind === Kind.CONST || kind === Kind.VOLATILE || kind === Kind.RESTRICT || kind === Kind.TYPE_TAG;
}
