import { FormatError } from '../bytes/index.js';
import type { DebugInfo, UnitSection } from './debug-info.js';
import type { Unit } from './units.js';

/** Bytes read from the file at once; a unit larger than that is read whole. */
const WINDOW = 1024 * 1024;
/** Zero bytes behind the window: a string or LEB128 number that runs out ends there. */
const PAD = 16;

/**
 * One unit after another, seen through a window over the section, and the plain values in it. A position is an index
 * into the window; `offsetOf` turns it into an offset from the unit's header.
 */
export class UnitWindow {
  readonly info: DebugInfo;
  bytes = new Uint8Array(WINDOW + PAD);
  view = new DataView(this.bytes.buffer);
  /** Position of the next byte. */
  pos = 0;
  /** Positions of the unit's header and of its end. */
  unitStart = 0;
  unitEnd = 0;
  unit: Unit | undefined;
  readonly little: boolean;
  protected offsetSize = 4;
  protected addressSize = 8;
  private windowSection: UnitSection | undefined;
  private windowFrom = 0;
  private windowTo = 0;

  constructor(info: DebugInfo) {
    this.info = info;
    this.little = info.littleEndian;
  }

  /** Brings `unit` into the window, `pos` at its first DIE. */
  protected load(unit: Unit): void {
    this.unit = unit;
    this.offsetSize = unit.offsetSize;
    this.addressSize = unit.addressSize;
    const section = this.info.sections[unit.sectionIndex]!;
    if (section !== this.windowSection || unit.start < this.windowFrom || unit.end > this.windowTo) {
      const length = Math.min(Math.max(unit.end - unit.start, WINDOW), section.size - unit.start);
      if (length + PAD > this.bytes.length) {
        this.bytes = new Uint8Array(length + PAD);
        this.view = new DataView(this.bytes.buffer);
      }
      section.readInto(unit.start, this.bytes.subarray(0, length));
      this.bytes.fill(0, length, length + PAD);
      this.windowSection = section;
      this.windowFrom = unit.start;
      this.windowTo = unit.start + length;
    }
    this.unitStart = unit.start - this.windowFrom;
    this.unitEnd = unit.end - this.windowFrom;
    this.pos = this.unitStart + (unit.firstDie - unit.start);
  }

  /** Offset from the unit's header. */
  offsetOf(pos: number): number {
    return pos - this.unitStart;
  }

  /** A FormatError at a position of the window. */
  error(pos: number, problem: string): FormatError {
    return new FormatError(problem, {
      file: this.info.file,
      section: this.unit?.section,
      offset: this.windowFrom + pos,
    });
  }

  /** An offset into another section: 4 or 8 bytes. */
  protected offset(at: number): number {
    return this.offsetSize === 4 ? this.view.getUint32(at, this.little) : this.u64(at);
  }

  protected sized(at: number, size: number): number {
    return readSized(this.bytes, at, size, this.little);
  }

  protected u64(at: number): number {
    const first = this.view.getUint32(at, this.little);
    const second = this.view.getUint32(at + 4, this.little);
    return this.little ? first + second * 2 ** 32 : first * 2 ** 32 + second;
  }

  protected u24(at: number): number {
    const { bytes } = this;
    return this.little
      ? bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)
      : (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
  }

  /** Unsigned LEB128 at `pos`, which moves behind it. */
  protected uleb(): number {
    const value = this.ulebAt(this.pos);
    while (this.bytes[this.pos++]! >= 0x80);
    return value;
  }

  ulebAt(at: number): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.bytes[at++]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (!(byte >= 0x80)) return value;
    }
    throw this.error(at, 'a LEB128 number of more than 10 bytes');
  }

  protected slebAt(at: number): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.bytes[at++]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (!(byte >= 0x80)) return byte & 0x40 ? value - 2 ** (shift + 7) : value;
    }
    throw this.error(at, 'a LEB128 number of more than 10 bytes');
  }

  protected bigLeb(at: number, signed: boolean): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.bytes[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (!(byte >= 0x80)) return signed && byte & 0x40 ? value - (1n << (shift + 7n)) : value;
    }
    throw this.error(at, 'a LEB128 number of more than 10 bytes');
  }
}

export function readSized(bytes: Uint8Array, at: number, size: number, little: boolean): number {
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + (bytes[little ? at + size - 1 - i : at + i] ?? 0);
  return value;
}

export function readAddress(
  bytes: Uint8Array,
  at: number,
  size: number,
  little: boolean,
): { lo: number; hi: number } {
  if (size <= 4) return { lo: readSized(bytes, at, size, little), hi: 0 };
  const first = readSized(bytes, at, 4, little);
  const second = readSized(bytes, at + 4, 4, little);
  return little ? { lo: first, hi: second } : { lo: second, hi: first };
}
