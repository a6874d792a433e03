import { Kind, kflagOf, Linkage, vlenOf } from '../btf/index.js';
import type { Declarations } from '../c/declarations.js';
import { text } from '../c/words.js';
import type { ByteWriter } from '../print/byte-writer.js';
import type { Budget } from './budget.js';
import { Errno } from './errno.js';
import type { Layout } from './layout.js';
import type { Memory } from './memory.js';
import type { ValueOptions } from './options.js';
import { isPrintable, isScalar, ScalarWriter } from './scalar-writer.js';
import { placeOf, ZeroCheck } from './zero.js';

const STATIC = text('static ');
const EXTERN = text('extern ');
const IS = text(' = ');
const SECTION = text('SEC("');
const SECTION_END = text('") ');
const UNSUPPORTED = text('<unsupported kind:');
const NEWLINE = 0x0a;
const SPACE = 0x20;
const QUOTE = 0x22;
const PARENTHESIS = 0x28;
const PARENTHESIS_END = 0x29;
const COMMA = 0x2c;
const DOT = 0x2e;
const SEMICOLON = 0x3b;
const GREATER = 0x3e;
const BRACKET = 0x5b;
const BRACKET_END = 0x5d;
const BRACE = 0x7b;
const BRACE_END = 0x7d;

/** libbpf's BTF_DATA_INDENT_STR_LEN, NUL included. */
const LONGEST_INDENT = 31;
const INT_MAX = 0x7fffffff;

/**
 * Writes values as btf_dump_dump_type_data of libbpf's btf_dump.c, of which it keeps what its state does to later values
 * too: after an array of characters all characters are written as such, and after a struct that the data does not hold lines
 * stay indented. Methods return what they return there: 0 or a size in bytes, or a negative errno.
 */
export class ValueWriter {
  private readonly layout: Layout;
  private readonly memory: Memory;
  private readonly out: ByteWriter;
  private readonly declarations: Declarations;
  private readonly budget: Budget;
  private readonly zeros: ZeroCheck;
  private readonly scalars: ScalarWriter;
  private readonly compact: boolean;
  private readonly skipNames: boolean;
  private readonly emitZeroes: boolean;
  private readonly emitStrings: boolean;
  private readonly indentLevel: number;
  private readonly indent: Uint8Array;
  private depth = 0;
  private inArray = false;

  constructor(
    layout: Layout,
    memory: Memory,
    declarations: Declarations,
    budget: Budget,
    options: ValueOptions,
  ) {
    this.layout = layout;
    this.memory = memory;
    this.out = declarations.out;
    this.declarations = declarations;
    declarations.stripModifiers = true;
    declarations.skipBodies = true;
    this.budget = budget;
    this.zeros = new ZeroCheck(layout, memory, budget);
    this.scalars = new ScalarWriter(layout, memory, this.out);
    this.compact = options.compact ?? false;
    this.skipNames = options.skipNames ?? false;
    this.emitZeroes = options.emitZeroes ?? false;
    this.emitStrings = options.emitStrings ?? false;
    this.indentLevel = options.indentLevel ?? 0;
    this.indent = text(options.indent ?? '\t').subarray(0, LONGEST_INDENT);
  }

  /** `name`: string offset of a member's name, 0 for none. `bits` is 0 where it is no bit field. */
  write(id: number, at: number, name: number, bitOffset: number, bits: number): number {
    this.budget.spend(1);
    const size = this.sizeThatFits(id, at, bitOffset, bits);
    if (size < 0) return size;
    if (!this.showsZeroes()) {
      const error = this.zeros.check(id, at, bitOffset, bits);
      if (error === Errno.ENODATA) return size;
      if (error !== 0) return error;
    }
    this.writeIndent();
    if (!this.skipNames) {
      if (this.layout.types.strings[name] !== 0) this.writeMemberName(name);
      this.writeType(id, true);
    }
    const error = this.writeValue(id, at, bitOffset, bits);
    return error < 0 ? error : size;
  }

  /** The size of a type, or E2BIG where it is a number and the data ends before it. */
  private sizeThatFits(id: number, at: number, bitOffset: number, bits: number): number {
    const { layout, memory } = this;
    if (bits !== 0) {
      const size = (bitOffset + bits + 7) >>> 3;
      return at + size > memory.end ? Errno.E2BIG : size;
    }
    const size = layout.sizeOf(id);
    if (size < 0 || size >= INT_MAX) return Errno.EINVAL;
    return isScalar(layout.types.kinds[layout.targetOf(id)]!) && at + size > memory.end ? Errno.E2BIG : size;
  }

  /** Elements of an array are shown all or not at all, unless they are characters. */
  private showsZeroes(): boolean {
    return this.emitZeroes || this.depth === 0 || (this.inArray && !this.scalars.showsCharacters);
  }

