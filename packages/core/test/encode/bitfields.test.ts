import { Attr, Form } from '@btfkit/core/dwarf';
import { describe, expect, test } from 'vitest';
import type { Attribute, Die } from '../dwarf/builder.js';
import { base, constant, enumeration, int, member, struct, typedef } from '../dwarf/types.js';
import { encodeDies } from './dwarf.js';

// DWARF 2 and 3 count a bitfield from the most significant bit of its storage unit (DWARF 3, section 5.5.6),
// DWARF 4 and 5 from the beginning of the struct in memory order (DWARF 5, section 5.7.6).

const bits = (size: number): Attribute => [Attr.bit_size, Form.data1, size];
const fromTop = (offset: number | bigint, form: number = Form.data1): Attribute => [
  Attr.bit_offset,
  form,
  offset,
];
const storage = (size: number): Attribute => [Attr.byte_size, Form.data1, size];
const dataBits = (offset: number, form: number = Form.data1): Attribute => [
  Attr.data_bit_offset,
  form,
  offset,
];

async function membersOf(little: boolean, type: Die, ...members: Die[]): Promise<string> {
  const extra: Die[] = [];
  for (let die: Die | undefined = type; die; ) {
    extra.push(die);
    const next = die.attributes.find(([attribute]) => attribute === Attr.type)?.[2];
    die = next as Die | undefined;
  }
  const { types } = await encodeDies([...extra, struct('s', 16, ...members)], { little });
  return types.find(line => line.startsWith('struct s/'))!.replace(/^.*\{(.*)\}$/, '$1');
}

describe.each([
  ['little-endian', true],
  ['big-endian', false],
])('%s', (_, little) => {
  // In both byte orders: 3 bits at the beginning of the struct, then 30, 5 of the next word.
  test('from the most significant bit, storage unit given', async () => {
    const type = int();
    const lines = await membersOf(
      little,
      type,
      member('a', type, 0, storage(4), bits(3), fromTop(little ? 29 : 0)),
      member('b', type, 4, storage(4), bits(30), fromTop(little ? 2 : 0)),
      member('c', type, 8, storage(4), bits(5), fromTop(little ? 17 : 10)),
    );
    expect(lines).toBe('int a:3@0; int b:30@32; int c:5@74');
  });

  test('from the most significant bit, storage unit of the type behind typedefs and qualifiers', async () => {
    const u16 = typedef('u16', base('unsigned short', 2, 7));
    const type = constant(u16);
    const lines = await membersOf(
      little,
      type,
      member('a', type, 0, bits(3), fromTop(little ? 13 : 0)),
      member('b', type, 2, bits(4), fromTop(little ? 5 : 7)),
    );
    expect(lines).toBe('u16 const a:3@0; u16 const b:4@23');
  });

  test('from the most significant bit, in an enumeration', async () => {
    const type = enumeration('e', 4, { A: 0, B: 1 });
    const lines = await membersOf(little, type, member('a', type, 0, bits(2), fromTop(little ? 28 : 2)));
    expect(lines).toBe('enum e a:2@2');
  });

  test('from the beginning of the struct', async () => {
    const type = int();
    const lines = await membersOf(
      little,
      type,
      member('a', type, 0, bits(3), dataBits(0)).without(Attr.data_member_location),
      member('b', type, 0, bits(7), dataBits(40)).without(Attr.data_member_location),
      member('c', type, 0, bits(7), dataBits(300, Form.udata)).without(Attr.data_member_location),
      member('d', type, 8),
    );
    expect(lines).toBe('int a:3@0; int b:7@40; int c:7@300; int d@64');
  });
});

// A packed bitfield reaches beyond its storage unit: gcc says so in DW_FORM_sdata, clang in 64 bits.
test.each([
  ['sdata', Form.sdata, -1],
  ['data8', Form.data8, 0xffff_ffff_ffff_ffffn],
  ['udata', Form.udata, 0xffff_ffff_ffff_ffffn],
])('negative offset in %s', async (_, form, offset) => {
  const type = int();
  const lines = await membersOf(
    true,
    type,
    member('a', type, 0, storage(4), bits(30), fromTop(offset, form)),
  );
  expect(lines).toBe('int a:30@3');
});

test('a location that is an expression', async () => {
  const type = int();
  const plus = (offset: number): Attribute => [
    Attr.data_member_location,
    Form.block1,
    Uint8Array.of(0x23, offset),
  ];
  const lines = await membersOf(
    true,
    type,
    member('a', type, 0, plus(4)).without(Attr.data_member_location),
    member('b', type, 0, plus(8), storage(4), bits(4), fromTop(20)).without(Attr.data_member_location),
  );
  expect(lines).toBe('int a@32; int b:4@72');
});

describe('what the third word of a member cannot hold', () => {
  test('a bitfield beyond bit 0xffffff', async () => {
    const type = int();
    const far = member('a', type, 0, bits(3), dataBits(0x1000000, Form.data4)).without(
      Attr.data_member_location,
    );
    await expect(membersOf(true, type, far)).rejects.toThrow(
      /bitfield of 3 bits at bit 16777216, which BTF cannot say/,
    );
  });

  test('any member beyond that in a struct that has bitfields', async () => {
    const type = int();
    const far = member('b', type, 0, [Attr.data_member_location, Form.data4, 0x200000]).without(
      Attr.data_member_location,
    );
    await expect(membersOf(true, type, member('a', type, 0, bits(3), dataBits(0)), far)).rejects.toThrow(
      /a struct with bitfields and with members beyond bit 0xffffff/,
    );
    await expect(membersOf(true, type, far)).resolves.toBe('int b@16777216');
  });

  test('a member beyond 512 MiB', async () => {
    const type = int();
    for (const form of [Form.data4, Form.udata]) {
      const far = member('b', type, 0, [Attr.data_member_location, form, 0x20000000]).without(
        Attr.data_member_location,
      );
      await expect(membersOf(true, type, far)).rejects.toThrow(/offset 0x\w+: .*which BTF cannot say/);
    }
  });
});
