import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Btf } from '@btfkit/core/btf';
import { memorySource } from '@btfkit/core/bytes';
import { Elf, rewrittenBytes, writeSections } from '@btfkit/core/elf';
import { describe, expect, test } from 'vitest';
import { btfkit, scratchFolder } from './run.js';

// The command lines of kernel builds, run as builds do; what they leave is compared with what the tools themselves left.

const fixtures = fileURLToPath(new URL('../../../fixtures/', import.meta.url));
const vmlinux = `${fixtures}module/mini-vmlinux.btf`;
const scratch = scratchFolder();
const read = (path: string) => new Uint8Array(readFileSync(path));

function run(tool: 'pahole' | 'resolve_btfids', args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const path = fileURLToPath(new URL(`../bin/btfkit-${tool}.cjs`, import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...args], {
    encoding: 'utf8',
    cwd: scratch.folder,
    env: {
      ...process.env,
      BTFKIT_CACHE: 'off',
      KERNELVERSION: '7.2.0',
      LLVM_OBJCOPY: 'llvm-objcopy',
      ...env,
    },
  });
  return { status, stdout, stderr };
}

const FEATURES =
  'encode_force,var,float,enum64,decl_tag,type_tag,optimized_func,consistent_func,decl_tag_kfuncs';
const BUILD = ['-J', '-j', `--btf_features=${FEATURES}`, '-j', '--lang_exclude=rust'];

/** A module as the link leaves it. */
function module(name: string): string {
  const source = memorySource(read(`${fixtures}module/btfkit_demo.ko`), name);
  const elf = Elf.open(source);
  return scratch.write(name, rewrittenBytes(source, writeSections(elf, [{ name: '.BTF', remove: true }])));
}

function sections(path: string): Map<string, Uint8Array> {
  const elf = Elf.open(memorySource(read(path), path));
  return new Map(elf.sections.map(section => [section.name, elf.bytes(section)]));
}

/** What pahole made of this module, as a sorted list of its types: the order is another than ours. */
const listed = (btf: Uint8Array, base = Btf.parse(read(vmlinux))) => {
  const split = Btf.parse(btf, { base });
  const types = Array.from({ length: split.endId - split.startId }, (_, i) => split.type(split.startId + i));
  return types.map(({ kind, name }) => `${kind} ${name}`).sort();
};
const recorded = listed(read(`${fixtures}module/btfkit_demo.btf`));

