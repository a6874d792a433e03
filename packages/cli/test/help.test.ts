import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { btfkit, executable } from './run.js';

// Every verb's --help, and its examples: they are run on fixtures under the names that they have there.

/** The commands in a help text. */
const subcommands = (help: string) =>
  [...(help.match(/\nCommands:\n([\s\S]*?)(\n\n|$)/)?.[1] ?? '').matchAll(/^ {2}([a-z-]+)/gm)]
    .map(match => match[1]!)
    .filter(name => name !== 'help');

function allVerbs(path: readonly string[] = []): { path: string[]; help: string }[] {
  const { status, stdout, stderr } = btfkit(...path, '--help');
  expect({ path, status, stderr }).toEqual({ path, status: 0, stderr: '' });
  return [
    { path: [...path], help: stdout },
    ...subcommands(stdout).flatMap(name => allVerbs([...path, name])),
  ];
}

const verbs = allVerbs();
const options = (help: string) => [...help.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(match => match[1]!);

test('all of them are there', () => {
  expect(verbs.length).toBeGreaterThan(28);
});

describe.each(verbs.filter(({ path }) => path.length > 0))('btfkit $path', ({ path, help }) => {
  const hasVerbs = subcommands(help).length > 0 && path[0] !== 'doctor';

  test('says in one sentence what it does', () => {
    const purpose = help.split('\n\n')[1]!.replaceAll('\n', ' ');
    expect(purpose).toMatch(/^\S.{10,115}$/);
    expect(purpose).not.toMatch(/\.$/);
  });

  test.skipIf(hasVerbs)('has --json where there is something to say, and an example', () => {
    expect(options(help)).toContain('--json');
    expect(help).toMatch(/\nExamples?:\n {2}(\$ |.*\| )/);
  });
});

test('the same options are told in the same words', () => {
  const said = new Map<string, Set<string>>();
  for (const { help } of verbs) {
    const text = help.match(/\nOptions:\n([\s\S]*?)(\n\n|$)/)?.[1] ?? '';
    for (const entry of text.split(/\n(?= {2}-)/)) {
      const [, option, words] = entry.match(/^ {2}((?:-\w, )?--[a-z-]+(?: <[^>]+>)?)\s+([\s\S]*)/) ?? [];
      if (option === undefined) continue;
      said.set(option, (said.get(option) ?? new Set()).add(words!.replace(/\s+/g, ' ').trim()));
    }
  }
  for (const option of ['--base <input>', '-h, --help']) {
    expect([option, [...said.get(option)!]]).toEqual([option, [expect.any(String)]]);
  }
});

describe('examples', () => {
  const folder = mkdtempSync(join(tmpdir(), 'btfkit-help-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const fixtures = fileURLToPath(new URL('../../../fixtures/', import.meta.url));
  const isWindows = process.platform === 'win32';

  const at = (name: string) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    return join(folder, name);
  };
  const lay = (bytes: Uint8Array, ...names: string[]) => {
    for (const name of names) writeFileSync(at(name), bytes);
  };
  const fixture = (name: string) => readFileSync(join(fixtures, name));
  /** With DWARF and BTF. */
  const embedded = (elf: string, ...options: string[]) => {
    lay(fixture(elf), 'elf');
    expect(btfkit('encode', '--embed', at('elf'), '--no-cache', ...options).status).toBe(0);
    return readFileSync(at('elf'));
  };
  const vmlinux = embedded('module/mini-vmlinux');
  lay(vmlinux, 'vmlinux', 'vmlinux-6.1', 'vmlinux-6.12', 'old/vmlinux', 'new/vmlinux');
  const made = (name: string, ...args: string[]) => {
    expect(btfkit(...args, '-o', at(name)).status).toBe(0);
    return readFileSync(at(name));
  };
  lay(made('vmlinux.btf', 'encode', at('vmlinux')), 'sys/kernel/btf/vmlinux');
  made('vmlinux-5.15.btf', 'convert', at('vmlinux.btf'), '--kernel', '5.15');
  const module = embedded('module/btfkit_demo.ko', '--base', at('vmlinux.btf'));
  lay(module, 'my.ko', 'module.ko', 'driver.ko', 'nf_tables.ko', 'nf_nat.ko', 'nf_conntrack.ko');
  lay(module, 'drivers/net/tun.ko', 'old/nf_tables.ko', 'new/nf_tables.ko');
  // What a file is called says nothing of what is in it.
  lay(gzipSync(module), 'nf_tables.ko.xz', 'nf_nat.ko.xz');
  const distilled = embedded('module/btfkit_demo.ko', '--base', at('vmlinux.btf'), '--distill');
  const demo = join(fixtures, 'module/btfkit_demo.ko');
  const onKernel = ['--base', at('vmlinux.btf'), '--no-cache'];
  made('nf_nat.btf', 'encode', demo, ...onKernel, '--distill');
  lay(made('module.btf', 'encode', demo, ...onKernel), 'sys/kernel/btf/nf_nat');
  lay(fixture('core/program-el.o'), 'prog.o', 'prog.bpf.o', 'a.o', 'b.o', 'one.o', 'two.o');
  lay(new Uint8Array(4096), 'dump.bin', 'bss.bin');
  mkdirSync(at('out'));

  /** What the fixtures do not have: then the answer may be no. */
  const isNo = new Set([
    'dump',
    'layout',
    'read',
    'diff',
    'verify',
    'core',
    'encode',
    'distill',
    'relocate',
    'module',
    'doctor',
  ]);
  const examples = verbs.flatMap(({ path, help }) =>
    [...help.matchAll(/^ {2}\$ (.*)$/gm)].map(match => ({ verb: path.join(' '), line: match[1]! })),
  );
  /** They need what is not in the fixtures: a kernel tree, a running kernel, root. */
  const isElsewhere = (line: string) =>
    /\/sys\/kernel\/btf\/nf_|~\/linux|build1|\/lib\/modules|--root|btfhub|^sudo|modules\.order|vmlinux\.unstripped|kernel (list|spec)|make |dmesg|build\.log/.test(
      line,
    );

  test('there are some', () => {
    expect(examples.length).toBeGreaterThan(60);
    expect(examples.filter(({ line }) => !isElsewhere(line)).length).toBeGreaterThan(40);
  });

  test.skipIf(isWindows).each(examples.filter(({ line }) => !isElsewhere(line)))(
    '$line',
    ({ verb, line }) => {
      const here = mkdtempSync(join(tmpdir(), 'btfkit-help-'));
      cpSync(folder, here, { recursive: true });
      if (verb === 'relocate') writeFileSync(join(here, 'nf_nat.ko'), distilled);
      const script = line
        .replaceAll('/sys/kernel/btf', 'sys/kernel/btf')
        .replaceAll('$(uname -r)', '6.12')
        .replace(/ \| (less|jq .*|head|sort .*)$/, ' >/dev/null');
      const { status, stderr } = spawnSync(
        'sh',
        ['-c', `btfkit() { "${process.execPath}" "${executable}" "$@"; }\n${script}`],
        {
          cwd: here,
          encoding: 'utf8',
          env: { ...process.env, BTFKIT_CACHE: 'off' },
        },
      );
      rmSync(here, { recursive: true });
      expect({ line, status, stderr }).toEqual({
        line,
        status: isNo.has(verb.split(' ')[0]!) ? expect.toBeOneOf([0, 1]) : 0,
        stderr: expect.not.stringMatching(/--help shows|exclude|no such file/),
      });
    },
  );
});
