import { Btf, BtfBuilder } from '@btfkit/core/btf';
import { memorySource } from '@btfkit/core/bytes';
import { distill } from '@btfkit/core/distill';
import { Elf, rewrittenBytes, writeSections } from '@btfkit/core/elf';
import {
  FileError,
  isModuleName,
  Kernel,
  MissingTypeError,
  memoryTree,
  missingType,
  moduleNameOf,
} from '@btfkit/core/kernel';
import { describe, expect, test } from 'vitest';
import { counted, demo, demoKo, type Files, filesOf, fixture, vmlinux } from './roots.js';

const kernelIn = (files: Files) => new Kernel(memoryTree(files));
const sysfs = { '/sys/kernel/btf/vmlinux': vmlinux };
const lib = '/lib/modules/6.12.0-mini';

describe('in sysfs', () => {
  test('on vmlinux', async () => {
    const kernel = kernelIn(filesOf('module-btf'));
    const module = await kernel.module('btfkit_demo');
    expect(module).toMatchObject({ from: 'sysfs', state: 'loaded', missing: null, notes: [] });
    expect(module.btf.base).toBe((await kernel.vmlinux()).btf);
    expect([module.btf.startId, module.btf.endId]).toEqual([315, 436]);
  });

  test('dashes in a name are underscores', async () => {
    const kernel = kernelIn(filesOf('module-btf'));
    expect(await kernel.module('btfkit-demo')).toBe(await kernel.module('btfkit_demo'));
  });

  test('a header alone is empty, not broken', async () => {
    const { btf, from, notes, missing } = await kernelIn(filesOf('header-only')).module('sha1_ssse3');
    expect([btf.startId, btf.endId, btf.bytes.length, from, missing]).toEqual([315, 315, 24, 'sysfs', null]);
    expect(notes).toEqual(['it has no types of its own, as a module without C code']);
  });

  test.each(['EACCES', 'EPERM'])('%s is an error at once', async code => {
    const path = '/sys/kernel/btf/btfkit_demo';
    const kernel = kernelIn({ ...filesOf('image'), ...sysfs, [path]: new FileError(code, path) });
    await expect(kernel.module('btfkit_demo')).rejects.toMatchObject({ code, path });
  });

  test('what cannot be parsed is an error at once', async () => {
    const kernel = kernelIn({ ...filesOf('image'), ...sysfs, '/sys/kernel/btf/btfkit_demo': 'no BTF' });
    await expect(kernel.module('btfkit_demo')).rejects.toThrow('/sys/kernel/btf/btfkit_demo: ');
  });
});

describe('names', () => {
  test.each(['vmlinux.inline', 'btfkit_demo.inline', '', 'a/b', '..', 'vmlinux'])(
    '%j is no module',
    async name => {
      expect(isModuleName(name)).toBe(false);
      await expect(kernelIn(filesOf('inline')).module(name)).rejects.toThrow('is not a module');
    },
  );

  test.each([
    ['/a/nf-nat.ko.xz', 'nf_nat'],
    ['nf_nat.ko', 'nf_nat'],
    ['C:\\modules\\nf-nat.ko', 'nf_nat'],
    ['x.ko.zst', 'x'],
    ['x.ko.gz', 'x'],
    ['a.ko.debug', 'a'],
    ['a.kox', undefined],
    ['.ko', undefined],
    ['modules.dep', undefined],
  ])('of the file %s', (path, name) => {
    expect(moduleNameOf(path)).toBe(name);
  });

  test('the list has modules only', () => {
    expect(kernelIn(filesOf('inline')).list()).toEqual({
      names: ['btfkit_demo'],
      withBtf: ['btfkit_demo'],
      others: ['btfkit_demo.inline', 'vmlinux.inline'],
    });
    expect(kernelIn(filesOf('no-module-btf')).list().names).toEqual(['ext4', 'fuse', 'nf_conntrack_netlink']);
  });
});

