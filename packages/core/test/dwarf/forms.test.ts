import { readCString } from '@btfkit/core/bytes';
import { Attr, type DieReader, Form, Slot, Tag } from '@btfkit/core/dwarf';
import { describe, expect, test } from 'vitest';
import { type Attribute, Die, type FileSpec, type UnitSpec, type Value } from './builder.js';
import { open } from './open.js';

type Format = Pick<FileSpec, 'little' | 'is64'> & Pick<UnitSpec, 'version' | 'dwarf64'>;

const formats: [string, Format][] = [
  ['DWARF 5', {}],
  ['DWARF 5, 64-bit format', { dwarf64: true }],
  ['DWARF 5, big-endian', { little: false }],
  ['DWARF 5, big-endian, 64-bit format', { little: false, dwarf64: true }],
  ['DWARF 4, 32-bit machine', { version: 4, is64: false }],
  ['DWARF 3', { version: 3 }],
  ['DWARF 2', { version: 2 }],
  ['DWARF 2, 32-bit machine, big-endian', { version: 2, is64: false, little: false }],
];

/** Stands behind every value: only who steps over it right can read that. */
const mark: Attribute = [Attr.bit_size, Form.data1, 77];

/** The reader behind a DIE with one attribute and the mark. */
async function read(
  format: Format,
  attribute: Attribute,
): Promise<{ reader: DieReader; shape: number; at: number }> {
  const { little, is64, ...unit } = format;
  const die = new Die(Tag.compile_unit, [attribute, mark]);
  const { reader } = await open({ little, is64, units: [{ ...unit, die }] });
  const shape = reader.abbreviation();
  const at = reader.attributes(shape);
  expect(reader.unsigned(shape, at, Slot.bitSize)).toBe(77);
  expect(reader.pos).toBe(reader.unitEnd);
  return { reader, shape, at };
}

