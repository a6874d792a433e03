import { Kind } from '@btfkit/core/btf';
import { type AttachTarget, attachTarget } from '@btfkit/core/kernel';
import { describe, expect, test } from 'vitest';

const func = (name: string) => ({ name, kind: Kind.FUNC });

describe('sections', () => {
  test.each<[string, Partial<AttachTarget>]>([
    [
      'kprobe/vfs_read',
      { program: 'kprobe', form: 'function', name: 'vfs_read', symbols: ['vfs_read'], type: null },
    ],
    ['kretprobe/vfs_read', { program: 'kretprobe', name: 'vfs_read' }],
    ['kprobe/vfs_read+0x10', { name: 'vfs_read', offset: 16 }],
    ['kprobe/vfs_read+010', { name: 'vfs_read', offset: 8 }],
    ['kprobe/foo.isra.0+4', { name: 'foo.isra.0', offset: 4, symbols: ['foo.isra.0'] }],
    ['kprobe/nf_nat:nf_nat_ftp', { module: 'nf_nat', name: 'nf_nat_ftp' }],
    ['?kprobe/vfs_read', { isOptional: true, program: 'kprobe', name: 'vfs_read' }],
    ['kprobe', { program: 'kprobe', name: '', symbols: [] }],
    ['kprobe.multi/tcp_*', { program: 'kprobe.multi', form: 'pattern', name: 'tcp_*', symbols: [] }],
    ['kretprobe.multi/tcp_?4', { program: 'kretprobe.multi', form: 'pattern', name: 'tcp_?4' }],
    ['kprobe.session/vfs_*', { program: 'kprobe.session', form: 'pattern', name: 'vfs_*' }],
    [
      'fentry/vfs_read',
      { form: 'function', name: 'vfs_read', type: func('vfs_read'), symbols: ['vfs_read'] },
    ],
    ['fentry.s/vfs_read', { program: 'fentry', isSleepable: true, type: func('vfs_read') }],
    [
      '?fexit.s/nf_nat:f',
      { program: 'fexit', isOptional: true, isSleepable: true, module: 'nf_nat', name: 'f' },
    ],
    ['fmod_ret/security_file_open', { program: 'fmod_ret', type: func('security_file_open') }],
    ['fsession/f', { program: 'fsession', type: func('f') }],
    [
      'fentry.multi.s/nf_nat:nf_*',
      { program: 'fentry.multi', isSleepable: true, module: 'nf_nat', name: 'nf_*' },
    ],
    ['freplace/handler', { form: 'program', name: 'handler', symbols: [], type: null }],
    ['lsm/file_open', { form: 'hook', name: 'file_open', type: func('bpf_lsm_file_open') }],
    ['lsm.s/bprm_committed_creds', { isSleepable: true, symbols: ['bpf_lsm_bprm_committed_creds'] }],
    ['lsm_cgroup/socket_post_create', { form: 'hook', type: func('bpf_lsm_socket_post_create') }],
    [
      'tp_btf/sched_switch',
      { form: 'tracepoint', type: { name: 'btf_trace_sched_switch', kind: Kind.TYPEDEF } },
    ],
    ['raw_tp/sched_switch', { form: 'tracepoint', name: 'sched_switch', type: null }],
    ['raw_tracepoint.w/bpf_test', { program: 'raw_tracepoint.w', name: 'bpf_test' }],
    [
      'tp/sched/sched_switch',
      { form: 'tracepoint', symbols: ['__traceiter_sched_switch', '__tracepoint_sched_switch'] },
    ],
    ['iter/task', { form: 'iterator', type: func('bpf_iter_task'), symbols: ['bpf_iter_task'] }],
    ['iter.s/task', { isSleepable: true, type: func('bpf_iter_task') }],
  ])('%s', (section, expected) => {
    expect(attachTarget(section)).toMatchObject({ problem: null, ...expected });
  });

  test('tracepoints of single system calls, which have no symbol, go by those too', () => {
    expect(attachTarget('tp/syscalls/sys_enter_kill')?.symbols).toEqual(
      attachTarget('ksyscall/kill')?.symbols,
    );
    expect(attachTarget('tracepoint/syscalls/sys_exit_kill')?.name).toBe('sys_exit_kill');
  });

  test('system calls go by the names of their wrappers', () => {
    const { form, name, symbols } = attachTarget('ksyscall/read')!;
    expect([form, name]).toEqual(['syscall', 'read']);
    expect(symbols).toContain('__x64_sys_read');
    expect(symbols).toContain('__arm64_sys_read');
    expect(symbols).toContain('sys_read');
  });

  test.each([
    'xdp',
    'tc',
    'socket',
    'uprobe//bin/sh:main',
    'uprobe.multi/x',
    'usdt/x',
    'syscall',
    'struct_ops/init',
    'cgroup_skb/egress',
    '.text',
    '',
    '?',
    'kprobe.s/f',
    'freplace.s/f',
    'kprobes/f',
    'toString/f',
    'raw_tp.w.s/f',
  ])('%s attaches to nothing of the kernel', section => {
    expect(attachTarget(section)).toBeNull();
  });
});

describe('what libbpf refuses', () => {
  test.each([
    ['kprobe/-x', 'kprobe name is invalid: -x'],
    ['kprobe/f+-4', 'kprobe offset must be a non-negative integer: -4'],
    ['kretprobe/f+4', 'kretprobes do not support offset specification'],
    ['kprobe.multi/-', 'kprobe multi pattern is invalid: -'],
  ])('%s', (section, problem) => {
    expect(attachTarget(section)?.problem).toBe(problem);
  });
});