describe('pahole', () => {
  test('versions are one line', () => {
    expect(run('pahole', ['--version'])).toEqual({ status: 0, stdout: 'v1.31\n', stderr: '' });
    expect(run('pahole', ['--numeric_version']).stdout).toBe('131\n');
    const older = { BTFKIT_PAHOLE_VERSION: 'v1.26' };
    expect(run('pahole', ['--version'], older).stdout).toBe('v1.26\n');
    expect(run('pahole', ['--numeric_version'], older).stdout).toBe('126\n');
  });

  test('features', () => {
    const { stdout } = run('pahole', ['--supported_btf_features']);
    expect(stdout).toBe(
      'encode_force,var,float,decl_tag,type_tag,enum64,optimized_func,consistent_func,decl_tag_kfuncs,reproducible_build,distilled_base,global_var,attributes,true_signature,layout\n',
    );
    const strict = run('pahole', ['-J', '--btf_features_strict=var,nonsense', 'x.ko']);
    expect(strict.status).toBe(1);
    expect(strict.stderr).toBe(
      `Feature 'nonsense' in 'var,nonsense' is not supported.  Supported BTF features are:\n${stdout}`,
    );
  });

  test('a module in place, as recorded of pahole', () => {
    const path = module('in-place.ko');
    const before = sections(path);
    expect(run('pahole', [...BUILD, '--btf_features=unheard_of', '--btf_base', vmlinux, path])).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    });
    const after = sections(path);
    expect(listed(after.get('.BTF')!)).toEqual(recorded);
    expect([...after.keys()]).toEqual([...before.keys(), '.BTF']);
    for (const [name, bytes] of before)
      if (name !== '.shstrtab') expect(after.get(name), name).toEqual(bytes);
  });

  test('a module out of tree gets a base of its own', () => {
    const path = module('distilled.ko');
    const { status } = run('pahole', [
      ...BUILD,
      '--btf_features=distilled_base',
      '--btf_base',
      vmlinux,
      path,
    ]);
    expect(status).toBe(0);
    const { base, btf } = { base: sections(path).get('.BTF.base')!, btf: sections(path).get('.BTF')! };
    expect(Btf.parse(btf, { base: Btf.parse(base) }).find('demo_ring')).toBeGreaterThan(0);
  });

  test('detached, the file stays', () => {
    const path = module('detached.ko');
    const before = read(path);
    const args = [...BUILD, '--btf_base', vmlinux, '--btf_encode_detached=out.BTF.1', path];
    expect(run('pahole', args).status).toBe(0);
    expect(read(path)).toEqual(before);
    expect(listed(read(scratch.path('out.BTF.1')))).toEqual(recorded);
  });

  test.each([
    ['1.21', ['--skip_encoding_btf_vars', '--btf_gen_floats'], { VAR: false }],
    ['1.24', ['--btf_gen_floats', '-j', '--lang_exclude=rust'], { VAR: true }],
    [
      '1.25',
      [
        '--btf_gen_floats',
        '--skip_encoding_btf_inconsistent_proto',
        '--btf_gen_optimized',
        '-j4',
        '--lang_exclude=rust',
      ],
      { VAR: true },
    ],
    ['5.15.y', ['--btf_gen_floats', '-j', '--skip_encoding_btf_enum64'], { ENUM64: false }],
  ])('flags for pahole %s', (_, flags, kinds) => {
    const args = ['-J', ...flags, '--btf_encode_detached', 'flags.btf', `${fixtures}module/mini-vmlinux`];
    expect(run('pahole', args)).toMatchObject({ status: 0, stderr: '' });
    const btf = Btf.parse(read(scratch.path('flags.btf')));
    const found = new Set(Array.from({ length: btf.endId - 1 }, (_, i) => btf.type(i + 1).kind as string));
    for (const [kind, isThere] of Object.entries(kinds)) expect(found.has(kind), kind).toBe(isThere);
  });

  test('a file without DWARF is left alone, and the build goes on', () => {
    const path = scratch.write('no-dwarf.o', read(`${fixtures}module/btfkit_demo.ko`));
    const source = memorySource(read(path), path);
    const changes = Elf.open(source)
      .sections.filter(({ name }) => /^\.(rela)?\.?debug/.test(name))
      .map(({ name }) => ({ name, remove: true }) as const);
    writeFileSync(path, rewrittenBytes(source, writeSections(Elf.open(source), changes)));
    const before = read(path);
    expect(run('pahole', [...BUILD, path])).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(read(path)).toEqual(before);
  });

  test('structs, as btfkit layout shows them', () => {
    const module = `${fixtures}module/btfkit_demo.btf`;
    const shown = btfkit('layout', module, 'demo_ring', '--base', vmlinux);
    expect(shown.status).toBe(0);
    expect(run('pahole', ['--btf_base', vmlinux, 'demo_ring', module])).toEqual(shown);
    expect(run('pahole', ['--btf_base', vmlinux, '-C', 'demo_ring', module])).toEqual(shown);
    expect(run('pahole', ['-sP', vmlinux])).toEqual(btfkit('layout', vmlinux, '--sizes', '--packable'));
    expect(run('pahole', ['-C', 'nothing_of_that_name', vmlinux]).status).toBe(1);
  });

  test('what cannot be done ends the build', () => {
    const missing = run('pahole', [...BUILD, 'missing.ko']);
    expect(missing).toMatchObject({ status: 1, stderr: 'pahole: missing.ko: no such file or directory\n' });
    const base = run('pahole', [...BUILD, '--btf_base', 'missing', module('no-base.ko')]);
    expect(base).toMatchObject({ status: 1, stderr: 'pahole: missing: no such file or directory\n' });
    const unknown = run('pahole', ['--nonsense', 'x']);
    expect(unknown.status).toBe(64);
    expect(unknown.stderr).toMatch(/^pahole: unrecognized option '--nonsense'\n/);
  });
});

