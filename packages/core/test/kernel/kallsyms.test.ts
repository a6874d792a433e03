import { existsSync, readFileSync } from 'node:fs';
import { FileError, Kallsyms, Kernel, memoryTree } from '@btfkit/core/kernel';
import { describe, expect, test } from 'vitest';
import { type Files, filesOf, vmlinux } from './roots.js';

const parse = (text: string) => new Kallsyms(new TextEncoder().encode(text));
const kernel = new Kernel(memoryTree(filesOf('no-module-btf')));

describe('lines', () => {
  const text = [
    'ffffffff81000000 T a',
    'ffffffff81000010 t a.isra.0',
    'ffffffff81000020 t ab',
    'ffffffff81000030 t .a',
    'ffffffffc0000000 T a\t[one]',
    'ffffffffc0000010 d a.b\t[two]',
    'c0000000 t last [three]',
  ].join('\n');

  test.each([text, `${text}\n`])('with and without a newline at the end', content => {
    const symbols = parse(content);
    expect(symbols.count).toBe(7);
    expect(symbols.find('a')).toEqual([
      { name: 'a', type: 'T', module: null, suffix: '' },
      { name: 'a.isra.0', type: 't', module: null, suffix: '.isra.0' },
      { name: 'a', type: 'T', module: 'one', suffix: '' },
      { name: 'a.b', type: 'd', module: 'two', suffix: '.b' },
    ]);
    expect(symbols.find('last')).toEqual([{ name: 'last', type: 't', module: 'three', suffix: '' }]);
    expect(symbols.find('a.isra.0').map(({ suffix }) => suffix)).toEqual(['']);
    expect(symbols.find('.a').map(({ name }) => name)).toEqual(['.a']);
    for (const name of ['', 'a.', 'b', 'a.isra', 'A']) {
      expect([name, symbols.find(name).filter(({ suffix }) => suffix === '')]).toEqual([name, []]);
    }
  });

  test('none', () => {
    expect(parse('').count).toBe(0);
    expect(parse('').find('a')).toEqual([]);
    expect(parse('').matching('*')).toEqual([]);
  });

  test.each([
    ['ffffffff81000000 T a\nno symbol\n', 'line 2: "no symbol"', 21],
    ['ffffffff81000000 T \n', 'line 1: "ffffffff81000000 T "', 0],
    ['ffffffff81000000 T', 'line 1: "ffffffff81000000 T"', 0],
    ['\n', 'line 1: ""', 0],
    ['x TT a\n', 'line 1: "x TT a"', 0],
    ['x\n T a\n', 'line 1: "x"', 0],
  ])('%j is malformed', (content, problem, offset) => {
    expect(() => parse(content)).toThrow(
      `/proc/kallsyms: offset 0x${offset.toString(16)}: ${problem}, expected an address, a letter and a name`,
    );
  });

  test('more than fit the first guess', () => {
    const many = Array.from({ length: 5000 }, (_, i) => `0 t s${i}\n`).join('');
    const symbols = parse(many);
    expect(symbols.count).toBe(5000);
    for (let i = 0; i < 5000; i += 7) expect(symbols.find(`s${i}`)).toHaveLength(1);
  });

  test.each([
    [
      'tcp_*',
      [
        'tcp_v4_connect',
        'tcp_v6_connect',
        'tcp_update_skb_after_send.constprop.0',
        'tcp_v4_connect.cold',
        'tcp_hashinfo',
      ],
    ],
    ['*_v?_connect', ['tcp_v4_connect', 'tcp_v6_connect']],
    ['*', 24],
    ['*.cold', ['tcp_v4_connect.cold']],
    ['vfs_read', ['vfs_read']],
    ['vfs_rea', []],
    ['?fs_read*', ['vfs_read']],
    ['**c*t*_*', null],
  ])('pattern %s', (pattern, expected) => {
    const names = kernel
      .kallsyms()!
      .matching(pattern)
      .map(({ name }) => name);
    if (typeof expected === 'number') expect(names).toHaveLength(expected);
    else if (expected !== null) expect(names.sort()).toEqual([...expected].sort());
    else expect(names).toContain('ctnetlink_fill_info');
  });
});

