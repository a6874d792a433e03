import { FormatError, memorySource } from '@btfkit/core/bytes';
import { Elf, SHN_ABS, SHN_COMMON, SHT_STRTAB, SHT_SYMTAB, SHT_SYMTAB_SHNDX } from '@btfkit/core/elf';
import { describe, expect, test } from 'vitest';
import { buildElf, symbolBytes } from './build-elf.mjs';

const open = (bytes: Uint8Array) => Elf.open(memorySource(bytes, 'test.elf'));
const strings = new TextEncoder().encode('\0alpha\0beta\0größe\0');

describe.each([
  { is64: true, little: true },
  { is64: true, little: false },
  { is64: false, little: true },
  { is64: false, little: false },
])('symbols, 64-bit: $is64, little-endian: $little', format => {
  const value = format.is64 ? 0xffffffff81234567n : 0xc1234567n;
  const entries = [
    { name: 7, value: 1n, shndx: 0 },
    { name: 1, value, size: 0x1234n, info: 0x12, shndx: 2 },
    { name: 7, value: 5n, shndx: 0xfff1 },
    { name: 12, shndx: 0xfff2 },
  ];
  const entsize = format.is64 ? 24 : 16;
  const elf = open(
    buildElf({
      ...format,
      sections: [
        { name: '.symtab', type: SHT_SYMTAB, content: symbolBytes(entries, format), link: 2, entsize },
        { name: '.strtab', type: SHT_STRTAB, content: strings },
      ],
    }),
  );
  const symbols = elf.symbols()!;

  test('columns', () => {
    expect(symbols.length).toBe(5);
    expect((BigInt(symbols.valueHi[2]) << 32n) | BigInt(symbols.valueLo[2])).toBe(value);
    expect(symbols.size[2]).toBe(0x1234);
    expect([symbols.typeOf(2), symbols.bindingOf(2)]).toEqual([2, 1]);
    expect([...symbols.shndx]).toEqual([0, 0, 2, SHN_ABS, SHN_COMMON]);
  });

  test('names', () => {
    expect([0, 1, 2, 3, 4].map(i => symbols.name(i))).toEqual(['', 'beta', 'alpha', 'beta', 'größe']);
    expect(symbols.find('beta')).toBe(3);
    expect(symbols.find('gamma')).toBe(-1);
    expect(() => symbols.name(5)).toThrow('symbol 5 of 5 wanted');
  });

  test('read once', () => expect(elf.symbols()).toBe(symbols));
});

/** A table whose one symbol has the section index `shndx`, and what stands in SHT_SYMTAB_SHNDX. */
function withExtended(extended: Uint8Array | undefined, sectionCount = 0) {
  const filler = Array.from({ length: sectionCount }, () => ({ name: '.text' }));
  const sections = [
    { name: '.symtab', type: SHT_SYMTAB, content: symbolBytes([{ shndx: 0xffff }]), link: 2, entsize: 24 },
    { name: '.strtab', type: SHT_STRTAB, content: strings },
    ...(extended ? [{ name: '.shndx', type: SHT_SYMTAB_SHNDX, content: extended, link: 1, entsize: 4 }] : []),
    ...filler,
  ];
  return open(buildElf({ sections }));
}

test('a section index above 0xff00 comes from SHT_SYMTAB_SHNDX, and is not taken for SHN_ABS', () => {
  const extended = new Uint8Array(new Uint32Array([0, 0xfff1]).buffer);
  const elf = withExtended(extended, 66_000);
  const symbols = elf.symbols()!;
  expect(symbols.shndx[1]).toBe(0xfff1);
  expect(elf.sections[symbols.shndx[1]].name).toBe('.text');
});

test.each([undefined, new Uint8Array(4)])('SHN_XINDEX without its entry', extended => {
  const elf = withExtended(extended);
  expect(() => elf.symbols()).toThrow(FormatError);
  expect(() => elf.symbols()).toThrow(
    'test.elf: .symtab: symbol 1 has its section index in SHT_SYMTAB_SHNDX',
  );
});

test('a stripped file has no symbols', () => {
  expect(open(buildElf({})).symbols()).toBeUndefined();
});
