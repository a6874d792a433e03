import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BtfBuilder } from '@btfkit/core/btf';
import { describe, expect, test } from 'vitest';
import { buildModule } from '../../core/test/module/build-module.mjs';
import { btfkit, scratchFolder } from './run.js';

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

describe('module check', () => {
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
    expect(check(good, '--kernel-version', 'six').status).toBe(2);
    expect(btfkit('module', 'check', good).status).toBe(2);
  });
});

const shared = process.env.BTFKIT_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url));
const cases = join(shared, 'oracle/cases');
const has = existsSync(cases);

interface Expected {
  readonly load: { readonly errno: number } | null;
  readonly dmesg_btf: readonly string[];
  readonly registrations: readonly { readonly ret: number }[];
  readonly vmlinux_btf: string;
  readonly kernel_options: string;
  readonly nondeterministic?: unknown;
}

describe.skipIf(!has)(
  `as a real kernel did${has ? '' : ': no folder of recorded answers (BTFKIT_SHARED)'}`,
  () => {
    const named = has ? readdirSync(cases).map(name => ({ name, expected: expectedOf(name) })) : [];
    const usable = named.filter(({ name, expected: { load, nondeterministic } }) => {
      return load && load.errno !== 8 && !nondeterministic && existsSync(join(cases, name, 'module.ko'));
    });

    test.each(usable)('$name', ({ name, expected }) => {
      const folder = join(cases, name);
      const allowed = expected.kernel_options.includes('MODULE_ALLOW_BTF_MISMATCH=y');
      const { stdout } = btfkit(
        ...['module', 'check', join(folder, 'module.ko'), '--kernel', join(folder, expected.vmlinux_btf)],
        ...['--kernel-version', '6.12', '--json', ...(allowed ? ['--allow-btf-mismatch'] : [])],
      );
      const [{ btf, kfuncSets }] = JSON.parse(stdout).modules;
      const kernelSays =
        /^BPF:|failed to validate module|distilled base|distilled based|BTF mismatch|missing module BTF/;
      const of = (lines: readonly string[]) => lines.filter(line => kernelSays.test(line));
      expect(of(btf.dmesg)).toEqual(of(expected.dmesg_btf));
      const failed = expected.dmesg_btf.find(line => line.includes('failed to validate'));
      expect(btf.errno).toBe(failed === undefined ? 0 : -Number(failed.split(' ').at(-1)));
      if (expected.registrations.length === 0 || failed !== undefined) return;
      const returned = kfuncSets.filter((set: { registered: boolean }) => set.registered);
      expect(returned.map(({ errno }: { errno: number }) => 0 - errno)).toEqual(
        expected.registrations.map(({ ret }) => 0 + ret),
      );
    });
  },
);

function expectedOf(name: string): Expected {
  return JSON.parse(readFileSync(join(cases, name, 'expected.json'), 'utf8'));
}
