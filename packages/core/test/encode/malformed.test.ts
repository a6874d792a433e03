import { Attr, Form, Tag } from '@btfkit/core/dwarf';
import { describe, expect, test } from 'vitest';
import { type Attribute, buildDwarf, Die, type FileSpec, type UnitSpec } from '../dwarf/builder.js';
import { Bytes } from '../dwarf/bytes.js';
import { func, int, member, pointer, struct, unitDie } from '../dwarf/types.js';
import { complaint, one } from './complaint.js';
import { encodeBytes } from './encode.js';

const to = (offset: number, form: number = Form.ref4): Attribute => [Attr.type, form, offset];

describe('references', () => {
  test.each([
    ['outside the unit', 0x4000, /reference to 0x4000, outside its unit/],
    ['outside, 32 bits', 0xfffffff0, /reference to 0xfffffff0, outside its unit/],
    ['into the header', 4, /offset 0x4: a reference leads here, where no type begins/],
    ['between DIEs', 15, /offset 0xf: a reference leads here, where no type begins/],
  ])('%s', async (_, offset, message) => {
    const error = await complaint(one(new Die(Tag.pointer_type, [to(offset)])));
    expect(error.message).toMatch(message);
    expect(error.where.section).toBe('.debug_info');
  });

  test.each([Form.ref8, Form.ref_udata])('of 64 bits, form %i', async form => {
    expect((await complaint(one(new Die(Tag.pointer_type, [to(2 ** 40, form)])))).message).toMatch(
      /outside its unit/,
    );
  });

  test('to what is no type', async () => {
    const type = int();
    const holder = struct('s', 4, member('m', type, 0));
    const error = await complaint(one(type, holder, pointer(holder.children[0])));
    expect(error.problem).toMatch(/where no type begins/);
    expect((await complaint(one(pointer(func('f', undefined))))).message).toMatch(/outside|no type/);
  });

  test('to the unit itself', async () => {
    const unit = unitDie();
    unit.children.push(pointer(unit));
    expect((await complaint({ units: [{ die: unit }] })).problem).toMatch(/where no type begins/);
  });

  test('of a member', async () => {
    const lost = new Die(Tag.member, [
      [Attr.name, Form.strp, 'm'],
      to(0x999),
      [Attr.data_member_location, Form.data1, 0],
    ]);
    expect((await complaint(one(struct('s', 4, lost)))).problem).toMatch(/outside its unit/);
  });

  test('to another unit, where none is, and to none that is in the file', async () => {
    const far = one(new Die(Tag.pointer_type, [to(0x7000_0000, Form.ref_addr)]));
    expect((await complaint(far)).problem).toMatch(/where no type begins/);
    const wide = {
      units: [{ dwarf64: true, die: unitDie(new Die(Tag.pointer_type, [to(2 ** 50, Form.ref_addr)])) }],
    };
    expect((await complaint(wide)).problem).toMatch(/where no type begins/);
    const sig = one(new Die(Tag.pointer_type, [[Attr.type, Form.ref_sig8, 0x1234n]]));
    expect((await complaint(sig)).problem).toMatch(/no type unit with signature 3412000000000000/);
  });

  test('a constant where a reference was expected', async () => {
    const error = await complaint(one(new Die(Tag.pointer_type, [[Attr.type, Form.data4, 11]])));
    expect(error.problem).toMatch(/form 0x6 where a reference/);
  });
});

describe('values of other forms than the attribute can have', () => {
  test.each([
    ['a name', struct('', 4).with(Attr.name, Form.data4, 3), /form 0x6 where a string was expected/],
    [
      'a size',
      int().without(Attr.byte_size).with(Attr.byte_size, Form.block1, Uint8Array.of(1)),
      /form 0xa where a constant/,
    ],
    [
      'a size of 2^40',
      struct('s', 4)
        .without(Attr.byte_size)
        .with(Attr.byte_size, Form.data8, 2 ** 40),
      /a size of 1099511627776 bytes/,
    ],
    [
      'a negative size',
      struct('s', 4).without(Attr.byte_size).with(Attr.byte_size, Form.sdata, -1),
      /a size of -1 bytes/,
    ],
  ] as [string, Die, RegExp][])('%s', async (_, die, message) => {
    expect((await complaint(one(die))).problem).toMatch(message);
  });

  test('a member location that is a program', async () => {
    const type = int();
    const odd = member('m', type, 0).without(Attr.data_member_location);
    odd.with(Attr.data_member_location, Form.exprloc, Uint8Array.of(0x06, 0x22));
    expect((await complaint(one(type, struct('s', 4, odd)))).problem).toMatch(/other than DW_OP_plus_uconst/);
  });
});