test('those with BTF, for a type that vmlinux does not have', async () => {
  const modules = await kernelIn(filesOf('module-btf')).modulesWithBtf();
  expect(modules.map(({ name, from }) => [name, from])).toEqual([['btfkit_demo', 'sysfs']]);
  expect(await kernelIn(filesOf('no-module-btf')).modulesWithBtf()).toEqual([]);
  expect(await kernelIn(filesOf('image')).modulesWithBtf()).toEqual([]);
});

describe('not in sysfs', () => {
  test('loaded: vmlinux alone, with a note', async () => {
    const kernel = kernelIn(filesOf('no-module-btf'));
    const module = await kernel.module('nf_conntrack_netlink');
    expect(module.btf).toBe((await kernel.vmlinux()).btf);
    expect(module).toMatchObject({
      from: 'vmlinux',
      state: 'loaded',
      missing: '/sys/kernel/btf/nf_conntrack_netlink',
    });
    expect(module.notes).toEqual([
      '/sys/kernel/btf/nf_conntrack_netlink is not there: nf_conntrack_netlink is loaded, but this kernel has no BTF of it',
      'no nf_conntrack_netlink.ko was found in /lib/modules/6.12.0-mini',
      'the types of vmlinux alone are used',
    ]);
  });

  test('a root with vmlinux and nothing else', async () => {
    const module = await kernelIn(sysfs).module('nf_conntrack_netlink');
    expect(module).toMatchObject({ from: 'vmlinux', state: 'unknown' });
    expect(module.notes[0]).toContain('whether nf_conntrack_netlink is loaded is not known');
    expect(module.notes[1]).toContain('the release is not known');
  });

  test('built in: its types are those of vmlinux', async () => {
    const module = await kernelIn(filesOf('no-module-btf')).module('tcp_cubic');
    expect(module).toMatchObject({ from: 'vmlinux', state: 'built in', missing: null });
    expect(module.notes).toEqual(["tcp_cubic is built into the kernel: its types are vmlinux's"]);
  });

  test('a module of which nothing is known', async () => {
    expect((await kernelIn(filesOf('no-module-btf')).module('x')).state).toBe('not loaded');
  });

  test('/sys/module tells where there is no /proc/modules', async () => {
    const kernel = kernelIn({
      ...sysfs,
      '/sys/module/loadable/initstate': 'live\n',
      '/sys/module/builtin/parameters/debug': 'N\n',
    });
    const states = ['loadable', 'builtin', 'neither'].map(async name => (await kernel.module(name)).state);
    expect(await Promise.all(states)).toEqual(['loaded', 'built in', 'not loaded']);
  });

  test('an unreadable list of modules is an error', async () => {
    const kernel = kernelIn({ ...sysfs, '/proc/modules': new FileError('EACCES', '/proc/modules') });
    await expect(kernel.module('x')).rejects.toMatchObject({ code: 'EACCES' });
  });
});

