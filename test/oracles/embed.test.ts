import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { memorySource } from '@btfkit/core/bytes';
import { btfObject, Elf, rewrittenBytes, type SectionChange, writeSections } from '@btfkit/core/elf';
import { describe, expect, test } from 'vitest';
import { btfkit, fetchedKernels, fixtures, needs, scratchFolder } from './tools.js';

// Files that sections were put into, beside those that objcopy made of them, as readelf and elflint tell of them; and what
// linkers, strip and readers of BTF make of ours.

const scratch = scratchFolder();
const at = (name: string) => join(scratch, name);

function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 30 });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${status} ${stderr}`);
  return stdout;
}

/** Complaints included, the file's name not. */
function told(command: string, path: string, ...args: string[]): string {
  const { stdout, stderr } = spawnSync(command, [...args, path], { encoding: 'utf8', maxBuffer: 1 << 30 });
  return (stdout + stderr).replaceAll(path, 'FILE');
}

const readelf = (path: string) => told('readelf', path, '-aW');

function write(from: string, to: string, ...changes: SectionChange[]): void {
  const elf = Elf.open(memorySource(readFileSync(from), from));
  writeFileSync(to, rewrittenBytes(elf.source, writeSections(elf, changes)));
}

function section(path: string, name: string): Buffer {
  const elf = Elf.open(memorySource(readFileSync(path), path));
  return Buffer.from(elf.bytes(elf.section(name)!));
}

const content = readFileSync(join(fixtures, 'module/mini-vmlinux.btf'));
const blob = at('content');
writeFileSync(blob, content);
const btf = { name: '.BTF', content };
const base = { name: '.BTF.base', content };

const kernel = fetchedKernels()[0];
const modules =
  kernel === undefined
    ? []
    : readdirSync(kernel.modules, { recursive: true, encoding: 'utf8' })
        .filter(name => name.endsWith('.ko'))
        .sort()
        .filter((_, i) => i % 100 === 7)
        .map(name => join(kernel.modules, name));
const objects = ['dwarf', 'module', 'units', 'fuzz/seeds'].flatMap(folder =>
  readdirSync(join(fixtures, folder))
    .filter(
      name =>
        /^(arrays|nested|linked|program|probe|btfkit).*\.(o|ko|elf)$/.test(name) || name === 'mini-vmlinux',
    )
    .map(name => join(fixtures, folder, name)),
);
const subjects = [...objects, ...modules].map(path => ({ name: basename(path), path }));

/** The file without BTF, by llvm-objcopy, which lays it out as it then will with BTF. */
function stripped(path: string): string {
  const to = at('stripped');
  run(
    'llvm-objcopy',
    '--remove-section=.BTF',
    '--remove-section=.BTF.base',
    '--remove-section=.rel.BTF',
    path,
    to,
  );
  return to;
}

const oracles = needs('binutils', 'llvmObjcopy', 'elflint');
test('there are files of many kinds', () => expect(objects.length).toBeGreaterThan(20));

describe.skipIf(oracles.skip)(`beside objcopy${oracles.why}`, () => {
  // Where an empty section seems to be: llvm-objcopy lets it follow the section before it.
  const empty = (text: string) => text.replace(/ [0-9a-f]{6,8} (0{6,8} [0-9a-f]{2} .*)/g, ' ? $1');
  const unplaced = (text: string) =>
    text
      .replace(/ [0-9a-f]{6} ([0-9a-f]{6} [0-9a-f]{2} .*)/g, ' ? $1')
      .replace(/(Start of section headers: ).*/, '$1');

  test.each(subjects)('llvm-objcopy: readelf sees no difference: $name', ({ path }) => {
    const old = stripped(path);
    run('llvm-objcopy', `--add-section=.BTF=${blob}`, `--add-section=.BTF.base=${blob}`, old, at('theirs'));
    write(old, at('ours'), btf, base);
    // lld's string table stands behind the names, and is moved by llvm-objcopy.
    const placed = /lto/.test(path) ? unplaced : empty;
    expect(placed(readelf(at('ours')))).toBe(placed(readelf(at('theirs'))));
    expect(told('eu-elflint', at('ours'), '--gnu-ld')).toBe(told('eu-elflint', old, '--gnu-ld'));
  });

  test.each(subjects)('the file before: nothing but the new sections and the names: $name', ({ path }) => {
    const old = stripped(path);
    write(old, at('ours'), btf, base);
    const before = readelf(old).split('\n');
    const after = readelf(at('ours')).split('\n');
    const kept = new Set(before);
    const isNew = after.filter(line => !kept.has(line));
    const allowed =
      /^ {2}(Start|Number) of section headers: |^ +\[ *\d+\] (\.shstrtab|\.strtab|\.BTF|\.BTF\.base) /;
    expect(isNew.filter(line => !allowed.test(line))).toEqual([]);
    expect(isNew.length).toBeLessThanOrEqual(5);
    expect(after.length).toBe(before.length + 2);
  });

  // It numbers the new section before the symbol table.
  const byName = (path: string) =>
    [...run('readelf', '-SW', path).matchAll(/\] (\S+) +([A-Z]\S*) +([0-9a-f]+) [0-9a-f]+ (.*)$/gm)]
      .map(([, name, type, address, rest]) => [
        name,
        type,
        address,
        rest!.replace(/ +\d+ +\d+ +(\d+)$/, ' $1'),
      ])
      .sort();
  const native = subjects.filter(({ path }) => /x86_64|\.ko$|mini-vmlinux/.test(path));
  const relocations = (path: string) => run('readelf', '-rW', path).replace(/ at offset 0x[0-9a-f]+/g, '');

  test.each(native)('GNU objcopy: the same sections by name, symbols and relocations: $name', ({ path }) => {
    run('objcopy', '--remove-section=.BTF', '--remove-section=.BTF.base', path, at('stripped'));
    run(
      'objcopy',
      `--add-section=.BTF=${blob}`,
      `--add-section=.BTF.base=${blob}`,
      at('stripped'),
      at('theirs'),
    );
    write(at('stripped'), at('ours'), btf, base);
    expect(byName(at('ours'))).toEqual(byName(at('theirs')));
    expect(byName(at('ours')).length).toBeGreaterThan(4);
    expect(told('nm', at('ours'), '-a')).toBe(told('nm', at('theirs'), '-a'));
    // An executable's relocations that GNU objcopy leaves out are no difference that embedding makes.
    if (/\.k?o$/.test(path)) expect(relocations(at('ours')).length).toBe(relocations(at('theirs')).length);
  });
});

const big = needs('binutils', 'llvmObjcopy', 'elflint', 'gcc');
test.skipIf(big.skip)(
  `70,000 sections, as llvm-objcopy has them${big.why}`,
  () => {
    const lines = Array.from(
      { length: 70_000 },
      (_, i) => `.section .text.f${i},"ax",@progbits\n.globl f${i}\nf${i}: ret\n`,
    );
    writeFileSync(at('many.s'), lines.join(''));
    run('gcc', '-c', at('many.s'), '-o', at('many.o'));
    run('llvm-objcopy', `--add-section=.BTF=${blob}`, at('many.o'), at('theirs'));
    write(at('many.o'), at('ours'), btf);
    expect(readelf(at('ours')) === readelf(at('theirs'))).toBe(true);
    expect(told('eu-elflint', at('ours'), '--gnu-ld')).toContain('No errors');
    run('ld', '-r', at('ours'), '-o', at('linked.o'));
    expect(section(at('linked.o'), '.BTF').equals(content)).toBe(true);
    write(at('ours'), at('again'), { name: '.BTF', remove: true });
    expect(told('nm', at('again'))).toBe(told('nm', at('many.o')));
  },
  120_000,
);

const users = needs('binutils', 'linux');
describe.skipIf(users.skip)(`what others make of it${users.why}`, () => {
  const demo = join(fixtures, 'module/btfkit_demo.ko');
  const ours = at('demo.ko');
  write(demo, ours, btf, base);

  test('nm and modinfo see what they saw', () => {
    expect(told('nm', ours, '-a')).toBe(told('nm', demo, '-a'));
    expect(told('modinfo', ours)).toBe(told('modinfo', demo));
  });

  test('strip -g and ld -r keep the sections', () => {
    run('strip', '-g', ours, '-o', at('small.ko'));
    run('ld', '-r', ours, '-o', at('linked.ko'));
    for (const path of [at('small.ko'), at('linked.ko')])
      for (const name of ['.BTF', '.BTF.base']) expect(section(path, name).equals(content)).toBe(true);
  });

  test('a section that is gone from the middle leaves a file that all take', () => {
    write(ours, at('gone.ko'), { name: '.BTF', remove: true });
    run('strip', '-g', at('gone.ko'), '-o', at('small.ko'));
    run('ld', '-r', at('gone.ko'), '-o', at('linked.ko'));
    run('objcopy', at('gone.ko'), at('copied.ko'));
    for (const path of ['small.ko', 'linked.ko', 'copied.ko'])
      expect(section(at(path), '.BTF.base').equals(content)).toBe(true);
    expect(told('nm', at('gone.ko'), '-a')).toBe(told('nm', demo, '-a'));
  });
});

const readers = needs('bpftool', 'pahole');
test.skipIf(readers.skip)(`bpftool and pahole read it${readers.why}`, () => {
  const [vmlinux, ko] = [at('vmlinux'), at('read.ko')];
  copyFileSync(join(fixtures, 'module/mini-vmlinux'), vmlinux);
  copyFileSync(join(fixtures, 'module/btfkit_demo.ko'), ko);
  btfkit('encode', '--embed', vmlinux);
  btfkit('encode', '--embed', '--base', vmlinux, ko);
  expect(run('bpftool', 'btf', 'dump', 'file', vmlinux)).toBe(btfkit('dump', vmlinux).toString());
  expect(run('bpftool', '-B', vmlinux, 'btf', 'dump', 'file', ko)).toBe(
    btfkit('dump', '--base', vmlinux, ko).toString(),
  );
  expect(run('pahole', '-F', 'btf', '-C', 'task_struct', vmlinux)).toContain('struct task_struct {');
});

describe('the object for the link of vmlinux', () => {
  const compilers = [
    'gcc',
    'aarch64-linux-gnu-gcc',
    'i686-linux-gnu-gcc',
    'arm-linux-gnueabihf-gcc',
    's390x-linux-gnu-gcc',
  ];
  const there = compilers.filter(name => spawnSync(name, ['--version']).status === 0);
  const can = needs('binutils', 'gcc');

  test.skipIf(can.skip).each(there)(
    `is what scripts/gen-btf.sh makes with %s and objcopy${can.why}`,
    compiler => {
      writeFileSync(at('empty.c'), '');
      const objcopy = compiler.replace(/gcc$/, 'objcopy');
      run(compiler, '-c', '-x', 'c', '-o', at('theirs.o'), at('empty.c'));
      const like = Elf.open(memorySource(readFileSync(at('theirs.o')), 'empty.o'));
      run(objcopy, `--add-section=.BTF=${blob}`, '--set-section-flags=.BTF=alloc,readonly', at('theirs.o'));
      run(objcopy, '--only-section=.BTF', '--strip-all', at('theirs.o'));
      expect(Buffer.from(btfObject(like, content)).equals(readFileSync(at('theirs.o')))).toBe(true);
    },
  );

  test.skipIf(can.skip)(`links into a program that finds its BTF${can.why}`, () => {
    const vmlinux = join(fixtures, 'module/mini-vmlinux');
    const object = btfObject(Elf.open(memorySource(readFileSync(vmlinux), vmlinux)), content);
    writeFileSync(at('btf.o'), object);
    writeFileSync(
      at('main.c'),
      `extern char __start_BTF[], __stop_BTF[];
       int main(void) { return __stop_BTF - __start_BTF == ${content.length} && __start_BTF[1] == (char)0xeb ? 42 : 1; }`,
    );
    writeFileSync(
      at('btf.lds'),
      'SECTIONS { .BTF : { __start_BTF = .; KEEP(*(.BTF)) __stop_BTF = .; } } INSERT AFTER .rodata',
    );
    run(
      'gcc',
      at('main.c'),
      at('btf.o'),
      `-Wl,-T,${at('btf.lds')}`,
      '-Wl,-z,noexecstack',
      '-o',
      at('program'),
    );
    expect(spawnSync(at('program')).status).toBe(42);
    expect(section(at('program'), '.BTF').equals(content)).toBe(true);
  });
});

const slow = needs('slow', 'binutils');
describe.skipIf(slow.skip || kernel === undefined)(`a kernel of 340 MB${slow.why}`, () => {
  test('readelf and nm see nothing else', () => {
    const { vmlinux } = kernel!;
    write(vmlinux, at('vmlinux'), { name: '.new', content });
    const script = 'diff <(readelf -aW "$1") <(readelf -aW "$2"); test $? = 1';
    const lines = run('bash', '-c', script, 'diff', vmlinux, at('vmlinux')).match(/^[<>].*/gm)!;
    expect(lines.filter(line => !/section headers: |\] \.(shstrtab|new) /.test(line))).toEqual([]);
    expect(lines.length).toBe(7);
    expect(run('nm', at('vmlinux')) === run('nm', vmlinux)).toBe(true);
  }, 300_000);
});
