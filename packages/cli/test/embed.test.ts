import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { memorySource } from '@btfkit/core/bytes';
import { Elf, rewrittenBytes, writeSections } from '@btfkit/core/elf';
import { describe, expect, test } from 'vitest';
import { btfkit, scratchFolder } from './run.js';

const scratch = scratchFolder();
const fixture = (name: string) => fileURLToPath(new URL(`../../../fixtures/${name}`, import.meta.url));
const isWindows = process.platform === 'win32';

const kernel = fixture('module/mini-vmlinux');
const module = fixture('module/btfkit_demo.ko');
const base = fixture('module/mini-vmlinux.btf');
const quiet = { status: 0, stdout: '', stderr: '' };

/** A folder of its own with copies of a fixture by these names. */
function copies(folder: string, of: string, ...names: string[]): string[] {
  mkdirSync(scratch.path(folder), { recursive: true });
  return names.map(name => {
    const path = scratch.path(join(folder, name));
    copyFileSync(of, path);
    return path;
  });
}

const open = (path: string) => Elf.open(memorySource(readFileSync(path), path));

function section(path: string, name: string): Buffer | undefined {
  const elf = open(path);
  const found = elf.section(name);
  return found && Buffer.from(elf.bytes(found));
}

/** What `encode` writes beside the file. */
function encoded(input: string, ...args: string[]): { btf: Buffer; base: Buffer | undefined } {
  const output = scratch.path('beside.btf');
  expect(btfkit('encode', input, '-o', output, ...args)).toEqual(quiet);
  const path = `${output}.base`;
  return {
    btf: readFileSync(output),
    base: args.includes('--distill') ? readFileSync(path) : undefined,
  };
}

/** The fixture with `sections` in it, by the library. */
function withSections(of: string, sections: Record<string, Buffer>): Buffer {
  const elf = open(of);
  const changes = Object.entries(sections).map(([name, content]) => ({ name, content }));
  return Buffer.from(rewrittenBytes(elf.source, writeSections(elf, changes)));
}