describe("the module's file", () => {
  test('found by a walk', async () => {
    const module = await kernelIn(filesOf('image')).module('btfkit_demo');
    const file = `${lib}/kernel/drivers/misc/btfkit-demo.ko`;
    expect(module).toMatchObject({ from: 'file', file, state: 'not loaded', missing: null });
    expect(module.notes).toEqual([
      '/sys/kernel/btf/btfkit_demo is not there: btfkit_demo is not loaded',
      `the .BTF of ${file} is used`,
    ]);
    expect(module.btf.bytes).toEqual(demo);
  });

  test('found in modules.dep, with the walk left out', async () => {
    const tree = counted({
      ...sysfs,
      [`${lib}/modules.dep`]: 'kernel/a/btfkit-demo.ko: kernel/b.ko\nkernel/b.ko:\n',
      [`${lib}/kernel/a/btfkit-demo.ko`]: demoKo,
      [`${lib}/updates/btfkit-demo.ko`]: 'not looked at',
    });
    const module = await new Kernel(tree).module('btfkit_demo');
    expect(module.file).toBe(`${lib}/kernel/a/btfkit-demo.ko`);
  });

  test('updates come before what came with the kernel', async () => {
    const module = await kernelIn({
      ...sysfs,
      [`${lib}/kernel/btfkit_demo.ko`]: 'not looked at',
      [`${lib}/updates/btfkit_demo.ko`]: demoKo,
    }).module('btfkit_demo');
    expect(module.file).toBe(`${lib}/updates/btfkit_demo.ko`);
  });

  test('the one with BTF of several', async () => {
    const module = await kernelIn({
      ...sysfs,
      [`${lib}/kernel/btfkit_demo.ko`]: fixture('module/btfkit_demo.ko'),
      '/usr/lib/debug/lib/modules/6.12.0-mini/kernel/btfkit_demo.ko.debug': demoKo,
    }).module('btfkit_demo');
    expect(module.file).toBe('/usr/lib/debug/lib/modules/6.12.0-mini/kernel/btfkit_demo.ko.debug');
  });

  test('without .BTF: vmlinux alone', async () => {
    const file = `${lib}/kernel/btfkit_demo.ko.xz`;
    const module = await kernelIn({ ...sysfs, [file]: fixture('inputs/btfkit_demo.ko.xz') }).module(
      'btfkit_demo',
    );
    expect(module).toMatchObject({ from: 'vmlinux', missing: '/sys/kernel/btf/btfkit_demo' });
    expect(module.notes[1]).toBe(`${file} has no .BTF`);
  });

  test.each([
    ['no ELF file', 'neither ELF nor compressed', 'expected a module, an ELF file'],
    ['a broken header', withBtf(new Uint8Array(30)), 'magic'],
  ])('%s is an error', async (_, content, message) => {
    const file = `${lib}/kernel/btfkit_demo.ko`;
    const kernel = kernelIn({ ...sysfs, [file]: content });
    await expect(kernel.module('btfkit_demo')).rejects.toThrow(new RegExp(`^${file}: .*${message}`));
  });

  test('EACCES is an error', async () => {
    const path = `${lib}/kernel/btfkit_demo.ko`;
    const kernel = kernelIn({ ...sysfs, [path]: new FileError('EACCES', path) });
    await expect(kernel.module('btfkit_demo')).rejects.toMatchObject({ code: 'EACCES', path });
  });

  test('made for another kernel: vmlinux alone', async () => {
    const smaller = new BtfBuilder();
    smaller.add({ kind: 'FLOAT', name: 'double', size: 8 });
    const file = `${lib}/kernel/btfkit_demo.ko`;
    const { notes, from } = await kernelIn({
      '/sys/kernel/btf/vmlinux': smaller.parse().bytes,
      [file]: demoKo,
    }).module('btfkit_demo');
    expect(from).toBe('vmlinux');
    expect(notes[1]).toMatch(
      `the .BTF of ${file} was made for another kernel than /sys/kernel/btf/vmlinux: type [`,
    );
  });

  // All references of these are valid on the bigger base, but not what they refer to.
  test('made for a smaller kernel: names that begin within one tell', async () => {
    const base = builderWith('abcd', 'x').parse();
    const module = new BtfBuilder({ base });
    module.add({ kind: 'TYPEDEF', name: 'x', type: 1 });
    const bigger = builderWith('a_longer_name', 'more').parse();
    const file = `${lib}/kernel/a.ko`;
    const ko = withBtf(module.parse().bytes);
    const fits = await kernelIn({ '/sys/kernel/btf/vmlinux': base.bytes, [file]: ko }).module('a');
    expect(fits.from).toBe('file');
    const other = await kernelIn({ '/sys/kernel/btf/vmlinux': bigger.bytes, [file]: ko }).module('a');
    expect(other.from).toBe('vmlinux');
    expect(other.notes[1]).toBe(
      `the .BTF of ${file} was made for another kernel than /sys/kernel/btf/vmlinux`,
    );
  });

  test('with .BTF.base: moved onto this vmlinux, or not', async () => {
    const base = Btf.parse(vmlinux);
    const distilled = distill(Btf.parse(demo, { base }));
    const file = `${lib}/kernel/btfkit_demo.ko`;
    const ko = withSections({ '.BTF': distilled.split, '.BTF.base': distilled.base });
    const kernel = kernelIn({ ...sysfs, [file]: ko });
    const module = await kernel.module('btfkit_demo');
    expect(module.from).toBe('file');
    expect(module.btf.base).toBe((await kernel.vmlinux()).btf);
    const other = { '/sys/kernel/btf/vmlinux': builderWith('x').parse().bytes, [file]: ko };
    const { from, notes } = await kernelIn(other).module('btfkit_demo');
    expect(from).toBe('vmlinux');
    expect(notes[1]).toMatch(/distilled base BTF type .* is not mapped to base BTF id \(EINVAL\)$/);
  });

  test('one that is named by the user', async () => {
    const kernel = kernelIn(filesOf('no-module-btf'));
    const own = await kernel.moduleFile(memorySource(demoKo, 'elsewhere/btfkit-demo.ko'));
    expect(own).toMatchObject({ name: 'btfkit_demo', from: 'file', file: 'elsewhere/btfkit-demo.ko' });
    const without = memorySource(fixture('module/btfkit_demo.ko'), 'btfkit_demo.ko');
    const instead = await kernel.moduleFile(without);
    expect(instead).toMatchObject({ name: 'btfkit_demo', from: 'vmlinux' });
    expect(instead.notes[0]).toBe('btfkit_demo.ko has no .BTF');
  });
});

