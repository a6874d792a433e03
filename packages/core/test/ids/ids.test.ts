import { FormatError, memorySource } from '@btfkit/core/bytes';
import { Elf, SHT_STRTAB, SHT_SYMTAB } from '@btfkit/core/elf';
import { readBtfIds } from '@btfkit/core/ids';
import { describe, expect, test } from 'vitest';
import { buildElf, symbolBytes } from '../elf/build-elf.mjs';

interface Format {
  readonly is64: boolean;
  readonly little: boolean;
  /** sh_addr of .BTF_ids. */
  readonly addr: bigint;
}

const object: Format = { is64: true, little: true, addr: 0n };

/** [name, offset, size] in section 1. */
type Row = readonly [name: string, offset: number, size?: number];

/** An ELF file with these words as its .BTF_ids, and these symbols. */
function elfOf(words: readonly number[], rows: readonly Row[], { is64, little, addr }: Format = object): Elf {
  const content = new Uint8Array(words.length * 4);
  const view = new DataView(content.buffer);
  words.forEach((word, index) => {
    view.setUint32(4 * index, word, little);
  });
  let names = '\0';
  const symbols = rows.map(([label, offset, size = 4]) => {
    const name = names.length;
    names += `${label}\0`;
    return { name, value: addr + BigInt(offset), size: BigInt(size), shndx: 1 };
  });
  const bytes = buildElf({
    is64,
    little,
    sections: [
      { name: '.BTF_ids', addr, content },
      {
        name: '.symtab',
        type: SHT_SYMTAB,
        content: symbolBytes(symbols, { is64, little }),
        link: 3,
        entsize: is64 ? 24 : 16,
      },
      { name: '.strtab', type: SHT_STRTAB, content: new TextEncoder().encode(names) },
    ],
  });
  return Elf.open(memorySource(bytes, 'a.ko'));
}

describe.each<Format>([
  object,
  { is64: true, little: false, addr: 0xffffffff82345678n },
  { is64: false, little: true, addr: 0xc1234568n },
  { is64: false, little: false, addr: 0n },
])('64-bit: $is64, little-endian: $little, at $addr', format => {
  const words = [5, 0, /* set */ 2, 7, 9, /* set8 */ 1, 1, 12, 0x10004];
  const elf = elfOf(
    words,
    [
      ['bpf_some_list', 0, 0],
      ['__BTF_ID__struct____sk_buff__020', 4],
      ['__BTF_ID__func__a__b__17', 0],
      ['__BTF_ID__set8__kfuncs', 20, 16],
      ['__BTF_ID__func__kfunc__3', 28],
      ['__BTF_ID__set__allow', 8, 12],
      ['__BTF_ID__union__u__1', 12],
      ['__BTF_ID__typedef__t__2', 16],
    ],
    format,
  );

  test('ids and sets, in order of offset', () => {
    const found = readBtfIds(elf)!;
    expect(found.section).toBe(1);
    expect(found.littleEndian).toBe(format.little);
    expect(found.bytes.length).toBe(36);
    expect(found.ids).toEqual([
      { kind: 'func', name: 'a__b', number: '17', offset: 0, id: 5 },
      { kind: 'struct', name: '__sk_buff', number: '020', offset: 4, id: 0 },
      { kind: 'union', name: 'u', number: '1', offset: 12, id: 7 },
      { kind: 'typedef', name: 't', number: '2', offset: 16, id: 9 },
      { kind: 'func', name: 'kfunc', number: '3', offset: 28, id: 12 },
    ]);
    const [allow, kfuncs] = found.sets;
    expect(allow).toEqual({
      kind: 'set',
      name: 'allow',
      offset: 8,
      length: 2,
      count: 2,
      ids: Uint32Array.of(7, 9),
    });
    expect(kfuncs).toEqual({
      kind: 'set8',
      name: 'kfuncs',
      offset: 20,
      length: 1,
      count: 1,
      flags: 1,
      ids: Uint32Array.of(12),
      pairFlags: Uint32Array.of(0x10004),
    });
  });
});