describe.each(formats)('%s', (_, format) => {
  const constants: [string, number, number, number][] = [
    ['data1', Form.data1, 0xfe, 0xfe],
    ['data2', Form.data2, 0xfedc, 0xfedc],
    ['data4', Form.data4, 0xfedcba98, 0xfedcba98],
    ['data8', Form.data8, 0x1f_fedc_ba98_7654, 0x1f_fedc_ba98_7654],
    ['udata', Form.udata, 0x0123_4567_89ab, 0x0123_4567_89ab],
    ['sdata', Form.sdata, -0x0123_4567_89ab, -0x0123_4567_89ab],
    ['sdata, one byte', Form.sdata, -64, -64],
    ['implicit_const', Form.implicit_const, -3, -3],
  ];
  test.each(constants)('constant: %s', async (_, form, value, wanted) => {
    const { reader, shape, at } = await read(format, [Attr.byte_size, form, value]);
    expect(reader.unsigned(shape, at, Slot.byteSize)).toBe(wanted);
    expect(reader.isConstant(shape, Slot.byteSize)).toBe(true);
  });

  test.each([
    ['data8', Form.data8, 0xfedc_ba98_7654_3210n],
    ['udata', Form.udata, 0xffff_ffff_ffff_ffffn],
    ['sdata', Form.sdata, -0x8000_0000_0000_0000n],
    ['data1', Form.data1, 200n],
  ])('all 64 bits: %s', async (_, form, value) => {
    const { reader, shape, at } = await read(format, [Attr.const_value, form, value]);
    expect(reader.wide(shape, at, Slot.constValue)).toBe(value);
  });

  test.each([
    ['string', Form.string],
    ['strp', Form.strp],
    ['line_strp', Form.line_strp],
    ['strx', Form.strx],
    ['GNU_str_index', Form.GNU_str_index],
    ['strx1', Form.strx1],
    ['strx2', Form.strx2],
    ['strx3', Form.strx3],
    ['strx4', Form.strx4],
  ])('string: %s', async (_, form) => {
    const { reader, shape, at } = await read(format, [Attr.name, form, 'größe']);
    const text = reader.string(shape, at, Slot.name)!;
    expect(readCString(text.bytes, text.at)).toBe('größe');
  });

  test.each([
    ['ref1', Form.ref1],
    ['ref2', Form.ref2],
    ['ref4', Form.ref4],
    ['ref8', Form.ref8],
    ['ref_udata', Form.ref_udata],
  ])('reference: %s', async (_, form) => {
    const { reader, shape, at } = await read(format, [Attr.type, form, 0x4b]);
    expect(reader.reference(shape, at, Slot.type)).toBe(0x4b);
  });

  test('reference: ref_addr, of the size of an address in DWARF 2', async () => {
    const { reader, shape, at } = await read(format, [Attr.type, Form.ref_addr, 0x1234]);
    expect(reader.target(shape, at, Slot.type)).toEqual({ sectionIndex: 0, offset: 0x1234 });
  });

  test('reference: ref_sig8', async () => {
    const { reader, shape, at } = await read(format, [Attr.type, Form.ref_sig8, 0x0102030405060708n]);
    const signature = format.little === false ? '0102030405060708' : '0807060504030201';
    expect(reader.target(shape, at, Slot.type)).toEqual({ signature });
  });

  test.each([
    ['block1', Form.block1],
    ['block2', Form.block2],
    ['block4', Form.block4],
    ['block', Form.block],
    ['exprloc', Form.exprloc],
  ])('%s', async (_, form) => {
    const content = Uint8Array.from({ length: 200 }, (_, i) => i);
    const { reader, shape, at } = await read(format, [Attr.location, form, content]);
    const block = reader.block(shape, at, Slot.location)!;
    expect(reader.bytes.slice(block.at, block.at + block.length)).toEqual(content);
    expect(reader.isConstant(shape, Slot.location)).toBe(false);
  });

  const stepped: [string, number, Value][] = [
    ['addr', Form.addr, 0x1000],
    ['flag', Form.flag, 1],
    ['flag_present', Form.flag_present, 1],
    ['sec_offset', Form.sec_offset, 5],
    ['data16', Form.data16, 0x0102030405060708090a0b0c0d0e0f10n],
    ['addrx', Form.addrx, 300],
    ['addrx1', Form.addrx1, 3],
    ['addrx2', Form.addrx2, 3],
    ['addrx3', Form.addrx3, 3],
    ['addrx4', Form.addrx4, 3],
    ['GNU_addr_index', Form.GNU_addr_index, 300],
    ['loclistx', Form.loclistx, 300],
    ['rnglistx', Form.rnglistx, 300],
    ['ref_sup4', Form.ref_sup4, 9],
    ['ref_sup8', Form.ref_sup8, 9],
    ['strp_sup', Form.strp_sup, 9],
    ['GNU_ref_alt', Form.GNU_ref_alt, 9],
    ['GNU_strp_alt', Form.GNU_strp_alt, 9],
  ];
  test.each(stepped)('stepped over: %s', async (_, form, value) => {
    const { reader, shape } = await read(format, [Attr.low_pc, form, value]);
    reader.pos = reader.unitStart;
    reader.enter(reader.unit!);
    reader.abbreviation();
    reader.skip(shape);
    expect(reader.pos).toBe(reader.unitEnd);
  });

  test.each([
    ['a constant', Attr.byte_size, { form: Form.udata, value: 300 }],
    ['a byte', Attr.byte_size, { form: Form.data1, value: 44 }],
  ])('DW_FORM_indirect: %s', async (_, attribute, value) => {
    const { reader, shape, at } = await read(format, [attribute, Form.indirect, value]);
    expect(reader.unsigned(shape, at, Slot.byteSize)).toBe(value.value);
  });

  test('DW_FORM_indirect: a string, a reference, a block', async () => {
    const text = await read(format, [Attr.name, Form.indirect, { form: Form.strp, value: 'name' }]);
    const name = text.reader.string(text.shape, text.at, Slot.name)!;
    expect(readCString(name.bytes, name.at)).toBe('name');
    const link = await read(format, [Attr.type, Form.indirect, { form: Form.ref_udata, value: 200 }]);
    expect(link.reader.reference(link.shape, link.at, Slot.type)).toBe(200);
    const block = await read(format, [
      Attr.location,
      Form.indirect,
      { form: Form.block2, value: Uint8Array.of(7, 8) },
    ]);
    expect(block.reader.block(block.shape, block.at, Slot.location)).toMatchObject({ length: 2 });
  });
});

test('addresses by index', async () => {
  const { reader } = await open({
    units: [{ die: new Die(Tag.compile_unit, [[Attr.addr_base, Form.sec_offset, 16]]) }],
    sections: { '.debug_addr': Uint8Array.from({ length: 40 }, (_, i) => i) },
  });
  const shape = reader.abbreviation();
  reader.useBases(shape, reader.attributes(shape));
  expect(reader.address(1, 0)).toEqual({ lo: 0x1b1a1918, hi: 0x1f1e1d1c });
  expect(() => reader.address(3, 0)).toThrow('address 3 is outside .debug_addr');
});

test('strings by index, from where the unit says', async () => {
  const { reader } = await open({
    units: [
      {
        die: new Die(Tag.compile_unit, [
          [Attr.str_offsets_base, Form.sec_offset, 12],
          [Attr.name, Form.strx1, 0],
        ]),
      },
    ],
    sections: {
      '.debug_str': new TextEncoder().encode('first\0second\0'),
      '.debug_str_offsets': Uint8Array.of(12, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0),
    },
  });
  const shape = reader.abbreviation();
  const at = reader.attributes(shape);
  reader.useBases(shape, at);
  const text = reader.string(shape, at, Slot.name)!;
  expect(readCString(text.bytes, text.at)).toBe('second');
});
