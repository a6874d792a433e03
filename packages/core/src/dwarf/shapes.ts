import { FormatError } from '../bytes/index.js';
import { Attr, Form, Tag } from './constants.js';
import { type Encoding, formSize } from './forms.js';

/** Attributes that readers ask for, each a column of the shape table. */
export const Slot = {
  name: 0,
  type: 1,
  byteSize: 2,
  sibling: 3,
  declaration: 4,
  memberLocation: 5,
  bitSize: 6,
  bitOffset: 7,
  dataBitOffset: 8,
  encoding: 9,
  constValue: 10,
  upperBound: 11,
  count: 12,
  external: 13,
  location: 14,
  abstractOrigin: 15,
  specification: 16,
  artificial: 17,
  language: 18,
  strOffsetsBase: 19,
  addrBase: 20,
  dwoName: 21,
  gnuAnnotation: 22,
  producer: 23,
} as const;
const SLOTS = 24;
/** Columns of one shape in `at`, `form` and `implicit`. */
export const SLOT_STRIDE = SLOTS;

const SLOT_OF = new Map<number, number>([
  [Attr.name, Slot.name],
  [Attr.type, Slot.type],
  [Attr.byte_size, Slot.byteSize],
  [Attr.sibling, Slot.sibling],
  [Attr.declaration, Slot.declaration],
  [Attr.data_member_location, Slot.memberLocation],
  [Attr.bit_size, Slot.bitSize],
  [Attr.bit_offset, Slot.bitOffset],
  [Attr.data_bit_offset, Slot.dataBitOffset],
  [Attr.encoding, Slot.encoding],
  [Attr.const_value, Slot.constValue],
  [Attr.upper_bound, Slot.upperBound],
  [Attr.count, Slot.count],
  [Attr.external, Slot.external],
  [Attr.location, Slot.location],
  [Attr.abstract_origin, Slot.abstractOrigin],
  [Attr.specification, Slot.specification],
  [Attr.artificial, Slot.artificial],
  [Attr.language, Slot.language],
  [Attr.str_offsets_base, Slot.strOffsetsBase],
  [Attr.addr_base, Slot.addrBase],
  [Attr.dwo_name, Slot.dwoName],
  [Attr.GNU_dwo_name, Slot.dwoName],
  [Attr.GNU_annotation, Slot.gnuAnnotation],
  [Attr.producer, Slot.producer],
]);

/** More attributes than any compiler gives one DIE. */
const MAX_ATTRIBUTES = 1000;

/** A shortcut column: the shape lacks the attribute, or it takes the general way to read it. */
export const ABSENT = -1;
export const SLOW = -2;

/** How `Shapes.valueAt` is meant: bytes of that many, or the value itself. */
export const Value = { data1: 1, data2: 2, data4: 4, constant: 0 } as const;

/**
 * Abbreviations, interned by content: the tables of a kernel's units (some 600,000 declarations) come down to
 * some 1,600 shapes. A shape is a row of numbers, so that a DIE is read and stepped over by arithmetic.
 */
export class Shapes {
  /** DW_TAG_* of shape i; shape 0 stands for the null entry. */
  tag = new Uint16Array(256);
  hasChildren = new Uint8Array(256);
  /** Bytes of all attributes together, or -1 where a value's length is in its bytes. */
  fixedSize = new Int32Array(256);
  /**
   * Offset of an attribute from the first one, or -1 where the shape lacks it. For a shape of no fixed size,
   * `DieReader.attributes` writes those of the DIE at hand here.
   */
  at = new Int32Array(256 * SLOTS).fill(-1);
  /** DW_FORM_* of an attribute that the shape has. */
  form = new Uint16Array(256 * SLOTS);
  /** Value of a DW_FORM_implicit_const attribute. */
  implicit = new Float64Array(256 * SLOTS);
  /**
   * Shortcuts for the forms that nearly all DIEs of a kernel have: offset of a 4-byte DW_FORM_strp name and of a
   * DW_FORM_ref4 type in a shape of fixed size, ABSENT, or SLOW for other forms.
   */
  nameAt = new Int32Array(256);
  typeAt = new Int32Array(256);
  /** Likewise the value of a member (its offset) or enumerator: see Value. SLOW for any that is more than that. */
  valueKind = new Int8Array(256);
  valueAt = new Int32Array(256);
  /** Attributes of shape i: `attrSize` and `attrSlot` from `first[i]` to `first[i + 1]`. */
  first = new Int32Array(257);
  /** Bytes (at least 0) or a Step of each attribute. */
  attrSize = new Int32Array(2048);
  /** Slot of each attribute, -1 for those nobody asks for. */
  attrSlot = new Int8Array(2048);
  count = 1;
  /** True once a type or import refers to another unit, or to a type unit by signature. */
  crossesUnits = false;