describe('from a section to the modules', () => {
  const modulesOf = (section: string) => kernel.attachment(section)?.modules;

  test.each([
    ['kprobe/ctnetlink_fill_info', ['nf_conntrack_netlink']],
    ['kretprobe/ctnetlink_fill_info', ['nf_conntrack_netlink']],
    ['?kprobe/ctnetlink_fill_info+0x8', ['nf_conntrack_netlink']],
    ['fentry.s/ctnetlink_fill_info', ['nf_conntrack_netlink']],
    ['fentry/nf-conntrack-netlink:ctnetlink_fill_info', ['nf_conntrack_netlink']],
    ['kprobe.multi/ctnetlink_*', ['nf_conntrack_netlink']],
    ['kprobe.multi/*', ['nf_conntrack_netlink', 'fuse', 'ext4', 'btfkit_demo', 'sha1_ssse3']],
    ['fentry/init_once', ['fuse', 'ext4']],
    ['fentry/ext4:init_once', ['ext4']],
    ['fentry/vmlinux:init_once', []],
    ['tp_btf/btfkit_demo_event', ['btfkit_demo']],
    ['tp_btf/tcp_probe', []],
    ['lsm/file_open', []],
    ['iter/task', []],
    ['ksyscall/read', []],
    ['kprobe/vfs_read', []],
    ['freplace/ctnetlink_fill_info', []],
    ['kprobe', []],
    // Data is no target, and neither is what is made at run time.
    ['kprobe/ctnetlink_filter', []],
    ['kprobe/bpf_prog_6deef7357e7b4530_sd_fw_ingress', []],
    ['kprobe/ftrace_trampoline', []],
    ['kprobe/no_such_function', []],
    ['xdp', undefined],
  ])('%s', (section, modules) => {
    expect(modulesOf(section)).toEqual(modules);
  });

  test('the places are told, several of one name with a note', () => {
    const { places, notes } = kernel.attachment('kprobe/init_once')!;
    expect(places.map(({ module }) => module)).toEqual([null, 'fuse', 'ext4']);
    expect(notes).toEqual(['init_once is in vmlinux, fuse, ext4']);
  });

  test('a function that is there only as the compiler changed it', () => {
    const { places, modules, notes } = kernel.attachment('fentry/ctnetlink_dump_table')!;
    expect(places).toEqual([
      { name: 'ctnetlink_dump_table.isra.0', type: 't', module: 'nf_conntrack_netlink', suffix: '.isra.0' },
    ]);
    expect(modules).toEqual(['nf_conntrack_netlink']);
    expect(notes).toEqual([
      'ctnetlink_dump_table is there only as the compiler changed it: ctnetlink_dump_table.isra.0 [nf_conntrack_netlink]',
    ]);
  });

  test('pieces beside the function', () => {
    const { places, notes } = kernel.attachment('kprobe/vfs_statfs')!;
    expect(places.map(({ name }) => name)).toEqual(['vfs_statfs', 'vfs_statfs.part.0.isra.0']);
    expect(notes).toEqual(['of vfs_statfs there are pieces or copies too: vfs_statfs.part.0.isra.0']);
  });

  test('not there', () => {
    expect(kernel.attachment('kprobe/nothing')?.notes).toEqual(['/proc/kallsyms has no nothing']);
    expect(kernel.attachment('fentry/fuse:vfs_read')).toMatchObject({
      places: [],
      modules: ['fuse'],
      notes: ['/proc/kallsyms has no vfs_read of fuse'],
    });
  });

  test('without kallsyms only the name in the section tells', () => {
    const bare = new Kernel(memoryTree({ '/sys/kernel/btf/vmlinux': vmlinux }));
    expect(bare.attachment('kprobe/ctnetlink_fill_info')).toMatchObject({
      modules: [],
      notes: ['/proc/kallsyms is not there: where ctnetlink_fill_info is, is not known'],
    });
    expect(bare.attachment('fentry/nf_nat:f')?.modules).toEqual(['nf_nat']);
    expect(bare.kallsyms()).toBeNull();
  });

  test('EACCES and lines of another form are errors that name the file', () => {
    const files = (content: string | Error): Files => ({ '/proc/kallsyms': content });
    const denied = new Kernel(memoryTree(files(new FileError('EACCES', '/proc/kallsyms'))));
    expect(() => denied.attachment('kprobe/f')).toThrow('/proc/kallsyms: permission denied');
    // Nothing is looked up for these.
    expect(denied.attachment('freplace/f')?.modules).toEqual([]);
    const broken = new Kernel(memoryTree(files('?')));
    expect(() => broken.attachment('kprobe/f')).toThrow(/^\/proc\/kallsyms: offset 0x0: line 1/);
  });

  test('and their BTF', async () => {
    const [module, ...others] = await kernel.modulesFor('kprobe/ctnetlink_fill_info');
    expect(others).toEqual([]);
    expect(module).toMatchObject({ name: 'nf_conntrack_netlink', from: 'vmlinux' });
    expect(await kernel.modulesFor('kprobe/vfs_read')).toEqual([]);
    expect(await kernel.modulesFor('xdp')).toEqual([]);
  });
});

const live = '/proc/kallsyms';
const hasLive = existsSync(live);
test.skipIf(!hasLive)(`each line of the running kernel's${hasLive ? '' : ': skipped, there is none'}`, () => {
  const bytes = new Uint8Array(readFileSync(live));
  const lines = new TextDecoder().decode(bytes).split('\n').filter(Boolean);
  const symbols = new Kallsyms(bytes);
  expect(symbols.count).toBe(lines.length);
  const expected = new Map<string, number>();
  for (const line of lines) {
    const name = line.split(/[ \t]/)[2];
    expected.set(name, (expected.get(name) ?? 0) + 1);
  }
  const wrong = [...expected].filter(
    ([name, count]) => symbols.find(name).filter(({ suffix }) => suffix === '').length !== count,
  );
  expect(wrong).toEqual([]);
});
