import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Btf } from '@btfkit/core/btf';
import { memorySource } from '@btfkit/core/bytes';
import { distill } from '@btfkit/core/distill';
import { Elf } from '@btfkit/core/elf';
import { type EncodeOptions, Encoder } from '@btfkit/core/encode';
import { describe, expect, test } from 'vitest';
import { btfkit, scratchFolder } from './run.js';

const scratch = scratchFolder();
const fixture = (name: string) => fileURLToPath(new URL(`../../../fixtures/${name}`, import.meta.url));

const kernel = fixture('module/mini-vmlinux');
const module = fixture('module/btfkit_demo.ko');
const base = fixture('module/mini-vmlinux.btf');
const noDwarf = fixture('dwarf/functions.gcc12-nodebug-x86_64.o');
const quiet = { status: 0, stdout: '', stderr: '' };

async function expected(path: string, on?: string, options?: EncodeOptions): Promise<Buffer> {
  const btf = on === undefined ? undefined : Btf.parse(readFileSync(on));
  return Buffer.from(
    await new Encoder(btf).encode(Elf.open(memorySource(readFileSync(path), path)), options),
  );
}
const isAt = (path: string, bytes: Buffer) => expect(readFileSync(path).equals(bytes)).toBe(true);

/** A folder of its own with copies of a fixture by these names. */
function copies(folder: string, of: string, ...names: string[]): string[] {
  return names.map(name => {
    const path = scratch.path(join(folder, name));
    mkdirSync(join(path, '..'), { recursive: true });
    copyFileSync(of, path);
    return path;
  });
}

describe('one file', () => {
  test('to -o, to standard output, and beside it', async () => {
    const output = scratch.path('one.btf');
    const bytes = await expected(kernel);
    expect(btfkit('encode', kernel, '-o', output)).toEqual(quiet);
    isAt(output, bytes);
    const [input] = copies('beside', kernel, 'vmlinux');
    expect(btfkit('encode', input!)).toEqual(quiet);
    isAt(`${input}.btf`, bytes);
    expect(btfkit('dump', `${input}.btf`).status).toBe(0);
    expect(btfkit('encode', kernel, '-o', '-').stdout).toBe(bytes.toString());
  });

  test.each(['1', '2', '3', '8'])('with -j %s, the same bytes', async threads => {
    const output = scratch.path(`threads-${threads}.btf`);
    expect(btfkit('encode', kernel, '-o', output, '-j', threads)).toEqual(quiet);
    isAt(output, await expected(kernel));
  });

  test('units that refer to each other, with -j 2', async () => {
    const input = fixture('dwarf/program.gcc12-dw5-x86_64-dwz.elf');
    const output = scratch.path('dwz.btf');
    expect(btfkit('encode', input, '-o', output, '-j', '2')).toEqual(quiet);
    isAt(output, await expected(input));
  });

  test('a module on its base', async () => {
    const output = scratch.path('demo.btf');
    expect(btfkit('encode', module, '--base', base, '-o', output)).toEqual(quiet);
    isAt(output, await expected(module, base));
  });

  test('--json', async () => {
    const output = scratch.path('json.btf');
    const { status, stdout } = btfkit('encode', module, '--base', base, '-o', output, '--json', '-j', '2');
    const bytes = await expected(module, base);
    const on = Btf.parse(readFileSync(base));
    const { startId, endId } = Btf.parse(bytes, { base: on });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      files: [{ input: module, output, units: 3, types: endId - startId, bytes: bytes.length, notes: [] }],
    });
  });
});

test('--distill: split BTF and the base that it needs', async () => {
  const output = scratch.path('distilled.btf');
  expect(btfkit('encode', module, '--base', base, '-o', output, '--distill')).toEqual(quiet);
  const on = Btf.parse(readFileSync(base));
  const { split, base: small } = distill(Btf.parse(await expected(module, base), { base: on }));
  isAt(output, Buffer.from(split));
  isAt(`${output}.base`, Buffer.from(small));
  const again = scratch.path('distilled-by-feature.btf');
  btfkit('encode', module, '--base', base, '-o', again, '--features', '+distilled_base');
  isAt(again, Buffer.from(split));
  isAt(`${again}.base`, Buffer.from(small));
});

test('notes: what is left out of DATASECs', () => {
  const output = scratch.path('notes.btf');
  const object = fixture('functions/variables.gcc12-dw5-x86_64.elf');
  const said = btfkit('encode', object, '-o', output, '--features', '+global_var');
  expect(said.status).toBe(0);
  expect(said.stderr).toMatch(
    /^btfkit: note: .*variables\.gcc12.*: left out of DATASECs, without a size: .*\n.*at the place of another variable: weak_variable/m,
  );
});

