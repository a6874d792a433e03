import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Btf, summarize } from '@btfkit/core/btf';
import { describe, expect, test } from 'vitest';
import { btfkit, executable, scratchFolder } from './run.js';

const scratch = scratchFolder();
const fixtures = fileURLToPath(new URL('../../../fixtures/', import.meta.url));
const rootOf = (name: string) => join(fixtures, 'kernel-roots', name);
const isWindows = process.platform === 'win32';

/** A copy to change. */
function copyOf(name: string, as: string): string {
  cpSync(rootOf(name), scratch.path(as), { recursive: true });
  return scratch.path(as);
}

function put(root: string, path: string, content: string | Uint8Array): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

const json = (...args: string[]) => {
  const { status, stdout, stderr } = btfkit('kernel', ...args, '--json');
  return { status, stderr, document: JSON.parse(stdout) };
};

describe('list', () => {
  test('a module with BTF and one without', () => {
    const root = rootOf('module-btf');
    const sysfs = join(root, 'sys/kernel/btf');
    const { status, stderr, document } = json('list', '--root', root);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(document).toMatchObject({ root, release: '6.12.0-mini', notes: [] });
    const own = {
      file: join(sysfs, 'vmlinux'),
      size: 10975,
      types: 314,
      firstId: 1,
      lastId: 314,
      base: null,
    };
    expect(document.vmlinux).toMatchObject({ name: 'vmlinux', from: 'sysfs', ...own });
    expect(document.modules).toEqual([
      {
        name: 'btfkit_demo',
        state: 'loaded',
        from: 'sysfs',
        file: join(sysfs, 'btfkit_demo'),
        size: 4132,
        types: 121,
        firstId: 315,
        lastId: 435,
        base: join(sysfs, 'vmlinux'),
        missing: null,
        notes: [],
      },
      expect.objectContaining({
        name: 'nf_conntrack_netlink',
        state: 'loaded',
        from: 'vmlinux',
        file: null,
        types: null,
        missing: join(sysfs, 'nf_conntrack_netlink'),
      }),
    ]);
  });

  test('as a table', () => {
    const { status, stdout, stderr } = btfkit('kernel', 'list', '--root', rootOf('inline'));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.replaceAll(rootOf('inline'), 'ROOT').replaceAll('\\', '/')).toBe(`kernel 6.12.0-mini

NAME         STATE   TYPES  BYTES  BASE     FILE
vmlinux      kernel    314  10975  -        ROOT/sys/kernel/btf/vmlinux
btfkit_demo  loaded    121   4132  vmlinux  ROOT/sys/kernel/btf/btfkit_demo

1 module
note: btfkit_demo.inline is not a module: names of modules have no dot
note: vmlinux.inline is not a module: names of modules have no dot
`);
  });

  test('modules without BTF are counted, and no error', () => {
    const { status, stdout } = btfkit('kernel', 'list', '--root', rootOf('no-module-btf'));
    expect(status).toBe(0);
    expect(stdout).toContain('3 modules, 3 without BTF: the types of vmlinux alone are used\n');
  });

  test('a module that cannot be parsed does not keep the others from being listed; status 3', () => {
    const root = copyOf('module-btf', 'broken');
    const file = put(root, 'sys/kernel/btf/another', 'no BTF');
    const { status, stderr, document } = json('list', '--root', root);
    expect(status).toBe(3);
    expect(stderr).toBe(`btfkit: ${document.modules[0].error}\n`);
    expect(document.modules[0].error).toContain(`${file}: BTF header: `);
    expect(document.modules.map(({ name }: { name: string }) => name)).toEqual([
      'another',
      'btfkit_demo',
      'nf_conntrack_netlink',
    ]);
    expect(document.modules[1].types).toBe(121);
  });
});