  // Open-addressed table of shapes by the bytes that declared them, kept in `pool`.
  private buckets = new Int32Array(4096);
  private hashes = new Int32Array(256);
  private poolAt = new Int32Array(257);
  private pool = new Uint8Array(16384);

  /**
   * The abbreviation table at `offset` of `.debug_abbrev`, as shape by code (0 where there is none).
   * FormatError for a table that runs out of its section or has an unknown form.
   */
  readTable(section: Uint8Array, offset: number, encoding: Encoding): Int32Array {
    const reader = new AbbrevReader(section, offset);
    let table = new Int32Array(256);
    for (;;) {
      const at = reader.at;
      const code = reader.uleb();
      if (code === 0) return table;
      // Compilers number from 1 without gaps; a section of n bytes has fewer than n abbreviations.
      if (code > section.length) {
        throw reader.error(at, `abbreviation code ${code} in a section of ${section.length} bytes`);
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
      if (this.hashes[shape] === hash && this.declaredBy(shape, variant, reader.section, start, end)) return shape;
    }
    reader.at = start;
    const shape = this.addShape(reader, encoding);
    this.hashes[shape] = hash;
    this.buckets[bucket] = shape;
    this.remember(shape, variant, reader.section.subarray(start, end));
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
    for (let i = 0; ; i++) {
      const at = reader.at;
      const attribute = reader.uleb();
      const form = reader.uleb();
      if (attribute === 0 && form === 0) break;
      if (i === MAX_ATTRIBUTES) throw reader.error(at, `more than ${MAX_ATTRIBUTES} attributes`);
      const size = reader.sizeOf(form, encoding, at);
      const slot = SLOT_OF.get(attribute) ?? -1;
      if (n === this.attrSize.length) {
        this.attrSize = grow(this.attrSize, n * 2);
        this.attrSlot = grow(this.attrSlot, n * 2);
      }
      this.attrSize[n] = size;
      this.attrSlot[n++] = slot;
      if (slot >= 0) {
        this.at[shape * SLOTS + slot] = Math.max(fixed, 0);
        this.form[shape * SLOTS + slot] = form;
        this.noteReference(slot, form);
      }
      if (form === Form.implicit_const) {
        const value = reader.sleb();
        if (slot >= 0) this.implicit[shape * SLOTS + slot] = value;
      }
      fixed = size < 0 || fixed < 0 ? -1 : fixed + size;
    }
    this.fixedSize[shape] = fixed;
    this.first[shape + 1] = n;
    this.addShortcuts(shape, encoding);
    return shape;
  }

  private addShortcuts(shape: number, encoding: Encoding): void {
    const fixed = this.fixedSize[shape]! >= 0;
    const row = shape * SLOTS;
    const shortcut = (slot: number, form: number) => {
      const at = this.at[row + slot]!;
      if (at < 0) return ABSENT;
      return fixed && this.form[row + slot] === form ? at : SLOW;
    };
    this.nameAt[shape] = encoding.offsetSize === 4 ? shortcut(Slot.name, Form.strp) : SLOW;
    this.typeAt[shape] = shortcut(Slot.type, Form.ref4);
    const slot = this.tag[shape] === Tag.member ? Slot.memberLocation : Slot.constValue;
    this.valueAt[shape] = this.at[row + slot]!;
    this.valueKind[shape] = fixed && this.isPlain(row) ? this.valueOf(shape, row + slot) : SLOW;
  }

  /** Neither children nor what makes a member more than a name, a type and an offset. */
  private isPlain(row: number): boolean {
    if (this.hasChildren[row / SLOTS] !== 0) return false;
    return [Slot.bitSize, Slot.bitOffset, Slot.dataBitOffset, Slot.gnuAnnotation].every(slot => this.at[row + slot]! < 0);
  }

  private valueOf(shape: number, cell: number): number {
    if (this.at[cell]! < 0) return SLOW;
    switch (this.form[cell]) {
      case Form.data1:
        return Value.data1;
      case Form.data2:
        return Value.data2;
      case Form.data4:
        return Value.data4;
      case Form.implicit_const:
        this.valueAt[shape] = this.implicit[cell]!;
        return this.valueAt[shape] === this.implicit[cell] ? Value.constant : SLOW;
      default:
        return SLOW;
    }
  }

  private noteReference(slot: number, form: number): void {
    if (slot !== Slot.type && slot !== Slot.specification) return;
    if (form === Form.ref_addr || form === Form.ref_sig8 || form === Form.indirect) this.crossesUnits = true;
  }

  private reserve(): void {
    const capacity = this.tag.length;
    if (this.count < capacity) return;
    this.tag = grow(this.tag, capacity * 2);
    this.hasChildren = grow(this.hasChildren, capacity * 2);
    this.fixedSize = grow(this.fixedSize, capacity * 2);
    this.form = grow(this.form, capacity * 2 * SLOTS);
    this.implicit = grow(this.implicit, capacity * 2 * SLOTS);
    this.first = grow(this.first, capacity * 2 + 1);
    this.nameAt = grow(this.nameAt, capacity * 2);
    this.typeAt = grow(this.typeAt, capacity * 2);
    this.valueKind = grow(this.valueKind, capacity * 2);
    this.valueAt = grow(this.valueAt, capacity * 2);
    this.hashes = grow(this.hashes, capacity * 2);
    this.poolAt = grow(this.poolAt, capacity * 2 + 1);
    const at = this.at;
    this.at = new Int32Array(capacity * 2 * SLOTS).fill(-1);
    this.at.set(at);
  }
}

type Column = Int32Array | Uint16Array | Uint8Array | Int8Array | Float64Array;

function grow<T extends Column>(column: T, length: number): T {
  const next = new (column.constructor as new (length: number) => T)(length);
  next.set(column);
  return next;
}

/** A cursor over `.debug_abbrev`. Out-of-range reads throw FormatError. */
class AbbrevReader {
  at: number;
  readonly section: Uint8Array;

