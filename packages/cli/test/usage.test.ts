import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, rmSync, symlinkSync, truncateSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { btfkit, executable, scratchFolder } from './run.js';

// What is wrong usage whatever the inputs hold: one line, status 2, nothing written and nothing on standard output.

const scratch = scratchFolder();
const isWindows = process.platform === 'win32';
const fixture = (name: string) => fileURLToPath(new URL(`../../../fixtures/${name}`, import.meta.url));

function copy(name: string, as: string): string {
  copyFileSync(fixture(name), scratch.path(as));
  return scratch.path(as);
}

const kernel = copy('module/mini-vmlinux.btf', 'kernel.btf');
const module = copy('module/btfkit_demo.btf', 'module.btf');
const object = copy('core/program-el.o', 'program.o');
const target = copy('core/kernel-el.o', 'kernel.o');
const withIds = copy('kfuncs/implicit.o', 'implicit.o');

function wrong(args: string[]): string {
  const { status, stdout, stderr } = btfkit(...args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(/^btfkit: .*\n$/);
  return stderr.slice(8, -1);
}

describe('options', () => {
  test.each([
    [['nosuch'], "unknown command 'nosuch' (btfkit --help shows the usage)"],
    [['help', 'nosuch'], "unknown command 'nosuch' (btfkit --help shows the usage)"],
    [['core', 'help', 'nosuch'], "unknown command 'nosuch' (btfkit core --help shows the usage)"],
    [['core', 'nosuch'], "unknown command 'nosuch' (btfkit core --help shows the usage)"],
    [['stats', '--nosuch', kernel], "unknown option '--nosuch' (btfkit stats --help shows the usage)"],
    [['stats'], "missing required argument 'input' (btfkit stats --help shows the usage)"],
    [
      ['stats', kernel, kernel],
      "too many arguments for 'stats'. Expected 1 argument but got 2. (btfkit stats --help shows the usage)",
    ],
    [
      ['core', 'min', object, '--target'],
      "option '--target <input>' argument missing (btfkit core min --help shows the usage)",
    ],
    [['sort', kernel], "option '-o, --output <file>' is missing (btfkit sort --help shows the usage)"],
    [
      ['sort', kernel, '--ouput', 'x'],
      "unknown option '--ouput', did you mean --output? (btfkit sort --help shows the usage)",
    ],
    [
      ['dump', kernel, '--format', 'x'],
      "option '--format <format>' argument 'x' is invalid. Allowed choices are raw, json, c. (btfkit dump --help shows the usage)",
    ],
    [
      ['sort', kernel, '-o', 'x', '--output', 'y'],
      "option '-o, --output <file>' is given twice (btfkit sort --help shows the usage)",
    ],
    [
      ['doctor', 'plan', '--kernel', '6.1', '--kernel', '6.2'],
      "option '--kernel <version>' is given twice (btfkit doctor --help shows the usage)",
    ],
    [['dump', kernel, '--json', '--format', 'c'], '--json and --format c exclude each other'],
    [['doctor', 'no-file', '--kernel', 'six'], '--kernel six: a release such as 5.15 is wanted'],
    [['doctor', 'no-file', '--pahole', 'new'], '--pahole new: a version such as 1.25 is wanted'],
  ])('%s', (args, expected) => {
    expect(wrong(args)).toBe(expected);
  });

  test('some can be repeated, and a switch is one however often it is said', () => {
    expect(btfkit('dump', kernel, '--id', '1', '--id', '2', '--json', '--json').status).toBe(0);
    expect(btfkit('dump', kernel, '--format', 'json', '--json').status).toBe(0);
  });
});

describe('an output that is an input', () => {
  test.each([
    ['dedup', kernel, '-o', kernel],
    ['dedup', module, '--base', kernel, '-o', kernel],
    ['endian', kernel, '--to', 'big', '-o', kernel],
    ['distill', module, '--base', kernel, '-o', scratch.path('a'), '--base-out', kernel],
    ['relocate', module, '--base', kernel, '--target', target, '-o', target],
    ['sort', kernel, '-o', kernel],
    ['standalone', module, '--base', kernel, '-o', module],
    ['convert', kernel, '--kernel', '5.15', '-o', kernel],
    ['core', 'apply', object, '--target', target, '-o', object],
    ['core', 'apply', object, '--target', target, '--module', `m=${module}`, '-o', module],
    ['core', 'min', object, '--target', target, '-o', target],
    ['encode', fixture('module/btfkit_demo.ko'), '--base', kernel, '-o', kernel],
    ['core', 'check', object, '--target', target, '--html', target],
    ['doctor', 'gate', scratch.folder, '--base', kernel, '--junit', kernel],
  ])('%s %s', (...args) => {
    const before = [kernel, module, object, target].map(path => readFileSync(path));
    expect(wrong(args)).toMatch(/ is an input, and would be overwritten$/);
    expect([kernel, module, object, target].map(path => readFileSync(path))).toEqual(before);
  });

  test.skipIf(isWindows)('by another name', () => {
    symlinkSync('kernel.btf', scratch.path('link'));
    expect(wrong(['sort', kernel, '-o', scratch.path('link')])).toMatch(/ is an input, and would be/);
    expect(wrong(['sort', scratch.path('link'), '-o', kernel])).toMatch(/ is an input, and would be/);
  });

  test('of resolve-ids', () => {
    copyFileSync(kernel, scratch.path('x.BTF'));
    const args = ['resolve-ids', withIds, '--btf', scratch.path('x.BTF'), '--out-prefix', scratch.path('x')];
    expect(wrong([...args, '--distill', '--base', kernel])).toMatch(/x\.BTF is an input, and would be/);
    expect(btfkit(...args).status).toBe(0);
  });
});

test('nothing at all is told what there is', () => {
  for (const path of [[], ['core'], ['kernel'], ['module']]) {
    const { status, stdout, stderr } = btfkit(...path);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toBe(btfkit(...path, '--help').stdout);
  }
});

test('two outputs in one place', () => {
  const args = ['distill', module, '--base', kernel];
  const twice = [...args, '-o', scratch.path('one'), '--base-out', `${scratch.folder}/./one`];
  expect(wrong(twice)).toMatch(/ are one place for two outputs$/);
  expect(wrong([...args, '-o', '-', '--base-out', '-'])).toBe('two outputs of - both want standard output');
});

test.skipIf(isWindows)('pipes and devices are no places', () => {
  const script = `btfkit() { "${process.execPath}" "${executable}" "$@"; }
    cat "${kernel}" | btfkit sort /dev/stdin -o /dev/stdout | btfkit stats -
    btfkit distill "${module}" --base "${kernel}" -o /dev/null --base-out /dev/null`;
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('names    sorted');
});

describe('standard input', () => {
  const piped = (input: string, ...args: string[]) =>
    spawnSync(process.execPath, [executable, ...args], { encoding: 'utf8', input: readFileSync(input) });

  test('is read once', () => {
    const once = 'btfkit: standard input, -, can only be read once\n';
    expect(piped(kernel, 'diff', '-', '-')).toMatchObject({ status: 2, stdout: '', stderr: once });
    expect(piped(kernel, 'dump', '-', '--base', '-')).toMatchObject({ status: 2, stdout: '', stderr: once });
    expect(piped(kernel, 'diff', '-', kernel).status).toBe(0);
  });

  test.each([
    [['resolve-ids', '-', '--btf', kernel, '--in-place'], 'standard input wants --out-prefix'],
    [['resolve-ids', '-', '--btf', kernel], 'standard input wants --out-prefix'],
    [['gen', '-', '--base', kernel], 'gen wants files, standard input is none'],
    [['encode', '-'], 'standard input wants -o'],
    [
      ['convert', '-', '--kernel', '5.15', '--embed', '-o', scratch.path('c')],
      '--embed wants a file, standard input is none',
    ],
  ])('%s', (args, expected) => {
    const { status, stdout, stderr } = piped(withIds, ...args);
    expect({ status, stdout, stderr }).toEqual({ status: 2, stdout: '', stderr: `btfkit: ${expected}\n` });
  });
});

test('a refusal has its JSON document', () => {
  const args = ['resolve-ids', withIds, '--btf', kernel, '--out-prefix', scratch.path('r')];
  const { status, stdout, stderr } = btfkit(...args, '--fatal-warnings', '--json');
  expect(status).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    files: [],
    unresolved: expect.arrayContaining([{ kind: 'struct', name: 'task' }]),
  });
  expect(stderr).toMatch(/warnings, and --fatal-warnings: nothing is written\n$/);
});

