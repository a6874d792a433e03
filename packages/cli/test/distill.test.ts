import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Btf, BtfBuilder, type BtfType, type VoidType } from '@btfkit/core/btf';
import { distill, relocate } from '@btfkit/core/distill';
import { describe, expect, test } from 'vitest';
import { elfWith } from '../../core/test/input/images.mjs';
import { btfkit, scratchFolder } from './run.js';

type Type = Exclude<BtfType, VoidType>;

const scratch = scratchFolder();
const isWindows = process.platform === 'win32';

const int: Type = { kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 };
const task = (size: number): Type => ({ kind: 'STRUCT', name: 'task', size, kflag: false, members: [] });
const holder: Type = {
  kind: 'STRUCT',
  name: 'holder',
  size: 8,
  kflag: false,
  members: [{ name: 'held', type: 2, bitOffset: 0, bitfieldSize: 0 }],
};

function build(types: readonly Type[], base?: Btf): Btf {
  const builder = new BtfBuilder({ base });
  for (const type of types) builder.add(type);
  return builder.parse();
}

const vmlinux = build([int, task(8), { kind: 'FLOAT', name: 'double', size: 8 }]);
const module = build([holder, { kind: 'PTR', name: '', type: 1 }], vmlinux);
const next = build([task(8), { kind: 'FLOAT', name: 'float', size: 4 }, int]);
const grown = build([task(16), int]);
const made = distill(module);
const ownBase = Btf.parse(made.base);
const onOwnBase = Btf.parse(made.split, { base: ownBase });
const moved = relocate(onOwnBase, next).split;

const vmlinuxInput = scratch.write('vmlinux.btf', vmlinux.bytes);
const moduleInput = scratch.write('module.btf', module.bytes);
const nextInput = scratch.write('next.btf', next.bytes);
const grownInput = scratch.write('grown.btf', grown.bytes);
const splitInput = scratch.write('split.btf', made.split);
const baseInput = scratch.write('split.btf.base', made.base);
const ko = scratch.write('module.ko', elfWith(made.split, made.base));

const quiet = { status: 0, stdout: '', stderr: '' };
const read = (path: string) => new Uint8Array(readFileSync(path));
const notMapped = (file: string) =>
  `btfkit: ${file}: distilled base BTF type 'task' [2] is not mapped to base BTF id (EINVAL)\n`;

describe('distill', () => {
  const output = scratch.path('out.btf');
  const baseOut = scratch.path('out.btf.base');
  const args = ['distill', moduleInput, '--base', vmlinuxInput];

  test('writes both', () => {
    expect(btfkit(...args, '-o', output, '--base-out', baseOut)).toEqual(quiet);
    expect(read(output)).toEqual(made.split);
    expect(read(baseOut)).toEqual(made.base);
  });

  test('--json says how much there is', () => {
    const { status, stdout } = btfkit(...args, '-o', output, '--base-out', baseOut, '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      input: moduleInput,
      output,
      baseOutput: baseOut,
      types: { split: 2, base: 2 },
      bytes: { split: made.split.length, base: made.base.length },
      errno: 0,
      errnoName: '',
      message: '',
      typeId: null,
    });
  });

  test('what libbpf refuses is status 1, and no file', () => {
    const base = build([{ kind: 'VAR', name: 'v', type: 0, linkage: 1 }]);
    const split = build([{ kind: 'DECL_TAG', name: 't', type: 1, component: -1, attribute: false }], base);
    const input = scratch.write('tag.btf', split.bytes);
    const on = ['--base', scratch.write('var.btf', base.bytes)];
    const to = ['-o', scratch.path('never'), '--base-out', scratch.path('never.base'), '--json'];
    const { status, stdout, stderr } = btfkit('distill', input, ...on, ...to);
    const message = 'unexpected reference to base type[1] of kind [14] when creating distilled base BTF.';
    expect(status).toBe(1);
    expect(stderr).toBe(`btfkit: ${input}: ${message} (EINVAL)\n`);
    expect(JSON.parse(stdout)).toEqual({
      input,
      output: null,
      baseOutput: null,
      errno: 22,
      errnoName: 'EINVAL',
      message,
      typeId: 1,
    });
    expect(existsSync(scratch.path('never'))).toBe(false);
  });

  test('both files or none', () => {
    const folder = scratch.path('in-the-way');
    mkdirSync(folder);
    const alone = scratch.path('alone.btf');
    const before = readdirSync(scratch.folder);
    expect(btfkit(...args, '-o', alone, '--base-out', folder)).toMatchObject({ status: 3, stdout: '' });
    expect(btfkit(...args, '-o', alone, '--base-out', scratch.path('no/such')).status).toBe(3);
    expect(readdirSync(scratch.folder)).toEqual(before);
  });

  test('wrong usage', () => {
    expect(btfkit(...args, '-o', output).status).toBe(2);
    expect(btfkit(...args, '-o', output, '--base-out', output).status).toBe(2);
    expect(btfkit(...args, '-o', '-', '--base-out', baseOut, '--json').status).toBe(2);
    expect(btfkit('distill', vmlinuxInput, '-o', output, '--base-out', baseOut)).toEqual({
      status: 2,
      stdout: '',
      stderr: `btfkit: ${vmlinuxInput} is read on no base: distill wants split BTF and --base\n`,
    });
  });

  test('a broken base is status 3, as far as it is needed', () => {
    const bytes = vmlinux.bytes.slice();
    // The name of the FLOAT.
    new DataView(bytes.buffer).setUint32(24 + 28, 5000, true);
    const broken = scratch.write('broken.btf', bytes);
    const { status, stderr } = btfkit(
      'distill',
      moduleInput,
      '--base',
      broken,
      '-o',
      '-',
      '--base-out',
      output,
    );
    expect({ status, stderr }).toMatchObject({ status: 0, stderr: '' });
    const needed = build([{ kind: 'TYPEDEF', name: 'd', type: 3 }], vmlinux);
    const input = scratch.write('needs-double.btf', needed.bytes);
    const refused = btfkit('distill', input, '--base', broken, '-o', '-', '--base-out', output);
    expect(refused).toMatchObject({ status: 3, stdout: '' });
    expect(refused.stderr).toContain(
      `${broken}: types: offset 0x1c: type [3]: FLOAT: name at string offset 5000`,
    );
  });
});

