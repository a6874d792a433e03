import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Btf, BtfBuilder, builtinLayout } from '@btfkit/core/btf';
import { memorySource } from '@btfkit/core/bytes';
import { convert } from '@btfkit/core/convert';
import { distill } from '@btfkit/core/distill';
import { Elf } from '@btfkit/core/elf';
import { rulesOf } from '@btfkit/core/verify';
import { describe, expect, test } from 'vitest';
import { buildElf } from '../../core/test/elf/build-elf.mjs';
import { elfWith } from '../../core/test/input/images.mjs';
import { btfkit, scratchFolder } from './run.js';

const scratch = scratchFolder();
const quiet = { status: 0, stdout: '', stderr: '' };
const output = scratch.path('out.btf');
const read = (path = output) => new Uint8Array(readFileSync(path));
const to = (kernel: string, ...more: string[]) => ['--kernel', kernel, '-o', output, ...more];
const EM_BPF = 247;

const values = [{ name: 'BIG', value: 1n << 40n }];
const program = new BtfBuilder({ layout: builtinLayout() });
program.add({ kind: 'FLOAT', name: 'double', size: 8 });
program.add({ kind: 'FLOAT', name: 'float', size: 4 });
program.add({ kind: 'ENUM64', name: 'wide', size: 8, signed: false, values });
const btf = program.parse();
const input = scratch.write('prog.btf', btf.bytes);

test('says what was lost, a line for each kind', () => {
  expect(btfkit('convert', input, ...to('5.10'))).toEqual({
    status: 0,
    stdout: '',
    stderr:
      `btfkit: ${input}: 1 × layout section: left out\n` +
      `btfkit: ${input}: 2 × FLOAT: each a STRUCT of its size now, without name and members\n` +
      `btfkit: ${input}: 1 × ENUM64: each a UNION now, its enumerators members without their values\n`,
  });
  expect(read()).toEqual(convert(btf, { rules: rulesOf('5.10'), reader: 'program' }).bytes);
  expect(btfkit('verify', output, '--kernel', '5.10').status).toBe(0);
  expect(btfkit('convert', output, '--kernel', '5.10', '-o', scratch.path('again.btf'))).toEqual(quiet);
  expect(read(scratch.path('again.btf'))).toEqual(read());
});

test('where the release knows it all, the same bytes and no word', () => {
  expect(btfkit('convert', input, ...to('7.1.3'))).toEqual(quiet);
  expect(read()).toEqual(btf.bytes);
});

test('--json', () => {
  const { status, stdout } = btfkit('convert', input, ...to('6.12.117', '--json'));
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    input,
    output,
    kernel: '6.12',
    as: 'program',
    types: 3,
    added: 0,
    bytes: read().length,
    losses: [{ name: 'layout', count: 1, what: 'layout section: left out' }],
    accepted: true,
    errno: 0,
    message: '',
    typeId: null,
    offset: null,
    meaning: '',
    notes: [],
  });
});

test('what the release would refuse all the same is not written', () => {
  const builder = new BtfBuilder();
  builder.add({ kind: 'FLOAT', name: 'float', size: 4 });
  builder.add({ kind: 'STRUCT', name: 'a-b', size: 0, kflag: false, members: [] });
  const refused = scratch.write('refused.btf', builder.build());
  const never = scratch.path('never.btf');
  const { status, stdout, stderr } = btfkit('convert', refused, '--kernel', '5.10', '-o', never, '--json');
  expect(status).toBe(1);
  expect(stderr).toContain(
    `btfkit: ${refused}: Linux 5.10 would refuse what can be made of it: [2] STRUCT a-b size=0 vlen=0 Invalid name`,
  );
  expect(JSON.parse(stdout)).toMatchObject({ output: null, accepted: false, errno: 22, typeId: 2 });
  expect(existsSync(never)).toBe(false);
});

describe('a BPF object', () => {
  const object = new BtfBuilder();
  object.add({ kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 });
  object.add({ kind: 'VAR', name: 'v', type: 1, linkage: 1 });
  object.add({ kind: 'DATASEC', name: '.bss', size: 0, variables: [{ type: 2, offset: 0, size: 4 }] });
  object.add({ kind: 'FLOAT', name: 'float', size: 4 });
  const path = scratch.write(
    'prog.o',
    buildElf({ machine: EM_BPF, sections: [{ name: '.BTF', content: object.build() }] }),
  );

  test('is judged as its loader completes it, which is said', () => {
    const { status, stderr } = btfkit('convert', path, ...to('5.12'));
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr:
        `btfkit: ${path}: 1 × FLOAT: each a STRUCT of its size now, without name and members\n` +
        `btfkit: ${path}: sections without size and what is extern are left as they are, for libbpf to fill in\n`,
    });
    expect(Btf.parse(read()).type(3)).toMatchObject({ kind: 'DATASEC', size: 0 });
  });
});

