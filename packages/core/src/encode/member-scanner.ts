import { type DieReader, Slot } from '../dwarf/index.js';
import { type Annotations, DECL_TAG } from './annotations.js';
import type { DieAttributes } from './die-attributes.js';
import { packBitfield, type UnitTypes } from './unit-types.js';

/** Reads the members that PlainRows leaves: bitfields of all sorts, and forms that few compilers use. */
export class MemberScanner {
  /** Bitfields of the struct at hand whose third word is complete. */
  packed = 0;
  private readonly reader: DieReader;
  private readonly types: UnitTypes;
  private readonly attributes: DieAttributes;
  private readonly annotations: Annotations;

  constructor(attributes: DieAttributes, types: UnitTypes, annotations: Annotations) {
    this.reader = attributes.reader;
    this.types = types;
    this.attributes = attributes;
    this.annotations = annotations;
  }

  /** Adds the member as a row; `row` is its struct or union and `first` the first member of that. */
  read(shape: number, row: number, first: number): void {
    const { reader, types } = this;
    const at = reader.attributes(shape);
    const bits = reader.unsigned(shape, at, Slot.bitSize);
    let offset: number;
    if (reader.has(shape, Slot.dataBitOffset)) offset = reader.unsigned(shape, at, Slot.dataBitOffset);
    else if (reader.has(shape, Slot.memberLocation)) {
      offset = this.oldBitOffset(shape, at, this.memberLocation(shape, at) * 8, bits);
    } else if (reader.flag(shape, at, Slot.external) || reader.flag(shape, at, Slot.declaration)) {
      // A static member of a C++ class.
      reader.skipChildren(shape, at);
      return;
    } else {
      // Without a place, a member is where its struct or union begins (section 5.7.6).
      offset = this.oldBitOffset(shape, at, 0, bits);
    }
    const index = types.memberCount - first;
    if (bits !== 0) {
      types.encoding[row] = 1;
      offset = this.bitfield(shape, at, offset, bits);
    } else if (!(offset >= 0 && offset <= 0xffffffff)) {
      throw reader.error(at, `a member at bit ${offset}, which BTF cannot say`);
    }
    types.addMember(this.attributes.nameToken(shape, at), this.attributes.typeReference(shape, at), offset);
    if (reader.has(shape, Slot.gnuAnnotation)) {
      this.annotations.ofType(row, index, this.annotations.chain(reader, shape, at, DECL_TAG));
    }
    if (reader.shapes.hasChildren[shape] !== 0)
      this.annotations.ofType(row, index, this.annotations.children(reader, DECL_TAG));
  }

  /** A bitfield's offset and size in one word, or its offset alone if its type's size is to be added first. */
  private bitfield(shape: number, at: number, offset: number, bits: number): number {
    const { reader, types } = this;
    if (reader.little && reader.has(shape, Slot.bitOffset) && !reader.has(shape, Slot.byteSize)) {
      types.wantSize.set(types.memberCount, bits);
      return offset;
    }
    const word = packBitfield(offset, bits);
    if (word === undefined)
      throw reader.error(at, `a bitfield of ${bits} bits at bit ${offset}, which BTF cannot say`);
    this.packed++;
    return word;
  }

  /** DW_AT_data_member_location: a constant, or DW_OP_plus_uconst in DWARF 2 (section 5.7.6). */
  private memberLocation(shape: number, at: number): number {
    const { reader } = this;
    const block = reader.block(shape, at, Slot.memberLocation);
    if (block === undefined) return reader.unsigned(shape, at, Slot.memberLocation);
    const DW_OP_plus_uconst = 0x23;
    if (block.length < 2 || reader.bytes[block.at] !== DW_OP_plus_uconst) {
      throw reader.error(block.at, 'a member location other than DW_OP_plus_uconst');
    }
    return reader.ulebAt(block.at + 1);
  }

  /**
   * DWARF 2 and 3 count a bitfield from the most significant bit of the storage unit, whose size is
   * DW_AT_byte_size (DWARF 3, section 5.5.6); BTF counts from the lowest address on.
   */
  private oldBitOffset(shape: number, at: number, offset: number, bits: number): number {
    const { reader } = this;
    if (bits === 0 || !reader.has(shape, Slot.bitOffset)) return offset;
    // Negative where a packed field straddles its storage unit: clang writes that as 64 bits of DW_FORM_data8.
    const fromTop = Number(BigInt.asIntN(64, reader.wide(shape, at, Slot.bitOffset)));
    if (!reader.little) return offset + fromTop;
    // Without DW_AT_byte_size the storage unit is the member's type, whose size the interner adds.
    return offset + this.attributes.size(shape, at, Slot.byteSize) * 8 - fromTop - bits;
  }

  /** In a struct with bitfields, sizes of bitfields stand above the lower 24 bits of the offsets, of all members. */
  checkOffsets(row: number, pos: number): void {
    const { types } = this;
    let large = 0;
    const first = types.first[row]!;
    for (let i = first; i < types.memberCount; i++)
      if (types.memberOffset[i]! >>> 24 !== 0 && !types.wantSize.has(i)) large++;
    if (large !== this.packed)
      throw this.reader.error(
        pos,
        'a struct with bitfields and with members beyond bit 0xffffff, which BTF cannot say',
      );
  }
}