describe('resolve_btfids', () => {
  const kfuncs = `${fixtures}kfuncs/implicit`;

  test.each(['tagged', 'untagged'])('from 7.0: %s kfuncs, as recorded of Linux 7.2', kind => {
    copyFileSync(`${kfuncs}.o`, scratch.path('kf.o'));
    const { status, stderr } = run('resolve_btfids', ['--btf', `${kfuncs}.${kind}.btf`, 'kf.o']);
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: 'WARN: resolve_btfids: unresolved symbol missing\n',
    });
    expect(read(scratch.path('kf.o.BTF'))).toEqual(read(`${kfuncs}.${kind}.resolved.btf`));
    expect(read(scratch.path('kf.o.BTF_ids'))).toEqual(read(`${kfuncs}.${kind}.BTF_ids`));
    expect(read(scratch.path('kf.o'))).toEqual(read(`${kfuncs}.o`));
    expect(existsSync(scratch.path('kf.o.BTF.base'))).toBe(false);
  });

  test('after 7.2 it tags kfuncs itself', () => {
    copyFileSync(`${kfuncs}.o`, scratch.path('later.o'));
    const args = ['--btf', `${kfuncs}.untagged.btf`, 'later.o'];
    expect(run('resolve_btfids', args, { KERNELVERSION: '7.3.0-rc1' }).status).toBe(0);
    expect(Btf.parse(read(scratch.path('later.o.BTF'))).findAll('bpf_kfunc')).toHaveLength(7);
  });

  test('warnings can be fatal, the files are written all the same', () => {
    copyFileSync(`${kfuncs}.o`, scratch.path('fatal.o'));
    const args = ['--fatal_warnings', '--btf', `${kfuncs}.tagged.btf`, 'fatal.o'];
    expect(run('resolve_btfids', args).status).toBe(255);
    expect(existsSync(scratch.path('fatal.o.BTF_ids'))).toBe(true);
  });

  test('a module, distilled; then its .BTF_ids patched', () => {
    const path = module('raw.ko');
    const split = `${fixtures}module/btfkit_demo.btf`;
    const args = ['--distill_base', '--btf_base', vmlinux, '--btf', split, path];
    expect(run('resolve_btfids', args)).toEqual({ status: 0, stdout: '', stderr: '' });
    const btf = Btf.parse(read(`${path}.BTF`), { base: Btf.parse(read(`${path}.BTF.base`)) });
    expect(btf.sortedFrom).toBeGreaterThan(0);
    expect(run('resolve_btfids', ['--patch_btfids', `${path}.BTF_ids`, path]).status).toBe(0);
    expect(sections(path).get('.BTF_ids')).toEqual(read(`${path}.BTF_ids`));
    writeFileSync(scratch.path('short'), new Uint8Array(4));
    const short = run('resolve_btfids', ['--patch_btfids', 'short', path]);
    expect(short).toMatchObject({
      status: 255,
      stderr: `FAILED: size mismatch - .BTF_ids section in ${path} is 32 bytes, short is 4 bytes\n`,
    });
  });

  test('before 7.0: in place, twice the same as once', () => {
    const path = module('old.ko');
    expect(run('pahole', [...BUILD, '--btf_base', vmlinux, path]).status).toBe(0);
    const before = read(path);
    expect(run('resolve_btfids', ['-b', vmlinux, path])).toEqual({ status: 0, stdout: '', stderr: '' });
    const once = read(path);
    expect(once).not.toEqual(before);
    expect(run('resolve_btfids', ['-v', '-b', vmlinux, path]).status).toBe(0);
    expect(read(path)).toEqual(once);
  });

  test('a pahole that failed is told in the words that builds look for', () => {
    const path = module('no-btf.ko');
    const { status, stderr } = run('resolve_btfids', ['-b', vmlinux, path]);
    expect(status).toBe(255);
    expect(stderr).toMatch(
      /failed to find '\.BTF' ELF section in .*no-btf\.ko\nFAILED: load BTF from .*no-btf\.ko: /,
    );
  });

  test('usage', () => {
    expect(run('resolve_btfids', [])).toMatchObject({ status: 129, stdout: '' });
    expect(run('resolve_btfids', ['--nonsense', 'x']).stderr).toMatch(/Error: unknown option `nonsense'/);
  });
});
