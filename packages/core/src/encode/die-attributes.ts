import { type DieReader, NO_REFERENCE, type Shapes, Slot } from '../dwarf/index.js';
import type { NameTokens } from './name-tokens.js';
import type { Names } from './names.js';
import { NO_NAME, VOID_REFERENCE } from './unit-types.js';

/** Turns a reference attribute that may leave its unit into an offset that the index knows. */
export type ForeignReference = (reader: DieReader, shape: number, at: number, slot: number) => number;

/** The attributes of a DIE as the columns of UnitTypes hold them: names, references, sizes. */
export class DieAttributes {
  readonly reader: DieReader;
  private readonly shapes: Shapes;
  private readonly names: Names;
  private readonly tokens: NameTokens;
  /** `undefined` where units stand alone. */
  private readonly foreign: ForeignReference | undefined;
  /** Added to offsets within the unit: 0 when units stand alone. */
  offsetBase = 0;

  constructor(reader: DieReader, names: Names, tokens: NameTokens, foreign: ForeignReference | undefined) {
    this.reader = reader;
    this.shapes = reader.shapes;
    this.names = names;
    this.tokens = tokens;
    this.foreign = foreign;
  }

  /** A size in bytes. FormatError beyond 32 bits, which BTF cannot say. */
  size(shape: number, at: number, slot: number): number {
    const { reader } = this;
    if (!reader.has(shape, slot)) return 0;
    const size = reader.unsigned(shape, at, slot);
    if (size < 0 || size > 0xffffffff) throw reader.error(at, `a size of ${size} bytes`);
    return size;
  }

  /** DW_AT_name as a name; 0 where there is none. */
  name(shape: number, at: number): number {
    return this.tokens.nameOf(this.nameToken(shape, at));
  }

  /** DW_AT_name as a token (see NameTokens). */
  nameToken(shape: number, at: number): number {
    const { reader } = this;
    const quick = this.shapes.nameAt[shape]!;
    if (quick >= 0) {
      const offset = reader.view.getInt32(at + quick, reader.little);
      if (offset < 0 || offset >= this.tokens.limit)
        throw reader.error(at, `string offset 0x${(offset >>> 0).toString(16)} is outside .debug_str`);
      return offset;
    }
    if (!reader.has(shape, Slot.name)) return NO_NAME;
    const offset = reader.strp(shape, at, Slot.name);
    if (offset >= 0) return offset;
    const text = reader.string(shape, at, Slot.name)!;
    return ~this.names.intern(text.bytes, text.at);
  }

  /** A reference attribute; VOID_REFERENCE where the shape lacks it. FormatError when it leaves a unit that stands alone. */
  reference(shape: number, at: number, slot: number): number {
    if (this.foreign !== undefined && !this.reader.staysInUnit(shape, slot)) {
      return this.reader.has(shape, slot) ? this.foreign(this.reader, shape, at, slot) : VOID_REFERENCE;
    }
    const reference = this.reader.reference(shape, at, slot);
    return reference === NO_REFERENCE ? VOID_REFERENCE : this.checked(reference, at);
  }

  private checked(reference: number, at: number): number {
    const { reader } = this;
    if (reference < 0 || reference >= reader.unitEnd - reader.unitStart) {
      throw reader.error(at, `a reference to 0x${(reference >>> 0).toString(16)}, outside its unit`);
    }
    return this.offsetBase + reference;
  }

  /** DW_AT_type. */
  typeReference(shape: number, at: number): number {
    const quick = this.shapes.typeAt[shape]!;
    if (quick < 0) return this.reference(shape, at, Slot.type);
    return this.checked(this.reader.view.getInt32(at + quick, this.reader.little), at);
  }
}
