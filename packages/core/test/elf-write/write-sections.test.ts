import { SHF_COMPRESSED, SHT_NOBITS, SHT_NULL, SHT_PROGBITS } from '@btfkit/core/elf';
import { describe, expect, test } from 'vitest';
import { buildElf } from '../elf/build-elf.mjs';
import { changed, filled, open, othersOf, sectionsOf } from './rewrite.js';

const formats = [
  { is64: true, little: true },
  { is64: true, little: false },
  { is64: false, little: true },
  { is64: false, little: false },
];
const text = { name: '.text', flags: 6, content: filled(37, 0x90), addralign: 16, info: 3, entsize: 5 };
const bss = { name: '.bss', type: SHT_NOBITS, size: 5000, flags: 3 };
const btf = filled(101, 0xbf);
const base = filled(33, 0xba);

describe.each(formats)('64-bit: $is64, little-endian: $little', format => {
  const old = buildElf({ ...format, type: 1, machine: 22, flags: 0x12345678, sections: [text, bss] });
  const both = changed(old, { name: '.BTF', content: btf }, { name: '.BTF.base', content: base });

  test('new sections come last, as objcopy adds them; all others are as they were', () => {
    expect(othersOf(both, '.BTF', '.BTF.base')).toEqual(othersOf(old));
    const [added, second] = sectionsOf(both).slice(-2);
    const common = { type: SHT_PROGBITS, flags: 0, addr: 0n, link: 0, info: 0, addralign: 1, entsize: 0 };
    expect(added).toMatchObject({ ...common, name: '.BTF', size: 101, content: [...btf] });
    expect(second).toMatchObject({ ...common, name: '.BTF.base', size: 33, content: [...base] });
    const { machine, flags, type, is64, littleEndian } = open(both);
    expect({ machine, flags, type, is64, little: littleEndian }).toEqual({
      machine: 22,
      flags: 0x12345678,
      type: 1,
      ...format,
    });
  });

  test('the same again changes nothing', () => {
    expect(changed(both, { name: '.BTF', content: btf }, { name: '.BTF.base', content: base })).toEqual(both);
  });

  test.each([0, 1, 100, 101, 102, 5000])('%i bytes in the place of what was added', size => {
    const content = filled(size, 7);
    expect(changed(changed(old, { name: '.BTF', content: btf }), { name: '.BTF', content })).toEqual(
      changed(old, { name: '.BTF', content }),
    );
  });

  test('flags, type and alignment as they are asked for, and kept when they are not', () => {
    const asked = { name: '.note', content: btf, type: 7, flags: 2, align: 16 };
    const with16 = changed(old, asked);
    const [note] = sectionsOf(with16).slice(-1);
    expect(note).toMatchObject({ type: 7, flags: 2, addralign: 16 });
    expect(note!.offset % 16).toBe(0);
    const [again] = sectionsOf(changed(with16, { name: '.note', content: filled(200, 1) })).slice(-1);
    expect(again).toMatchObject({ type: 7, flags: 2, addralign: 16, size: 200 });
    expect(again!.offset % 16).toBe(0);
    const [plain] = sectionsOf(changed(with16, { ...asked, flags: 0, type: 1, align: 4 })).slice(-1);
    expect(plain).toMatchObject({ type: 1, flags: 0, addralign: 4 });
  });

  test('removed from the end: neither header nor content is left', () => {
    const less = changed(both, { name: '.BTF.base', remove: true });
    expect(othersOf(less, '.BTF')).toEqual(othersOf(old));
    expect(open(less).section('.BTF.base')).toBeUndefined();
    expect(less.length).toBeLessThan(both.length);
    expect(changed(less, { name: '.BTF.base', remove: true })).toEqual(less);
  });

  test('removed from the middle: an empty header keeps the indices of the others', () => {
    const less = changed(both, { name: '.BTF', remove: true });
    const sections = sectionsOf(less);
    const index = open(both).section('.BTF')!.index;
    expect(sections[index]).toMatchObject({ name: '', type: SHT_NULL, offset: 0, size: 0, addralign: 0 });
    expect(sections[index + 1]).toMatchObject({ name: '.BTF.base', content: [...base] });
    expect(othersOf(less, '.BTF.base').slice(0, 3)).toEqual(othersOf(old));
    const back = sectionsOf(changed(less, { name: '.BTF', content: btf }));
    expect(back[index + 2]).toMatchObject({ name: '.BTF', content: [...btf] });
  });

  test('one in the place of another that is removed', () => {
    const one = changed(both, { name: '.BTF.base', remove: true }, { name: '.other', content: btf });
    expect(sectionsOf(one).map(({ name }) => name)).toEqual([
      '',
      '.text',
      '.bss',
      '.shstrtab',
      '.BTF',
      '.other',
    ]);
  });

  test('a removal of what is not there changes nothing', () => {
    expect(changed(old, { name: '.BTF', remove: true })).toEqual(old);
  });
});

