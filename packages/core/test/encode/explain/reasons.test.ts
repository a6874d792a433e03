import { LANGUAGES } from '@btfkit/core/dwarf';
import { DEFAULT_FEATURES, Explainer, type Finding } from '@btfkit/core/encode';
import { describe, expect, test } from 'vitest';
import { load } from '../encode.js';
import { explained, open } from './explained.js';

const gcc = 'gcc12-dw5-x86_64.elf';
const clang = 'clang19-dw5-x86_64.elf';

describe('each reason', () => {
  test.each([
    [
      `functions/ambiguous.${gcc}`,
      'thrice',
      'ambiguous address',
      'its symbols are at several addresses (0x4000c0, 0x400180, 0x4001b0), so that the name does not say which is meant',
    ],
    [
      `functions/suffixes.${gcc}`,
      'last_unused',
      'optimized parameters',
      'its code is last_unused.constprop.0, in which parameter 2 (`unused`) was optimized out',
    ],
    [
      `functions/suffixes.${clang}`,
      'first_unused',
      'optimized parameters',
      'clang changed its signature, and parameter 1 (`unused`) was optimized out',
    ],
    [
      `functions/suffixes.${gcc}`,
      'with_cold',
      'reordered parameters',
      'the parameters of a copy of it (suffixes.c:108) come as (a, b, unused), in the source as (a, unused, b)',
    ],
    [
      'functions/packed.gcc12-dw4-x86_64.elf',
      'on_stack_packed',
      'uncertain location',
      'parameter 9 (`s`) is a packed struct on the stack, so that it is not certain where parameters are (packed.c:147)',
    ],
    [
      `functions/prototypes.${gcc}`,
      'int_or_long',
      'inconsistent prototypes',
      'the prototypes in prototypes_a.c:36 and prototypes_b.c:31 differ: parameter 1 (`a`) is `int` and `long int`',
    ],
    [
      `functions/kfuncs.${gcc}`,
      'kf_unexpected',
      'unexpected register',
      'parameter 1 (`t`) is in rcx, expected in rdi (kfuncs.c:35)',
    ],
    [
      `functions/by_value.${gcc}`,
      'returns_three',
      'unexpected register',
      'parameter 1 (`a`) is in rsi, expected in rdi; parameter 2 (`b`) is in rdx, expected in rsi; parameter 3 (`c`) is in rcx, expected in rdx (by_value.c:104); the first register has the address of the struct that it returns',
    ],
    [
      `functions/shapes.${gcc}`,
      'nothing_of_the_kind',
      'unknown name',
      'neither DWARF nor the symbol table has that name',
    ],
    [
      `functions/suffixes.${gcc}`,
      'last_unused.isra.7',
      'unknown name',
      'the symbol table has no such symbol',
    ],
    [
      'functions/symbols.gcc12-dw5-x86_64-untyped.elf',
      'untyped_fn',
      'not a function symbol',
      'its symbol is of type NOTYPE, and only FUNC counts',
    ],
    [
      `functions/suffixes.${gcc}`,
      'partial',
      'only pieces',
      'only pieces of it have symbols (partial.part.0)',
    ],
    [
      `functions/suffixes.${gcc}`,
      'with_cold.constprop.0.cold',
      'only pieces',
      'it is a piece of with_cold that the compiler split off',
    ],
    ['module/btfkit_demo.ko', 'printk', 'undefined', 'this file uses it, and another one defines it'],
    [
      `functions/symbols.${gcc}`,
      'renamed_fn',
      'no symbol',
      'the symbol of its code is linker_name, and only one of its own name counts (symbols.c:39)',
    ],
    [
      'functions/symbols.gcc12-dw5-x86_64-nosymtab.elf',
      'untyped_fn',
      'no symbol table',
      'the file has no symbol table, and only what has a symbol counts',
    ],
    [
      `functions/inlined.${gcc}`,
      'nowhere',
      'only inlined',
      'it has no code of its own, all of it was inlined (3 copies)',
    ],
    [
      `functions/registers.${clang}`,
      'sink',
      'only declared',
      'DWARF only declares it (registers.c:6), and the file does not define it',
    ],
    [
      'module/btfkit_demo.ko',
      'cleanup_module',
      'no DWARF',
      'it has a symbol, but is only declared in DWARF, which calls the code there demo_exit',
    ],
    [`functions/kfuncs.${gcc}`, 'kf_unnamed', 'unnamed parameters', 'parameter 1 has no name (kfuncs.c:25)'],
  ])('%s, %s: %s', async (path, name, reason, because) => {
    const explanation = await explained(path, name);
    expect(explanation).toMatchObject({ asked: name, inBtf: false, reason, func: null });
    expect(explanation.verdict).toBe(`${name} is not in the BTF: ${because}.`);
  });

  test('excluded language', async () => {
    const excludedLanguages = new Set(['c++', 'c++14', 'rust'].map(name => LANGUAGES.get(name)!));
    const options = { excludedLanguages };
    const path = 'dwarf/languages.mixed-x86_64.o';
    const symbols = open(path).symbols()!;
    const name = Array.from({ length: symbols.length }, (_, i) => symbols.name(i)).find(one =>
      one.startsWith('_GLOBAL__sub_I_'),
    )!;
    const explanation = await explained(path, name, options);
    expect(explanation.reason).toBe('excluded language');
    expect(explanation.verdict).toBe(
      `${name} is not in the BTF: its unit is of a language that is left out (classes.cc).`,
    );
    expect(explanation.functions).toMatchObject([{ unit: 'classes.cc', excluded: true }]);
  });
});

