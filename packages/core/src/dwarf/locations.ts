import { Form } from './constants.js';
import type { DieReader } from './die-reader.js';
import { SectionWindow } from './section-window.js';
import { SLOT_STRIDE, Slot } from './slots.js';
import { readSized } from './unit-window.js';

/** DW_LLE_*: kinds of entries of `.debug_loclists` (section 7.7.3). */
const Lle = {
  end_of_list: 0,
  base_addressx: 1,
  startx_endx: 2,
  startx_length: 3,
  offset_pair: 4,
  default_location: 5,
  base_address: 6,
  start_end: 7,
  start_length: 8,
} as const;

/** Longest entry without its expression: a kind, and two addresses or LEB128 numbers. */
const MAX_HEAD = 32;

/**
 * The expressions of DW_AT_location, one after the other, without the addresses for which they hold: of a DIE that has
 * one for all of its range, that one. `open`, then `next` until it says no; `bytes`, `at` and `length` tell where the
 * expression is. A list that is malformed ends there, as it does for libdw's dwarf_getlocations.
 */
export class Locations {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  length = 0;
  private readonly reader: DieReader;
  private readonly lists: SectionWindow | undefined;
  private readonly legacy: SectionWindow | undefined;
  private window: SectionWindow | undefined;
  private offset = 0;
  /** Where `.debug_loclists` has the unit's table of offsets, which DW_FORM_loclistx indexes. */
  private base = 0;
  private single = false;

  constructor(reader: DieReader) {
    this.reader = reader;
    const { loc, loclists } = reader.info;
    this.legacy = loc && new SectionWindow(loc);
    this.lists = loclists && new SectionWindow(loclists);
  }

  /** Call it with the unit's DIE: later ones count from what stands there. */
  enter(shape: number, at: number): void {
    const { reader } = this;
    const { offsetSize } = reader.unit!;
    // Without the attribute, behind the only header (section 7.29).
    this.base = reader.has(shape, Slot.loclistsBase)
      ? reader.unsigned(shape, at, Slot.loclistsBase)
      : offsetSize === 8
        ? 20
        : 12;
  }

  /** Begins with the DW_AT_location of a DIE, which must have one. */
  open(shape: number, at: number): void {
    const { reader } = this;
    this.window = undefined;
    this.single = false;
    const block = reader.block(shape, at, Slot.location);
    if (block !== undefined) {
      this.single = true;
      this.bytes = reader.bytes;
      this.at = block.at;
      this.length = block.length;
      return;
    }
    const window = reader.unit!.version >= 5 ? this.lists : this.legacy;
    if (window === undefined) return;
    this.offset = this.listOffset(shape, at, window);
    if (this.offset >= 0) this.window = window;
  }

  /** Is there one more? */
  next(): boolean {
    if (this.single) {
      this.single = false;
      return true;
    }
    const { window } = this;
    if (window === undefined) return false;
    const found = window === this.lists ? this.entry(window) : this.pair(window);
    if (!found) this.window = undefined;
    return found;
  }

  private listOffset(shape: number, at: number, window: SectionWindow): number {
    const { reader } = this;
    switch (reader.shapes.form[shape * SLOT_STRIDE + Slot.location]) {
      case Form.sec_offset:
      case Form.data4:
      case Form.data8:
        return reader.unsigned(shape, at, Slot.location);
      case Form.loclistx: {
        const { offsetSize } = reader.unit!;
        const index = reader.ulebAt(at + reader.shapes.at[shape * SLOT_STRIDE + Slot.location]!);
        const entry = window.at(this.base + index * offsetSize, offsetSize);
        return entry < 0 ? -1 : this.base + readSized(window.bytes, entry, offsetSize, reader.little);
      }
      default:
        return -1;
    }
  }

  /** DWARF 5: kind, what the range is, and the expression behind its length. */
  private entry(window: SectionWindow): boolean {
    const { addressSize } = this.reader.unit!;
    for (;;) {
      const from = window.at(this.offset, Math.min(MAX_HEAD, window.size - this.offset));
      if (from < 0) return false;
      const { bytes } = window;
      let at = from + 1;
      switch (bytes[from]) {
        case Lle.base_addressx:
          this.offset += afterLeb(bytes, at) - from;
          continue;
        case Lle.base_address:
          this.offset += 1 + addressSize;
          continue;
        case Lle.startx_endx:
        case Lle.startx_length:
        case Lle.offset_pair:
          at = afterLeb(bytes, afterLeb(bytes, at));
          break;
        case Lle.default_location:
          break;
        case Lle.start_end:
          at += 2 * addressSize;
          break;
        case Lle.start_length:
          at = afterLeb(bytes, at + addressSize);
          break;
        default:
          return false;
      }
      const behind = afterLeb(bytes, at);
      let length = 0;
      for (let shift = 0; at < behind; shift += 7) length += (bytes[at++]! & 0x7f) * 2 ** shift;
      return this.expression(window, this.offset + behind - from, length);
    }
  }

  /** DWARF 2 to 4: two addresses, and the expression behind its length of 16 bits (DWARF 4, section 2.6.2). */
  private pair(window: SectionWindow): boolean {
    const { reader } = this;
    const { addressSize } = reader.unit!;
    for (;;) {
      const at = window.at(this.offset, 2 * addressSize);
      if (at < 0) return false;
      const { bytes } = window;
      if (isFilled(bytes, at, 2 * addressSize, 0)) return false;
      this.offset += 2 * addressSize;
      // The largest address: the next one is a base for those behind it.
      if (isFilled(bytes, at, addressSize, 0xff)) continue;
      const lengthAt = window.at(this.offset, 2);
      if (lengthAt < 0) return false;
      return this.expression(window, this.offset + 2, readSized(window.bytes, lengthAt, 2, reader.little));
    }
  }

  private expression(window: SectionWindow, offset: number, length: number): boolean {
    const at = window.at(offset, length);
    if (at < 0) return false;
    this.bytes = window.bytes;
    this.at = at;
    this.length = length;
    this.offset = offset + length;
    return true;
  }
}

function afterLeb(bytes: Uint8Array, at: number): number {
  while (bytes[at++]! >= 0x80);
  return at;
}

function isFilled(bytes: Uint8Array, at: number, length: number, value: number): boolean {
  for (let i = at; i < at + length; i++) if (bytes[i] !== value) return false;
  return true;
}
