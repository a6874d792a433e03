import { FormatError, memorySource } from '@btfkit/core/bytes';
import { addressDifference, Elf, SHT_NOBITS } from '@btfkit/core/elf';
import { describe, expect, test } from 'vitest';
import { buildElf } from './build-elf.mjs';

const open = (bytes: Uint8Array) => Elf.open(memorySource(bytes, 'test.elf'));
const formats = [
  { is64: true, little: true },
  { is64: true, little: false },
  { is64: false, little: true },
  { is64: false, little: false },
];

describe.each(formats)('sections, 64-bit: $is64, little-endian: $little', format => {
  const content = Uint8Array.of(1, 2, 3, 4, 5);
  const addr = format.is64 ? 0xffffffff81000123n : 0xc0008123n;
  const elf = open(
    buildElf({
      ...format,
      type: 2,
      machine: 22,
      flags: 0x12345678,
      sections: [
        { name: '.text', flags: 6, addr, content, link: 7, info: 8, addralign: 16, entsize: 9 },
        { name: '.bss', type: SHT_NOBITS, size: 0x7000_0000 },
        { name: '.text', content: Uint8Array.of(9) },
      ],
    }),
  );

  test('the header', () => {
    expect(elf.is64).toBe(format.is64);
    expect(elf.littleEndian).toBe(format.little);
    expect([elf.type, elf.machine, elf.flags]).toEqual([2, 22, 0x12345678]);
    expect(elf.isRelocatable).toBe(false);
  });

  test('every field of a section header', () => {
    const text = elf.section('.text')!;
    expect(text.addr).toBe(addr);
    expect(text.addrLo).toBe(Number(addr & 0xffffffffn));
    expect(text.addrHi).toBe(Number(addr >> 32n));
    const { index, name, type, flags, size, link, info, addralign, entsize } = text;
    const expected = {
      index: 1,
      name: '.text',
      type: 1,
      flags: 6,
      size: 5,
      link: 7,
      info: 8,
      addralign: 16,
      entsize: 9,
    };
    expect({ index, name, type, flags, size, link, info, addralign, entsize }).toEqual(expected);
  });

  test('names and content', () => {
    expect(elf.sections.map(section => section.name)).toEqual(['', '.text', '.bss', '.text', '.shstrtab']);
    expect(elf.bytes(elf.section('.text')!)).toEqual(content);
    expect(elf.sectionsNamed('.text').map(section => section.index)).toEqual([1, 3]);
    expect(elf.section('.tex')).toBeUndefined();
    expect(elf.section('text')).toBeUndefined();
  });

  test('NOBITS has no content, whatever its size', async () => {
    const bss = elf.section('.bss')!;
    expect(bss.size).toBe(0x7000_0000);
    expect(elf.bytes(bss).length).toBe(0);
    expect((await elf.load(bss)).length).toBe(0);
  });

  test('load gives memory of its own', async () => {
    const loaded = await elf.load(elf.section('.text')!);
    loaded.fill(0);
    expect(elf.bytes(elf.section('.text')!)).toEqual(content);
  });
});

test('more than 65,280 sections', () => {
  const sections = Array.from({ length: 70_000 }, (_, i) => ({
    name: `.text.f${i}`,
    content: Uint8Array.of(i),
  }));
  const elf = open(buildElf({ sections }));
  expect(elf.sections.length).toBe(70_002);
  expect(elf.section('.text.f69999')!.index).toBe(70_000);
  expect(elf.bytes(elf.section('.text.f65520')!)).toEqual(Uint8Array.of(65_520 & 0xff));
});

test('address differences across the 32-bit border, and of addresses that are no exact numbers', () => {
  expect(addressDifference(5, 1, 0xfffffffb, 0)).toBe(10);
  expect(addressDifference(0x81000001, 0xffffffff, 0x81000000, 0xffffffff)).toBe(1);
  expect(addressDifference(0, 0, 1, 0)).toBe(-1);
});

describe('what is wrong is said in one line', () => {
  const good = buildElf({ sections: [{ name: '.data', content: Uint8Array.of(1, 2, 3) }] });
  const broken = (change: (view: DataView, bytes: Uint8Array) => Uint8Array | undefined) => () => {
    const bytes = good.slice();
    const result = change(new DataView(bytes.buffer), bytes) ?? bytes;
    const elf = open(result);
    elf.bytes(elf.sections[1]);
    return elf.sections[1].name;
  };
  const table = Number(new DataView(good.buffer).getBigUint64(0x28, true));

  test.each<[string, (view: DataView, bytes: Uint8Array) => Uint8Array | undefined, string]>([
    ['no ELF', view => void view.setUint8(0, 0), 'no ELF file'],
    ['empty', (_, bytes) => bytes.subarray(0, 0), 'no ELF file'],
    ['class', view => void view.setUint8(4, 3), 'class is 3, expected 1 or 2'],
    ['byte order', view => void view.setUint8(5, 0), 'byte order is 0, expected 1 or 2'],
    ['short', (_, bytes) => bytes.subarray(0, 50), 'file of 50 bytes, the header alone has 64'],
    ['entry size', view => void view.setUint16(58, 40, true), 'section headers of 40 bytes, expected 64'],
    ['table', view => void view.setBigUint64(0x28, 1n << 62n, true), 'runs past the end of the file'],
    ['count', view => void view.setUint16(60, 4, true), 'runs past the end of the file'],
    ['names', view => void view.setUint16(62, 3, true), 'section name table is section 3, there are 3'],
    [
      'size',
      view => void view.setBigUint64(table + 64 + 32, 1n << 40n, true),
      'run past the end of the file',
    ],
    ['name', view => void view.setUint32(table + 64, 5000, true), 'name offset 0x1388 is outside'],
    [
      'extended count',
      view => {
        view.setUint16(60, 0, true);
        view.setBigUint64(table + 32, 0xffff_ffff_ffff_ffffn, true);
        return undefined;
      },
      'runs past the end of the file',
    ],
  ])('%s', (_, change, message) => {
    expect(broken(change)).toThrow(FormatError);
    expect(broken(change)).toThrow(message);
    expect(broken(change)).toThrow(/^test\.elf: [^\n]*$/);
  });
});
