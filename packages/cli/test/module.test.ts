import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BtfBuilder } from '@btfkit/core/btf';
import { describe, expect, test } from 'vitest';
import { elfFile } from '../../core/test/doctor/files.mjs';
import { buildModule } from '../../core/test/module/build-module.mjs';
import { btfkit, executable, scratchFolder } from './run.js';

const scratch = scratchFolder();

const kernel = new BtfBuilder();
kernel.add({ kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 });
const base = kernel.parse();
const split = new BtfBuilder({ base });
const proto = split.add({ kind: 'FUNC_PROTO', name: '', returns: 1, params: [] });
const id = split.add({ kind: 'FUNC', name: 'demo_kfunc', linkage: 0, type: proto });

const vmlinux = scratch.write('vmlinux.btf', base.bytes);
const sets = [{ name: 'demo_ids', pairs: [{ id, func: 'demo_kfunc' }] }];
const parts = { btf: split.build(), functions: ['demo_kfunc'], sets, calls: [{ type: 6, set: 0 }] };
const good = scratch.write('demo.ko', buildModule(parts));
const noHook = scratch.write(
  'no-hook.ko',
  buildModule({ ...parts, name: 'no_hook', calls: [{ type: 17, set: 0 }] }),
);
const refused = parts.btf.slice();
refused[0] = 0;
const bad = scratch.write('bad.ko', buildModule({ ...parts, name: 'bad', btf: refused }));

const check = (...args: string[]) => btfkit('module', 'check', ...args, '--kernel', vmlinux);
const json = (...args: string[]) => JSON.parse(check(...args, '--json').stdout).modules;

/** A vmlinux that says which release it is. */
const saying = (release: string) =>
  scratch.write(
    `vmlinux-${release}`,
    elfFile({
      type: 2,
      btf: base.bytes,
      sections: [
        { name: '.rodata', content: new TextEncoder().encode(`\0Linux version ${release} (gcc)\0`) },
      ],
    }),
  );

describe('module check', () => {
  test('the release that the file of the kernel names counts', () => {
    const ask = (release: string) =>
      JSON.parse(btfkit('module', 'check', good, '--kernel', saying(release), '--json').stdout).modules[0];
    expect(ask('6.12.117').loads).toBe(true);
    expect(ask('6.12.9').notes[0]).toContain("should be '6.12.9 SMP");
    // By its rules as well: Linux 4.18 has no BTF of modules.
    expect(ask('4.18.0').btf.accepted).toBe(false);
  });

  test('a module that is in order', () => {
    const { status, stdout, stderr } = check(good);
    expect(status).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toBe(`${good}: loads, BTF accepted\n  kfuncs  demo_ids (1) for XDP: returns 0\n`);
  });

  test('JSON has the shape that scripts rely on', () => {
    expect(json(good, '--kernel-version', '6.12')).toEqual([
      {
        input: good,
        name: 'demo',
        loads: true,
        btf: { accepted: true, errno: 0, dmesg: [] },
        kfuncSets: [
          {
            name: 'demo_ids',
            count: 1,
            registered: true,
            hook: 'XDP',
            programType: 'BPF_PROG_TYPE_XDP',
            errno: 0,
            problems: [],
          },
        ],
        structOps: [],
        dtors: [],
        mismatch: null,
        notes: [],
      },
    ]);
  });

  test('a registration that fails is a no', () => {
    const { status, stdout } = check(noHook);
    expect(status).toBe(1);
    expect(stdout).toContain('for none: returns -22 (EINVAL)');
    // The module's own vermagic tells the release, unless one is named.
    expect(json(noHook, '--kernel-version', '7.1')[0].kfuncSets).toMatchObject([
      { hook: 'TRACING', errno: 0 },
    ]);
  });

  test('BTF that is refused', () => {
    expect(json(bad)[0]).toMatchObject({ loads: false, btf: { accepted: false, errno: 22 } });
    const [allowed] = json(bad, '--allow-btf-mismatch');
    expect(allowed).toMatchObject({ loads: true, btf: { accepted: false, errno: 0 } });
    const config = scratch.write(
      'config',
      new TextEncoder().encode('CONFIG_MODULE_ALLOW_BTF_MISMATCH=y\nCONFIG_DEBUG_INFO_BTF_MODULES=y\n'),
    );
    expect(json(bad, '--config', config)[0].btf).toEqual(allowed.btf);
  });

  test('a folder is all modules that are in it', () => {
    mkdirSync(scratch.path('modules/net'), { recursive: true });
    scratch.write('modules/net/b.ko', buildModule(parts));
    scratch.write('modules/a.ko', buildModule(parts));
    scratch.write('modules/modules.dep', new Uint8Array(3));
    const inputs = json(scratch.path('modules')).map(({ input }: { input: string }) => input);
    expect(inputs).toEqual([scratch.path('modules/a.ko'), scratch.path('modules/net/b.ko')]);
  });

  test('symbols with checksums of others', () => {
    const versioned = scratch.write(
      'v.ko',
      buildModule({ ...parts, name: 'v', versions: [['module_layout', 1]] }),
    );
    const symvers = scratch.write(
      'Module.symvers',
      new TextEncoder().encode('0x00000002\tmodule_layout\tvmlinux\tEXPORT_SYMBOL\t\n'),
    );
    const [row] = json(versioned, '--symvers', symvers);
    expect(row.loads).toBe(false);
    expect(row.notes).toEqual([
      'v: disagrees about version of symbol module_layout (the load fails with -8)',
    ]);
    expect(row.btf.accepted).toBe(true);
  });

  test('what cannot be read', () => {
    const text = scratch.write('text.ko', new TextEncoder().encode('no module'));
    const { status, stdout, stderr } = check(text, good, '--json');
    expect(status).toBe(3);
    expect(stderr).toBe(`btfkit: ${text}: no ELF file, a module is wanted\n`);
    expect(JSON.parse(stdout).modules).toMatchObject([{ name: 'text', loads: false }, { loads: true }]);
    expect(check(good, '--kallsyms', text).status).toBe(3);
    const empty = scratch.path('empty');
    mkdirSync(empty);
    const nothing = { status: 3, stdout: '', stderr: `btfkit: ${empty}: no modules in this folder\n` };
    expect(check(empty, good)).toEqual(nothing);
    expect(check(good, '--kernel-version', 'six').status).toBe(2);
    expect(btfkit('module', 'check', good).status).toBe(2);
  });
});

