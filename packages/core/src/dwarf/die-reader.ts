import { FormatError } from '../bytes/index.js';
import { Form } from './constants.js';
import type { DebugInfo, UnitSection } from './debug-info.js';
import { formSize, Step } from './forms.js';
import type { Shapes } from './shapes.js';
import { ABSENT, LEAD, SLOT_STRIDE, Slot } from './slots.js';
import type { Unit } from './units.js';

/** Bytes read from the file at once; a unit larger than that is read whole. */
const WINDOW = 1024 * 1024;
/** Zero bytes behind the window: a string or LEB128 number that runs out ends there. */
const PAD = 16;

/** What an attribute that holds a reference can be, other than an offset. */
export const NO_REFERENCE = -1;

/**
 * Reads the DIEs of one unit after another, through a window over the section. A position is an index into the
 * window; `offsetOf` and `positionOf` turn it into an offset from the unit's header and back.
 *
 * Values are read by slot: `shape` is what `abbreviation()` gave, `at` the position behind the abbreviation code.
 * For a shape of no fixed size, call `attributes` first.
 */
export class DieReader {
  readonly info: DebugInfo;
  readonly shapes: Shapes;
  bytes = new Uint8Array(WINDOW + PAD);
  view = new DataView(this.bytes.buffer);
  /** Position of the next byte. */
  pos = 0;
  /** Positions of the unit's header and of its end. */
  unitStart = 0;
  unitEnd = 0;
  unit: Unit | undefined;
  readonly little: boolean;

  private windowSection: UnitSection | undefined;
  private windowFrom = 0;
  private windowTo = 0;
  /** Shape by abbreviation code, of the unit at hand. */
  table: Int32Array = new Int32Array(0);
  private tableKey = '';
  /** Position of the inline name of the DIE at hand (see Shapes.leadSize). */
  private leadAt = 0;
  private offsetSize = 4;
  private addressSize = 8;
  private strOffsetsBase = 0;
  private addrBase = 0;

  constructor(info: DebugInfo, shapes: Shapes) {
    this.info = info;
    this.shapes = shapes;
    this.little = info.littleEndian;
  }

  /** Makes `unit` the current one, `pos` at its first DIE. FormatError for a broken abbreviation table. */
  enter(unit: Unit): void {
    this.unit = unit;
    this.offsetSize = unit.offsetSize;
    this.addressSize = unit.addressSize;
    this.load(unit);
    this.pos = this.unitStart + (unit.firstDie - unit.start);
    const key = `${unit.abbrevOffset},${unit.offsetSize},${unit.addressSize},${unit.version <= 2}`;
    // Units of one object file share a table and stand together; all others have their own.
    if (key !== this.tableKey) {
      this.table = this.shapes.readTable(this.info.abbrev, unit.abbrevOffset, unit);
      this.tableKey = key;
    }
    // Without the base attributes: the tables of a lone unit begin behind their header (section 7.26).
    this.strOffsetsBase = unit.offsetSize === 8 ? 16 : 8;
    this.addrBase = unit.offsetSize === 8 ? 16 : 8;
  }

  /** The unit DIE names where its string and address tables begin; indexed forms need that. */
  useBases(shape: number, at: number): void {
    if (this.has(shape, Slot.strOffsetsBase)) this.strOffsetsBase = this.unsigned(shape, at, Slot.strOffsetsBase);
    if (this.has(shape, Slot.addrBase)) this.addrBase = this.unsigned(shape, at, Slot.addrBase);
  }

