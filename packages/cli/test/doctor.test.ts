import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { elfFile } from '../../core/test/doctor/files.mjs';
import { kernelBtf, moduleBtf, withEnum64 } from '../../core/test/doctor/kernels.js';
import { btfkit, executable, scratchFolder } from './run.js';

const scratch = scratchFolder();
/** Writes files of a tree; its path. */
function tree(name: string, files: Readonly<Record<string, Uint8Array | string>>): string {
  for (const [path, content] of Object.entries(files)) {
    const full = scratch.path(`${name}/${path}`);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, content);
  }
  return scratch.path(name);
}
const json = (...args: string[]) => {
  const { status, stdout, stderr } = btfkit('doctor', ...args, '--json');
  return { status, stderr, ...JSON.parse(stdout) };
};
const ids = (result: { findings: { id: string }[] }) => result.findings.map(({ id }) => id);

const SEED = 'FAILED: load BTF from vmlinux: Unknown error -22';
const plain = kernelBtf();
const other = kernelBtf(builder => {
  for (let i = 0; i < 8; i++) builder.add({ kind: 'FLOAT', name: `another_name_${i}`, size: 4 });
});
const kernel = (btf: Uint8Array) => elfFile({ type: 2, btf, tags: [0x11] });
const module = (btf: Uint8Array, name = 'm') =>
  elfFile({ btf, modinfo: { name, vermagic: '6.12.5 SMP' }, tags: [0x11] });
const config = (release: string, more = '') =>
  `#\n# Linux/x86 ${release} Kernel Configuration\n#\nCONFIG_DEBUG_INFO_BTF=y\nCONFIG_DEBUG_INFO_BTF_MODULES=y\n${more}`;

describe('the seed case', () => {
  const build = tree('seed', {
    '.config': config('5.15.60', 'CONFIG_PAHOLE_VERSION=125\n'),
    'scripts/pahole-flags.sh': 'echo --btf_gen_floats # pahole\n',
    vmlinux: kernel(withEnum64()),
    'build.log': `  LD      vmlinux\n  BTFIDS  vmlinux\n${SEED}\nmake[1]: *** Error 255\n`,
  });

  test('with the tree: seen, means, how we know, what to do, in that order', () => {
    const { status, stdout } = btfkit('doctor', build);
    expect(status).toBe(1);
    const order = ['error S01: ', '  seen    ', '  means   ', '  because ', '  do      ', '  affects '].map(
      text => stdout.indexOf(text),
    );
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(order[0]).toBe(0);
    expect(stdout).toContain(`build.log:3: ${SEED}`);
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      "type [6] ENUM64 'large' at byte 0xb8 of .BTF, the first of kind 19",
    );
    expect(stdout).toContain('pahole 1.25');
    expect(stdout).toContain('pass --skip_encoding_btf_enum64');
    expect(stdout).toContain('does not pass --skip_encoding_btf_enum64');
  });

  test('as JSON', () => {
    const result = json(build);
    expect(result.status).toBe(1);
    expect(ids(result)[0]).toBe('S01');
    expect(result.kernel.value).toBe('5.15.60');
    expect(result.pahole.value).toBe(125);
    expect(result.findings[0]).toMatchObject({ severity: 'error', confirmed: true });
    expect(result.findings[0].causes[0].likelihood).toBe('confirmed');
    expect(result.looked.map(({ as }: { as: string }) => as)).toEqual(['log', 'configuration', 'vmlinux']);
  });

  test('the log alone: causes in order of likelihood, and how to tell them apart', () => {
    const log = scratch.write('seed.log', Buffer.from(`${SEED}\n`));
    const { status, stdout } = btfkit('doctor', '--log', log);
    expect(status).toBe(1);
    expect(stdout.indexOf('1. pahole is newer')).toBeGreaterThan(0);
    expect(stdout.indexOf('2. pahole crashed')).toBeGreaterThan(stdout.indexOf('1. pahole is newer'));
    expect(stdout).toContain('Sign: ');
    const [finding] = json('--log', log).findings;
    expect(finding).toMatchObject({ id: 'S01', confirmed: false });
    expect(finding.causes[0].likelihood).toBe('likely');
  });
});