describe('features', () => {
  const path = `functions/prototypes.${gcc}`;

  test('without consistent_func, differences do no harm, and are told', async () => {
    const features = new Set([...DEFAULT_FEATURES].filter(feature => feature !== 'consistent_func'));
    const explanation = await explained(path, 'int_or_long', { features });
    expect(explanation.verdict).toBe(
      "int_or_long is in the BTF: FUNC 'int_or_long', prototype int int_or_long(long int b).",
    );
    expect(explanation.functions[explanation.func!.from]).toMatchObject({ unit: 'prototypes_b.c' });
    expect(explanation.difference).toMatchObject({ first: 0, second: 2 });
  });

  test('true_signature gives the name of the symbol', async () => {
    const features = new Set([...DEFAULT_FEATURES, 'true_signature' as const]);
    const changed = `functions/suffixes.${gcc}`;
    for (const name of ['last_unused', 'last_unused.constprop.0']) {
      const explanation = await explained(changed, name, { features });
      expect(explanation).toMatchObject({ asked: name, name: 'last_unused', inBtf: true });
      expect(explanation.func).toMatchObject({ name: 'last_unused.constprop.0' });
    }
  });

  test('what true_signature would give is among the advice, if it gives something', async () => {
    const changed = `functions/suffixes.${clang}`;
    expect((await explained(changed, 'first_unused')).advice).toContain(
      "With the feature true_signature it is FUNC 'first_unused', prototype long first_unused(long used).",
    );
    const { advice } = await explained(`functions/suffixes.${gcc}`, 'first_unused');
    expect(advice.join(' ')).not.toContain('true_signature');
  });
});