describe("a kernel's own BTF, and modules", () => {
  const kernel = new BtfBuilder();
  kernel.add({ kind: 'INT', name: 'char', size: 1, encoding: 0, bitOffset: 0, bits: 8 });
  kernel.add({ kind: 'VAR', name: 'v', type: 1, linkage: 1 });
  kernel.add({
    kind: 'DATASEC',
    name: '.data..percpu',
    size: 1,
    variables: [{ type: 2, offset: 0, size: 1 }],
  });
  kernel.add({ kind: 'ENUM64', name: 'wide', size: 8, signed: false, values });
  const vmlinux = kernel.parse();
  const vmlinuxPath = scratch.write('vmlinux.btf', vmlinux.bytes);
  const ko = new BtfBuilder({ base: vmlinux });
  ko.add({ kind: 'FLOAT', name: 'own', size: 8 });
  ko.add({ kind: 'PTR', name: '', type: 4 });
  const module = ko.parse();
  const modulePath = scratch.write('module.ko', elfWith(module.bytes));

  test.each([vmlinuxPath, scratch.write('vmlinux', elfWith(vmlinux.bytes))])(
    '%s is told by what it is',
    path => {
      const { status, stdout } = btfkit('convert', path, ...to('5.15', '--json'));
      expect(status).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        as: 'vmlinux',
        added: 0,
        losses: [{ name: 'enum64', count: 1 }],
      });
      expect(Btf.parse(read()).endId).toBe(vmlinux.endId);
    },
  );

  test('a module on its base, converted before', () => {
    const old = scratch.path('vmlinux-5.12.btf');
    expect(btfkit('convert', vmlinuxPath, '--kernel', '5.12', '-o', old).status).toBe(0);
    const { status, stdout } = btfkit('convert', modulePath, '--base', old, ...to('5.12', '--json'));
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ as: 'module', types: 2, losses: [{ name: 'float' }] });
    const split = Btf.parse(read(), { base: Btf.parse(read(old)) });
    expect(split.type(6)).toEqual({ kind: 'PTR', name: '', type: 4 });
  });

  test('a base that the release refuses is told', () => {
    const { status, stderr } = btfkit('convert', modulePath, '--base', vmlinuxPath, ...to('5.12'));
    expect(status).toBe(1);
    expect(stderr).toContain(
      `: Linux 5.12 would refuse what it stands on, ${vmlinuxPath}: [4] Invalid btf_info:13000001 – convert that first\n`,
    );
  });

  test('.BTF.base stays where the release knows it, else the module is moved onto --base', () => {
    const uses = new BtfBuilder({ base: vmlinux });
    uses.add({ kind: 'TYPEDEF', name: 'own_t', type: 1 });
    const made = distill(uses.parse());
    const path = scratch.write('distilled.ko', elfWith(made.split, made.base));
    expect(btfkit('convert', path, ...to('6.12'))).toEqual({
      ...quiet,
      stderr: `btfkit: ${path}: stands on its .BTF.base still: judged on that\n`,
    });
    expect(read()).toEqual(made.split);
    const { status, stderr } = btfkit('convert', path, ...to('6.10'));
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: `btfkit: ${path} stands on its .BTF.base, which Linux 6.10 does not know: name that kernel's BTF with --base\n`,
    });
    expect(btfkit('convert', path, '--base', vmlinuxPath, ...to('6.10'))).toEqual(quiet);
    expect(Btf.parse(read(), { base: vmlinux }).type(5)).toEqual({ kind: 'TYPEDEF', name: 'own_t', type: 1 });
  });
});

describe('--embed', () => {
  const sectionsOf = (path: string) => {
    const elf = Elf.open(memorySource(read(path), path));
    return elf.sections.map(section => ({ name: section.name, bytes: elf.bytes(section) }));
  };

  test('the whole object, its BTF converted and nothing else', () => {
    const path = scratch.write('prog.o', elfWith(btf.bytes));
    const before = read(path);
    const out = scratch.path('converted.o');
    expect(btfkit('convert', path, '--kernel', '5.10', '--as', 'program', '--embed', '-o', out).status).toBe(
      0,
    );
    const expected = convert(btf, { rules: rulesOf('5.10'), reader: 'program' }).bytes;
    expect(sectionsOf(out).find(({ name }) => name === '.BTF')?.bytes).toEqual(expected);
    const others = (file: string) =>
      sectionsOf(file).filter(({ name }) => name !== '.BTF' && name !== '.shstrtab');
    expect(others(out)).toEqual(others(path));
    expect(read(path)).toEqual(before);
  });

  test('a module that is moved onto --base stands on .BTF.base no longer', () => {
    const vmlinux = new BtfBuilder();
    vmlinux.add({ kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 });
    const split = new BtfBuilder({ base: vmlinux.parse() });
    split.add({ kind: 'TYPEDEF', name: 'own_t', type: 1 });
    const made = distill(split.parse());
    const path = scratch.write('moved.ko', elfWith(made.split, made.base));
    const base = scratch.write('base.btf', vmlinux.build());
    const convertFor = (kernel: string) =>
      btfkit('convert', path, '--base', base, '--kernel', kernel, '--embed', '-o', path).status;
    expect(convertFor('6.12')).toBe(0);
    expect(sectionsOf(path).find(({ name }) => name === '.BTF.base')?.bytes).toEqual(made.base);
    expect(convertFor('6.10')).toBe(0);
    expect(sectionsOf(path).map(({ name }) => name)).not.toContain('.BTF.base');
    expect(btfkit('verify', path, '--base', base, '--kernel', '6.10').status).toBe(0);
  });

  test('wants an ELF file', () => {
    expect(btfkit('convert', input, ...to('5.10', '--embed'))).toEqual({
      status: 3,
      stdout: '',
      stderr: `btfkit: ${input}: no ELF file, which sections could be put into\n`,
    });
  });
});

test('wrong usage', () => {
  expect(btfkit('convert', input, '-o', output).status).toBe(2);
  expect(btfkit('convert', input, '--kernel', '5.4').status).toBe(2);
  expect(btfkit('convert', input, '--kernel', '5.4', '-o', '-', '--json').status).toBe(2);
  expect(btfkit('convert', input, ...to('5.4', '--as', 'module')).status).toBe(2);
  expect(btfkit('convert', input, ...to('4.17'))).toEqual({
    status: 2,
    stdout: '',
    stderr: 'btfkit: --kernel 4.17: no release of Linux with BTF, which are 4.18 to 7.3\n',
  });
});

test('nothing is left beside the output', () => {
  expect(readdirSync(dirname(output)).filter(name => name.endsWith('.tmp'))).toEqual([]);
});
