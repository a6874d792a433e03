import { type ByteSource, FormatError, memorySource } from '@btfkit/core/bytes';
import { Elf, hasModuleSignature, SHT_NOBITS, SHT_NULL, writeSections } from '@btfkit/core/elf';
import { describe, expect, test } from 'vitest';
import { buildElf, relocationBytes, symbolBytes } from '../elf/build-elf.mjs';
import { changed, filled, open, othersOf, sectionsOf } from './rewrite.js';

const btf = filled(101, 0xbf);
const add = { name: '.BTF', content: btf };
const plain = { name: '.data', content: filled(50, 1) };
const own = { name: '.BTF', content: filled(80, 2) };

function joined(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap(part => [...part]));
}

/** With a program header for the bytes [offset, offset + size) of the file. */
function withSegment(bytes: Uint8Array, offset: number, size: number): Uint8Array {
  const header = new Uint8Array(56);
  const view = new DataView(header.buffer);
  view.setUint32(0, 1, true);
  view.setBigUint64(8, BigInt(offset), true);
  view.setBigUint64(32, BigInt(size), true);
  const result = joined(bytes, header);
  const head = new DataView(result.buffer);
  head.setBigUint64(32, BigInt(bytes.length), true);
  head.setUint16(54, 56, true);
  head.setUint16(56, 1, true);
  return result;
}

describe('what cannot be changed is refused in one line', () => {
  const executable = buildElf({ type: 2, sections: [{ ...own, flags: 2 }, plain] });
  const debugOnly = buildElf({
    type: 2,
    sections: [{ name: '.BTF', type: SHT_NOBITS, flags: 2, size: 101 }],
  });
  const object = buildElf({ sections: [own, plain] });
  const { offset } = open(object).section('.BTF')!;
  const overlapping = (at: (elf: Elf) => number, size = 80) => {
    const bytes = buildElf({ sections: [{ ...own, content: filled(size, 2) }, plain] });
    const elf = open(bytes);
    const view = new DataView(bytes.buffer);
    const table = Number(view.getBigUint64(0x28, true));
    view.setBigUint64(table + 64 + 24, BigInt(at(elf)), true);
    return bytes;
  };

  test.each<[string, () => unknown, RegExp]>([
    [
      'a signed module',
      () => changed(joined(object, new TextEncoder().encode('sig~Module signature appended~\n')), add),
      /^test\.elf: the module is signed, and a change would break that: embed first, sign then$/,
    ],
    [
      'another size in the loaded image',
      () => changed(executable, add),
      /^test\.elf: \.BTF: part of the loaded image: 101 bytes cannot stand in the place of 80$/,
    ],
    [
      'another size in a segment',
      () => changed(withSegment(object, offset + 79, 5), add),
      /part of the loaded image: 101 bytes cannot stand in the place of 80/,
    ],
    [
      'removal from the loaded image',
      () => changed(executable, { name: '.BTF', remove: true }),
      /\.BTF: it cannot be removed: it is part of the loaded image/,
    ],
    ['no content in the loaded image', () => changed(debugOnly, add), /without content in this file/],
    [
      'several of one name',
      () => changed(buildElf({ sections: [own, own] }), add),
      /\.BTF: several sections have this name/,
    ],
    [
      'the name table',
      () => changed(object, { name: '.shstrtab', content: btf }),
      /\.shstrtab: it has the names of all sections and cannot be changed/,
    ],
    ['no sections', () => changed(buildElf({}).fill(0, 40, 48).fill(0, 60), add), /no section name table/],
    [
      'no name table',
      () => changed(object.slice().fill(0, 62, 64), add),
      /there is no section name table, in which a section could have its name/,
    ],
    [
      'a name table in a segment',
      () => changed(withSegment(buildElf({ sections: [plain] }), 0, 120), add),
      /\.shstrtab: part of the loaded image: it cannot take another name/,
    ],
    [
      'a segment that leaves the file',
      () => changed(withSegment(object, 5000, 1), add),
      /program header table: segment 0 runs past the end of the file/,
    ],
    [
      'program headers that leave the file',
      () => changed(withSegment(object, 0, 1).fill(255, 56, 57), add),
      /program header table: 255 program headers run past the end of the file/,
    ],
    [
      'program headers of a strange size',
      () => changed(withSegment(object, 0, 1).fill(40, 54, 55), add),
      /program headers of 40 bytes, expected 56/,
    ],
    [
      'a section that leaves the file',
      () =>
        changed(
          overlapping(() => 2 ** 40),
          { name: '.x', content: btf },
        ),
      /\.BTF: 0x50 bytes at 0x10000000000 run past the end of the file/,
    ],
    [
      'an alignment without end',
      () => changed(object, { ...add, align: 2 ** 20 }),
      /\.BTF: aligned to 1048576 bytes, expected a power of two up to 65536/,
    ],
    ['an alignment that is none', () => changed(object, { ...add, align: 24 }), /aligned to 24 bytes/],
    [
      'bytes of another section in the loaded image',
      () => {
        const bytes = overlapping(elf => elf.section('.data')!.offset - 40);
        return changed(withSegment(bytes, 0, bytes.length), { ...add, content: filled(80, 3) });
      },
      /it cannot be replaced: it shares its bytes with \.data/,
    ],
  ])('%s', (_, run, message) => {
    expect(run).toThrow(FormatError);
    expect(run).toThrow(message);
  });

  test('32-bit ELF beyond 4 GiB', () => {
    const bytes = buildElf({ is64: false, sections: [plain] });
    const view = new DataView(bytes.buffer);
    const table = view.getUint32(32, true);
    view.setUint32(table + 40 + 16, 0xffffff00, true);
    // A file of almost 4 GiB, of which only the start is not zero.
    const source: ByteSource = {
      name: 'huge',
      size: 0xffffffff,
      readInto(offset, target) {
        target.fill(0);
        if (offset < bytes.length) target.set(bytes.subarray(offset, offset + target.length));
      },
      read(offset, length) {
        const target = new Uint8Array(length);
        this.readInto(offset, target);
        return target;
      },
    };
    expect(() => writeSections(Elf.open(source), [{ ...add, content: filled(300, 1) }])).toThrow(
      /huge: the file would grow to more than 4 GiB, which 32-bit ELF has no offsets for/,
    );
  });

  test('in an object, what shares its bytes is moved, not overwritten', () => {
    for (const at of [0, 30]) {
      const bytes = overlapping(() => at);
      const now = changed(bytes, { ...add, content: filled(80, 3) });
      expect(sectionsOf(now)[1]).toMatchObject({ name: '.BTF', content: [...filled(80, 3)] });
      expect(othersOf(now, '.BTF')).toEqual(othersOf(bytes, '.BTF'));
    }
    const onTable = overlapping(elf => elf.source.size - 90);
    const now = changed(onTable, { ...add, content: filled(80, 3) });
    expect(othersOf(now, '.BTF')).toEqual(othersOf(onTable, '.BTF'));
  });

  test('same size in a segment is written over', () => {
    const bytes = withSegment(object, offset, 80);
    const expected = bytes.slice();
    expected.fill(9, offset, offset + 80);
    expect(changed(bytes, { ...add, content: filled(80, 9) })).toEqual(expected);
  });

  test('what segments have is not written over by what comes', () => {
    const bytes = withSegment(object, offset, open(object).source.size - offset);
    // The end of a name that is there: the table of names, which the segment has too, could not take another.
    const now = changed(bytes, { name: 'data', content: btf });
    expect(now.subarray(64, bytes.length)).toEqual(bytes.subarray(64));
    expect(open(now).bytes(open(now).section('data')!)).toEqual(btf);
  });
});