describe('spec', () => {
  test('of a module without BTF: vmlinux alone, a note, status 0', () => {
    const root = rootOf('no-module-btf');
    const { status, stdout, stderr } = btfkit('kernel', 'spec', 'nf_conntrack_netlink', '--root', root);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const file = join(root, 'sys/kernel/btf/nf_conntrack_netlink');
    expect(stdout.split('\n').slice(0, 6)).toEqual([
      'module   nf_conntrack_netlink, loaded',
      'BTF      that of vmlinux alone',
      `note     ${file} is not there: nf_conntrack_netlink is loaded, but this kernel has no BTF of it`,
      `note     no nf_conntrack_netlink.ko was found in ${join(root, 'lib/modules/6.12.0-mini')}`,
      'note     the types of vmlinux alone are used',
      '',
    ]);
    expect(stdout).toContain('314 types, ids 1 to 314');
  });

  test('of a module: what stats says of it', () => {
    const root = rootOf('module-btf');
    const { document } = json('spec', 'btfkit-demo', '--root', root);
    expect(document).toMatchObject({ module: 'btfkit_demo', from: 'sysfs', state: 'loaded', notes: [] });
    const sysfs = (name: string) => join(root, 'sys/kernel/btf', name);
    const base = Btf.parse(readFileSync(sysfs('vmlinux')), { name: sysfs('vmlinux') });
    const btf = Btf.parse(readFileSync(sysfs('btfkit_demo')), { base, name: sysfs('btfkit_demo') });
    expect(document.btf).toEqual(JSON.parse(JSON.stringify(summarize(btf))));
  });

  test('of the kernel itself', () => {
    for (const subject of [[], ['vmlinux']]) {
      const { status, document } = json('spec', ...subject, '--root', rootOf('image'));
      expect(status).toBe(0);
      expect(document).toMatchObject({ module: null, from: 'image', btf: { types: 314 } });
    }
  });

  test('of a header of 24 bytes: empty, not broken', () => {
    const { status, document } = json('spec', 'sha1_ssse3', '--root', rootOf('header-only'));
    expect(status).toBe(0);
    expect(document).toMatchObject({ from: 'sysfs', btf: { size: 24, types: 0 } });
  });

  test("of a module's file", () => {
    const file = join(fixtures, 'inputs/btfkit_demo.ko');
    const { status, document } = json('spec', file, '--root', rootOf('no-module-btf'));
    expect(status).toBe(0);
    expect(document).toMatchObject({ module: 'btfkit_demo', from: 'file', file, state: 'not loaded' });
    expect(document.btf).toMatchObject({ types: 121, firstId: 315 });
  });

  test("of a program's section: the module that kallsyms names", () => {
    const root = rootOf('no-module-btf');
    const { status, document } = json('spec', 'kprobe/ctnetlink_fill_info', '--root', root);
    expect(status).toBe(0);
    expect(document.target).toMatchObject({ program: 'kprobe', name: 'ctnetlink_fill_info' });
    expect(document.modules).toEqual(['nf_conntrack_netlink']);
    expect(document.specs).toMatchObject([{ module: 'nf_conntrack_netlink', from: 'vmlinux' }]);
    const text = btfkit('kernel', 'spec', 'kprobe/ctnetlink_fill_info', '--root', root).stdout;
    expect(text).toMatch(
      /^program {2}kprobe, function ctnetlink_fill_info\nsymbol {3}ctnetlink_fill_info of nf_conntrack_netlink\n\nmodule {3}nf_conntrack_netlink, loaded\n/,
    );
  });

  test('what is not a module', () => {
    const { status, stdout, stderr } = btfkit('kernel', 'spec', 'vmlinux.inline', '--root', rootOf('inline'));
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toBe('btfkit: "vmlinux.inline" is not a module: their names have no dot or slash\n');
  });

  test('a file that cannot be parsed: status 3 and its name', () => {
    const root = copyOf('module-btf', 'cut');
    const file = join(root, 'sys/kernel/btf/btfkit_demo');
    writeFileSync(file, readFileSync(file).subarray(0, 1000));
    const { status, stdout, stderr } = btfkit('kernel', 'spec', 'btfkit_demo', '--root', root);
    expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
    expect(stderr.startsWith(`btfkit: ${file}: BTF header: `)).toBe(true);
  });

  // Root may read everything.
  const mayRead = isWindows || process.getuid?.() === 0;
  test.skipIf(mayRead)(`EACCES: status 3 and the file${mayRead ? ': skipped as root' : ''}`, () => {
    const root = copyOf('module-btf', 'denied');
    const file = join(root, 'sys/kernel/btf/btfkit_demo');
    chmodSync(file, 0);
    const { status, stderr } = btfkit('kernel', 'spec', 'btfkit_demo', '--root', root);
    expect({ status, stderr }).toEqual({ status: 3, stderr: `btfkit: ${file}: permission denied\n` });
  });

  test('a folder in the place of the file is an error that names it', () => {
    const root = copyOf('module-btf', 'folder');
    const file = join(root, 'sys/kernel/btf/btfkit_demo');
    rmSync(file);
    mkdirSync(file);
    const { status, stderr } = btfkit('kernel', 'spec', 'btfkit_demo', '--root', root);
    expect(status).toBe(3);
    expect(stderr.startsWith(`btfkit: ${file}: `)).toBe(true);
  });
});

