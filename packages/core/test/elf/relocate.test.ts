import { readdirSync, readFileSync } from 'node:fs';
import { FormatError, memorySource } from '@btfkit/core/bytes';
import {
  applyRelocations,
  Elf,
  EM_386,
  EM_LOONGARCH,
  EM_RISCV,
  EM_X86_64,
  ET_EXEC,
  ET_REL,
  loadRelocated,
  SHT_CREL,
  SHT_REL,
  SHT_RELA,
  SHT_STRTAB,
  SHT_SYMTAB,
} from '@btfkit/core/elf';
import { describe, expect, test } from 'vitest';
import { buildElf, relocationBytes, symbolBytes } from './build-elf.mjs';

const folder = new URL('relocations/', import.meta.url);
const openFile = (name: string) => Elf.open(memorySource(readFileSync(new URL(name, folder)), name));

describe('debug sections come out as the linker makes them', () => {
  const names = readdirSync(folder).filter(name => name.endsWith('.linked'));
  test('for all machines', () => expect(names.length).toBe(18));

  test.each(names)('%s', async name => {
    const object = openFile(name.replace('.linked', '.o'));
    const linked = openFile(name);
    const sections = linked.sections.filter(section => section.name.startsWith('.debug_'));
    expect(sections.length).toBeGreaterThan(5);
    let relocations = 0;
    for (const section of sections) {
      const source = object.section(section.name)!;
      const relocated = await loadRelocated(object, source);
      expect(Buffer.from(relocated).equals(linked.bytes(section)), section.name).toBe(true);
      const tables = object.sections.filter(({ type, info }) => type !== 1 && info === source.index);
      for (const { size, entsize } of tables) relocations += size / entsize;
    }
    expect(relocations).toBeGreaterThan(30);
  });
});

type Relocation = { offset: number | bigint; symbol: number; type: number; addend?: number | bigint };

interface Case {
  machine?: number;
  type?: number;
  is64?: boolean;
  little?: boolean;
  /** SHT_RELA with addends, or SHT_REL. */
  addends?: boolean;
  bytes: number[];
  relocations: Relocation[];
}

const VALUE = 0x1_0000_0123n;

/** Symbol 1 has VALUE (its low half in ELFCLASS32), symbol 2 is 3, symbol 3 is undefined, symbol 4 common. */
function relocate(spec: Case): number[] {
  const format = { is64: spec.is64 ?? true, little: spec.little ?? true, addends: spec.addends ?? true };
  const value = format.is64 ? VALUE : VALUE & 0xffffffffn;
  const symbols = [
    { value, shndx: 1, size: 0x77n },
    { value: 3n, shndx: 1 },
    {},
    { value: 8n, shndx: 0xfff2 },
  ];
  const word = format.is64 ? 8 : 4;
  const bytes = buildElf({
    ...format,
    machine: spec.machine ?? EM_X86_64,
    type: spec.type ?? ET_REL,
    sections: [
      { name: '.debug_info', content: Uint8Array.from(spec.bytes) },
      {
        name: '.rela.debug_info',
        type: format.addends ? SHT_RELA : SHT_REL,
        content: relocationBytes(spec.relocations, format),
        link: 3,
        info: 1,
        entsize: word * (format.addends ? 3 : 2),
      },
      {
        name: '.symtab',
        type: SHT_SYMTAB,
        content: symbolBytes(symbols, format),
        link: 4,
        entsize: format.is64 ? 24 : 16,
      },
      { name: '.strtab', type: SHT_STRTAB, content: new Uint8Array(1) },
    ],
  });
  const elf = Elf.open(memorySource(bytes, 'module.ko'));
  const content = elf.bytes(elf.sections[1]).slice();
  applyRelocations(elf, elf.sections[1], content);
  return [...content];
}

const zeros = (count: number) => new Array<number>(count).fill(0);

