import { Form } from './constants.js';
import type { DebugInfo } from './debug-info.js';
import type { Shapes } from './shapes.js';
import { ABSENT, LEAD, SLOT_STRIDE } from './slots.js';
import { readAddress, readSized, UnitWindow } from './unit-window.js';

/** What an attribute that holds a reference can be, other than an offset. */
export const NO_REFERENCE = -1;

/**
 * Values of attributes by slot: `shape` is the DIE's, `at` the position that the shape's offsets count from, as
 * `DieReader.attributes` gives it.
 */
export class AttributeReader extends UnitWindow {
  readonly shapes: Shapes;
  /** Position of the inline name of the DIE at hand (see Shapes.leadSize). */
  protected leadAt = 0;
  /** Where the unit's part of .debug_str_offsets and .debug_addr begins. */
  protected strOffsetsBase = 0;
  protected addrBase = 0;
  private blockCursor = 0;

  constructor(info: DebugInfo, shapes: Shapes) {
    super(info);
    this.shapes = shapes;
  }

  has(shape: number, slot: number): boolean {
    return this.shapes.at[shape * SLOT_STRIDE + slot] !== ABSENT;
  }

  /** A flag attribute: DW_FORM_flag_present, or a byte that is not 0. */
  flag(shape: number, at: number, slot: number): boolean {
    const offset = this.shapes.at[shape * SLOT_STRIDE + slot]!;
    if (offset < 0) return false;
    return (
      this.shapes.form[shape * SLOT_STRIDE + slot] === Form.flag_present || this.bytes[at + offset] !== 0
    );
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

  /** Does a reference attribute lead into its own unit, whatever its value? */
  staysInUnit(shape: number, slot: number): boolean {
    switch (this.shapes.form[shape * SLOT_STRIDE + slot]) {
      case Form.ref1:
      case Form.ref2:
      case Form.ref4:
      case Form.ref8:
      case Form.ref_udata:
        return true;
      default:
        return false;
    }
  }

  private foreign(form: number): string {
    if (form === Form.GNU_ref_alt || form === Form.ref_sup4 || form === Form.ref_sup8) {
      return 'a type is in the supplementary file that dwz made, which is not read; encode the file from before dwz';
    }
    return `form 0x${form.toString(16)} where a reference within the unit was expected`;
  }

  /** Where a reference attribute leads: an offset into its section, or a type unit's signature. */
  target(
    shape: number,
    at: number,
    slot: number,
  ): { sectionIndex: number; offset: number } | { signature: string } {
    const cell = shape * SLOT_STRIDE + slot;
    const position = at + this.shapes.at[cell]!;
    const { section, sectionIndex, start } = this.unit!;
    switch (this.shapes.form[cell]) {
      case Form.ref_addr:
        return {
          // What stands in DWARF 4's .debug_types refers to .debug_info.
          sectionIndex:
            section === '.debug_info'
              ? sectionIndex
              : this.info.sections.findIndex(one => one.name === '.debug_info'),
          offset: this.unit!.version <= 2 ? this.sized(position, this.addressSize) : this.offset(position),
        };
      case Form.ref_sig8: {
        let signature = '';
        for (let i = position; i < position + 8; i++)
          signature += (this.bytes[i] ?? 0).toString(16).padStart(2, '0');
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
      case Form.strp_sup:
      case Form.GNU_strp_alt:
        throw this.error(
          at,
          'a name is in the supplementary file that dwz made, which is not read; encode the file from before dwz',
        );
      default: {
        const index = this.stringIndex(this.shapes.form[cell]!, at);
        if (index >= 0) return { bytes: info.str, at: this.indexed(index, at) };
        throw this.error(at, `form 0x${this.shapes.form[cell]!.toString(16)} where a string was expected`);
      }
    }
  }

  /** Offset into `.debug_str` of a string that is there, by itself or by its index; -1 for another: the fast path for names. */
  strp(shape: number, at: number, slot: number): number {
    const cell = shape * SLOT_STRIDE + slot;
    const position = at + this.shapes.at[cell]!;
    const form = this.shapes.form[cell]!;
    if (form !== Form.strp) {
      const index = this.stringIndex(form, position);
      return index < 0 ? -1 : this.indexed(index, position);
    }
    const offset = this.offset(position);
    if (offset >= this.info.str.length)
      throw this.error(at, `string offset 0x${offset.toString(16)} is outside .debug_str`);
    return offset;
  }

  /** What a form says of an entry in `.debug_str_offsets`, or -1 for another form. */
  private stringIndex(form: number, position: number): number {
    switch (form) {
      case Form.strx1:
        return this.bytes[position]!;
      case Form.strx2:
        return this.view.getUint16(position, this.little);
      case Form.strx3:
        return this.u24(position);
      case Form.strx4:
        return this.view.getUint32(position, this.little);
      case Form.strx:
      case Form.GNU_str_index:
        return this.ulebAt(position);
      default:
        return -1;
    }
  }

  /**
   * Offset into `.debug_str` of the name whose index is in `width` bytes from `at` on; -1 where the table has no such entry,
   * or not of four bytes.
   */
  indexedName(at: number, width: number): number {
    const { view, little } = this;
    let index: number;
    if (width === 1) index = view.getUint8(at);
    else if (width === 2) index = view.getUint16(at, little);
    else index = width === 3 ? this.u24(at) : view.getUint32(at, little);
    const entry = this.strOffsetsBase + 4 * index;
    const { strOffsetsView } = this.info;
    if (this.offsetSize !== 4 || entry + 4 > strOffsetsView.byteLength) return -1;
    return strOffsetsView.getInt32(entry, little);
  }

  private indexed(index: number, at: number): number {
    const entry = this.strOffsetsBase + index * this.offsetSize;
    const { strOffsets, str } = this.info;
    if (!(entry + this.offsetSize <= strOffsets.length))
      throw this.error(at, `string ${index} is outside .debug_str_offsets`);
    const offset = readSized(strOffsets, entry, this.offsetSize, this.little);
    if (!(offset < str.length))
      throw this.error(at, `string offset 0x${offset.toString(16)} is outside .debug_str`);
    return offset;
  }

  private inTable(
    table: Uint8Array,
    offset: number,
    name: string,
    at: number,
  ): { bytes: Uint8Array; at: number } {
    if (!(offset < table.length))
      throw this.error(at, `string offset 0x${offset.toString(16)} is outside ${name}`);
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
    if (this.blockCursor + length > this.unitEnd)
      throw this.error(at, `a block of ${length} bytes runs past the end of its unit`);
    return { at: this.blockCursor, length };
  }

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

  /** An address attribute, low and high 32 bits; 0 for a form that is none. */
  addressOf(shape: number, at: number, slot: number): { lo: number; hi: number } {
    const cell = shape * SLOT_STRIDE + slot;
    at += this.shapes.at[cell]!;
    switch (this.shapes.form[cell]) {
      case Form.addr:
        return this.addressAt(at);
      case Form.addrx:
      case Form.GNU_addr_index:
        return this.address(this.ulebAt(at), at);
      case Form.addrx1:
        return this.address(this.bytes[at]!, at);
      case Form.addrx2:
        return this.address(this.view.getUint16(at, this.little), at);
      case Form.addrx3:
        return this.address(this.u24(at), at);
      case Form.addrx4:
        return this.address(this.view.getUint32(at, this.little), at);
      default:
        return { lo: 0, hi: 0 };
    }
  }

  /** Address number `index` of the unit's part of `.debug_addr`, low and high 32 bits. */
  address(index: number, at: number): { lo: number; hi: number } {
    const entry = this.addrBase + index * this.addressSize;
    const { addr } = this.info;
    if (!(entry + this.addressSize <= addr.length))
      throw this.error(at, `address ${index} is outside .debug_addr`);
    return readAddress(addr, entry, this.addressSize, this.little);
  }

  /** The address in the bytes at `at`, low and high 32 bits. */
  addressAt(at: number): { lo: number; hi: number } {
    return readAddress(this.bytes, at, this.addressSize, this.little);
  }
}