describe('many files', () => {
  test.each(['1', '2', '5'])('compressed or not, with -j %s', async threads => {
    const folder = scratch.path(`many-${threads}`);
    const plain = copies('plain', module, 'a.ko', 'b.ko', 'c.o', 'd.ko');
    const packed = ['gz', 'xz', 'zst'].map(name => fixture(`inputs/btfkit_demo.ko.${name}`));
    const inputs = [...plain, ...packed.slice(0, 1)];
    expect(btfkit('encode', ...inputs, '--base', base, '--out-dir', folder, '-j', threads)).toEqual(quiet);
    expect(readdirSync(folder).sort()).toEqual(['a.btf', 'b.btf', 'btfkit_demo.btf', 'c.o.btf', 'd.btf']);
    for (const name of ['a', 'b', 'c.o', 'd'])
      isAt(join(folder, `${name}.btf`), await expected(module, base));
    for (const input of packed.slice(1)) {
      expect(btfkit('encode', input, '--base', base, '--out-dir', folder)).toEqual(quiet);
    }
  });

  test('default number of threads, for more files than one thread is left with', async () => {
    const names = Array.from({ length: 40 }, (_, i) => `m${i}.ko`);
    const folder = scratch.path('forty');
    expect(btfkit('encode', ...copies('40', module, ...names), '--base', base, '--out-dir', folder)).toEqual(
      quiet,
    );
    const bytes = await expected(module, base);
    for (const name of names) isAt(join(folder, name.replace('.ko', '.btf')), bytes);
  });

  test.each(['1', '2'])(
    'a bad one among them is reported, the others are there, with -j %s',
    async threads => {
      const folder = scratch.path(`bad-${threads}`);
      const [first, last] = copies('good', module, 'first.ko', 'last.ko');
      const cut = scratch.write('cut.ko', readFileSync(module).subarray(0, 5000));
      const absent = scratch.path('absent.ko');
      const inputs = [first!, noDwarf, cut, absent, base, last!];
      const result = btfkit(
        'encode',
        ...inputs,
        '--base',
        base,
        '--out-dir',
        folder,
        '-j',
        threads,
        '--json',
      );
      expect(result.status).toBe(3);
      const lines = result.stderr.trimEnd().split('\n');
      expect(lines).toEqual([
        `btfkit: ${noDwarf}: .debug_info: no DWARF here: compile with -g`,
        expect.stringContaining(`btfkit: ${cut}: `),
        `btfkit: ${absent}: no such file or directory`,
        `btfkit: ${base}: no ELF file, which DWARF could be in`,
      ]);
      expect(readdirSync(folder).sort()).toEqual(['first.btf', 'last.btf']);
      isAt(join(folder, 'last.btf'), await expected(module, base));
      const { files } = JSON.parse(result.stdout);
      expect(files.map(({ input }: { input: string }) => input)).toEqual(inputs);
      expect(files[1]).toEqual({ input: noDwarf, output: null, error: lines[0]!.replace('btfkit: ', '') });
    },
  );

  test('--keep-paths mirrors folders; without it, two of one name are too many', () => {
    const inputs = copies('tree', module, 'x/m.ko', 'y/m.ko');
    const folder = scratch.path('mirror');
    const refused = btfkit('encode', ...inputs, '--base', base, '--out-dir', folder);
    expect(refused).toMatchObject({ status: 2, stdout: '' });
    expect(refused.stderr).toMatch(/x\/m\.ko and .*y\/m\.ko would both go to .*m\.btf; .*--keep-paths/);
    expect(existsSync(folder)).toBe(false);
    expect(btfkit('encode', ...inputs, '--base', base, '--out-dir', folder, '--keep-paths')).toEqual(quiet);
    for (const input of inputs) expect(existsSync(join(folder, input.replace('.ko', '.btf')))).toBe(true);
  });
});