describe('evidence', () => {
  test('of a function that is in the BTF', async () => {
    const { verdict, symbols, functions, declarations, func } = await explained(
      'module/btfkit_demo.ko',
      'demo_count',
    );
    expect(verdict).toBe(
      "demo_count is in the BTF: FUNC 'demo_count', prototype void demo_count(int is_write, size_t bytes).",
    );
    expect(func).toEqual({
      name: 'demo_count',
      prototype: 'void demo_count(int is_write, size_t bytes)',
      tags: [],
      from: 0,
      baseId: null,
    });
    expect(symbols).toEqual([
      {
        name: 'demo_count',
        address: '.text+0x5f0',
        size: expect.any(Number),
        binding: 'global',
        type: 'FUNC',
        section: '.text',
        role: 'function',
        suffix: '',
        sameAddress: [],
      },
    ]);
    expect(functions).toEqual([
      {
        name: 'demo_count',
        unit: 'btfkit_demo_ring.c',
        offset: expect.any(Number),
        section: '.debug_info',
        file: 'btfkit_demo_ring.c',
        line: 34,
        prototype: 'void demo_count(int is_write, size_t bytes)',
        parameters: ['is_write', 'bytes'],
        kind: 'function',
        address: '.text+0x5f0',
        symbols: ['demo_count'],
        excluded: false,
        inlined: { count: 0, into: [] },
        findings: [],
      },
    ]);
    expect(declarations).toMatchObject({
      count: 1,
      first: [{ unit: 'btfkit_demo.c', file: 'btfkit_demo.h', line: 84, kind: 'declaration' }],
    });
  });

  test('inlined copies, and where they are', async () => {
    const { functions } = await explained(`functions/inlined.${gcc}`, 'nowhere');
    expect(functions.map(({ unit, kind, inlined }) => ({ unit, kind, inlined }))).toEqual(
      ['a', 'b', 'c'].map(letter => ({
        unit: `inlined_${letter}.c`,
        kind: 'abstract',
        inlined: {
          count: 1,
          into: [{ function: `use_${letter}`, unit: `inlined_${letter}.c`, count: 1 }],
        },
      })),
    );
  });

  test('inlined copies in units that refer to each other', async () => {
    const { functions } = await explained('functions/inlined.clang19-dw5-x86_64-lto.elf', 'nowhere');
    const copies = functions.reduce((sum, { inlined }) => sum + inlined.count, 0);
    expect(copies).toBe(2);
  });

  test('the copy that differs, and what is found in it', async () => {
    const { functions, symbols } = await explained(`functions/suffixes.${gcc}`, 'with_cold');
    expect(symbols.map(({ name, role }) => [name, role])).toEqual([
      ['with_cold.constprop.0', 'function'],
      ['with_cold.constprop.0.cold', 'piece'],
    ]);
    const expected: Finding[] = [
      { rule: 'out of order', parameter: 2, name: 'b' },
      { rule: 'constant', parameter: 3, name: 'unused' },
      { rule: 'out of order', parameter: 3, name: 'unused' },
    ];
    expect(functions.find(({ kind }) => kind === 'copy')).toMatchObject({
      address: null,
      findings: expected,
    });
  });

  test('registers by the names of the machine', async () => {
    const registers = async (path: string, name: string) => {
      const { functions } = await explained(`functions/${path}`, name);
      return functions
        .flatMap(({ findings }) => findings)
        .flatMap(finding => ('expected' in finding ? [[finding.found, finding.expected]] : []));
    };
    expect(await registers('by_value.clang14-dw5-s390x.elf', 'f_either_two')).toEqual([['r3', ['r2']]]);
    expect(await registers('registers.clang14-dw5-s390x.elf', 'real')).toContainEqual(['f0', ['r2']]);
    expect(await registers(`shapes.${clang}`, 'old_style_promoted')).toEqual([['xmm0', ['rsi']]]);
  });

  const parameter = (first: string, second: string, number = 1, name = 'a') => ({
    what: 'parameter',
    parameter: number,
    name,
    first,
    second,
  });
  const whole = (what: string, first: string, second: string) => ({
    what,
    parameter: null,
    name: null,
    first,
    second,
  });
  test.each([
    ['int_or_long', [parameter('int', 'long int')]],
    ['second_differs', [parameter('int', 'long int', 2, 'b')]],
    ['function_variadic', [parameter('int (*)(int, ...)', 'int (*)(int)')]],
    ['restrict_pointer', [parameter('int *', 'int *restrict')]],
    ['array_length', [parameter('int (*)[3]', 'int (*)[4]')]],
    ['unnamed_or_named', [parameter('struct {…} *', 'struct defined *')]],
    ['const_void', [parameter('void *', 'const void *')]],
    ['enum_or_enum64', [parameter('enum wide (an enum of 4 bytes)', 'enum wide (an enum of 8 bytes)')]],
    ['result_void', [whole('result', 'int', 'void')]],
    ['more_parameters', [whole('parameters', '1', '2')]],
    ['variadic_or_not', [whole('variadic', 'no ...', '...')]],
    ['variadic_or_more', [whole('parameters', '1', '2'), whole('variadic', '...', 'no ...')]],
  ])('in what prototypes differ: %s', async (name, what) => {
    expect((await explained(`functions/prototypes.${gcc}`, name)).difference?.what).toEqual(what);
  });

  test('names that are much like one that is not there', async () => {
    const { similar, advice } = await explained('module/btfkit_demo.ko', 'demo_cuont');
    expect(similar[0]).toBe('demo_count');
    expect(advice).toEqual([`Was one of these meant: ${similar.join(', ')}?`]);
    expect((await explained('module/btfkit_demo.ko', '_printk')).similar).toContain('printk');
  });
});