  constructor(section: Uint8Array, offset: number) {
    this.section = section;
    this.at = offset;
    if (offset > section.length) throw this.error(offset, `the section has ${section.length} bytes`);
  }

  error(offset: number, problem: string): FormatError {
    return new FormatError(problem, { section: '.debug_abbrev', offset });
  }

  byte(): number {
    if (this.at >= this.section.length) throw this.error(this.at, 'an abbreviation runs past the end');
    return this.section[this.at++]!;
  }

  /** Unsigned LEB128 of at most 5 bytes: codes, tags, attributes and forms are small. */
  uleb(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw this.error(this.at, 'a LEB128 number of more than 5 bytes');
  }

  sleb(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return byte & 0x40 ? value - 2 ** (shift + 7) : value;
    }
    throw this.error(this.at, 'a LEB128 number of more than 10 bytes');
  }

  sizeOf(form: number, encoding: Encoding, at: number): number {
    try {
      return formSize(form, encoding);
    } catch (error) {
      throw error instanceof FormatError ? error.within({ section: '.debug_abbrev', offset: at }) : error;
    }
  }

  /** Steps over tag, children flag and all pairs up to the (0, 0) that ends a declaration; their hash. */
  skipDeclaration(seed: number): number {
    const start = this.at;
    this.uleb();
    this.byte();
    for (;;) {
      const attribute = this.uleb();
      const form = this.uleb();
      if (form === Form.implicit_const) this.sleb();
      if (attribute === 0 && form === 0) break;
    }
    let hash = seed;
    for (let i = start; i < this.at; i++) hash = Math.imul(hash ^ this.section[i]!, 0x01000193);
    return hash ^ (hash >>> 15);
  }
}