describe('strings', () => {
  const named = (form: number, value: number) => one(struct('', 4).with(Attr.name, form, value));
  test.each([
    ['.debug_str', Form.strp, /string offset 0x1000 is outside .debug_str/],
    ['.debug_line_str', Form.line_strp, /string offset 0x1000 is outside .debug_line_str/],
    ['.debug_str_offsets', Form.strx, /string 4096 is outside .debug_str_offsets/],
    ['.debug_str_offsets', Form.strx2, /string 4096 is outside .debug_str_offsets/],
  ])('an offset outside %s', async (_, form, message) => {
    expect((await complaint(named(form, 0x1000))).problem).toMatch(message);
  });

  test('an entry of .debug_str_offsets that leads outside', async () => {
    const sections = {
      '.debug_str_offsets': new Bytes(true).int(12, 4).int(5, 4).int(0x5000, 4).int(0x6000, 4).done(),
    };
    expect((await complaint({ ...named(Form.strx1, 0), sections })).problem).toMatch(
      /offset 0x5000 is outside .debug_str/,
    );
  });

  test('a base of indices far away', async () => {
    const unit = unitDie(struct('', 4).with(Attr.name, Form.strx1, 0)).with(
      Attr.str_offsets_base,
      Form.sec_offset,
      0xfffffff0,
    );
    expect((await complaint({ units: [{ die: unit }] })).problem).toMatch(/string 0 is outside/);
  });

  test('one that the end of the section ends', async () => {
    const sections = { '.debug_str': new TextEncoder().encode('whole\0open') };
    const spec = { ...one(struct('', 4).with(Attr.name, Form.strp, 6)), sections };
    const btf = await encodeBytes(buildDwarf(spec), 'x');
    expect(btf.typeName(1)).toBe('open');
  });
});

describe('DIEs', () => {
  test('siblings that lead back', async () => {
    const loop = new Die(Tag.call_site, [[Attr.sibling, Form.ref4, 11]], [new Die(0x0a)]);
    expect((await complaint(one(loop))).problem).toMatch(/DW_AT_sibling leads to 0xb of the unit/);
    const far = new Die(Tag.call_site, [[Attr.sibling, Form.ref4, 0x8000]], [new Die(0x0a)]);
    expect((await complaint(one(far))).problem).toMatch(/DW_AT_sibling leads to 0x8000 of the unit/);
  });

  /** A unit of these bytes, behind a header of version 5. */
  const raw = (content: Bytes, abbrev: Bytes, length = content.length + 8): FileSpec => ({
    units: [],
    sections: {
      '.debug_info': new Bytes(true)
        .int(length, 4)
        .int(5, 2)
        .int(1, 1)
        .int(8, 1)
        .int(0, 4)
        .raw(content.done())
        .done(),
      '.debug_abbrev': abbrev.done(),
    },
  });
  /** Abbreviation 1, the unit, with children; 2, a struct with a name of that form and without children. */
  const abbrev = (form: number) =>
    new Bytes(true).raw([1, Tag.compile_unit, 1, 0, 0, 2, Tag.structure_type, 0, Attr.name, form, 0, 0, 0]);

  test('an abbreviation that is not in the table', async () => {
    const error = await complaint(raw(new Bytes(true).raw([1, 77, 0]), abbrev(Form.string)));
    expect(error.problem).toMatch(/no abbreviation 77 in the table at 0x0/);
    expect(error.where).toMatchObject({ section: '.debug_info', offset: 13 });
  });

  test.each([
    ['a LEB128 number of more than 10 bytes', Form.strx],
    ['a LEB128 number of more than 10 bytes', Form.block],
  ])('%s, form %i', async (problem, form) => {
    const endless = new Bytes(true).raw([1, 2, ...new Array(30).fill(0xff), 1, 0]);
    const error = await complaint(raw(endless, abbrev(form)));
    expect(error.problem).toMatch(problem);
  });

  test.each([
    ['the list of DIEs is not ended', [1]],
    ['a DIE runs past the end of its unit', [1, 2, 0x61, 0x62]],
  ])('%s', async (problem, content) => {
    expect((await complaint(raw(new Bytes(true).raw(content), abbrev(Form.string)))).problem).toBe(problem);
  });

  test.each([
    ['block1', Form.block1, [1, 2, 200, 0]],
    ['block2', Form.block2, [1, 2, 0xff, 0xff, 0]],
    ['block4', Form.block4, [1, 2, 0xff, 0xff, 0xff, 0xff, 0]],
    ['block', Form.block, [1, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0]],
  ])('a length of %s that leads outside', async (_, form, content) => {
    const error = await complaint(raw(new Bytes(true).raw(content), abbrev(form)));
    expect(error.problem).toMatch(/past the end of (its|the) unit|where a string/);
  });

  test('DW_FORM_indirect to itself, and to a form that nobody has', async () => {
    for (const form of [Form.indirect, Form.implicit_const, 0x7f]) {
      const error = await complaint(
        raw(new Bytes(true).raw([1, 2, form, form, 0, 0]), abbrev(Form.indirect)),
      );
      expect(error.problem).toMatch(/DW_FORM_indirect|unknown attribute form 0x7f/);
    }
  });

  test('a null entry or another DIE where a unit was expected', async () => {
    const error = await complaint(raw(new Bytes(true).raw([2, 0]), abbrev(Form.string)));
    expect(error.problem).toBe('DW_TAG_structure_type where a unit was expected');
    expect(
      (await encodeBytes(buildDwarf(raw(new Bytes(true).raw([0]), abbrev(Form.string))), 'x')).endId,
    ).toBe(1);
  });
});