describe('encode --embed', () => {
  test('a module: its bytes with .BTF, and the same when it is done again', () => {
    const [ko] = copies('once', module, 'a.ko');
    const { btf } = encoded(module, '--base', base);
    expect(btfkit('encode', '--embed', '--base', base, ko!)).toEqual(quiet);
    const once = readFileSync(ko!);
    expect(once.equals(withSections(module, { '.BTF': btf }))).toBe(true);
    expect(btfkit('encode', '--embed', '--base', base, ko!)).toEqual(quiet);
    expect(readFileSync(ko!).equals(once)).toBe(true);
    expect(readdirSync(scratch.path('once'))).toEqual(['a.ko']);
    const shown = btfkit('dump', ko!, '--base', base);
    expect(shown.status).toBe(0);
    expect(shown.stdout).toContain("STRUCT 'demo_");
  });

  test('a kernel, with threads', () => {
    const [vmlinux] = copies('kernel', kernel, 'vmlinux');
    const { btf } = encoded(kernel);
    expect(btfkit('encode', '--embed', vmlinux!, '-j', '2')).toEqual(quiet);
    expect(section(vmlinux!, '.BTF')!.equals(btf)).toBe(true);
    expect(btfkit('dump', vmlinux!).stdout).toBe(btfkit('dump', scratch.path('beside.btf')).stdout);
  });

  test('--distill adds .BTF.base, without it an old one goes', () => {
    const [ko] = copies('distill', module, 'a.ko');
    const plain = encoded(module, '--base', base);
    const distilled = encoded(module, '--base', base, '--distill');
    expect(btfkit('encode', '--embed', '--distill', '--base', base, ko!)).toEqual(quiet);
    expect(section(ko!, '.BTF')!.equals(distilled.btf)).toBe(true);
    expect(section(ko!, '.BTF.base')!.equals(distilled.base!)).toBe(true);
    expect(
      readFileSync(ko!).equals(withSections(module, { '.BTF': distilled.btf, '.BTF.base': distilled.base! })),
    ).toBe(true);
    expect(btfkit('encode', '--embed', '--base', base, ko!)).toEqual(quiet);
    expect(section(ko!, '.BTF')!.equals(plain.btf)).toBe(true);
    expect(section(ko!, '.BTF.base')).toBeUndefined();
  });

  test.each(['1', '3'])(
    'many in one call, the bad ones reported and left as they were, with -j %s',
    threads => {
      const folder = `many-${threads}`;
      const good = copies(folder, module, 'a.ko', 'b.ko', 'c.ko');
      const [noDwarf] = copies(folder, fixture('dwarf/functions.gcc12-nodebug-x86_64.o'), 'no.ko');
      const [packed] = copies(folder, fixture('inputs/btfkit_demo.ko.xz'), 'd.ko.xz');
      const signed = scratch.path(join(folder, 'signed.ko'));
      writeFileSync(
        signed,
        Buffer.concat([readFileSync(module), Buffer.from('sig~Module signature appended~\n')]),
      );
      const bad = [noDwarf!, packed!, signed];
      const before = bad.map(path => readFileSync(path));
      const inputs = [good[0]!, ...bad, good[1]!, good[2]!];
      const result = btfkit('encode', '--embed', '--base', base, ...inputs, '-j', threads, '--json');
      expect(result.status).toBe(3);
      expect(result.stderr.trimEnd().split('\n')).toEqual([
        `btfkit: ${noDwarf}: .debug_info: no DWARF here: compile with -g`,
        `btfkit: ${packed}: it is packed (xz): --embed wants the ELF file itself; unpack it, embed, and pack it again`,
        `btfkit: ${signed}: the module is signed, and a change would break that: embed first, sign then`,
      ]);
      const { btf } = encoded(module, '--base', base);
      for (const path of good) expect(section(path, '.BTF')!.equals(btf)).toBe(true);
      for (const [i, path] of bad.entries()) expect(readFileSync(path).equals(before[i]!)).toBe(true);
      expect(readdirSync(scratch.path(folder)).length).toBe(6);
      const { files } = JSON.parse(result.stdout);
      expect(files.map(({ input, output }: Record<string, unknown>) => [input, output])).toEqual(
        inputs.map(path => [path, good.includes(path) ? path : null]),
      );
      expect(files[0]).toMatchObject({ bytes: btf.length, notes: [] });
    },
  );

  test('BTF that is part of the loaded image: only by as many bytes', () => {
    const { btf } = encoded(kernel);
    const loaded = (name: string, content: Buffer) => {
      const elf = open(kernel);
      const change = { name: '.BTF', content, flags: 2 };
      return scratch.write(name, rewrittenBytes(elf.source, writeSections(elf, [change])));
    };
    const same = loaded('same', Buffer.alloc(btf.length));
    expect(btfkit('encode', '--embed', same)).toEqual(quiet);
    expect(section(same, '.BTF')!.equals(btf)).toBe(true);
    const other = loaded('other', Buffer.alloc(btf.length - 1));
    const before = readFileSync(other);
    expect(btfkit('encode', '--embed', other)).toEqual({
      status: 3,
      stdout: '',
      stderr: `btfkit: ${other}: .BTF: part of the loaded image: ${btf.length} bytes cannot stand in the place of ${btf.length - 1}\n`,
    });
    expect(readFileSync(other).equals(before)).toBe(true);
  });

  test('--explain says why, and embeds', () => {
    const [ko] = copies('explain', module, 'a.ko');
    const result = btfkit('encode', '--embed', '--base', base, ko!, '--explain', 'no_such_function');
    expect(result.status).toBe(1);
    expect(section(ko!, '.BTF')).toBeDefined();
  });

  test.skipIf(isWindows)('mode and symbolic links stay, other hard links keep the old file', () => {
    const [ko] = copies('links', module, 'a.ko');
    const [link, other] = [scratch.path('links/link.ko'), scratch.path('links/other.ko')];
    symlinkSync('a.ko', link);
    linkSync(ko!, other);
    chmodSync(ko!, 0o640);
    expect(btfkit('encode', '--embed', '--base', base, link)).toEqual(quiet);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(statSync(ko!).mode & 0o777).toBe(0o640);
    expect(section(ko!, '.BTF')).toBeDefined();
    expect(readFileSync(other).equals(readFileSync(module))).toBe(true);
  });

  test.skipIf(isWindows || process.getuid?.() === 0)(
    'a folder that cannot be written to: the file stays',
    () => {
      const [ko] = copies('readonly', module, 'a.ko');
      chmodSync(scratch.path('readonly'), 0o500);
      const result = btfkit('encode', '--embed', '--base', base, ko!);
      chmodSync(scratch.path('readonly'), 0o700);
      expect(result.status).toBe(3);
      expect(readFileSync(ko!).equals(readFileSync(module))).toBe(true);
    },
  );
});

describe('wrong usage of --embed', () => {
  const [ko] = copies('usage', module, 'a.ko');
  const link = scratch.path('usage/link.ko');
  symlinkSync('a.ko', link);

  test.each<[string, string[], RegExp]>([
    [
      '-o',
      [ko!, '-o', scratch.path('x')],
      /--embed writes into the inputs: -o, --out-dir and --keep-paths do not/,
    ],
    ['--out-dir', [ko!, '--out-dir', scratch.path('x')], /--embed writes into the inputs/],
    ['--keep-paths', [ko!, '--keep-paths'], /--embed writes into the inputs/],
    ['standard input', ['-'], /--embed wants files, standard input is none/],
    ['a file twice', [ko!, link], /a\.ko and .*link\.ko are the same file/],
  ])('%s', (_, args, message) => {
    const result = btfkit('encode', '--embed', '--base', base, ...args);
    expect(result).toMatchObject({ status: 2, stdout: '' });
    expect(result.stderr).toMatch(message);
    expect(readFileSync(ko!).equals(readFileSync(module))).toBe(true);
    expect(existsSync(scratch.path('x'))).toBe(false);
  });
});
