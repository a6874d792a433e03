import type { AbbrevReader } from './abbrev-reader.js';
import { Form, Tag } from './constants.js';
import { type Encoding, Step } from './forms.js';
import { addPlan, PLAN_STRIDE } from './plans.js';
import { ABSENT, LEAD, SLOT_OF, SLOT_STRIDE, SLOW, Slot } from './slots.js';

/** Columns start small and grow early, before V8 has optimized the code that grows them. */
const INITIAL = 16;

/** More attributes than any compiler gives one DIE. */
const MAX_ATTRIBUTES = 1000;

/**
 * Each table is read once, or a few times where units that share one do not stand together. How often the whole
 * section may be gone through; small ones as often as MIN_WORK bytes allow.
 */
const MAX_WORK = 20;
const MIN_WORK = 1 << 24;

/**
 * Abbreviations, interned by content: the tables of a kernel's units (some 600,000 declarations) come down to
 * some 1,600 shapes. A shape is a row of numbers, so that a DIE is read and stepped over by arithmetic.
 */
export class Shapes {
  /** DW_TAG_* of shape i; shape 0 stands for the null entry. */
  tag = new Uint16Array(INITIAL);
  hasChildren = new Uint8Array(INITIAL);
  /** Bytes of all attributes together, or -1 where a value's length is in its bytes. */
  fixedSize = new Int32Array(INITIAL);
  /** Bytes of all attributes behind a first one that is an inline name, where these have a fixed size; else -1. */
  leadSize = new Int32Array(INITIAL);
  /**
   * Offset of an attribute from the first one, or -1 where the shape lacks it. For a shape of no fixed size,
   * `DieReader.attributes` writes those of the DIE at hand here. Behind an inline name (`leadSize`) offsets count
   * from its end, and the name itself has LEAD.
   */
  at = new Int32Array(INITIAL * SLOT_STRIDE).fill(-1);
  /** DW_FORM_* of an attribute that the shape has. */
  form = new Uint16Array(INITIAL * SLOT_STRIDE);
  /** Value of a DW_FORM_implicit_const attribute. */
  implicit = new Float64Array(INITIAL * SLOT_STRIDE);
  /**
   * Shortcuts for the forms that nearly all DIEs of a kernel have: offset of a 4-byte DW_FORM_strp name and of a
   * DW_FORM_ref4 type in a shape of fixed size, ABSENT, or SLOW for other forms.
   */
  nameAt = new Int32Array(INITIAL);
  typeAt = new Int32Array(INITIAL);
  /** How to read a plain member, enumerator or parameter: see plans.ts. */
  plans = new Int32Array(INITIAL * PLAN_STRIDE);
  /** Attributes of shape i: `attrSize` and `attrSlot` from `first[i]` to `first[i + 1]`. */
  first = new Int32Array(INITIAL + 1);
  /** Bytes (at least 0) or a Step of each attribute. */
  attrSize = new Int32Array(INITIAL);
  /** Slot of each attribute, -1 for those nobody asks for. */
  attrSlot = new Int8Array(INITIAL);
  count = 1;
  /** True once a type or function refers to another unit, or to a type unit by signature. */
  crossesUnits = false;
  /** True once an attribute of any DIE has DW_FORM_ref_addr. */
  refersAcross = false;

  /** Bytes read and entries made for tables so far. */
  private work = 0;

  // Open-addressed table of shapes by the bytes that declared them, kept in `pool`.
  private buckets = new Int32Array(4 * INITIAL);
  private hashes = new Int32Array(INITIAL);
  private poolAt = new Int32Array(INITIAL + 1);
  private pool = new Uint8Array(16 * INITIAL);

  /**
   * The abbreviation table that `reader` stands at, as shape by code (0 where there is none).
   * FormatError for a table that runs out of its section or has an unknown form.
   */
  readTable(reader: AbbrevReader, encoding: Encoding): Int32Array {
    const { size } = reader;
    if (this.work > MAX_WORK * size + MIN_WORK) {
      throw reader.error(0, 'abbreviation tables that overlap, or are read over and over');
    }
    let table = new Int32Array(256);
    for (;;) {
      const at = reader.at;
      const code = reader.uleb();
      if (code === 0) {
        this.work += reader.at + table.length;
        return table;
      }
      // Compilers number from 1 without gaps; a section of n bytes has fewer than n abbreviations.
      if (code > size) {
        throw reader.error(at, `abbreviation code ${code} in a section of ${size} bytes`);
      }
      if (code >= table.length) table = grow(table, Math.max(code + 1, table.length * 2));
      table[code] = this.readShape(reader, encoding);
    }
  }

  private readShape(reader: AbbrevReader, encoding: Encoding): number {
    const start = reader.at;
    // The same bytes mean another shape where sizes differ.
    const variant = encoding.offsetSize | (encoding.addressSize << 4) | (encoding.version <= 2 ? 256 : 0);
    const hash = reader.skipDeclaration(variant);
    const end = reader.at;
    const mask = this.buckets.length - 1;
    let bucket = hash & mask;
    for (; this.buckets[bucket] !== 0; bucket = (bucket + 1) & mask) {
      const shape = this.buckets[bucket]!;
      if (this.hashes[shape] === hash && this.declaredBy(shape, variant, reader.bytes, start, end))
        return shape;
    }
    reader.at = start;
    const shape = this.addShape(reader, encoding);
    this.hashes[shape] = hash;
    this.buckets[bucket] = shape;
    this.remember(shape, variant, reader.bytes.subarray(start, end));
    if (this.count * 2 > this.buckets.length) this.rehash();
    return shape;
  }

