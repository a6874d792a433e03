import { memorySource } from '@btfkit/core/bytes';
import { Attr, DebugInfo, Form, LineFiles, Tag } from '@btfkit/core/dwarf';
import { Elf } from '@btfkit/core/elf';
import { describe, expect, test } from 'vitest';
import { buildDwarf, Die } from './builder.js';
import { Bytes } from './bytes.js';

interface Format {
  readonly version: number;
  readonly little?: boolean;
  readonly dwarf64?: boolean;
}

/** A line table: `fill` adds what stands behind the standard opcodes. */
function table(
  { version, little = true, dwarf64 = false }: Format,
  fill: (header: Bytes) => void,
  lie: { readonly headerLength?: number; readonly version?: number } = {},
): Uint8Array {
  const offsetSize = dwarf64 ? 8 : 4;
  const header = new Bytes(little).int(1, 1);
  if (version >= 4) header.int(1, 1);
  // default_is_stmt, line_base, line_range, opcode_base and the lengths of three standard opcodes.
  header.int(1, 1).int(-5, 1).int(14, 1).int(4, 1).raw([0, 1, 1]);
  fill(header);
  const head = new Bytes(little).int(lie.version ?? version, 2);
  if (version >= 5) head.int(8, 1).int(0, 1);
  head.int(lie.headerLength ?? header.length, offsetSize).raw(header.done());
  // A line program.
  head.raw([1, 1, 1]);
  const whole = new Bytes(little);
  if (dwarf64) whole.int(0xffffffff, 4);
  return whole.int(head.length, offsetSize).raw(head.done()).done();
}

async function open(section: Uint8Array, { little = true }: Partial<Format> = {}) {
  const die = new Die(Tag.compile_unit, [[Attr.name, Form.line_strp, 'in_line_str.c']]);
  const sections = { '.debug_line': section };
  const elf = Elf.open(memorySource(buildDwarf({ units: [{ die }], little, sections }), 'test.elf'));
  const info = await DebugInfo.open(elf);
  const files = await LineFiles.open(elf, info);
  const [unit] = info.units();
  return (index: number, offset = 0) => files.path(unit!, offset, index);
}

describe.each<[string, Format]>([
  ['DWARF 2', { version: 2 }],
  ['DWARF 3, big-endian', { version: 3, little: false }],
  ['DWARF 4', { version: 4 }],
  ['DWARF 4, 64-bit format', { version: 4, dwarf64: true }],
])('%s', (_, format) => {
  const section = table(format, header => {
    header.text('include/linux').text('/usr/include').text('');
    header.text('main.c').uleb(0).uleb(0).uleb(0);
    header.text('list.h').uleb(1).uleb(300).uleb(70_000);
    header.text('stdio.h').uleb(2).uleb(0).uleb(0);
    header.text('/absolute.c').uleb(1).uleb(0).uleb(0);
    header.text('nowhere.c').uleb(9).uleb(0).uleb(0);
    header.text('');
  });

  test('files count from 1 on, directory 0 is that of the compilation', async () => {
    const path = await open(section, format);
    expect([0, 1, 2, 3, 4, 5, 6].map(index => path(index))).toEqual([
      undefined,
      'main.c',
      'include/linux/list.h',
      '/usr/include/stdio.h',
      '/absolute.c',
      'nowhere.c',
      undefined,
    ]);
  });
});

describe.each<[string, Format]>([
  ['DWARF 5', { version: 5 }],
  ['DWARF 5, big-endian', { version: 5, little: false }],
  ['DWARF 5, big-endian, 64-bit format', { version: 5, little: false, dwarf64: true }],
])('%s', (_, format) => {
  const md5 = 5;
  const section = table(format, header => {
    header.int(1, 1).uleb(1).uleb(Form.string).uleb(2).text('/comp').text('kernel');
    // Path, directory, MD5, an unknown content in a block.
    header.int(4, 1).uleb(1).uleb(Form.line_strp).uleb(2).uleb(Form.udata);
    header.uleb(md5).uleb(Form.data16).uleb(0x2001).uleb(Form.block);
    header.uleb(2);
    header
      .int(0, format.dwarf64 ? 8 : 4)
      .uleb(0)
      .raw(new Uint8Array(16))
      .uleb(2)
      .raw([7, 7]);
    header
      .int(3, format.dwarf64 ? 8 : 4)
      .uleb(1)
      .raw(new Uint8Array(16))
      .uleb(0);
  });

  test('files count from 0 on; forms as the table says', async () => {
    const path = await open(section, format);
    expect([0, 1, 2].map(index => path(index))).toEqual(['in_line_str.c', 'kernel/line_str.c', undefined]);
  });
});

test('several tables', async () => {
  const one = table({ version: 4 }, header => header.text('').text('a.c').uleb(0).uleb(0).uleb(0).text(''));
  const other = table({ version: 2 }, header => header.text('').text('b.c').uleb(0).uleb(0).uleb(0).text(''));
  const path = await open(Uint8Array.of(...one, ...other));
  expect([path(1), path(1, one.length), path(1)]).toEqual(['a.c', 'b.c', 'a.c']);
});

test('a file without line tables', async () => {
  expect((await open(new Uint8Array(0)))(1)).toBeUndefined();
});

describe('malformed tables', () => {
  const five = (fill: (header: Bytes) => void) => table({ version: 5 }, fill);
  test.each([
    [
      'a table behind the section',
      new Uint8Array(0x20),
      0x30,
      'offset 0x30: the section ends before this table',
    ],
    [
      'a version nobody knows',
      table({ version: 4 }, () => {}, { version: 6 }),
      0,
      'offset 0x0: line table version 6; 2 to 5 are known',
    ],
    [
      'a header longer than its table',
      table({ version: 4 }, () => {}, { headerLength: 0x1000 }),
      0,
      'offset 0x0: a line table header of 4106 bytes runs past its end',
    ],
    [
      'a path without an end',
      table({ version: 4 }, header => header.raw([0x61, 0x62])),
      0,
      'offset 0x13: the header of a line table is cut off',
    ],
    [
      'more entries than bytes',
      five(header => header.int(1, 1).uleb(1).uleb(Form.string).uleb(1_000_000)),
      0,
      'offset 0x1b: a table of 1000000 entries in 0 bytes',
    ],
    [
      'a path as a number',
      five(header => header.int(1, 1).uleb(1).uleb(Form.data1).uleb(1).int(1, 1)),
      0,
      'offset 0x19: form 0xb where a path was expected',
    ],
    [
      'a form nobody knows',
      five(header => header.int(1, 1).uleb(4).uleb(0x99).uleb(1).int(1, 1)),
      0,
      'offset 0x0: unknown attribute form 0x99',
    ],
    [
      'a string outside its section',
      five(header => header.int(1, 1).uleb(1).uleb(Form.line_strp).uleb(1).int(0x1000, 4)),
      0,
      'offset 0x19: string offset 0x1000 is outside .debug_line_str',
    ],
  ])('%s', async (_, section, offset, message) => {
    const path = await open(section);
    expect(() => path(1, offset)).toThrow(`test.elf: .debug_line: ${message}`);
  });
});
