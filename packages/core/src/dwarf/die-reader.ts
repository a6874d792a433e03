import { locate } from '../bytes/index.js';
import { AbbrevReader } from './abbrev-reader.js';
import { AttributeReader } from './attribute-reader.js';
import { Form } from './constants.js';
import type { DebugInfo } from './debug-info.js';
import { formSize, Step } from './forms.js';
import { SectionWindow } from './section-window.js';
import type { Shapes } from './shapes.js';
import { SLOT_STRIDE, Slot } from './slots.js';
import type { Unit } from './units.js';

/** Bytes that hold nearly every abbreviation table. */
const TABLE = 32 * 1024;

/**
 * Reads the DIEs of one unit after another: `abbreviation()` gives the shape of the next one, `attributes` makes its
 * attributes readable, `skip…` steps over what is not wanted.
 */
export class DieReader extends AttributeReader {
  /** Shape by abbreviation code, of the unit at hand. */
  table: Int32Array = new Int32Array(0);
  private tableKey = '';
  private readonly abbrevs: SectionWindow;

  constructor(info: DebugInfo, shapes: Shapes) {
    super(info, shapes);
    this.abbrevs = new SectionWindow(info.abbrev);
  }

  /** Makes `unit` the current one, `pos` at its first DIE. FormatError for a broken abbreviation table. */
  enter(unit: Unit): void {
    this.load(unit);
    const key = `${unit.abbrevOffset},${unit.offsetSize},${unit.addressSize},${unit.version <= 2}`;
    // Units of one object file share a table and stand together; all others have their own.
    if (key !== this.tableKey) {
      this.table = locate({ file: this.info.file }, () => this.readTable(unit));
      this.tableKey = key;
    }
    // Without the base attributes: the tables of a lone unit begin behind their header (section 7.26).
    this.strOffsetsBase = unit.offsetSize === 8 ? 16 : 8;
    this.addrBase = unit.offsetSize === 8 ? 16 : 8;
  }

  /** Reads the unit's abbreviations only, for what `shapes` tells of them. Same errors. */
  learn(unit: Unit): void {
    locate({ file: this.info.file }, () => this.readTable(unit));
  }

  /** Does pahole read the units that were entered so far as one (dwarf_loader.c, cus__merging_cu)? */
  get isMerged(): boolean {
    return this.info.linked ?? this.shapes.refersAcross;
  }

  /** Are these to be read together: for that, or because types or functions of one need others? */
  get crossesUnits(): boolean {
    return this.shapes.crossesUnits || this.isMerged;
  }

  private readTable(unit: Unit): Int32Array {
    const { abbrevs } = this;
    const offset = unit.abbrevOffset;
    const left = Math.max(0, abbrevs.size - offset);
    for (let length = Math.min(left, TABLE); ; length = Math.min(left, length * 8)) {
      const at = length === 0 ? 0 : abbrevs.at(offset, length);
      const reader = new AbbrevReader(abbrevs.bytes.subarray(at, at + length), offset, abbrevs.size);
      try {
        return this.shapes.readTable(reader, unit);
      } catch (error) {
        // Only the piece may have been too short.
        if (!reader.ranOut || length === left) throw error;
      }
    }
  }

  /** The unit DIE names where its string and address tables begin; indexed forms need that. */
  useBases(shape: number, at: number): void {
    if (this.has(shape, Slot.strOffsetsBase))
      this.strOffsetsBase = this.unsigned(shape, at, Slot.strOffsetsBase);
    if (this.has(shape, Slot.addrBase)) this.addrBase = this.unsigned(shape, at, Slot.addrBase);
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
    if (shape === 0)
      throw this.error(
        start,
        `no abbreviation ${code} in the table at 0x${this.unit!.abbrevOffset.toString(16)}`,
      );
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
    const size = this.sizeBehindIndirect(form, pos);
    if (slot >= 0) {
      this.shapes.at[shape * SLOT_STRIDE + slot] = this.pos - start;
      this.shapes.form[shape * SLOT_STRIDE + slot] = form;
    }
    return size >= 0 ? this.pos + size : this.step(size, this.pos);
  }

  private sizeBehindIndirect(form: number, pos: number): number {
    if (form === Form.indirect || form === Form.implicit_const) {
      throw this.error(pos, `form 0x${form.toString(16)} behind DW_FORM_indirect`);
    }
    return locate(this.error(pos, '').where, () => formSize(form, this.unit!));
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
        const inner = this.sizeBehindIndirect(form, pos);
        return inner >= 0 ? this.pos + inner : this.step(inner, this.pos);
      }
    }
  }

  /** Steps over the children of a DIE whose attributes have been read, by DW_AT_sibling where it can. */
  skipChildren(shape: number, at: number): void {
    if (this.shapes.hasChildren[shape] === 0) return;
    if (this.has(shape, Slot.sibling)) {
      const sibling = this.unitStart + this.reference(shape, at, Slot.sibling);
      if (sibling < this.pos || sibling > this.unitEnd)
        throw this.error(
          at,
          `DW_AT_sibling leads to 0x${(sibling - this.unitStart).toString(16)} of the unit`,
        );
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

  /** Reads the DIE of the same unit that a reference leads to, and comes back. FormatError where no DIE is. */
  elsewhere<T>(shape: number, at: number, slot: number, read: (shape: number, at: number) => T): T {
    const back = this.pos;
    this.pos = this.unitStart + this.reference(shape, at, slot);
    const other = this.abbreviation();
    if (other === 0) throw this.error(at, 'a reference leads to the end of a list of DIEs');
    const found = read(other, this.attributes(other));
    this.pos = back;
    return found;
  }

  /** Steps over a DIE and all below it; `pos` stands at its first attribute. */
  skipTree(shape: number): void {
    if (this.shapes.hasChildren[shape] === 0) this.skip(shape);
    else this.skipChildren(shape, this.attributes(shape));
  }
}