describe('where content goes', () => {
  const data = { name: '.data', content: filled(50, 0xda), addralign: 8 };
  const old = buildElf({ sections: [text, { name: '.BTF', content: btf }, data] });
  const place = open(old).section('.BTF')!.offset;

  test('same size among others: nothing but these bytes', () => {
    const content = filled(101, 1);
    const expected = old.slice();
    expected.set(content, place);
    expect(changed(old, { name: '.BTF', content })).toEqual(expected);
  });

  test('smaller among others: where it was', () => {
    const less = changed(old, { name: '.BTF', content: filled(20, 1) });
    expect(open(less).section('.BTF')).toMatchObject({ index: 2, offset: place, size: 20 });
    expect(othersOf(less, '.BTF')).toEqual(othersOf(old, '.BTF'));
  });

  test('larger among others, or aligned otherwise: behind them, under its index', () => {
    const dataEnd = open(old).section('.data')!.offset + 50;
    for (const change of [{ content: filled(200, 1) }, { content: btf, align: 4096 }]) {
      const more = changed(old, { name: '.BTF', ...change });
      const section = open(more).section('.BTF')!;
      expect(section.index).toBe(2);
      expect(section.offset).toBeGreaterThanOrEqual(dataEnd);
      expect(othersOf(more, '.BTF')).toEqual(othersOf(old, '.BTF'));
      expect(changed(more, { name: '.BTF', ...change })).toEqual(more);
    }
  });

  test('compressed, without content, or inactive: what comes is none of that', () => {
    for (const header of [{ flags: SHF_COMPRESSED | 0x80000000 }, { type: SHT_NOBITS }, { type: SHT_NULL }]) {
      const was = buildElf({ sections: [text, { name: '.BTF', content: btf, ...header }, data] });
      const now = changed(was, { name: '.BTF', content: btf });
      const flags = 'flags' in header ? 0x80000000 : 0;
      expect(sectionsOf(now)[2]).toMatchObject({ type: SHT_PROGBITS, flags, content: [...btf] });
      expect(othersOf(now, '.BTF')).toEqual(othersOf(was, '.BTF'));
    }
  });

  test('what stands behind all sections, and no header tells of, stays', () => {
    const tail = filled(90, 0x77);
    const long = new Uint8Array(old.length + 300);
    long.set(old);
    long.set(tail, old.length + 50);
    const once = changed(long, { name: '.new', content: btf });
    expect(once.subarray(old.length + 50, old.length + 140)).toEqual(tail);
    expect(othersOf(once, '.new')).toEqual(othersOf(old));
    expect(changed(once, { name: '.new', content: btf })).toEqual(once);
    expect(
      changed(changed(long, { name: '.new', content: filled(900, 3) }), { name: '.new', content: btf }),
    ).toEqual(once);
  });

  test('an empty section far behind stays inside the file', () => {
    const was = buildElf({
      sections: [text, { name: '.BTF', content: filled(9000, 1) }, { name: '.e', content: btf }],
    });
    const view = new DataView(was.buffer);
    const table = Number(view.getBigUint64(0x28, true));
    view.setBigUint64(table + 3 * 64 + 32, 0n, true);
    const now = changed(was, { name: '.BTF', remove: true });
    expect(othersOf(now, '')).toEqual(othersOf(was, '', '.BTF'));
  });
});

describe('names', () => {
  test('the end of another name serves', () => {
    const old = buildElf({ sections: [{ ...text, name: '.rel.BTF' }] });
    const now = changed(old, { name: '.BTF', content: btf });
    const size = (bytes: Uint8Array) => open(bytes).section('.shstrtab')!.size;
    expect(size(now)).toBe(size(old));
    expect(sectionsOf(now).at(-1)).toMatchObject({ name: '.BTF', content: [...btf] });
  });

  test('a name table that is not ended', () => {
    const old = buildElf({ sections: [text] });
    const { offset, size } = open(old).section('.shstrtab')!;
    old[offset + size - 1] = 0x78;
    const now = changed(old, { name: '.BTF', content: btf });
    expect(sectionsOf(now).map(({ name }) => name)).toEqual(['', '.text', '.shstrtabx', '.BTF']);
  });
});

describe('more than 65,280 sections', () => {
  const many = (count: number) =>
    buildElf({
      sections: Array.from({ length: count - 2 }, () => ({ name: '.x', content: Uint8Array.of(1) })),
    });
  const counts = (bytes: Uint8Array) => {
    const view = new DataView(bytes.buffer);
    const table = Number(view.getBigUint64(0x28, true));
    return { header: view.getUint16(60, true), first: Number(view.getBigUint64(table + 32, true)) };
  };

  test.each([
    [0xff00 - 2, { header: 0xff00 - 1, first: 0 }],
    [0xff00 - 1, { header: 0, first: 0xff00 }],
    [0xff00, { header: 0, first: 0xff01 }],
    [70_000, { header: 0, first: 70_001 }],
  ])('%i and one', (count, expected) => {
    const old = many(count);
    const now = changed(old, { name: '.BTF', content: btf });
    expect(counts(now)).toEqual(expected);
    const elf = open(now);
    expect(elf.sections.length).toBe(count + 1);
    expect(elf.section('.BTF')!.index).toBe(count);
    expect(elf.section('.shstrtab')!.index).toBe(count - 1);
    expect(elf.bytes(elf.section('.BTF')!)).toEqual(btf);
    const less = changed(now, { name: '.BTF', remove: true });
    expect(open(less).sections.length).toBe(count);
    expect(counts(less).header).toBe(count >= 0xff00 ? 0 : count);
  });
});