test('gen tells of what cannot be read, and goes on', () => {
  const good = copy('module/btfkit_demo.ko', 'good.ko');
  const { status, stdout, stderr } = btfkit(
    ...['gen', scratch.path('none.ko'), good, '--base', kernel, '--kernel', '6.12', '--no-cache', '--json'],
  );
  expect(status).toBe(3);
  expect(stderr).toMatch(/none\.ko: no such file or directory/);
  expect(JSON.parse(stdout).files).toMatchObject([
    { input: scratch.path('none.ko'), error: expect.stringContaining('no such file') },
    { input: good, written: [good] },
  ]);
});

test.skipIf(isWindows)('what is larger than memory is no reason to fail', () => {
  const path = copy('module/mini-vmlinux.btf', 'huge.btf');
  truncateSync(path, 10 * 2 ** 30);
  const { status, stdout, stderr } = btfkit('stats', path);
  expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
  expect(stderr).toMatch(/huge\.btf: .*10737418240 bytes are more than is ever read at once, 1 GiB\n$/);
  rmSync(path);
});

test.skipIf(isWindows)('no name of a file reaches the terminal as a command', () => {
  const odd = copy('module/mini-vmlinux.btf', 'odd\n\x1b[31m.btf');
  const object = copy('module/btfkit_demo.ko', 'odd\n\x1b[31m.ko');
  for (const args of [
    ['stats', odd],
    ['diff', odd, target, '--all'],
    ['convert', odd, '--kernel', '5.4', '-o', scratch.path('converted')],
    ['encode', object, object, '--base', kernel, '--explain', 'demo_push', '--no-cache'],
  ]) {
    const { status, stdout, stderr } = btfkit(...args);
    expect(status).toBeLessThan(2);
    expect(`${stdout}${stderr}`).toContain('odd\\x0a\\x1b[31m');
    expect(`${stdout}${stderr}`).not.toContain('\x1b');
  }
});