describe('single relocations', () => {
  test('R_X86_64_64 adds across the halves', () => {
    const relocations = [{ offset: 1, symbol: 1, type: 1, addend: 0xffff_ffffn }];
    expect(relocate({ bytes: zeros(10), relocations })).toEqual([0, 0x22, 1, 0, 0, 2, 0, 0, 0, 0]);
  });

  test('a negative addend', () => {
    const relocations = [{ offset: 0, symbol: 2, type: 1, addend: -4n }];
    expect(relocate({ bytes: zeros(8), relocations })).toEqual(new Array(8).fill(0xff));
  });

  test('R_X86_64_PC64 and PC32 count from the field', () => {
    const relocations = [
      { offset: 8, symbol: 2, type: 24, addend: 0 },
      { offset: 0, symbol: 2, type: 2, addend: 1 },
    ];
    const expected = [4, 0, 0, 0, 0, 0, 0, 0, 0xfb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    expect(relocate({ bytes: zeros(16), relocations })).toEqual(expected);
  });

  test('undefined and common symbols are 0, and RELA ignores what stands in the field', () => {
    const relocations = [
      { offset: 0, symbol: 3, type: 10, addend: 5 },
      { offset: 4, symbol: 4, type: 10, addend: 6 },
    ];
    expect(relocate({ bytes: new Array(8).fill(9), relocations })).toEqual([5, 0, 0, 0, 6, 0, 0, 0]);
  });

  test('R_X86_64_SIZE32 takes the size', () => {
    const relocations = [{ offset: 0, symbol: 1, type: 32, addend: 1 }];
    expect(relocate({ bytes: zeros(4), relocations })).toEqual([0x78, 0, 0, 0]);
  });

  test('REL: the addend stands in the field, negative ones too', () => {
    const spec = { machine: EM_386, is64: false, addends: false };
    const relocations = [
      { offset: 0, symbol: 1, type: 1 },
      { offset: 4, symbol: 1, type: 20 },
      { offset: 6, symbol: 2, type: 22 },
    ];
    const bytes = [0xff, 0xff, 0xff, 0xff, 1, 1, 0xfe];
    expect(relocate({ ...spec, bytes, relocations })).toEqual([0x22, 1, 0, 0, 0x24, 2, 1]);
  });

  test('big-endian', () => {
    const relocations = [
      { offset: 0, symbol: 1, type: 22, addend: 1 },
      { offset: 8, symbol: 2, type: 4, addend: 1 },
    ];
    const expected = [0, 0, 0, 1, 0, 0, 1, 0x24, 0, 0, 0, 4];
    expect(relocate({ machine: 22, little: false, bytes: zeros(12), relocations })).toEqual(expected);
  });

  test('RISC-V ADD and SUB of all sizes', () => {
    const pairs = [
      { offset: 0, add: 33, sub: 37 },
      { offset: 1, add: 34, sub: 38 },
      { offset: 3, add: 35, sub: 39 },
      { offset: 7, add: 36, sub: 40 },
    ];
    const relocations = pairs.flatMap(({ offset, add, sub }) => [
      { offset, symbol: 1, type: add, addend: 0 },
      { offset, symbol: 2, type: sub, addend: 0 },
    ]);
    const expected = [0x20, 0x20, 1, 0x20, 1, 0, 0, 0x20, 1, 0, 0, 1, 0, 0, 0];
    expect(relocate({ machine: EM_RISCV, bytes: zeros(15), relocations })).toEqual(expected);
  });

  test('SUB64 of a negative and of zero', () => {
    const relocations = [
      { offset: 0, symbol: 3, type: 40, addend: -1n },
      { offset: 8, symbol: 3, type: 40, addend: 0n },
    ];
    const bytes = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0];
    expect(relocate({ machine: EM_RISCV, bytes, relocations })).toEqual([
      0, 0, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0,
    ]);
  });

  test('RISC-V SET6 and SUB6 keep the two high bits of DW_CFA_advance_loc', () => {
    const relocations = [
      { offset: 0, symbol: 1, type: 53, addend: 0 },
      { offset: 0, symbol: 2, type: 52, addend: 0 },
    ];
    expect(relocate({ machine: EM_RISCV, bytes: [0x40], relocations })).toEqual([0x60]);
  });

  test('LoongArch ADD6, ADD24 and SUB24', () => {
    const relocations = [
      { offset: 0, symbol: 2, type: 105, addend: 0 },
      { offset: 1, symbol: 1, type: 49, addend: 0 },
      { offset: 1, symbol: 2, type: 54, addend: 0 },
    ];
    const bytes = [0xbe, 0xff, 0xff, 0xff];
    expect(relocate({ machine: EM_LOONGARCH, bytes, relocations })).toEqual([0x81, 0x1f, 1, 0]);
  });

  test.each([
    ['RISC-V', EM_RISCV, 60, 61],
    ['LoongArch', EM_LOONGARCH, 107, 108],
  ])('%s ULEB128 differences keep their length', (_, machine, first, sub) => {
    const relocations = [
      { offset: 0, symbol: 1, type: first, addend: 0x1000 },
      { offset: 0, symbol: 2, type: sub, addend: 0 },
    ];
    const expected = [0x80 | (0x1120 & 0x7f), 0x80 | ((0x1120 >> 7) & 0x7f), 0x80, 0x80, 0x10, 9];
    expect(relocate({ machine, bytes: [0x80, 0x80, 0x80, 0x80, 0, 9], relocations })).toEqual(expected);
  });
});