describe('kfuncs', () => {
  const path = `functions/kfuncs.${gcc}`;

  test('set, flags and tags', async () => {
    const { kfunc, func } = await explained(path, 'kf_fast');
    expect(kfunc).toEqual({
      sets: [{ name: 'first_ids', isMarked: true, flags: 0x1001, flagNames: ['KF_ACQUIRE', 'KF_FASTCALL'] }],
    });
    expect(func!.tags).toEqual([
      { name: 'bpf_kfunc', component: -1 },
      { name: 'bpf_fastcall', component: -1 },
    ]);
  });

  test('one without a FUNC, and one that is not there at all', async () => {
    for (const name of ['kf_unexpected', 'kf_absent']) {
      const { inBtf, kfunc, advice } = await explained(path, name);
      expect(inBtf).toBe(false);
      expect(kfunc!.sets).toHaveLength(1);
      expect(advice.join(' ')).toContain('without a FUNC its id is 0');
    }
  });

  test('in a set that is not one of kfuncs', async () => {
    const { func, kfunc, advice } = await explained(path, 'kf_in_other_set');
    expect(func!.tags).toEqual([]);
    expect(kfunc!.sets).toMatchObject([{ name: 'other_ids', isMarked: false }]);
    expect(advice.join(' ')).toContain('BTF_KFUNCS_START');
  });
});

describe('on a base', () => {
  const base = load('functions/kfuncs.clang19-dw5-x86_64.no-decl_tag_kfuncs.btf');

  test('what the base has is in its BTF', async () => {
    const path = 'functions/kfuncs.clang19-dw5-x86_64-relsplit.o';
    const { verdict, inBtf, func } = await explained(path, 'kf_plain', {}, base);
    expect(inBtf).toBe(true);
    expect(base.typeName(func!.baseId!)).toBe('kf_plain');
    expect(verdict).toBe(
      `kf_plain is in the BTF of the base already, and not repeated: FUNC 'kf_plain', prototype int kf_plain(struct task *t), type id ${func!.baseId} there.`,
    );
  });

  test('what a module uses of it', async () => {
    const kernel = load('module/mini-vmlinux.btf');
    const explainer = new Explainer(kernel);
    const [used, own] = await explainer.explain(open('module/btfkit_demo.ko'), ['printk', 'demo_count']);
    expect(used).toMatchObject({ reason: 'undefined', baseFunc: kernel.find('printk') });
    expect(used!.advice).toContain(
      `The base has FUNC 'printk', type id ${kernel.find('printk')}: programs attach to that.`,
    );
    expect(own).toMatchObject({ inBtf: true, baseFunc: null, func: { baseId: null } });
  });
});