describe('abbreviations', () => {
  const withTable = (...bytes: number[]): FileSpec => ({
    ...one(int()),
    sections: { '.debug_abbrev': Uint8Array.from(bytes) },
  });
  test.each([
    ['no end', /an abbreviation runs past the end/, [1, 0x11, 1, 3, 8]],
    ['a code of 2^34', /abbreviation code 17179869184 in a section/, [0x80, 0x80, 0x80, 0x80, 0x40, 0x11, 0]],
    [
      'a number of six bytes',
      /LEB128 number of more than 5 bytes/,
      [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x11, 0],
    ],
    ['a form that nobody has', /unknown attribute form 0x5f/, [1, 0x11, 1, 3, 0x5f, 0, 0, 0]],
    [
      'implicit_const without end',
      /runs past the end|more than 10/,
      [1, 0x11, 1, 0x3e, 0x21, ...new Array(20).fill(0xff)],
    ],
  ])('%s', async (_, problem, table) => {
    const error = await complaint(withTable(...table));
    expect(error.problem).toMatch(problem);
    expect(error.where.section).toBe('.debug_abbrev');
  });

  test('a table outside the section', async () => {
    const error = await complaint({ ...one(int()), sections: { '.debug_abbrev': new Uint8Array(0) } });
    expect(error.where.section).toBe('.debug_abbrev');
  });

  test('a thousand attributes and more', async () => {
    const table = [1, 0x11, 0, ...new Array(1001).fill([3, 8]).flat(), 0, 0, 0];
    expect((await complaint(withTable(...table))).problem).toMatch(/more than 1000 attributes/);
  });
});

describe('unit headers', () => {
  const lie = (unit: Partial<UnitSpec>): FileSpec => ({ units: [{ die: unitDie(int()), ...unit }] });
  test.each([
    ['longer than the section', { length: 0x10000 }, /runs past the end of the section/],
    ['4 GiB', { length: 0xffffffef }, /runs past the end of the section/],
    ['reserved', { length: 0xfffffff0 }, /reserved unit length 0xfffffff0/],
    ['16 EiB', { length: 2 ** 62, dwarf64: true }, /runs past the end of the section/],
    ['0', { length: 0 }, /shorter than its header|DWARF version|runs past/],
    ['that of the header less one', { length: 7 }, /shorter than its header/],
    ['that of the header', { length: 8 }, /the list of DIEs is not ended|past the end of/],
    ['a byte short', { length: 15 }, /past the end|not ended/],
  ] as [string, Partial<UnitSpec>, RegExp][])('a length that is %s', async (_, unit, problem) => {
    const error = await complaint(lie(unit));
    expect(error.problem).toMatch(problem);
    expect(error.where.section).toBe('.debug_info');
  });

  test.each([0, 1, 6, 0xffff])('version %i', async version => {
    expect((await complaint(lie({ version }))).problem).toMatch(`DWARF version ${version}; 2 to 5 are known`);
  });

  test('a unit type that nobody has', async () => {
    expect((await complaint(lie({ type: 9 }))).problem).toMatch('unknown unit type 9');
  });

  test('cut off anywhere', async () => {
    const bytes = 11;
    for (let length = 1; length < bytes; length++) {
      const cut = { '.debug_info': new Uint8Array(length).fill(4) };
      await complaint({ ...lie({}), sections: cut });
    }
  });
});
