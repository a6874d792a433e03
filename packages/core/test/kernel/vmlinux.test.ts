import { FileError, imagePaths, Kernel, memoryTree, vmlinuxPaths } from '@btfkit/core/kernel';
import { describe, expect, test } from 'vitest';
import { type Files, filesOf, fixture, vmlinux } from './roots.js';

const release = '6.12.0-mini';
const osrelease = { '/proc/sys/kernel/osrelease': `${release}\n` };
const kernelIn = (files: Files) => new Kernel(memoryTree(files));
const elf = fixture('inputs/vmlinux');

describe('where the BTF of the kernel is', () => {
  test('in sysfs, before all other places', async () => {
    const { btf, file, from, notes } = await kernelIn({
      ...osrelease,
      '/sys/kernel/btf/vmlinux': vmlinux,
      '/boot/vmlinux-6.12.0-mini': elf,
    }).vmlinux();
    expect({ ids: btf.endId, file, from, notes }).toEqual({
      ids: 315,
      file: '/sys/kernel/btf/vmlinux',
      from: 'sysfs',
      notes: [],
    });
  });

  // The order of btf__load_vmlinux_btf: each place is used where none of those before it is there.
  test.each(vmlinuxPaths(release).map((path, index, all) => ({ path, later: all.slice(index + 1) })))(
    'in $path',
    async ({ path, later }) => {
      const files: Files = { ...osrelease, [path]: elf };
      for (const other of [...later, ...imagePaths(release)]) files[other] = 'not looked at';
      const { file, from, notes } = await kernelIn(files).vmlinux();
      expect({ file, from }).toEqual({ file: path, from: 'file' });
      expect(notes).toEqual(['/sys/kernel/btf/vmlinux is not there']);
    },
  );

  test('in the image, as the last resort', async () => {
    const image = fixture('inputs/vmlinuz.zst');
    const files = { ...osrelease, [`/boot/vmlinuz-${release}`]: image };
    const { btf, file, from } = await kernelIn(files).vmlinux();
    expect([btf.endId, file, from]).toEqual([315, `/boot/vmlinuz-${release}`, 'image']);
  });

  test('what cannot be read or has no BTF is passed over, with a note', async () => {
    const path = '/boot/vmlinux-6.12.0-mini';
    const second = `/lib/modules/${release}/vmlinux-${release}`;
    const { file, notes } = await kernelIn({
      ...osrelease,
      [path]: new FileError('EACCES', path),
      [second]: fixture('module/btfkit_demo.ko'),
      [`/lib/modules/${release}/build/vmlinux`]: elf,
    }).vmlinux();
    expect(file).toBe(`/lib/modules/${release}/build/vmlinux`);
    expect(notes).toEqual([
      '/sys/kernel/btf/vmlinux is not there',
      `passed over: ${path}: permission denied`,
      `passed over: ${second}: the ELF file has no .BTF section, it has DWARF that \`encode\` can make one from`,
    ]);
  });
});

describe('errors', () => {
  test.each(['EACCES', 'EPERM', 'EIO'])('%s in sysfs is one at once', async code => {
    const path = '/sys/kernel/btf/vmlinux';
    const kernel = kernelIn({
      ...osrelease,
      [path]: new FileError(code, path),
      '/boot/vmlinux-6.12.0-mini': elf,
    });
    await expect(kernel.vmlinux()).rejects.toMatchObject({ code, path });
  });

  test('what is in sysfs and cannot be parsed is one at once', async () => {
    const kernel = kernelIn({
      ...osrelease,
      '/sys/kernel/btf/vmlinux': vmlinux.subarray(0, 100),
      '/boot/vmlinux-6.12.0-mini': elf,
    });
    await expect(kernel.vmlinux()).rejects.toThrow(/^\/sys\/kernel\/btf\/vmlinux: BTF header: /);
  });

  test('of several places that fail, the first one tells', async () => {
    const path = '/boot/vmlinux-6.12.0-mini';
    const kernel = kernelIn({
      ...osrelease,
      [path]: new FileError('EACCES', path),
      [`/boot/vmlinuz-${release}`]: 'no image',
    });
    await expect(kernel.vmlinux()).rejects.toThrow(`${path}: permission denied`);
  });

  test('nothing anywhere', async () => {
    await expect(kernelIn(osrelease).vmlinux()).rejects.toThrow(
      'no BTF of kernel 6.12.0-mini: /sys/kernel/btf/vmlinux is not there, nor are vmlinux or vmlinuz in /boot, /lib/modules/6.12.0-mini, /usr/lib/modules/6.12.0-mini or /usr/lib/debug',
    );
  });

  test('nothing in sysfs, and no release', async () => {
    await expect(kernelIn({}).vmlinux()).rejects.toThrow(/the kernel's release, which is not known/);
  });
});

describe('the release', () => {
  const folders = { '/lib/modules/6.1.0-a/modules.dep': '', '/usr/lib/modules/6.1.0-a/modules.dep': '' };

  test.each<[string, Files, string | undefined]>([
    ['osrelease', { ...osrelease, ...folders, '/proc/version': 'Linux version 5.4.0 (x)\n' }, release],
    ['version', { ...folders, '/proc/version': 'Linux version 5.4.0-9 (x@y) #1\n' }, '5.4.0-9'],
    ['the only folder', folders, '6.1.0-a'],
    ['two folders', { ...folders, '/lib/modules/6.2.0-b/modules.dep': '' }, undefined],
    ['what leads out of a folder', { '/proc/sys/kernel/osrelease': '../../etc\n' }, undefined],
    ['nothing', {}, undefined],
  ])('from %s', (_, files, expected) => {
    expect(kernelIn(files).release).toBe(expected);
  });

  test('that is asked for is not that of this /sys', async () => {
    const files = { ...osrelease, '/sys/kernel/btf/vmlinux': vmlinux, '/boot/vmlinux-6.1.0-a': elf };
    const other = await new Kernel(memoryTree(files), { release: '6.1.0-a' }).vmlinux();
    expect(other.file).toBe('/boot/vmlinux-6.1.0-a');
    const same = await new Kernel(memoryTree(files), { release }).vmlinux();
    expect(same.file).toBe('/sys/kernel/btf/vmlinux');
  });
});

test('the fixture with an image', async () => {
  const { from, file } = await kernelIn(filesOf('image')).vmlinux();
  expect([from, file]).toEqual(['image', '/boot/vmlinuz-6.12.0-mini']);
});