test('a log on standard input, and as a path; all messages of the fixture are recognised in one', () => {
  const messages: Record<string, string[]> = JSON.parse(
    readFileSync('fixtures/doctor/messages.json', 'utf8'),
  );
  const log = Object.values(messages).flat().join('\n');
  const piped = spawnSync(process.execPath, [executable, 'doctor', '--log', '-', '--json'], {
    input: log,
    encoding: 'utf8',
  });
  expect(piped.status).toBe(1);
  const found = ids(JSON.parse(piped.stdout));
  expect(Object.keys(messages).filter(id => !found.includes(id) && id !== 'N01')).toEqual([]);
  const named = json(scratch.write('all.txt', Buffer.from(log)));
  expect(ids(named)).toEqual(found);
  expect(named.looked[0]).toMatchObject({ as: 'log', size: log.split('\n').length });
});

test('a pair: the module fits this vmlinux, and not that one', () => {
  const ko = scratch.write('m.ko', module(moduleBtf(plain)));
  const own = scratch.write('vmlinux', kernel(plain));
  const wrong = scratch.write('vmlinux.other', kernel(other));
  expect(json(own, ko, '--kernel', '6.12')).toMatchObject({ status: 0, findings: [] });
  const pair = json(wrong, ko, '--kernel', '6.12');
  expect(pair.status).toBe(1);
  expect(ids(pair)[0]).toBe('S30');
  expect(pair.findings[0].proofs[0].how.join()).toContain('vermagic of the module: 6.12.5 SMP');
  const { stdout } = btfkit('doctor', ko, '--base', wrong, '--kernel', '6.12');
  expect(stdout).toContain('error S30: ');
});

test('a log says which kernel it is of', () => {
  const log = scratch.write(
    'boot.log',
    Buffer.from(`[    0.000000] Linux version 5.15.60-wsl (gcc)\n${SEED}\n`),
  );
  const result = json('--log', log, scratch.write('large.btf', withEnum64()));
  expect(result.kernel).toEqual({ value: '5.15.60-wsl', from: 'the log' });
  expect(result.findings[0]).toMatchObject({ id: 'S01', confirmed: true });
});

test('nothing found is said plainly, with what was looked at', () => {
  const build = tree('good', {
    '.config': config('6.12.5'),
    vmlinux: kernel(plain),
    'drivers/m.ko': module(moduleBtf(plain)),
  });
  const { status, stdout } = btfkit('doctor', build);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^Nothing found that is wrong\.\n/);
  expect(stdout.replace(/\s+/g, ' ')).toMatch(
    /Looked at: .*\.config \(configuration\), .*vmlinux \(vmlinux, [\d,]+ bytes of BTF\), .*m\.ko \(module, /,
  );
});

test('what cannot be read is named, and the rest is looked at', () => {
  const broken = scratch.write('broken.ko', Buffer.from('\x7fELF\x02\x01\x01\0\0\0\0'));
  const good = scratch.write('sound.btf', plain);
  const result = json(broken, good, scratch.path('absent'));
  expect(result.status).toBe(3);
  expect(result.unreadable.map(({ path }: { path: string }) => path.split('/').at(-1))).toEqual([
    'absent',
    'broken.ko',
  ]);
  expect(result.stderr.split('\n').filter(Boolean).length).toBe(2);
  expect(result.looked).toHaveLength(1);
});

test('wrong usage', () => {
  for (const args of [
    [],
    ['x', '--kernel', 'new'],
    ['plan'],
    ['plan', '--kernel', '5.15'],
    ['gate'],
    ['plan', '--kernel', '5.15', '--pahole', 'x'],
    ['gate', 'x', '--allow', 'S999'],
  ]) {
    expect([args, btfkit('doctor', ...args).status]).toEqual([args, 2]);
  }
});

describe('plan', () => {
  test('what to expect and to pass', () => {
    const { status, stdout } = btfkit('doctor', 'plan', '--kernel', '5.15', '--pahole', '1.25');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Linux 5\.15 with pahole 1\.25: works with more flags\n/);
    expect(stdout).toContain('in all: pahole -J --btf_gen_floats --skip_encoding_btf_enum64 vmlinux');
  });

  test('as JSON; a pair that breaks is status 1', () => {
    expect(json('plan', '--kernel', 'v6.12.40', '--pahole', 'v1.27')).toMatchObject({
      status: 0,
      kernel: '6.12.40',
      pahole: '1.27',
      verdict: 'works',
      script: 'scripts/Makefile.btf',
      add: [],
      externalModules: [{ flags: '--btf_features=distilled_base' }],
    });
    expect(json('plan', '--kernel', '7.0', '--pahole', '1.26')).toMatchObject({
      status: 1,
      verdict: 'breaks',
    });
  });
});