  private declaredBy(shape: number, variant: number, section: Uint8Array, from: number, to: number): boolean {
    const { pool } = this;
    let at = this.poolAt[shape]!;
    if (this.poolAt[shape + 1]! - at !== to - from + 2) return false;
    if (pool[at++] !== (variant & 0xff) || pool[at++] !== variant >> 8) return false;
    for (let i = from; i < to; i++) if (pool[at++] !== section[i]) return false;
    return true;
  }

  private remember(shape: number, variant: number, declaration: Uint8Array): void {
    const at = this.poolAt[shape]!;
    const end = at + 2 + declaration.length;
    if (end > this.pool.length) this.pool = grow(this.pool, Math.max(end, this.pool.length * 2));
    this.pool[at] = variant & 0xff;
    this.pool[at + 1] = variant >> 8;
    this.pool.set(declaration, at + 2);
    this.poolAt[shape + 1] = end;
  }

  private rehash(): void {
    const mask = this.buckets.length * 2 - 1;
    this.buckets = new Int32Array(mask + 1);
    for (let shape = 1; shape < this.count; shape++) {
      let bucket = this.hashes[shape]! & mask;
      while (this.buckets[bucket] !== 0) bucket = (bucket + 1) & mask;
      this.buckets[bucket] = shape;
    }
  }

  private addShape(reader: AbbrevReader, encoding: Encoding): number {
    const shape = this.count++;
    this.reserve();
    this.tag[shape] = reader.uleb();
    this.hasChildren[shape] = reader.byte();
    let n = this.first[shape]!;
    let fixed = 0;
    let lead = -1;
    for (let i = 0; ; i++) {
      const at = reader.at;
      const attribute = reader.uleb();
      const form = reader.uleb();
      if (attribute === 0 && form === 0) break;
      if (i === MAX_ATTRIBUTES) throw reader.error(at, `more than ${MAX_ATTRIBUTES} attributes`);
      const size = reader.sizeOf(form, encoding, at);
      const slot = SLOT_OF.get(attribute) ?? -1;
      if (form === Form.ref_addr) this.refersAcross = true;
      if (n === this.attrSize.length) {
        this.attrSize = grow(this.attrSize, n * 2);
        this.attrSlot = grow(this.attrSlot, n * 2);
      }
      this.attrSize[n] = size;
      this.attrSlot[n++] = slot;
      if (slot >= 0) {
        this.at[shape * SLOT_STRIDE + slot] = Math.max(fixed, lead, 0);
        this.form[shape * SLOT_STRIDE + slot] = form;
        this.noteReference(this.tag[shape]!, slot, form);
      }
      if (form === Form.implicit_const) {
        const value = reader.sleb();
        if (slot >= 0) this.implicit[shape * SLOT_STRIDE + slot] = value;
      }
      fixed = size < 0 || fixed < 0 ? -1 : fixed + size;
      if (i === 0) lead = slot === Slot.name && size === Step.string ? 0 : -1;
      else lead = size < 0 || lead < 0 ? -1 : lead + size;
    }
    this.fixedSize[shape] = fixed;
    this.leadSize[shape] = lead;
    if (lead >= 0) this.at[shape * SLOT_STRIDE + Slot.name] = LEAD;
    this.first[shape + 1] = n;
    this.addShortcuts(shape, encoding);
    return shape;
  }

  private addShortcuts(shape: number, encoding: Encoding): void {
    const row = shape * SLOT_STRIDE;
    const settled = this.fixedSize[shape]! >= 0 || this.leadSize[shape]! >= 0;
    const shortcut = (slot: number, form: number) => {
      const at = this.at[row + slot]!;
      if (at === ABSENT) return ABSENT;
      return settled && at >= 0 && this.form[row + slot] === form ? at : SLOW;
    };
    this.nameAt[shape] = encoding.offsetSize === 4 ? shortcut(Slot.name, Form.strp) : SLOW;
    this.typeAt[shape] = shortcut(Slot.type, Form.ref4);
    if (settled) addPlan(this, shape);
  }

  private noteReference(tag: number, slot: number, form: number): void {
    if (slot === Slot.abstractOrigin) {
      if (tag !== Tag.subprogram && tag !== Tag.formal_parameter) return;
    } else if (slot !== Slot.type && slot !== Slot.specification) return;
    if (form === Form.ref_addr || form === Form.ref_sig8 || form === Form.indirect) this.crossesUnits = true;
  }

  private reserve(): void {
    const capacity = this.tag.length;
    if (this.count < capacity) return;
    this.tag = grow(this.tag, capacity * 2);
    this.hasChildren = grow(this.hasChildren, capacity * 2);
    this.fixedSize = grow(this.fixedSize, capacity * 2);
    this.form = grow(this.form, capacity * 2 * SLOT_STRIDE);
    this.implicit = grow(this.implicit, capacity * 2 * SLOT_STRIDE);
    this.first = grow(this.first, capacity * 2 + 1);
    this.nameAt = grow(this.nameAt, capacity * 2);
    this.typeAt = grow(this.typeAt, capacity * 2);
    this.leadSize = grow(this.leadSize, capacity * 2);
    this.plans = grow(this.plans, capacity * 2 * PLAN_STRIDE);
    this.hashes = grow(this.hashes, capacity * 2);
    this.poolAt = grow(this.poolAt, capacity * 2 + 1);
    const at = this.at;
    this.at = new Int32Array(capacity * 2 * SLOT_STRIDE).fill(-1);
    this.at.set(at);
  }
}

type Column = Int32Array | Uint16Array | Uint8Array | Int8Array | Float64Array;

function grow<T extends Column>(column: T, length: number): T {
  const next = new (column.constructor as new (length: number) => T)(length);
  next.set(column);
  return next;
}
