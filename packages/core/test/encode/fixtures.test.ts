import { existsSync, readdirSync } from 'node:fs';
import { FormatError } from '@btfkit/core/bytes';
import { LANGUAGES } from '@btfkit/core/dwarf';
import { describe, expect, test } from 'vitest';
import { encodeFixture, fixtures, load } from './encode.js';
import { sameGraphs, signatures } from './signatures.js';

// Our BTF of every fixture beside what pahole made of it (NAME.btf).

const objects = readdirSync(new URL('dwarf/', fixtures)).filter(name => /\.(o|elf)$/.test(name));
const goldenOf = (object: string) => `dwarf/${object.replace(/\.(o|elf)$/, '.btf')}`;
const hasGolden = (object: string) => existsSync(new URL(goldenOf(object), fixtures));

/** What pahole has no answer for, or a wrong one, beside the fixture that says what the answer is. */
const otherwise = new Map([
  // pahole reads no type units in objects: their types become void.
  ['structs.gcc12-dw4-x86_64-typeunits.o', 'dwarf/structs.gcc12-dw4-x86_64.btf'],
  ['structs.gcc12-dw5-x86_64-typeunits.o', 'dwarf/structs.gcc12-dw5-x86_64.btf'],
  // Its libdw knows no zstd.
  ['structs.clang19-dw5-x86_64-zstd.o', 'dwarf/structs.clang19-dw5-x86_64.btf'],
  // It reads no partial units.
  ['program.gcc12-dw4-x86_64-dwz.elf', 'dwarf/program.gcc12-dw5-x86_64-emitrelocs.btf'],
  ['program.gcc12-dw5-x86_64-dwz.elf', 'dwarf/program.gcc12-dw5-x86_64-emitrelocs.btf'],
]);

const compared = objects.filter(name => hasGolden(name) || otherwise.has(name));

test('most fixtures have an answer', () => expect(compared.length).toBeGreaterThan(160));

test.each(compared)('%s: the same types, functions, variables and tags', async object => {
  const ours = await encodeFixture(`dwarf/${object}`);
  const theirs = load(otherwise.get(object) ?? goldenOf(object));
  expect(ours.littleEndian).toBe(theirs.littleEndian);
  const a = signatures(ours);
  const b = signatures(theirs);
  expect(a.types).toEqual(b.types);
  expect(sameGraphs(ours, theirs)).toBe(true);
  expect(a.variables).toEqual(b.variables);
  expect(a.tags).toEqual(b.tags);
  expect(a.prototypes).toEqual(b.prototypes);
  expect(a.functions).toEqual(b.functions);
});

describe('the miniature kernel and its module', () => {
  const base = load('module/mini-vmlinux.btf');

  test.each([
    ['module/mini-vmlinux', base, undefined],
    ['module/btfkit_demo.ko', load('module/btfkit_demo.btf', base), base],
  ])('%s', async (object, theirs, on) => {
    const ours = await encodeFixture(object, on);
    expect(signatures(ours)).toEqual(signatures(theirs));
    expect(sameGraphs(ours, theirs)).toBe(true);
  });
});

describe('byte order and pointer size', () => {
  test.each(objects.filter(name => name.includes('s390x')))('%s gives big-endian BTF', async object => {
    expect((await encodeFixture(`dwarf/${object}`)).littleEndian).toBe(false);
  });

  test.each(objects.filter(name => name.startsWith('percpu.')))(
    '%s: four pointers in the per-CPU section are as wide as the machine says',
    async object => {
      const { variables } = signatures(await encodeFixture(`dwarf/${object}`));
      const place = variables.find(line => /\+\d+ cpu_stack /.test(line));
      expect(place).toMatch(/arm|i386/.test(object) ? /size=16$/ : /size=32$/);
    },
  );
});

describe('what is left alone, in one line with place, thing and reason', () => {
  const cases: [string, RegExp][] = [
    [
      'classes.gcc12-dw5-x86_64.o',
      /\.debug_info: offset 0x\w+: DW_TAG_rvalue_reference_type has no BTF.*--lang-exclude/,
    ],
    ['classes.gcc12-dw4-x86_64.o', /DW_TAG_rvalue_reference_type has no BTF/],
    ['classes.clang19-dw5-x86_64.o', /DW_TAG_reference_type has no BTF/],
    ['classes.clang19-dw5-x86_64-typeunits.o', /DW_TAG_reference_type has no BTF/],
    ['languages.mixed-x86_64.o', /DW_TAG_rvalue_reference_type has no BTF/],
    ['complex.gcc12-dw4-x86_64.o', /\.debug_info: offset 0x\w+: a complex number type has no BTF/],
    ['complex.clang14-dw5-x86_64.o', /a complex number type has no BTF/],
    ['functions.gcc12-nodebug-x86_64.o', /no DWARF here: compile with -g/],
    [
      'program.gcc12-dw4-x86_64-altlink.elf',
      /\.debug_info: offset 0x\w+: .* supplementary file .* before dwz/,
    ],
    ['program.gcc12-dw5-x86_64-altlink.elf', /supplementary file .* before dwz/],
    [
      'structs.gcc12-dw4-x86_64-skeleton.o',
      /: a skeleton unit: its types are in structs\.gcc12-dw4-x86_64-skeleton\.dwo.*-gsplit-dwarf/,
    ],
    ['structs.gcc12-dw5-x86_64-skeleton.o', /a skeleton unit: .*\.dwo/],
    ['structs.clang19-dw5-x86_64-skeleton.o', /a skeleton unit: .*\.dwo/],
    ['structs.clang19-dw5-x86_64-single.o', /a skeleton unit/],
  ];

  test.each(cases)('%s', async (object, message) => {
    const error = await encodeFixture(`dwarf/${object}`).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(FormatError);
    expect((error as FormatError).message).toMatch(message);
    expect((error as FormatError).message).not.toContain('\n');
    expect((error as FormatError).where.file).toBe(`dwarf/${object}`);
  });

  test('every fixture is accounted for', () => {
    const refused = cases.map(([object]) => object);
    const empty = ['entry.clang14-dw5-x86_64.o'];
    expect([...compared, ...refused, ...empty].sort()).toEqual([...objects].sort());
  });
});

test('a unit of assembler has no types', async () => {
  expect((await encodeFixture('dwarf/entry.clang14-dw5-x86_64.o')).endId).toBe(1);
});

test('units of a language that is excluded do not count', async () => {
  const excludedLanguages = new Set(['c++14', 'rust'].map(name => LANGUAGES.get(name)!));
  const btf = await encodeFixture('dwarf/languages.mixed-x86_64.o', undefined, { excludedLanguages });
  const parts = ['recursion.gcc12-dw5-x86_64', 'entry.gcc12-dw5-x86_64', 'structs.clang14-dw4-x86_64'];
  const wanted = new Set(parts.flatMap(name => signatures(load(`dwarf/${name}.btf`)).types));
  expect(signatures(btf).types).toEqual([...wanted].sort());
});
