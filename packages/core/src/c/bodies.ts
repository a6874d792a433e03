import { Kind, kflagOf, vlenOf } from '../btf/index.js';
import type { Declarations } from './declarations.js';
import type { Sizes } from './sizes.js';
import type { Types } from './types.js';
import { newLine, text } from './words.js';

const OPEN = text(' {');
const PACKED = text(' __attribute__((packed))');
const BYTE_ENUM = text(' __attribute__((mode(byte)))');
const WORD_ENUM = text(' __attribute__((mode(word)))');
const ENUM = text('enum');
const COLON = text(': ');
const EQUALS = text(' = ');
const UNSIGNED_LONG = text('ULL');
const LONG = text('LL');
const SPACE = 0x20;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const END = 0x7d;

/** Fields without a name that fill holes. */
const FILLERS = [
  { name: text('long'), bits: 0 },
  { name: text('int'), bits: 32 },
  { name: text('short'), bits: 16 },
  { name: text('char'), bits: 8 },
];

/** Definitions of structs, unions and enums: all from their keyword to the brace, and attributes. */
export class Bodies {
  private readonly declarations: Declarations;
  private readonly types: Types;
  private readonly sizes: Sizes;
  private readonly fillers: readonly { readonly name: Uint8Array; readonly bits: number }[];

  constructor(declarations: Declarations, sizes: Sizes) {
    this.declarations = declarations;
    this.types = declarations.types;
    this.sizes = sizes;
    const longBits = 8 * declarations.types.pointerSize;
    this.fillers = FILLERS.map(({ name, bits }) => ({ name, bits: bits || longBits }));
  }

  /** btf_dump_emit_struct_def; members are indented by one more than `level`. */
  struct(id: number, level: number): void {
    const { declarations, types, sizes } = this;
    const { out } = declarations;
    const { words } = types;
    const at = types.records[id]!;
    const info = words[at + 1]!;
    const kflag = kflagOf(info);
    const count = vlenOf(info);
    const size = words[at + 2]!;
    const alignment = sizes.alignOf(id);
    const packed = sizes.isPacked(id);
    const line = newLine(level + 1);
    declarations.structTag(id);
    out.constant(OPEN);
    let end = 0;
    let afterBitField = false;
    for (let i = 0; i < count; i++) {
      const row = at + 3 + 3 * i;
      const type = words[row + 1]!;
      const offset = words[row + 2]!;
      const bits = kflag ? offset >>> 24 : 0;
      const start = kflag ? offset & 0xffffff : offset | 0;
      if (end < start) {
        const own = packed ? 1 : sizes.alignOf(type);
        this.fill(end, start, own, afterBitField && bits !== 0, level + 1);
      }
      out.constant(line);
      declarations.declare(type, words[row]!, 1, level + 1);
      if (bits !== 0) {
        out.constant(COLON);
        out.uint(bits);
        end = start + bits;
      } else {
        end = (start + (sizes.sizeOf(type) | 0) * 8) | 0;
      }
      afterBitField = bits !== 0;
      out.byte(SEMICOLON);
    }
    if (types.kinds[id] === Kind.STRUCT) this.fill(end, (size * 8) | 0, alignment, false, level + 1);
    // An empty struct stays on its line.
    if (count > 0 || size > 0) out.constant(newLine(level));
    out.byte(END);
    if (packed) out.constant(PACKED);
  }

  /**
   * Fields without names in a hole from bit `from` to `to` (btf_dump_emit_bit_padding): as few as possible, leaving to
   * the compiler what it does by itself for a field of alignment `next`.
   */
  private fill(from: number, to: number, next: number, inBitField: boolean, level: number): void {
    if (from >= to) return;
    const { fillers } = this;
    let chosen = fillers.findIndex(({ bits }) => roundUp(from, bits) <= to);
    if (chosen < 0) chosen = fillers.length - 1;
    const { name, bits } = fillers[chosen]!;
    const edge = roundUp(from, bits);
    let at = from;
    if (edge > from && edge <= to) {
      const isNeeded =
        inBitField ||
        (edge === to && roundUp(from, next * 8) !== edge) ||
        (edge !== to && to - edge <= edge - from);
      if (isNeeded) this.filler(name, inBitField ? edge - from : 0, level);
      at = edge;
    }
    while (at !== to) {
      const left = Math.min(to - at, bits);
      const used = left === bits ? name : this.smallest(left);
      this.filler(used, left, level);
      at += left;
    }
  }

  private smallest(bits: number): Uint8Array {
    return this.fillers.findLast(filler => filler.bits >= bits)!.name;
  }

  private filler(name: Uint8Array, bits: number, level: number): void {
    const { out } = this.declarations;
    out.constant(newLine(level));
    out.constant(name);
    out.constant(COLON);
    out.uint(bits);
    out.byte(SEMICOLON);
  }

  /** btf_dump_emit_enum_def; one without enumerators is declared. */
  enumeration(id: number, level: number): void {
    const { declarations, types } = this;
    const { out, names } = declarations;
    const { words } = types;
    const at = types.records[id]!;
    const info = words[at + 1]!;
    const count = vlenOf(info);
    const name = types.nameOff(id);
    const number = names.numberOf(id);
    out.constant(ENUM);
    if (name !== 0) {
      out.byte(SPACE);
      names.write(out, name, number);
    }
    if (count === 0) return;
    out.constant(OPEN);
    const step = types.kinds[id] === Kind.ENUM ? 2 : 3;
    const line = newLine(level + 1);
    let isWide = false;
    for (let row = at + 3; row < at + 3 + step * count; row += step) {
      out.constant(line);
      names.writeEnumerator(out, words[row]!, names.nextEnumerator(words[row]!));
      out.constant(EQUALS);
      this.value(row, step, kflagOf(info));
      out.byte(COMMA);
      if (step === 3 && words[row + 2] !== 0) isWide = true;
    }
    out.constant(newLine(level));
    out.byte(END);
    const size = words[at + 2]!;
    if (size === 1) out.constant(BYTE_ENUM);
    else if (size === 8 && types.pointerSize === 8 && !isWide) out.constant(WORD_ENUM);
  }

  private value(row: number, step: number, signed: boolean): void {
    const { out } = this.declarations;
    const { words } = this.types;
    const low = words[row + 1]!;
    if (step === 2) {
      if (signed) out.int(low | 0);
      else out.uint(low);
      return;
    }
    out.long(low, words[row + 2]!, signed);
    out.constant(signed ? LONG : UNSIGNED_LONG);
  }
}

/** C's roundup; an alignment of 0, of what has no size, rounds to nothing. */
function roundUp(value: number, to: number): number {
  return to === 0 ? value : Math.trunc((value + to - 1) / to) * to;
}
