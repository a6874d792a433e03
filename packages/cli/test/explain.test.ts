import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Btf, Kind } from '@btfkit/core/btf';
import { describe, expect, test } from 'vitest';
import { btfkit, scratchFolder } from './run.js';

const scratch = scratchFolder();
const fixture = (name: string) => fileURLToPath(new URL(`../../../fixtures/${name}`, import.meta.url));

const module = fixture('module/btfkit_demo.ko');
const base = fixture('module/mini-vmlinux.btf');
const suffixes = fixture('functions/suffixes.gcc12-dw5-x86_64.elf');
const prototypes = fixture('functions/prototypes.gcc12-dw5-x86_64.elf');
const kfuncs = fixture('functions/kfuncs.gcc12-dw5-x86_64.elf');

/** DIE offsets change with the compiler's mood, not with ours. */
const text = (stdout: string) => stdout.replace(/DIE 0x[0-9a-f]+/g, 'DIE 0x…');

describe('as text', () => {
  test('a function that is in the BTF', () => {
    const { status, stdout, stderr } = btfkit('encode', module, '--explain', 'demo_count');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(text(stdout)).toBe(`\
demo_count is in the BTF: FUNC 'demo_count', prototype void demo_count(int is_write, size_t bytes).
  symbols
    demo_count  .text+0x5f0  global FUNC in .text
  functions in DWARF
    btfkit_demo_ring.c, DIE 0x…, declared at btfkit_demo_ring.c:34
      void demo_count(int is_write, size_t bytes)
      at .text+0x5f0, symbol demo_count
  declarations in DWARF
    btfkit_demo.c, DIE 0x…, declared at btfkit_demo.h:84
      void demo_count(int, size_t)
`);
  });

  test('one whose copy is called otherwise', () => {
    const { status, stdout } = btfkit('encode', suffixes, '--explain', 'with_cold');
    expect(status).toBe(1);
    expect(text(stdout)).toBe(`\
with_cold is not in the BTF: the parameters of a copy of it (suffixes.c:108) come as (a, b, unused), in the source as (a, unused, b).
  symbols
    with_cold.constprop.0       0x4001a0  local FUNC in .text
    with_cold.constprop.0.cold  0x4000c0  local FUNC in .text, a piece of the function, which does not count
  functions in DWARF
    suffixes.c, DIE 0x…, declared at suffixes.c:108
      long int with_cold(long int a, long int unused, long int b)
      abstract: stands for its copies
      parameter 3 (\`b\`): in rsi, expected in rdx
    suffixes.c, DIE 0x…, declared at suffixes.c:108
      long int with_cold(long int a, long int b, long int unused)
      copy out of line, no address (DW_AT_low_pc)
      parameter 2 (\`b\`): not in its place
      parameter 3 (\`unused\`): optimized out, its value is known; not in its place
  what to do
    Mark it noinline, __used and, for gcc, __noclone, so that it keeps the source's parameters.
    A kprobe works without BTF, on with_cold.constprop.0; what its registers hold, DWARF or the disassembly tells.
`);
  });

  test('two functions of one name', () => {
    const { status, stdout } = btfkit('encode', prototypes, '--explain', 'more_parameters');
    expect(status).toBe(1);
    expect(text(stdout)).toContain(`
  the prototypes differ
    prototypes_a.c, DIE 0x… against prototypes_b.c, DIE 0x…
    number of parameters: \`1\` here, \`2\` there
  what to do
    Make the prototypes agree; where these are different functions of one name, rename one.
    Without the feature consistent_func, the function whose symbol there is counts.
`);
  });

  test('a kfunc', () => {
    const { status, stdout } = btfkit('encode', kfuncs, '--explain', 'kf_fast,kf_unexpected');
    expect(status).toBe(1);
    expect(stdout).toContain(`
  tags
    bpf_kfunc
    bpf_fastcall
  kfunc
    set8 first_ids: KF_ACQUIRE | KF_FASTCALL

kf_unexpected is not in the BTF: parameter 1 (\`t\`) is in rcx, expected in rdi (kfuncs.c:35).
`);
    expect(stdout).toContain(
      '    A set8 names it as a kfunc: without a FUNC its id is 0, and registering the set fails.',
    );
  });

  test('an unknown name', () => {
    expect(btfkit('encode', module, '--explain', 'demo_cuont')).toEqual({
      status: 1,
      stdout: `\
demo_cuont is not in the BTF: neither DWARF nor the symbol table has that name.
  what to do
    Was one of these meant: demo_count?
`,
      stderr: '',
    });
  });

  test('several names and inputs, on a base', () => {
    const both = ['--explain', 'demo_count', '--explain', 'printk'];
    const { status, stdout } = btfkit('encode', module, suffixes, '--base', base, ...both);
    expect(status).toBe(1);
    const printk = Btf.parse(readFileSync(base)).find('printk', Kind.FUNC);
    expect(stdout.split('\n').filter(line => /^\S|base/.test(line))).toEqual([
      `${module}:`,
      "demo_count is in the BTF: FUNC 'demo_count', prototype void demo_count(int is_write, size_t bytes).",
      'printk is not in the BTF: this file uses it, and another one defines it.',
      `    The base has FUNC 'printk', type id ${printk}: programs attach to that.`,
      `${suffixes}:`,
      'demo_count is not in the BTF: neither DWARF nor the symbol table has that name.',
      'printk is not in the BTF: neither DWARF nor the symbol table has that name.',
      `    The base has FUNC 'printk', type id ${printk}: programs attach to that.`,
    ]);
  });
});

