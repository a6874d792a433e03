import { IntEncoding, Kind, kflagOf } from '../btf/index.js';
import { text } from '../c/words.js';
import type { ByteWriter } from '../print/byte-writer.js';
import { enumeratorOf, enumOfField, readEnum } from './enums.js';
import { Errno } from './errno.js';
import { formatFloat } from './floats.js';
import type { Layout } from './layout.js';
import type { Memory } from './memory.js';

const NUL = text("'\\0'");
const UNSIGNED_LONG = text('ULL');
const LONG = text('LL');
const APOSTROPHE = 0x27;

/** What ScalarWriter.write returns where nothing is to follow what it wrote, not even the comma. */
export const BARE = 1;

/** Writes integers, floats, pointers, enums and bit fields as libbpf's btf_dump.c does. */
export class ScalarWriter {
  /** Integers of one byte are characters. */
  showsCharacters = false;
  /** A NUL ended the characters of the array. */
  isTerminated = false;
  private readonly layout: Layout;
  private readonly memory: Memory;
  private readonly out: ByteWriter;

  constructor(layout: Layout, memory: Memory, out: ByteWriter) {
    this.layout = layout;
    this.memory = memory;
    this.out = out;
  }

  /** `target`: what `id` stands for, a kind of which isScalar is true. Returns 0, BARE or a negative errno. */
  write(id: number, target: number, at: number, bitOffset: number, bits: number): number {
    switch (this.layout.types.kinds[target]) {
      case Kind.INT:
        return bits === 0 ? this.writeInt(target, at) : this.writeBitField(target, at, bitOffset, bits);
      case Kind.FLOAT:
        return this.writeFloat(target, at);
      case Kind.PTR:
        return this.writePointer(id, at);
      default:
        return this.writeEnum(id, target, at, bitOffset, bits);
    }
  }

  private writeAscii(characters: string): void {
    for (let i = 0; i < characters.length; i++) this.out.byte(characters.charCodeAt(i));
  }

  private writeBitField(target: number, at: number, bitOffset: number, bits: number): number {
    const value = this.memory.bitField(at, this.layout.types.third(target), bitOffset, bits);
    if (typeof value === 'number') return value;
    this.writeAscii(`0x${value.toString(16)}`);
    return 0;
  }

  private writeInt(target: number, at: number): number {
    const { out, memory } = this;
    const { types } = this.layout;
    const size = types.third(target);
    const isSigned = ((types.words[types.records[target]! + 3]! >>> 24) & IntEncoding.SIGNED) !== 0;
    switch (size) {
      case 1:
        if (this.showsCharacters && this.isTerminated) return BARE;
        if (!(this.showsCharacters && this.writeCharacter(at))) this.writeNumber(at, 1, isSigned);
        break;
      case 2:
      case 4:
        this.writeNumber(at, size, isSigned);
        break;
      case 8: {
        const value = memory.unsigned(at, 8);
        out.long(lowOf(value), highOf(value), isSigned);
        break;
      }
      case 16:
        this.writeAscii(`0x${memory.unsigned(at, 16).toString(16)}`);
        break;
      default:
        return Errno.EINVAL;
    }
    return 0;
  }

  private writeNumber(at: number, size: number, isSigned: boolean): void {
    const value = this.memory.integer(at, size, isSigned);
    if (isSigned) this.out.int(value);
    else this.out.uint(value);
  }

  /** False where it is none that can be printed. */
  private writeCharacter(at: number): boolean {
    const { out } = this;
    const character = this.memory.bytes[at]!;
    if (character === 0) {
      out.constant(NUL);
      this.isTerminated = true;
      return true;
    }
    if (!isPrintable(character)) return false;
    out.byte(APOSTROPHE);
    out.byte(character);
    out.byte(APOSTROPHE);
    return true;
  }

  private writeFloat(target: number, at: number): number {
    const size = this.layout.types.third(target);
    if (size !== 4 && size !== 8 && size !== 16) return Errno.EINVAL;
    this.writeAscii(formatFloat(this.memory.unsigned(at, size), size, this.memory.littleEndian));
    return 0;
  }

  /** As a 64-bit libbpf: glibc's %p where it can, which has a word for null. */
  private writePointer(id: number, at: number): number {
    const size = this.layout.types.pointerSize;
    const value = this.memory.unsigned(at, size);
    const isNil = value === 0n && size === 8 && this.layout.isAligned(id, at);
    this.writeAscii(isNil ? '(nil)' : `0x${value.toString(16)}`);
    return 0;
  }

  private writeEnum(id: number, target: number, at: number, bitOffset: number, bits: number): number {
    const { layout, memory, out } = this;
    const { types } = layout;
    let value: bigint | number;
    if (bits === 0) value = readEnum(layout, memory, id, target, at);
    else {
      value = memory.bitField(at, types.third(target), bitOffset, bits);
      if (typeof value === 'bigint') value = enumOfField(layout, target, value);
    }
    if (typeof value === 'number') return value;
    const name = enumeratorOf(layout, target, value);
    const isSigned = kflagOf(types.words[types.records[target]! + 1]!);
    if (name >= 0) {
      out.cString(types.strings, name);
    } else if (types.kinds[target] === Kind.ENUM64) {
      out.long(lowOf(value), highOf(value), isSigned);
      out.constant(isSigned ? LONG : UNSIGNED_LONG);
    } else if (isSigned) {
      out.int(lowOf(value) | 0);
    } else {
      out.uint(lowOf(value));
    }
    // libbpf's format for a signed value without a name lacks what should follow it.
    return name < 0 && isSigned ? BARE : 0;
  }
}

export function isScalar(kind: number): boolean {
  return (
    kind === Kind.INT ||
    kind === Kind.FLOAT ||
    kind === Kind.PTR ||
    kind === Kind.ENUM ||
    kind === Kind.ENUM64
  );
}

/** C's isprint, for a char: what is not ASCII is not printable. */
export function isPrintable(character: number): boolean {
  return character >= 0x20 && character < 0x7f;
}

function lowOf(value: bigint): number {
  return Number(value & 0xffffffffn);
}

function highOf(value: bigint): number {
  return Number(value >> 32n);
}