  private load(unit: Unit): void {
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

  /** Shape of the DIE at `pos`, `pos` then behind the abbreviation code; 0 for the null entry that ends a list. */
  abbreviation(): number {
    const start = this.pos;
    if (start >= this.unitEnd) {
      if (start === this.unitEnd) throw this.error(start, 'the list of DIEs is not ended');
      throw this.error(start, 'a DIE runs past the end of its unit');
    }
    let code = this.bytes[this.pos++]!;
    if (code >= 0x80) {
      this.pos = start;
      code = this.uleb();
    }
    if (code === 0) return 0;
    const shape = code < this.table.length ? this.table[code]! : 0;
    if (shape === 0) throw this.error(start, `no abbreviation ${code} in the table at 0x${this.unit!.abbrevOffset.toString(16)}`);
    return shape;
  }

  /** Steps over all attributes of a DIE; `pos` stands at the first one. */
  skip(shape: number): void {
    const fixed = this.shapes.fixedSize[shape]!;
    if (fixed >= 0) {
      this.pos += fixed;
      return;
    }
    const lead = this.shapes.leadSize[shape]!;
    if (lead >= 0) {
      this.pos = this.step(Step.string, this.pos) + lead;
      return;
    }
    const { first, attrSize } = this.shapes;
    let pos = this.pos;
    for (let i = first[shape]!, end = first[shape + 1]!; i < end; i++) {
      const size = attrSize[i]!;
      pos = size >= 0 ? pos + size : this.step(size, pos);
    }
    this.pos = pos;
  }

  /**
   * Steps over all attributes and makes their slots readable, whatever the shape; returns the position that their
   * offsets count from, `pos` then behind the last.
   */
  attributes(shape: number): number {
    const at = this.pos;
    const fixed = this.shapes.fixedSize[shape]!;
    if (fixed >= 0) {
      this.pos = at + fixed;
      return at;
    }
    const lead = this.shapes.leadSize[shape]!;
    if (lead >= 0) {
      this.leadAt = at;
      const behind = this.step(Step.string, at);
      this.pos = behind + lead;
      return behind;
    }
    this.walk(shape);
    return at;
  }

  /** Notes where the attributes of this DIE are in the shape's row. */
  private walk(shape: number): void {
    const { first, attrSize, attrSlot, at } = this.shapes;
    const row = shape * SLOT_STRIDE;
    const start = this.pos;
    let pos = start;
    for (let i = first[shape]!, end = first[shape + 1]!; i < end; i++) {
      const size = attrSize[i]!;
      const slot = attrSlot[i]!;
      if (slot >= 0) at[row + slot] = pos - start;
      if (size >= 0) pos += size;
      else if (size === Step.indirect) pos = this.walkIndirect(shape, slot, start, pos);
      else pos = this.step(size, pos);
    }
    this.pos = pos;
  }

  /** DW_FORM_indirect: the form stands before the value (section 7.5.3). */
  private walkIndirect(shape: number, slot: number, start: number, pos: number): number {
    this.pos = pos;
    const form = this.uleb();
    if (form === Form.indirect || form === Form.implicit_const) throw this.error(pos, `form 0x${form.toString(16)} behind DW_FORM_indirect`);
    if (slot >= 0) {
      this.shapes.at[shape * SLOT_STRIDE + slot] = this.pos - start;
      this.shapes.form[shape * SLOT_STRIDE + slot] = form;
    }
    const size = formSize(form, this.unit!);
    return size >= 0 ? this.pos + size : this.step(size, this.pos);
  }

  private step(size: number, pos: number): number {
    const { bytes } = this;
    switch (size) {
      case Step.string:
        while (bytes[pos] !== 0 && pos < bytes.length) pos++;
        return pos + 1;
      case Step.leb:
        while (bytes[pos]! >= 0x80) pos++;
        return pos + 1;
      case Step.block1:
        return pos + 1 + bytes[pos]!;
      case Step.block2:
        return pos + 2 + this.view.getUint16(pos, this.little);
      case Step.block4:
        return pos + 4 + this.view.getUint32(pos, this.little);
      case Step.block:
        this.pos = pos;
        pos = this.uleb();
        return this.pos + pos;
      default: {
        this.pos = pos;
        const form = this.uleb();
        const inner = formSize(form, this.unit!);
        if (inner === Step.indirect) throw this.error(pos, 'DW_FORM_indirect behind DW_FORM_indirect');
        return inner >= 0 ? this.pos + inner : this.step(inner, this.pos);
      }
    }
  }

  /** Steps over the children of a DIE whose attributes have been read, by DW_AT_sibling where it can. */
  skipChildren(shape: number, at: number): void {
    if (this.shapes.hasChildren[shape] === 0) return;
    if (this.has(shape, Slot.sibling)) {
      const sibling = this.unitStart + this.reference(shape, at, Slot.sibling);
      if (sibling < this.pos || sibling > this.unitEnd) throw this.error(at, `DW_AT_sibling leads to 0x${(sibling - this.unitStart).toString(16)} of the unit`);
      this.pos = sibling;
      return;
    }
    for (let depth = 1; depth > 0; ) {
      const child = this.abbreviation();
      if (child === 0) {
        depth--;
        continue;
      }
      this.skip(child);
      if (this.shapes.hasChildren[child] !== 0) depth++;
    }
  }

  /** Steps over a DIE and all below it; `pos` stands at its first attribute. */
  skipTree(shape: number): void {
    if (this.shapes.hasChildren[shape] === 0) this.skip(shape);
    else this.skipChildren(shape, this.attributes(shape));
  }

  has(shape: number, slot: number): boolean {
    return this.shapes.at[shape * SLOT_STRIDE + slot] !== ABSENT;
  }

  /** A flag attribute: DW_FORM_flag_present, or a byte that is not 0. */
  flag(shape: number, at: number, slot: number): boolean {
    const offset = this.shapes.at[shape * SLOT_STRIDE + slot]!;
    if (offset < 0) return false;
    return this.shapes.form[shape * SLOT_STRIDE + slot] === Form.flag_present || this.bytes[at + offset] !== 0;
  }

  /**
   * A constant attribute; 0 where the shape lacks it. Exact up to 2^53; sign as the form says, with data1 to
   * data8 unsigned (section 7.5.5). Blocks and expressions are not constants: FormatError.
   */
  unsigned(shape: number, at: number, slot: number): number {
    const cell = shape * SLOT_STRIDE + slot;
    const offset = this.shapes.at[cell]!;
    if (offset < 0) return 0;
    at += offset;
    switch (this.shapes.form[cell]) {
      case Form.data1:
      case Form.flag:
      case Form.addrx1:
        return this.bytes[at]!;
      case Form.implicit_const:
        return this.shapes.implicit[cell]!;
      case Form.data2:
        return this.view.getUint16(at, this.little);
      case Form.data4:
        return this.view.getUint32(at, this.little);
      case Form.data8:
        return this.u64(at);
      case Form.udata:
        return this.ulebAt(at);
      case Form.sdata:
        return this.slebAt(at);
      case Form.flag_present:
        return 1;
      case Form.sec_offset:
        return this.offset(at);
      case Form.addr:
        return this.addressSize === 8 ? this.u64(at) : this.view.getUint32(at, this.little);
      default:
        throw this.error(at, `form 0x${this.shapes.form[cell]!.toString(16)} where a constant was expected`);
    }
  }

  /** As `unsigned`, in all 64 bits: an enumerator of a wide enumeration. */
  wide(shape: number, at: number, slot: number): bigint {
    const cell = shape * SLOT_STRIDE + slot;
    const position = at + this.shapes.at[cell]!;
    switch (this.shapes.form[cell]) {
      case Form.data8:
        return this.view.getBigUint64(position, this.little);
      case Form.udata:
        return this.bigLeb(position, false);
      case Form.sdata:
        return this.bigLeb(position, true);
      default:
        return BigInt(this.unsigned(shape, at, slot));
    }
  }

  /** Is the value a constant (not a block or a reference to another DIE or list)? */
  isConstant(shape: number, slot: number): boolean {
    switch (this.shapes.form[shape * SLOT_STRIDE + slot]) {
      case Form.data1:
      case Form.data2:
      case Form.data4:
      case Form.data8:
      case Form.udata:
      case Form.sdata:
      case Form.implicit_const:
        return true;
      default:
        return false;
    }
  }

  /** A reference within the unit, as offset from its header; NO_REFERENCE where the shape lacks the attribute. */
  reference(shape: number, at: number, slot: number): number {
    const cell = shape * SLOT_STRIDE + slot;
    const offset = this.shapes.at[cell]!;
    if (offset < 0) return NO_REFERENCE;
    at += offset;
    switch (this.shapes.form[cell]) {
      case Form.ref4:
        return this.view.getUint32(at, this.little);
      case Form.ref1:
        return this.bytes[at]!;
      case Form.ref2:
        return this.view.getUint16(at, this.little);
      case Form.ref8:
        return this.u64(at);
      case Form.ref_udata:
        return this.ulebAt(at);
      default:
        throw this.error(at, this.foreign(this.shapes.form[cell]!));
    }
  }

  private foreign(form: number): string {
    if (form === Form.GNU_ref_alt || form === Form.ref_sup4 || form === Form.ref_sup8) {
      return 'a type is in the supplementary file that dwz made, which is not read; encode the file from before dwz';
    }
    return `form 0x${form.toString(16)} where a reference within the unit was expected`;
  }

  /** Where a reference attribute leads: an offset into its section, or a type unit's signature. */
  target(shape: number, at: number, slot: number): { sectionIndex: number; offset: number } | { signature: string } {
    const cell = shape * SLOT_STRIDE + slot;
    const position = at + this.shapes.at[cell]!;
    const { section, sectionIndex, start } = this.unit!;
    switch (this.shapes.form[cell]) {
      case Form.ref_addr:
        return {
          // What stands in DWARF 4's .debug_types refers to .debug_info.
          sectionIndex: section === '.debug_info' ? sectionIndex : this.info.sections.findIndex(one => one.name === '.debug_info'),
          offset: this.unit!.version <= 2 ? this.sized(position, this.addressSize) : this.offset(position),
        };
      case Form.ref_sig8: {
        let signature = '';
        for (let i = position; i < position + 8; i++) signature += (this.bytes[i] ?? 0).toString(16).padStart(2, '0');
        return { signature };
      }
      default:
        return { sectionIndex, offset: start + this.reference(shape, at, slot) };
    }
  }

  /** Where a string attribute's text is; `undefined` where the shape lacks it. The text ends at the next NUL. */
  string(shape: number, at: number, slot: number): { bytes: Uint8Array; at: number } | undefined {
    const cell = shape * SLOT_STRIDE + slot;
    const offset = this.shapes.at[cell]!;
    if (offset === ABSENT) return undefined;
    if (offset === LEAD) return { bytes: this.bytes, at: this.leadAt };
    at += offset;
    const { info } = this;
    switch (this.shapes.form[cell]) {
      case Form.string:
        return { bytes: this.bytes, at };
      case Form.strp:
        return this.inTable(info.str, this.offset(at), '.debug_str', at);
      case Form.line_strp:
        return this.inTable(info.lineStr, this.offset(at), '.debug_line_str', at);
      case Form.strx1:
        return this.indexed(this.bytes[at]!, at);
      case Form.strx2:
        return this.indexed(this.view.getUint16(at, this.little), at);
      case Form.strx3:
        return this.indexed(this.u24(at), at);
      case Form.strx4:
        return this.indexed(this.view.getUint32(at, this.little), at);
      case Form.strx:
      case Form.GNU_str_index:
        return this.indexed(this.ulebAt(at), at);
      case Form.strp_sup:
      case Form.GNU_strp_alt:
        throw this.error(at, 'a name is in the supplementary file that dwz made, which is not read; encode the file from before dwz');
      default:
        throw this.error(at, `form 0x${this.shapes.form[cell]!.toString(16)} where a string was expected`);
    }
  }

  /** DW_FORM_strp's offset into `.debug_str`, or -1 for another form: the fast path for names. */
  strp(shape: number, at: number, slot: number): number {
    const cell = shape * SLOT_STRIDE + slot;
    if (this.shapes.form[cell] !== Form.strp) return -1;
    const offset = this.offset(at + this.shapes.at[cell]!);
    if (offset >= this.info.str.length) throw this.error(at, `string offset 0x${offset.toString(16)} is outside .debug_str`);
    return offset;
  }

  private indexed(index: number, at: number): { bytes: Uint8Array; at: number } {
    const entry = this.strOffsetsBase + index * this.offsetSize;
    const { strOffsets } = this.info;
    if (!(entry + this.offsetSize <= strOffsets.length)) throw this.error(at, `string ${index} is outside .debug_str_offsets`);
    const offset = readSized(strOffsets, entry, this.offsetSize, this.little);
    return this.inTable(this.info.str, offset, '.debug_str', at);
  }

  private inTable(table: Uint8Array, offset: number, name: string, at: number): { bytes: Uint8Array; at: number } {
    if (!(offset < table.length)) throw this.error(at, `string offset 0x${offset.toString(16)} is outside ${name}`);
    return { bytes: table, at: offset };
  }

  /** A block or expression attribute as a range of `bytes`; `undefined` for other forms (location lists). */
  block(shape: number, at: number, slot: number): { at: number; length: number } | undefined {
    const cell = shape * SLOT_STRIDE + slot;
    const offset = this.shapes.at[cell]!;
    if (offset < 0) return undefined;
    this.blockCursor = at + offset;
    const length = this.blockLength(this.shapes.form[cell]!);
    if (length < 0) return undefined;
    if (this.blockCursor + length > this.unitEnd) throw this.error(at, `a block of ${length} bytes runs past the end of its unit`);
    return { at: this.blockCursor, length };
  }
  private blockCursor = 0;

  private blockLength(form: number): number {
    const at = this.blockCursor;
    switch (form) {
      case Form.block1:
        this.blockCursor += 1;
        return this.bytes[at]!;
      case Form.block2:
        this.blockCursor += 2;
        return this.view.getUint16(at, this.little);
      case Form.block4:
        this.blockCursor += 4;
        return this.view.getUint32(at, this.little);
      case Form.block:
      case Form.exprloc: {
        const length = this.ulebAt(at);
        while (this.bytes[this.blockCursor++]! >= 0x80);
        return length;
      }
      default:
        return -1;
    }
  }

  /** Address number `index` of the unit's part of `.debug_addr`, low and high 32 bits. */
  address(index: number, at: number): { lo: number; hi: number } {
    const entry = this.addrBase + index * this.addressSize;
    const { addr } = this.info;
    if (!(entry + this.addressSize <= addr.length)) throw this.error(at, `address ${index} is outside .debug_addr`);
    return readAddress(addr, entry, this.addressSize, this.little);
  }

  /** The address in the bytes at `at`, low and high 32 bits. */
  addressAt(at: number): { lo: number; hi: number } {
    return readAddress(this.bytes, at, this.addressSize, this.little);
  }

  /** An offset into another section: 4 or 8 bytes. */
  private offset(at: number): number {
    return this.offsetSize === 4 ? this.view.getUint32(at, this.little) : this.u64(at);
  }

  private sized(at: number, size: number): number {
    return readSized(this.bytes, at, size, this.little);
  }

  private u64(at: number): number {
    const first = this.view.getUint32(at, this.little);
    const second = this.view.getUint32(at + 4, this.little);
    return this.little ? first + second * 2 ** 32 : first * 2 ** 32 + second;
  }

  private u24(at: number): number {
    const { bytes } = this;
    return this.little
      ? bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)
      : (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
  }

  /** Unsigned LEB128 at `pos`, which moves behind it. */
  private uleb(): number {
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

  private slebAt(at: number): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.bytes[at++]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (!(byte >= 0x80)) return byte & 0x40 ? value - 2 ** (shift + 7) : value;
    }
    throw this.error(at, 'a LEB128 number of more than 10 bytes');
  }

  private bigLeb(at: number, signed: boolean): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.bytes[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (!(byte >= 0x80)) return signed && byte & 0x40 ? value - (1n << (shift + 7n)) : value;
    }
    throw this.error(at, 'a LEB128 number of more than 10 bytes');
  }
}

function readSized(bytes: Uint8Array, at: number, size: number, little: boolean): number {
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + (bytes[little ? at + size - 1 - i : at + i] ?? 0);
  return value;
}

function readAddress(bytes: Uint8Array, at: number, size: number, little: boolean): { lo: number; hi: number } {
  if (size <= 4) return { lo: readSized(bytes, at, size, little), hi: 0 };
  const first = readSized(bytes, at, 4, little);
  const second = readSized(bytes, at + 4, 4, little);
  return little ? { lo: first, hi: second } : { lo: second, hi: first };
}