describe('what is written', () => {
  test('nothing, unless a place is named', () => {
    btfkit('encode', module, '--explain', 'demo_count');
    expect(existsSync(`${module}.btf`)).toBe(false);
  });

  test('with -o the BTF as always', () => {
    const [plain, explained] = ['plain.btf', 'explained.btf'].map(scratch.path);
    btfkit('encode', module, '-o', plain!);
    expect(btfkit('encode', module, '-o', explained!, '--explain', 'demo_count').status).toBe(0);
    expect(readFileSync(explained!).equals(readFileSync(plain!))).toBe(true);
  });

  test('--json is one document', () => {
    const output = scratch.path('json.btf');
    const alone = btfkit('encode', suffixes, module, '--explain', 'partial', '--json');
    expect(alone.status).toBe(1);
    expect(JSON.parse(alone.stdout)).toMatchObject({
      files: [
        {
          input: suffixes,
          explanations: [
            {
              asked: 'partial',
              name: 'partial',
              inBtf: false,
              reason: 'only pieces',
              func: null,
              symbols: [{ name: 'partial.part.0', role: 'piece', suffix: '.part.0' }],
              functions: [{ kind: 'abstract', inlined: { count: 3 } }, { kind: 'copy' }],
              difference: null,
              kfunc: null,
            },
          ],
        },
        { input: module, explanations: [{ reason: 'unknown name' }] },
      ],
    });
    const both = btfkit('encode', module, '-o', output, '--explain', 'demo_count', '--json');
    expect(both.status).toBe(0);
    const { files } = JSON.parse(both.stdout);
    expect(files).toMatchObject([{ input: module, output, units: 3, explanations: [{ inBtf: true }] }]);
  });
});

describe('what goes wrong', () => {
  test('-o - and names that are none are wrong usage', () => {
    for (const names of ['', 'a,', '.cold']) {
      const { status, stderr } = btfkit('encode', module, '--explain', names);
      expect(status).toBe(2);
      expect(stderr).toContain('Names of functions, by commas.');
    }
    expect(btfkit('encode', module, '-o', '-', '--explain', 'demo_count')).toEqual({
      status: 2,
      stdout: '',
      stderr: 'btfkit: --explain and -o - both want standard output\n',
    });
  });

  test('a file that cannot be read does not keep others from being explained', () => {
    const none = fixture('dwarf/functions.gcc12-nodebug-x86_64.o');
    const { status, stdout, stderr } = btfkit('encode', none, module, '--explain', 'demo_count', '--json');
    expect(status).toBe(3);
    expect(stderr).toBe(`btfkit: ${none}: .debug_info: no DWARF here: compile with -g\n`);
    const message = `${none}: .debug_info: no DWARF here: compile with -g`;
    expect(JSON.parse(stdout).files).toMatchObject([
      { input: none, error: message },
      { input: module, explanations: [{ inBtf: true }] },
    ]);
  });

  test('one that cannot be encoded is reported once', () => {
    const none = fixture('dwarf/functions.gcc12-nodebug-x86_64.o');
    const { status, stdout, stderr } = btfkit(
      ...['encode', none, '-o', scratch.path('none.btf'), '--explain', 'demo_count'],
    );
    expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
    expect(stderr.split('\n')).toHaveLength(2);
  });
});