  private writeValue(id: number, at: number, bitOffset: number, bits: number): number {
    const { layout } = this;
    const target = layout.targetOf(id);
    switch (layout.types.kinds[target]) {
      case Kind.INT:
      case Kind.FLOAT:
      case Kind.PTR:
      case Kind.ENUM:
      case Kind.ENUM64: {
        const result = this.scalars.write(id, target, at, bitOffset, bits);
        return result === 0 ? this.end() : Math.min(result, 0);
      }
      case Kind.ARRAY:
        return this.budget.nested(() => this.writeArray(target, at));
      case Kind.STRUCT:
      case Kind.UNION:
        return this.budget.nested(() => this.writeStruct(target, at));
      case Kind.VAR:
        return this.budget.nested(() => this.writeVariable(target, at));
      case Kind.DATASEC:
        return this.budget.nested(() => this.writeSection(target, at));
      default:
        this.out.constant(UNSUPPORTED);
        this.out.uint(layout.types.kinds[target]!);
        this.out.byte(GREATER);
        return Errno.ENOTSUP;
    }
  }

  /** What follows a value. */
  private end(): 0 {
    if (this.depth === 0) return 0;
    this.out.byte(COMMA);
    this.endLine();
    return 0;
  }

  private endLine(): void {
    if (!this.compact && this.depth > 0) this.out.byte(NEWLINE);
  }

  private writeIndent(): void {
    if (this.compact) return;
    const level = this.indentLevel + this.depth;
    this.budget.spend(level);
    for (let i = 0; i < level; i++) this.out.text(this.indent);
  }

  private writeMemberName(name: number): void {
    this.out.byte(DOT);
    this.out.cString(this.layout.types.strings, name);
    this.out.constant(IS);
  }

  /** Elements of an array are of one type, said before them; variables stand with theirs. */
  private writeType(id: number, inParentheses: boolean): void {
    const kind = this.layout.types.kinds[id];
    if (this.inArray || kind === Kind.VAR || kind === Kind.DATASEC) return;
    if (inParentheses) this.out.byte(PARENTHESIS);
    this.declarations.declare(id, 0, 1, 0);
    if (inParentheses) this.out.byte(PARENTHESIS_END);
  }

  private writeArray(array: number, at: number): number {
    const { layout, memory, out } = this;
    const element = layout.elementOf(array);
    const length = layout.lengthOf(array);
    const size = layout.sizeOf(element);
    if (size <= 0) return Errno.EINVAL;
    if (layout.isCharacter(element)) {
      if (this.emitStrings && this.writeString(at, length)) return 0;
      this.scalars.showsCharacters = true;
    }
    this.depth++;
    out.byte(BRACKET);
    this.endLine();
    const { inArray, scalars } = this;
    const { isTerminated } = scalars;
    this.inArray = true;
    scalars.isTerminated = false;
    const isOfScalars = isScalar(layout.types.kinds[layout.targetOf(element)]!);
    for (let i = 0; i < length && !scalars.isTerminated; i++, at += size) {
      // Of numbers past the end nothing is written, and there may be billions.
      if (isOfScalars && at + size > memory.end) break;
      this.write(element, at, 0, 0, 0);
    }
    this.inArray = inArray;
    scalars.isTerminated = isTerminated;
    this.depth--;
    this.writeIndent();
    out.byte(BRACKET_END);
    return this.end();
  }

  /** False where no NUL ends it. No comma and no line break follow it, wherever it stands. */
  private writeString(at: number, length: number): boolean {
    const { out, memory } = this;
    const characters = memory.bytes.subarray(at, at + length);
    const end = characters.indexOf(0);
    if (end < 0) return false;
    this.writeIndent();
    out.byte(QUOTE);
    for (const character of characters.subarray(0, end)) {
      if (isPrintable(character)) out.byte(character);
      else out.text(text(`\\x${character.toString(16).padStart(2, '0')}`));
    }
    out.byte(QUOTE);
    return true;
  }

  private writeStruct(struct: number, at: number): number {
    const { out } = this;
    const { words, records } = this.layout.types;
    this.depth++;
    out.byte(BRACE);
    this.endLine();
    const record = records[struct]!;
    const info = words[record + 1]!;
    const end = record + 3 + 3 * vlenOf(info);
    for (let row = record + 3; row < end; row += 3) {
      const { byteOffset, bitOffset, bits } = placeOf(words[row + 2]!, kflagOf(info));
      const error = this.write(words[row + 1]!, at + byteOffset, words[row]!, bitOffset, bits);
      if (error < 0) return error;
    }
    this.depth--;
    this.writeIndent();
    out.byte(BRACE_END);
    return this.end();
  }

  /** `static int name = (int)1` */
  private writeVariable(variable: number, at: number): number {
    const { out } = this;
    const { types } = this.layout;
    const linkage = types.words[types.records[variable]! + 3];
    if (linkage === Linkage.STATIC) out.constant(STATIC);
    else if (linkage === Linkage.EXTERN) out.constant(EXTERN);
    const type = types.third(variable);
    this.writeType(type, false);
    out.byte(SPACE);
    out.cString(types.strings, types.nameOff(variable));
    out.constant(IS);
    return this.write(type, at, 0, 0, 0);
  }

  private writeSection(section: number, at: number): number {
    const { out } = this;
    const { types } = this.layout;
    const { words } = types;
    const record = types.records[section]!;
    out.constant(SECTION);
    out.cString(types.strings, types.nameOff(section));
    out.constant(SECTION_END);
    this.end();
    const end = record + 3 + 3 * vlenOf(words[record + 1]!);
    for (let row = record + 3; row < end; row += 3) {
      const error = this.write(words[row]!, at + words[row + 1]!, 0, 0, 0);
      if (error < 0) return error;
      out.byte(SEMICOLON);
    }
    return 0;
  }
}