describe('core apply --root', () => {
  const program = (name: string) => join(rootOf('programs'), name);
  const apply = (name: string, root: string) => {
    const output = scratch.path('relocated.o');
    rmSync(output, { force: true });
    const args = ['core', 'apply', program(name), '--root', root, '-o', output, '--json'];
    const { status, stdout, stderr } = btfkit(...args);
    return {
      status,
      stderr,
      document: stdout === '' ? null : JSON.parse(stdout),
      isWritten: existsSync(output),
    };
  };
  const missing = (root: string, name: string) => join(root, 'sys/kernel/btf', name);

  test('a program on a function of a module without BTF: vmlinux alone, with a note', () => {
    const root = rootOf('no-module-btf');
    const { status, stderr, document, isWritten } = apply('probe.o', root);
    expect({ status, isWritten }).toEqual({ status: 0, isWritten: true });
    expect(document).toMatchObject({ target: missing(root, 'vmlinux'), modules: {}, patched: 1 });
    expect(document.relocations[0]).toMatchObject({ section: 'kprobe/ctnetlink_fill_info', after: '20' });
    expect(stderr).toContain(`note: ${missing(root, 'nf_conntrack_netlink')} is not there: `);
  });

  test('a type that only a module has: type, module and missing file are named, status 1', () => {
    const root = rootOf('no-module-btf');
    const { status, stderr, document, isWritten } = apply('module-type.o', root);
    expect({ status, isWritten }).toEqual({ status: 1, isWritten: false });
    const why = (module: string) =>
      `    struct demo_stats is not in the BTF of vmlinux; it may be of module ${module}, whose BTF is missing (${missing(root, module)})\n`;
    expect(stderr).toContain(why('btfkit_demo'));
    expect(stderr).toContain(why('nf_conntrack_netlink'));
    expect(document.output).toBeNull();
    const named = document.relocations.map(({ program, missing }: { program: string; missing?: object }) => [
      program,
      missing,
    ]);
    expect(named).toEqual([
      ['own', [{ name: 'btfkit_demo', file: missing(root, 'btfkit_demo') }]],
      ['other', [{ name: 'nf_conntrack_netlink', file: missing(root, 'nf_conntrack_netlink') }]],
      ['vmlinux', undefined],
      // What is asked for first may be missing.
      ['guarded', undefined],
      ['guarded', undefined],
    ]);
  });

  test.each([
    ['module-btf', 'sys/kernel/btf/btfkit_demo'],
    // One that a program attaches to may be in its file.
    ['image', 'lib/modules/6.12.0-mini/kernel/drivers/misc/btfkit-demo.ko'],
  ])('a type of a module that has BTF: %s', (name, file) => {
    const root = copyOf(name, `apply-${name}`);
    put(root, 'proc/kallsyms', '0000000000000000 t btfkit_demo_read\t[btfkit_demo]\n');
    const { status, document, isWritten } = apply('module-type.o', root);
    expect({ status, isWritten }).toEqual({ status: 0, isWritten: true });
    expect(document.modules).toEqual({ btfkit_demo: join(root, file) });
    expect(document).toMatchObject({ patched: 5, poisoned: 0 });
  });

  test('a header alone has no types, and is not missing', () => {
    const root = copyOf('header-only', 'apply-header');
    put(root, 'proc/kallsyms', '0000000000000000 t btfkit_demo_read\t[sha1_ssse3]\n');
    const { status, document } = apply('module-type.o', root);
    expect(status).toBe(0);
    expect(document).toMatchObject({ patched: 1, poisoned: 4 });
  });

  test('what cannot be parsed is an error at once, though its types are not needed', () => {
    const root = copyOf('no-module-btf', 'apply-broken');
    const file = put(root, 'sys/kernel/btf/nf_conntrack_netlink', 'no BTF');
    const { status, stderr, isWritten } = apply('probe.o', root);
    expect({ status, isWritten }).toEqual({ status: 3, isWritten: false });
    expect(stderr.startsWith(`btfkit: ${file}: BTF header: `)).toBe(true);
  });

  test.each([
    [[], '--target or --root has to say which kernel'],
    [
      ['--root', '/', '--target', 'x'],
      '--root finds the kernel and its modules: no --target, --module or --base with it',
    ],
  ])('usage: %j', (options, message) => {
    const { status, stderr } = btfkit(
      'core',
      'apply',
      program('probe.o'),
      ...options,
      '-o',
      scratch.path('x'),
    );
    expect({ status, stderr }).toEqual({ status: 2, stderr: `btfkit: ${message}\n` });
  });
});