test('what --emit-relocs left in an executable was applied already', () => {
  const relocations = [{ offset: 0, symbol: 1, type: 1, addend: 0 }];
  expect(relocate({ type: ET_EXEC, bytes: zeros(8), relocations })).toEqual(zeros(8));
});

test('only relocations of the section itself', () => {
  const elf = openFile('x86_64.o');
  const abbrev = elf.section('.debug_abbrev')!;
  const content = elf.bytes(abbrev).slice();
  applyRelocations(elf, abbrev, content);
  expect(Buffer.from(content).equals(elf.bytes(abbrev))).toBe(true);
});

describe('what cannot be applied', () => {
  const one = (relocation: Relocation, rest: Partial<Case> = {}) => {
    return () => relocate({ bytes: zeros(8), relocations: [relocation], ...rest });
  };

  test.each<[string, () => number[], string]>([
    [
      'unknown type',
      one({ offset: 0, symbol: 1, type: 4 }),
      'relocation type 4 of x86-64 (62) is not supported',
    ],
    [
      'large type',
      one({ offset: 0, symbol: 1, type: 0x7fffffff }),
      'relocation type 2147483647 of x86-64 (62)',
    ],
    [
      'unknown machine',
      one({ offset: 0, symbol: 1, type: 1 }, { machine: 9999 }),
      'relocations of machine 9999',
    ],
    [
      'parisc',
      one({ offset: 0, symbol: 1, type: 1 }, { machine: 15 }),
      'relocations of parisc (15) are not supported',
    ],
    ['offset', one({ offset: 1, symbol: 1, type: 1 }), 'relocation at 0x1 does not fit in .debug_info'],
    [
      'high offset',
      one({ offset: 1n << 40n, symbol: 1, type: 1 }),
      'relocation at 0x10000000000 does not fit',
    ],
    ['symbol', one({ offset: 0, symbol: 5, type: 1 }), 'relocation with symbol 5, there are 5'],
    [
      'endless ULEB128',
      one({ offset: 0, symbol: 1, type: 60 }, { machine: EM_RISCV, bytes: [0x80, 0x80] }),
      'relocation at 0x0 does not fit',
    ],
  ])('%s', (_, run, message) => {
    expect(run).toThrow(FormatError);
    expect(run).toThrow(message);
    expect(run).toThrow(/^module\.ko: \.rela\.debug_info: [^\n]*$/);
  });

  test('relocation sections on top of each other', () => {
    const content = relocationBytes(Array.from({ length: 1000 }, () => ({ offset: 0, symbol: 0, type: 0 })));
    const table = { name: '.rela.debug_info', type: SHT_RELA, link: 2, info: 1, entsize: 24 };
    const bytes = buildElf({
      sections: [
        { name: '.debug_info', content: new Uint8Array(8) },
        { name: '.symtab', type: SHT_SYMTAB, content: symbolBytes([]), link: 2, entsize: 24 },
        ...[content, new Uint8Array(0), new Uint8Array(0)].map(one => ({
          ...table,
          content: one,
          size: 24_000,
        })),
      ],
    });
    const view = new DataView(bytes.buffer);
    const headers = Number(view.getBigUint64(0x28, true));
    const first = view.getBigUint64(headers + 3 * 64 + 24, true);
    for (const i of [4, 5]) view.setBigUint64(headers + i * 64 + 24, first, true);
    const elf = Elf.open(memorySource(bytes, 'module.ko'));
    const apply = () => applyRelocations(elf, elf.sections[1], new Uint8Array(8));
    expect(apply).toThrow('module.ko: .debug_info: its relocations take up more than the whole file');
  });

  test('compact relocations', () => {
    const sections = [{ name: '.debug_info' }, { name: '.crel.debug_info', type: SHT_CREL, info: 1 }];
    const elf = Elf.open(memorySource(buildElf({ sections }), 'module.ko'));
    expect(() => applyRelocations(elf, elf.sections[1], new Uint8Array(0))).toThrow('SHT_CREL');
  });
});

test('a window border inside a large table', () => {
  const count = 50_000;
  const relocations = Array.from({ length: count }, (_, i) => ({
    offset: 4 * i,
    symbol: 2,
    type: 10,
    addend: i,
  }));
  const result = Buffer.from(relocate({ bytes: zeros(4 * count), relocations }));
  for (let i = 0; i < count; i++) if (result.readUInt32LE(4 * i) !== i + 3) expect.fail(`entry ${i}`);
});