describe('a type that is missing', () => {
  test('names type, module and file', async () => {
    const module = await kernelIn(filesOf('no-module-btf')).module('nf_conntrack_netlink');
    const error = missingType('struct ctnetlink_filter', [module]);
    expect(error).toBeInstanceOf(MissingTypeError);
    expect(error?.message).toBe(
      'struct ctnetlink_filter is not in the BTF of vmlinux; it may be of module nf_conntrack_netlink, whose BTF is missing (/sys/kernel/btf/nf_conntrack_netlink)',
    );
    expect(error).toMatchObject({
      type: 'struct ctnetlink_filter',
      modules: [{ name: 'nf_conntrack_netlink', file: '/sys/kernel/btf/nf_conntrack_netlink' }],
    });
  });

  test('is not put down to modules that have BTF, are built in, or are empty', async () => {
    const kernels = ['module-btf', 'no-module-btf', 'header-only'].map(root => kernelIn(filesOf(root)));
    const modules = [
      await kernels[0].module('btfkit_demo'),
      await kernels[1].module('tcp_cubic'),
      await kernels[2].module('sha1_ssse3'),
    ];
    expect(missingType('struct x', modules)).toBeUndefined();
  });
});

test('nothing is read before it is asked for, and nothing twice', async () => {
  const tree = counted(filesOf('module-btf'));
  const kernel = new Kernel(tree);
  expect(tree.opened.size).toBe(0);
  for (let i = 0; i < 3; i++) {
    await Promise.all([
      kernel.vmlinux(),
      kernel.module('btfkit_demo'),
      kernel.module('nf_conntrack_netlink'),
    ]);
    kernel.attachment('kprobe/ctnetlink_fill_info');
  }
  for (const path of [
    '/sys/kernel/btf/vmlinux',
    '/sys/kernel/btf/btfkit_demo',
    '/proc/kallsyms',
    '/proc/modules',
  ])
    expect([path, tree.opened.get(path)]).toEqual([path, 1]);
});

function builderWith(...names: string[]): BtfBuilder {
  const builder = new BtfBuilder();
  for (const name of names) builder.add({ kind: 'FLOAT', name, size: 8 });
  return builder;
}

function withBtf(btf: Uint8Array): Uint8Array {
  return withSections({ '.BTF': btf });
}

/** The module of the fixtures with these sections in the place of its own. */
function withSections(sections: Record<string, Uint8Array>): Uint8Array {
  const source = memorySource(demoKo, 'btfkit_demo.ko');
  const changes = Object.entries(sections).map(([name, content]) => ({ name, content }));
  return rewrittenBytes(source, writeSections(Elf.open(source), changes));
}