describe('relocate', () => {
  const output = scratch.path('moved.btf');
  const args = ['relocate', splitInput, '--base', baseInput];

  test('moves onto a target', () => {
    expect(btfkit(...args, '--target', nextInput, '-o', output)).toEqual(quiet);
    expect(read(output)).toEqual(moved);
  });

  test('takes the .BTF.base of a module', () => {
    expect(btfkit('relocate', ko, '--target', nextInput, '-o', output)).toEqual(quiet);
    expect(read(output)).toEqual(moved);
  });

  test('--json says what was done', () => {
    const { status, stdout } = btfkit(...args, '--target', nextInput, '-o', output, '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      input: splitInput,
      base: baseInput,
      target: [nextInput],
      output,
      types: 2,
      bytes: moved.length,
      errno: 0,
      errnoName: '',
      message: '',
      typeId: null,
    });
  });

  test('what libbpf refuses is status 1, and the old output stays', () => {
    writeFileSync(output, 'old');
    const { status, stdout, stderr } = btfkit(...args, '--target', grownInput, '-o', output, '--json');
    expect({ status, stderr }).toEqual({ status: 1, stderr: notMapped(splitInput) });
    expect(JSON.parse(stdout)).toMatchObject({
      output: null,
      errno: 22,
      errnoName: 'EINVAL',
      message: "distilled base BTF type 'task' [2] is not mapped to base BTF id",
      typeId: 2,
    });
    expect(readFileSync(output, 'utf8')).toBe('old');
  });

  test('wrong usage', () => {
    expect(btfkit(...args, '-o', output).status).toBe(2);
    expect(btfkit('relocate', ko, '--base', baseInput, '--target', nextInput, '-o', output)).toEqual({
      status: 2,
      stdout: '',
      stderr: `btfkit: ${ko} stands on its own .BTF.base, leave --base out\n`,
    });
    expect(btfkit('relocate', vmlinuxInput, '--target', nextInput, '-o', output).status).toBe(2);
    expect(btfkit(...args, '--target', nextInput, '-o', '-', '--json').status).toBe(2);
  });
});

describe('--base for a module with .BTF.base', () => {
  const printed = () => {
    const path = scratch.write('moved-before.btf', moved);
    return btfkit('dump', path, '--base', nextInput);
  };

  test('is what dump relocates it onto', () => {
    expect(btfkit('dump', ko, '--base', nextInput)).toEqual(printed());
    expect(btfkit('dump', ko, '--base', nextInput, 'holder').stdout).toContain(
      "[4] STRUCT 'holder' size=8 vlen=1",
    );
    expect(btfkit('stats', ko, '--base', nextInput).stdout).toContain(`base     ${nextInput}: ids to 3`);
  });

  test('is refused with status 1 where it does not fit', () => {
    expect(btfkit('dump', ko, '--base', grownInput)).toEqual({
      status: 1,
      stdout: '',
      stderr: notMapped(ko),
    });
  });

  test('has no part in what leaves types as they are', () => {
    const output = scratch.path('same.btf');
    expect(btfkit('endian', ko, '--base', grownInput, '--to', 'little', '-o', output)).toEqual(quiet);
    expect(read(output)).toEqual(made.split);
  });

  test.skipIf(isWindows)('distill starts from there', () => {
    const run = btfkit(
      'distill',
      ko,
      '--base',
      nextInput,
      '-o',
      '/dev/null',
      '--base-out',
      scratch.path('again'),
    );
    expect(run).toEqual(quiet);
    expect(Btf.parse(read(scratch.path('again'))).typeName(1)).toBe('task');
  });
});

test('--help has examples', () => {
  for (const verb of ['distill', 'relocate']) {
    expect(btfkit(verb, '--help').stdout).toContain(`$ btfkit ${verb} `);
  }
});