describe('roots', () => {
  test('one that is not there, and one that is no folder', () => {
    const missing = scratch.path('missing');
    expect(btfkit('kernel', 'list', '--root', missing)).toEqual({
      status: 3,
      stdout: '',
      stderr: `btfkit: ${missing}: no such file or directory\n`,
    });
    const file = scratch.write('file', new Uint8Array());
    expect(btfkit('kernel', 'list', '--root', file).stderr).toBe(
      `btfkit: --root ${file}: expected a folder\n`,
    );
  });

  test('an empty one: status 3, and what was looked for', () => {
    const root = scratch.path('empty');
    mkdirSync(root);
    const { status, stderr } = btfkit('kernel', 'list', '--root', root);
    expect(status).toBe(3);
    expect(stderr).toContain(`${join(root, 'sys/kernel/btf/vmlinux')} is not there`);
  });

  test('--release chooses among kernels', () => {
    const root = scratch.path('several');
    const elf = readFileSync(join(fixtures, 'inputs/vmlinux'));
    for (const release of ['6.1.0-a', '6.12.0-b'])
      put(root, `usr/lib/modules/${release}/kernel/vmlinux`, elf);
    expect(btfkit('kernel', 'spec', '--root', root).stderr).toContain('release, which is not known');
    const { document } = json('spec', '--root', root, '--release', '6.12.0-b');
    expect(document.file).toBe(join(root, 'usr/lib/modules/6.12.0-b/kernel/vmlinux'));
  });

  test.skipIf(isWindows)('links stay within the root', () => {
    const root = scratch.path('linked');
    const elf = readFileSync(join(fixtures, 'inputs/vmlinux'));
    put(root, 'proc/sys/kernel/osrelease', '1.2.3\n');
    put(root, 'usr/src/linux/vmlinux', elf);
    mkdirSync(join(root, 'usr/lib/modules/1.2.3'), { recursive: true });
    // As a merged /usr has it, and as `make modules_install` does; the last two lead nowhere.
    symlinkSync('usr/lib', join(root, 'lib'));
    symlinkSync('/usr/src/linux', join(root, 'usr/lib/modules/1.2.3/build'));
    const file = join(root, 'lib/modules/1.2.3/build/vmlinux');
    expect(json('spec', '--root', root).document.file).toBe(file);

    rmSync(join(root, 'usr/lib/modules/1.2.3/build'));
    symlinkSync('../../../../../../../../../../usr/src/linux', join(root, 'usr/lib/modules/1.2.3/build'));
    expect(json('spec', '--root', root).document.file).toBe(file);

    rmSync(join(root, 'usr/lib/modules/1.2.3/build'));
    symlinkSync('build', join(root, 'usr/lib/modules/1.2.3/build'));
    const { status, stderr } = btfkit('kernel', 'spec', '--root', root);
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: `btfkit: ${file}: too many symbolic links\n`,
    });
  });

  test.each(['darwin', 'win32'])('on %s there is no kernel of its own', platform => {
    const preload = scratch.write(
      `${platform}.cjs`,
      Buffer.from(`Object.defineProperty(process, 'platform', { value: '${platform}' });`),
    );
    const { status, stderr } = spawnSync(process.execPath, ['-r', preload, executable, 'kernel', 'list'], {
      encoding: 'utf8',
      // Node's cache of compiled code would go to a folder of that name here.
      env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' },
    });
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /^btfkit: no kernel with BTF runs here \((macOS|Windows)\): --root DIR names a folder/,
    );
  });
});

const live = '/sys/kernel/btf/vmlinux';
const hasLive = (() => {
  try {
    return readFileSync(live).length > 0;
  } catch {
    return false;
  }
})();
test.skipIf(!hasLive)(`the running kernel${hasLive ? '' : ': skipped, it has no BTF'}`, () => {
  const { status, document } = json('list');
  expect(status).toBe(0);
  expect(document.vmlinux).toMatchObject({ from: 'sysfs', file: live });
  expect(document.release).toBe(readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim());
  const { btf } = json('spec').document;
  expect(btf.types).toBe(Btf.parse(readFileSync(live)).endId - 1);
});