describe('gate', () => {
  const files = {
    '.config': config('6.12.5'),
    vmlinux: kernel(plain),
    'drivers/m.ko': module(moduleBtf(plain)),
  };
  const good = tree('gate-good', files);
  const bad = tree('gate-bad', { ...files, vmlinux: kernel(other) });

  test('a build in order', () => {
    const { status, stdout } = btfkit('doctor', 'gate', good);
    expect([status, stdout.split('\n').at(-2)]).toEqual([0, 'OK: 8 passed, 7 skipped']);
  });

  test('a module that does not fit; JUnit and JSON', () => {
    const junit = scratch.path('report.xml');
    const result = json('gate', bad, '--junit', junit);
    expect(result).toMatchObject({ status: 1, ok: false, failed: 1 });
    const failed = result.cases.find(({ outcome }: { outcome: string }) => outcome === 'failed');
    expect(failed).toMatchObject({ suite: 'modules', name: 'drivers/m.ko' });
    const xml = readFileSync(junit, 'utf8');
    expect(xml).toMatch(/^<\?xml version="1\.0"/);
    expect(xml).toContain('failures="1"');
    expect(btfkit('doctor', 'gate', bad, '--junit', '-').stdout).toBe(xml);
  });

  test('another build of the same', () => {
    expect(json('gate', good, '--against', good)).toMatchObject({ status: 0, ok: true });
    const result = json('gate', good, '--against', bad);
    expect(result.status).toBe(1);
    const differing = result.cases.filter(({ suite }: { suite: string }) => suite === 'reproducible');
    expect(differing.map(({ name }: { name: string }) => name)).toEqual(['vmlinux', 'drivers/m.ko']);
    expect(differing[0].messages[0]).toContain('types');
  });

  test('a tree without a vmlinux fails, one named by --base does not', () => {
    const modules = tree('gate-modules', { 'm.ko': module(moduleBtf(plain)) });
    expect(json('gate', modules)).toMatchObject({ status: 1, vmlinux: null });
    expect(json('gate', modules, '--base', `${good}/vmlinux`, '--kernel', '6.12')).toMatchObject({
      status: 0,
    });
  });

  test('what cannot be read', () => {
    expect(btfkit('doctor', 'gate', scratch.path('absent')).status).toBe(3);
    const broken = tree('gate-broken', { ...files, 'x.ko': '\x7fELF' });
    expect(json('gate', broken)).toMatchObject({ status: 3, failed: 1 });
  });

  test('a vmlinux that cannot be read fails, and the report is written', () => {
    const junit = scratch.path('empty.xml');
    const empty = tree('gate-empty', { ...files, vmlinux: '' });
    const result = json('gate', empty, '--junit', junit);
    expect(result).toMatchObject({ status: 3, ok: false });
    expect(result.cases[0]).toMatchObject({ name: 'BTF is there', outcome: 'failed' });
    expect(readFileSync(junit, 'utf8')).toContain('the file is empty');
  });
});

test('what a kernel build leaves beside vmlinux is not taken for one', () => {
  const names = [
    '.tmp_vmlinux.nm-sort',
    '.tmp_vmlinux1.kallsyms.o.sym',
    '.tmp_vmlinux1.btf.o',
    'vmlinux.map',
  ];
  const left = Object.fromEntries(names.map(name => [name, '\0 no ELF']));
  const build = tree('left', { '.config': config('6.12.5'), vmlinux: kernel(plain), ...left });
  expect(btfkit('doctor', build)).toMatchObject({ status: 0, stderr: '' });
});

test('a pipe for a path, and an empty file where a kernel was named', () => {
  const empty = scratch.write('vmlinux-empty', '');
  expect(btfkit('doctor', empty)).toMatchObject({ status: 3 });
  const text = scratch.write('pasted', `${SEED}\n`);
  const piped = spawnSync('bash', ['-c', `'${executable}' doctor <(cat '${text}')`], { encoding: 'utf8' });
  expect(piped.stdout).toContain('error S01');
});