test('files without the section, and without symbols', () => {
  const none = buildElf({ sections: [{ name: '.text', content: new Uint8Array(4) }] });
  expect(readBtfIds(Elf.open(memorySource(none, 'a.o')))).toBeUndefined();
  const stripped = buildElf({ sections: [{ name: '.BTF_ids', content: new Uint8Array(4) }] });
  expect(readBtfIds(Elf.open(memorySource(stripped, 'a.o')))).toMatchObject({ ids: [], sets: [] });
});

test('what is left over of a set8 without flags counts for nothing, as in resolve_btfids', () => {
  const { sets } = readBtfIds(elfOf([0, 1, 0], [['__BTF_ID__set8__s', 0, 12]]))!;
  expect(sets[0]).toMatchObject({ length: 0, count: 0, flags: 1 });
});

describe('what is malformed', () => {
  const func = '__BTF_ID__func__f__1';
  test.each<[string, number[], Row[], string, number | undefined]>([
    ['an unknown kind', [0], [['__BTF_ID__enum__e__1', 0]], 'symbol __BTF_ID__enum__e__1, expected', 0],
    ['no number', [0], [['__BTF_ID__func__fn_1', 0]], 'symbol __BTF_ID__func__fn_1, expected', 0],
    ['a set without a name', [0], [['__BTF_ID__set__', 0]], 'symbol __BTF_ID__set__, expected', 0],
    ['a name of two lines', [0], [['__BTF_ID__a\nb', 0]], 'symbol __BTF_ID__a\\x0ab, expected', 0],
    ['out of line', [0, 0], [[func, 2]], `${func} is not aligned to 4 bytes`, 2],
    ['beyond the section', [0], [[func, 4]], `${func} has 4 bytes, the section ends at 0x4`, 4],
    [
      'an id before the section',
      [0],
      [[func, -4]],
      `symbol ${func} is 4 bytes before the section`,
      undefined,
    ],
    ['a big set', [0], [['__BTF_ID__set__s', 0, 8]], 'has 8 bytes, the section ends at 0x4', 0],
    ['a set of 4 GB', [0], [['__BTF_ID__set__s', 0, 2 ** 32]], 'has 4294967296 bytes', 0],
    ['a set without a count', [0], [['__BTF_ID__set__s', 0, 0]], 'has 0 bytes, expected at least 4', 0],
    ['a set8 without flags', [0], [['__BTF_ID__set8__s', 0, 4]], 'has 4 bytes, expected at least 8', 0],
    [
      'a count beyond the size',
      [3, 1, 2],
      [['__BTF_ID__set__s', 0, 12]],
      'has a count of 3, its 12 bytes hold 2',
      0,
    ],
    [
      'two ids in one place',
      [0],
      [
        [func, 0],
        ['__BTF_ID__func__g__2', 0],
      ],
      `__BTF_ID__func__g__2 lies on ${func} at 0x0`,
      0,
    ],
    [
      'an id on the flags of a set8',
      [0, 0],
      [
        ['__BTF_ID__set8__s', 0, 8],
        [func, 4],
      ],
      `${func} lies on __BTF_ID__set8__s at 0x0`,
      4,
    ],
    [
      'a set inside a set',
      [0, 0, 0, 0],
      [
        ['__BTF_ID__set__s', 0, 16],
        [func, 4],
        ['__BTF_ID__set__t', 8, 4],
      ],
      '__BTF_ID__set__t lies on __BTF_ID__set__s at 0x0',
      8,
    ],
  ])('%s', (_, words, rows, problem, offset) => {
    const format = { ...object, addr: 0x1000n };
    let error: unknown;
    try {
      readBtfIds(elfOf(words, rows, format));
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(FormatError);
    expect((error as FormatError).problem).toContain(problem);
    expect((error as FormatError).where).toEqual({
      file: 'a.ko',
      section: '.BTF_ids',
      ...(offset !== undefined && { offset }),
    });
  });
});