describe('removal of what others refer to', () => {
  const symbols = (info: number) => symbolBytes([{ shndx: 1, info, name: 1 }]);
  const file = (info: number, ...more: object[]) =>
    buildElf({
      sections: [
        own,
        { name: '.symtab', type: 2, link: 3, content: symbols(info), entsize: 24 },
        { name: '.strtab', type: 3, content: new TextEncoder().encode('\0who\0') },
        ...(more as []),
      ],
    });
  const remove = { name: '.BTF', remove: true } as const;

  test('a symbol', () => {
    expect(() => changed(file(0x11), remove)).toThrow(
      /^test\.elf: \.BTF: it cannot be removed: symbol who refers to it$/,
    );
  });

  test('a section symbol keeps the index', () => {
    const now = changed(file(3), remove);
    expect(sectionsOf(now)[1]).toMatchObject({ type: SHT_NULL, size: 0 });
    const last = buildElf({
      sections: [
        { name: '.symtab', type: 2, link: 2, content: symbolBytes([{ shndx: 4, info: 3 }]), entsize: 24 },
        { name: '.strtab', type: 3, content: Uint8Array.of(0) },
        plain,
        own,
      ],
    });
    const view = new DataView(last.buffer);
    // The name table is the third, so that .BTF is the last of all.
    const table = Number(view.getBigUint64(0x28, true));
    const rows = [last.slice(table + 3 * 64, table + 4 * 64), last.slice(table + 5 * 64, table + 6 * 64)];
    last.set(rows[1]!, table + 3 * 64);
    last.set(last.slice(table + 4 * 64, table + 5 * 64), table + 5 * 64);
    last.set(rows[0]!, table + 4 * 64);
    view.setUint16(62, 3, true);
    const symbol = open(last).section('.symtab')!.offset + 24;
    view.setUint16(symbol + 6, 5, true);
    expect(open(last).sections.at(-1)!.name).toBe('.BTF');
    expect(open(changed(last, remove)).sections.length).toBe(6);
    view.setUint16(symbol + 6, 4, true);
    expect(open(changed(last, remove)).sections.length).toBe(5);
  });

  test('relocations, unless they go with it; groups', () => {
    const relocations = relocationBytes([{ offset: 0, symbol: 1, type: 1 }]);
    const rela = { name: '.rela.BTF', type: 4, link: 2, info: 1, content: relocations, entsize: 24 };
    expect(() => changed(file(3, rela), remove)).toThrow(/\.rela\.BTF refers to it/);
    const now = changed(file(3, rela), remove, { name: '.rela.BTF', remove: true });
    expect(sectionsOf(now).map(({ name }) => name)).toEqual(['', '', '.symtab', '.strtab', '', '.shstrtab']);
    const group = {
      name: '.group',
      type: 17,
      link: 2,
      info: 1,
      content: Uint8Array.of(1, 0, 0, 0, 1, 0, 0, 0),
    };
    expect(() => changed(file(3, group), remove)).toThrow(/\.group refers to it/);
  });
});

test('hasModuleSignature', () => {
  const marker = new TextEncoder().encode('~Module signature appended~\n');
  const has = (bytes: Uint8Array) => hasModuleSignature(memorySource(bytes, ''));
  expect(
    [marker, joined(filled(9, 1), marker), joined(marker, filled(1, 0)), marker.subarray(1)].map(has),
  ).toEqual([true, true, false, false]);
});