const kernels = process.env.BTFKIT_KERNELS ?? fileURLToPath(new URL('../../../kernels', import.meta.url));
const releases = existsSync(kernels) ? readdirSync(kernels).sort() : [];
const debug = (release: string) => join(kernels, release, 'usr/lib/debug');
const isWhole = (release: string) =>
  existsSync(join(debug(release), 'boot', `vmlinux-${release}`)) &&
  existsSync(join(debug(release), 'lib/modules'));
const whole = releases.filter(isWhole);

describe.skipIf(whole.length === 0)(
  `kernels of Debian${whole.length === 0 ? ': none fetched (bench/fetch-kernels.mjs)' : ''}`,
  () => {
    const modulesOf = (release: string, on: string) => {
      const { stdout } = spawnSync(
        process.execPath,
        [
          ...[
            executable,
            'module',
            'check',
            join(debug(release), 'lib/modules'),
            '--json',
            '--allow-btf-mismatch',
          ],
          ...['--kernel', join(debug(on), 'boot', `vmlinux-${on}`), '--kernel-version', on],
        ],
        { encoding: 'utf8', maxBuffer: 1 << 28 },
      );
      return JSON.parse(stdout).modules as {
        loads: boolean;
        btf: { accepted: boolean };
        mismatch: object | null;
      }[];
    };

    test.each(whole)(
      'all modules of %s are at home there',
      release => {
        const modules = modulesOf(release, release);
        expect(modules.length).toBeGreaterThan(1000);
        expect(
          modules.filter(({ loads, btf, mismatch }) => !loads || !btf.accepted || mismatch !== null),
        ).toEqual([]);
      },
      120_000,
    );

    test.skipIf(whole.length < 2)(
      'those of one that another takes are found',
      () => {
        const taken = modulesOf(whole[0]!, whole[1]!).filter(({ btf }) => btf.accepted);
        expect(taken.length).toBeGreaterThan(10);
        expect(taken.filter(({ mismatch }) => mismatch === null)).toEqual([]);
      },
      120_000,
    );
  },
);