describe('--features and --lang-exclude', () => {
  const object = fixture('dwarf/tags.clang19-dw5-x86_64.o');

  test('a list names what is wanted', async () => {
    const output = scratch.path('features.btf');
    const names = ['encode_force', 'float', 'decl_tag', 'enum64', 'consistent_func'] as const;
    expect(btfkit('encode', object, '-o', output, '--features', `${names}`)).toEqual(quiet);
    isAt(output, await expected(object, undefined, { features: new Set(names) }));
    for (const list of ['default', '+var', 'default,reproducible_build']) {
      expect(btfkit('encode', object, '-o', output, '--features', list)).toEqual(quiet);
      isAt(output, await expected(object));
    }
  });

  test('features for threads', async () => {
    const output = scratch.path('features-j.btf');
    expect(btfkit('encode', kernel, '-o', output, '--features', 'float,enum64', '-j', '3')).toEqual(quiet);
    isAt(output, await expected(kernel, undefined, { features: new Set(['float', 'enum64']) }));
  });

  test.each([
    ['inline', /^btfkit: --features inline: not supported; known are default, all, encode_force, /],
    ['var,wings', /--features wings: there is no such feature; known are default, all, encode_force, /],
    ['', /--features : there is no such feature/],
  ])('--features %j', (list, message) => {
    const result = btfkit('encode', object, '-o', scratch.path('never.btf'), '--features', list);
    expect(result).toMatchObject({ status: 2, stdout: '' });
    expect(result.stderr).toMatch(message);
  });

  test('languages', async () => {
    const mixed = fixture('dwarf/languages.mixed-x86_64.o');
    const output = scratch.path('languages.btf');
    expect(btfkit('encode', mixed, '-o', output)).toMatchObject({ status: 3 });
    expect(existsSync(output)).toBe(false);
    expect(btfkit('encode', mixed, '-o', output, '--lang-exclude', 'rust,C++14')).toEqual(quiet);
    const unknown = btfkit('encode', mixed, '-o', output, '--lang-exclude', 'rust,klingon');
    expect(unknown.status).toBe(2);
    expect(unknown.stderr).toMatch(/^btfkit: --lang-exclude klingon: there is no such language; known are /);
  });
});

describe('wrong usage', () => {
  const output = scratch.path('wrong.btf');
  const [copy] = copies('wrong', kernel, 'vmlinux');
  const link = scratch.path('link-to-vmlinux');
  symlinkSync(copy!, link);

  test.each<[string, string[], RegExp]>([
    ['no input', [], /missing required argument/],
    ['two inputs and -o', [kernel, module, '-o', output], /-o is for one input, there are 2/],
    ['-o and --out-dir', [kernel, '-o', output, '--out-dir', 'd'], /exclude each other/],
    ['--keep-paths alone', [kernel, '--keep-paths'], /--keep-paths goes with --out-dir/],
    ['the same input twice', [copy!, copy!], /would both go to/],
    ['an output that is an input', [copy!, '-o', link], /is an input, and would be overwritten/],
    ['standard input without -o', ['-'], /standard input wants -o/],
    ['two results on standard output', [kernel, '-o', '-', '--json'], /both want standard output/],
    ['no number of threads', [kernel, '-o', output, '-j', '0'], /-j, --jobs/],
    ['--distill', [kernel, '-o', output, '--distill'], /--distill wants --base/],
    ['--distill -o -', [module, '--base', base, '-o', '-', '--distill'], /a distilled base is a second file/],
  ])('%s', (_, args, message) => {
    const result = btfkit('encode', ...args);
    expect(result).toMatchObject({ status: 2, stdout: '' });
    expect(result.stderr).toMatch(message);
    expect(existsSync(output)).toBe(false);
  });
});

describe('what cannot be read', () => {
  const output = scratch.path('unread.btf');

  test.each<[string, string[], RegExp]>([
    ['no DWARF', [noDwarf], /nodebug-x86_64\.o: \.debug_info: no DWARF here: compile with -g/],
    ['no ELF file', [base], /mini-vmlinux\.btf: no ELF file/],
    ['an absent base', [module, '--base', scratch.path('none')], /none: no such file or directory/],
    ['a base without BTF', [module, '--base', noDwarf], /nodebug-x86_64\.o: the ELF file has no \.BTF/],
  ])('%s', (_, args, message) => {
    const result = btfkit('encode', ...args, '-o', output, '-j', '2');
    expect(result).toMatchObject({ status: 3, stdout: '' });
    expect(result.stderr).toMatch(message);
    expect(result.stderr.trimEnd()).not.toContain('\n');
    expect(existsSync(output)).toBe(false);
  });

  test('an absent base of many files is told once', () => {
    const inputs = copies('nobase', module, 'a.ko', 'b.ko', 'c.ko');
    const folder = scratch.path('nobase-out');
    const result = btfkit(
      'encode',
      ...inputs,
      '--base',
      scratch.path('none'),
      '--out-dir',
      folder,
      '-j',
      '3',
    );
    expect(result).toMatchObject({ status: 3, stdout: '' });
    expect(result.stderr).toBe(`btfkit: ${scratch.path('none')}: no such file or directory\n`);
    expect(existsSync(folder)).toBe(false);
  });

  test('a place that cannot be written to', () => {
    const result = btfkit('encode', kernel, '-o', join(kernel, 'below-a-file.btf'));
    expect(result).toMatchObject({ status: 3, stdout: '' });
  });
});

test('--help has examples', () => {
  const { status, stdout } = btfkit('encode', '--help');
  expect(status).toBe(0);
  expect(stdout).toMatch(/Examples:\n {2}\$ btfkit encode vmlinux -o vmlinux\.btf\n/);
});
