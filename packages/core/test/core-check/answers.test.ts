import type { CheckTargetOptions } from '@btfkit/core/core-check';
import { Kallsyms } from '@btfkit/core/kernel';
import { describe, expect, test } from 'vitest';
import { check, findingsOf, needsOf } from './files.js';

const kallsyms = (text: string) => () => new Kallsyms(new TextEncoder().encode(text));

describe('what two kernels answer', () => {
  test('fields: guarded ones do no harm, in subprograms they count for those that call them', async () => {
    expect(await findingsOf('fields.o')).toEqual([
      'guarded 0 struct task___new.__state: no member __state in struct task',
      'guarded 1 struct task.state: no member state in struct task',
      'poisoned 1 struct task.runtime: no member runtime in struct task',
      'poisoned 1 struct task.state: no member state in struct task',
    ]);
    const { objects } = await check(needsOf('fields.o'));
    expect(objects[0].states).toEqual(['works', 'fails']);
    expect(
      objects[0].programs.map(({ name, states, isOptional }) => [name, states.join(), isOptional]),
    ).toEqual([
      ['guarded', 'works,works', false],
      ['plain', 'works,works', false],
      ['unguarded', 'works,fails', false],
      ['through_subprogram', 'works,fails', false],
      ['optional', 'works,fails', true],
    ]);
  });

  test('externs: libbpf takes weak ones that do not fit for missing', async () => {
    const before = 'a function of 2 parameters in the program, of 3 in the target';
    const after = 'a function of 3 parameters in the program, of 2 in the target';
    expect(await findingsOf('externs.o')).toEqual(
      [
        'absent 0 extern int task_wake(struct task *): weak, and not there: 0',
        `absent 0 extern int task_move___new(struct task *, u32, u64): another prototype, so that it counts as missing: ${after}`,
        'absent 0,1 extern const struct task idle_task: weak, and not there: 0',
        'ok 0,1 extern const u32 runqueues',
        `incompatible 1 extern int task_move(struct task *, u32): func_proto incompatible with vmlinux: ${before}`,
        'ok 0 extern int task_move(struct task *, u32)',
        'ok 0,1 extern struct task *task_acquire(struct task *)',
        'ok 1 extern int task_move___new(struct task *, u32, u64)',
        'ok 1 extern int task_wake(struct task *)',
      ].sort(),
    );
    const { objects } = await check(needsOf('externs.o'));
    expect(objects[0].own).toEqual(['works', 'fails']);
  });

  test('symbols without a type are in kallsyms', async () => {
    const there = await findingsOf('externs.o', { kallsyms: kallsyms('0 d some_symbol.llvm.123\n') });
    expect(there.filter(text => text.includes('some_symbol'))).toEqual([]);
    const gone = await findingsOf('externs.o', { kallsyms: kallsyms('0 d some_symbol_else\n') });
    expect(gone.filter(text => text.includes('some_symbol'))).toEqual([
      'absent 0,1 extern const void some_symbol: weak, and not there: 0',
    ]);
  });

  test('variables of another type', async () => {
    const { findings } = await check(needsOf('variable.o'));
    expect(findings.map(({ answer }) => answer.reason)).toEqual([
      'incompatible types, expected struct queue, but kernel has int unsigned int',
      'the kernel has struct file, where the program has struct queue',
    ]);
    expect(findings[0].answer.message).toMatch(
      /^extern \(var ksym\) 'runqueues': incompatible types, expected \[\d+\] struct queue, but kernel has \[\d+\] int unsigned int$/,
    );
  });

  test('what programs attach to, and arguments that are not there', async () => {
    const found = await findingsOf('attach.o');
    const unknown =
      'without kallsyms it is not known whether it is gone, inlined, or changed by the compiler or in a module';
    expect(found.filter(text => !text.startsWith('ok'))).toEqual([
      "incompatible 0 fentry/task_move: func 'task_move' doesn't have 3-th argument: it is int task_move(struct task *task, u32 cpu)",
      "incompatible 1 fexit/task_wake: func 'task_wake' doesn't have 3-th argument: it is int task_wake(struct task *task)",
      `missing 0 fexit/task_wake: task_wake is not found in vmlinux BTF; ${unknown}`,
      'missing 0,1 lsm/file_close: bpf_lsm_file_close is not found in vmlinux BTF',
      `missing 1 fentry/task_sleep: task_sleep is not found in vmlinux BTF; ${unknown}`,
      'missing 1 raw_tp/old_event: no tracepoint old_event in vmlinux BTF',
      'unknown 0,1 tp/syscalls/sys_enter_read: events of single system calls are not in BTF',
      'unknown 1 kprobe/task_sleep: task_sleep is not in BTF, and without kallsyms it is not known whether it is there',
    ]);
    // fexit/task_move reads an argument on one kernel, and the result on the other.
    const both = found.filter(text => text.includes('fexit/task_move'));
    expect(both).toEqual(['ok 0 fexit/task_move', 'ok 1 fexit/task_move']);
  });

  test('functions that BTF does not have are told of by kallsyms', async () => {
    const symbols = kallsyms('0 t task_sleep.isra.0\n0 t task_sleep.cold\n0 T task_wake\n');
    const { findings } = await check(needsOf('attach.o'), { kallsyms: symbols });
    const about = (subject: string) => findings.find(one => one.subject === subject && one.isFailure)!.answer;
    expect(about('fentry/task_sleep').reason).toBe(
      'task_sleep is not found in vmlinux BTF; task_sleep is there only as the compiler changed it: task_sleep.isra.0, task_sleep.cold',
    );
    expect(about('fentry/task_sleep').alternatives).toEqual([
      'kprobe/task_sleep.isra.0',
      'fentry/__task_sleep',
    ]);
    expect(about('fexit/task_wake').reason).toBe(
      'task_wake is not found in vmlinux BTF; the kernel has such a function, but no BTF of it',
    );
    expect(about('fexit/task_wake').alternatives).toEqual(['kretprobe/task_wake']);
    expect(about('kprobe/task_sleep').verdict).toBe('missing');
  });

  test('struct_ops maps', async () => {
    expect(await findingsOf('ops.o')).toEqual([
      'ok 0 struct demo_ops plain: the kernel has no weight, later',
      'ok 1 struct demo_ops plain: the kernel has no later',
      'ok 1 struct demo_ops weighted: the kernel has no later',
      'refused 0 struct demo_ops weighted: struct_ops init_kern weighted: Cannot find member weight in kernel BTF',
      "refused 0,1 struct demo_ops spare: func 'exit' doesn't have 3-th argument",
    ]);
  });

  test('a map that is made when asked for, and a program that reads an argument of it that is not there', async () => {
    const { findings, objects } = await check(needsOf('ops.o'));
    const spare = findings.filter(({ subject }) => subject === 'struct demo_ops spare');
    expect(spare.map(({ answer, isOptional }) => [answer.reason, isOptional])).toEqual([
      ["func 'exit' doesn't have 3-th argument", true],
    ]);
    expect(objects[0].states).toEqual(['fails', 'works']);
    expect(objects[0].programs.map(({ name, isOptional }) => [name, isOptional])).toEqual([
      ['init', false],
      ['weight', false],
      ['exit_reads', true],
    ]);
  });

  test('what guards a field: data, a kfunc, arguments, results, a spilt value; version and configuration where known', async () => {
    const verdicts = async (options?: CheckTargetOptions) => {
      const { objects } = await check(needsOf('flow.o'), options);
      const rows = objects[0].programs.filter(({ states }) => states[1] !== 'works');
      return rows.map(({ name, states }) => `${name} ${states.join()}`);
    };
    expect(await verdicts()).toEqual([
      'by_version works,unknown',
      'by_config works,unknown',
      'bare works,fails',
    ]);
    expect(await verdicts({ release: '6.1.0-9-amd64', config: '# CONFIG_OLD is not set\n' })).toEqual([
      'bare works,fails',
    ]);
    expect(await verdicts({ release: '5.4', config: 'CONFIG_OLDER=n\nCONFIG_OLD=y\n' })).toEqual([
      'by_version works,fails',
      'by_config works,fails',
      'bare works,fails',
    ]);
  });

  test('global functions are verified by themselves, on older kernels even where nothing calls them', async () => {
    const found = await findingsOf('global.o');
    expect(found.filter(text => !text.startsWith('ok'))).toEqual([
      'guarded 1 struct task.state: no member state in struct task',
      'poisoned 0 struct task___new.__state: no member __state in struct task',
    ]);
  });

  test('calls of kfuncs that are not there, or are none', async () => {
    expect((await findingsOf('calls.o')).filter(text => !text.startsWith('ok'))).toEqual([
      'missing 0 extern int task_wake(struct task *): weak, and not there: 0, and the program can get to a call of it',
    ]);
    const { findings } = await check(needsOf('private.o'));
    expect(findings.filter(({ isFailure }) => isFailure).map(({ answer }) => answer.message)).toEqual([
      'calling kernel function task_private is not allowed',
    ]);
  });

  test('kinds of programs that a kernel does not have', async () => {
    expect((await findingsOf('kinds.o')).filter(text => !text.startsWith('ok'))).toEqual([
      'missing 0 kprobe.multi/task_*: the kernel has no BPF_TRACE_KPROBE_MULTI, and so no programs of this kind',
      'unknown 0,1 fmod_ret/task_private: fmod_ret takes functions that ALLOW_ERROR_INJECTION names, which BTF does not tell',
      'unknown 1 kprobe.multi/task_*: task_* is not in BTF, and without kallsyms it is not known whether it is there',
    ]);
    const { findings } = await check(needsOf('kinds.o'), { kallsyms: kallsyms('0 T task_wake\n') });
    const many = findings.filter(({ subject }) => subject.startsWith('kprobe.multi'));
    expect(many.map(({ answer, kernels }) => [answer.verdict, kernels])).toEqual([
      ['missing', [0]],
      ['ok', [1]],
    ]);
  });

  test('functions that only symbols tell of', async () => {
    const about = async (options: CheckTargetOptions) => {
      const { findings } = await check(needsOf('attach.o'), options);
      const { answer } = findings.find(
        ({ subject, kernels }) => subject === 'kprobe/task_sleep' && kernels.includes(1),
      )!;
      return [answer.verdict, answer.reason];
    };
    const none = kallsyms('0 T task_wake\n');
    expect(await about({ kallsyms: none })).toEqual([
      'missing',
      'kallsyms has no task_sleep; it is not in this kernel, or inlined wherever it is called',
    ]);
    expect(await about({ kallsyms: none, isWithoutModules: true })).toEqual([
      'unknown',
      'kallsyms has no task_sleep; it is not in this kernel, in a module, or inlined wherever it is called',
    ]);
    const inModule = kallsyms('0 t task_sleep\t[sleeper]\n');
    const { findings } = await check(needsOf('attach.o'), { kallsyms: inModule });
    const probe = findings.find(({ subject }) => subject === 'kprobe/task_sleep')!;
    expect([probe.answer.verdict, probe.answer.module]).toEqual(['ok', 'sleeper']);
    expect(
      findings.find(({ subject, isFailure }) => subject === 'fentry/task_sleep' && isFailure)!.answer.reason,
    ).toBe(
      'task_sleep is not found in vmlinux BTF; the kernel has such a function of sleeper, but no BTF of it',
    );
  });

  test.each([
    ['', 'missing', 'missing', 'missing', 'missing'],
    ['CONFIG_SWITCH=y\nCONFIG_NUMBER=0x10\nCONFIG_THREE=m\nCONFIG_TEXT="a"\n', 'ok', 'ok', 'ok', 'ok'],
    [
      'CONFIG_SWITCH=m\nCONFIG_NUMBER="16"\nCONFIG_THREE=3\nCONFIG_TEXT=y\n',
      ...Array(4).fill('incompatible'),
    ],
    ['CONFIG_SWITCH=n\nCONFIG_NUMBER=-1\nCONFIG_THREE=n\nCONFIG_TEXT="\n', 'ok', 'ok', 'ok', 'incompatible'],
    [
      'CONFIG_SWITCH=2\nCONFIG_NUMBER=4294967296\nCONFIG_THREE=y\nCONFIG_TEXT=1\n',
      'incompatible',
      'incompatible',
      'ok',
      'incompatible',
    ],
  ])('configuration %j', async (config, ...wanted) => {
    const needs = needsOf('settings.o');
    const { findings } = await check(needs, { config });
    const names = ['CONFIG_SWITCH', 'CONFIG_NUMBER', 'CONFIG_THREE', 'CONFIG_TEXT'];
    const verdicts = names.map(
      name => findings.find(({ subject }) => subject.includes(name))?.answer.verdict ?? 'ok',
    );
    expect(verdicts).toEqual(wanted);
  });

  test('the same problem in several objects is told once', async () => {
    const { findings, objects } = await check(needsOf('missing.o', 'variable.o', 'missing.o'));
    const [fly] = findings.filter(({ subject }) => subject.includes('task_fly'));
    expect(fly.uses.map(({ object }) => object)).toEqual([0, 2]);
    expect(fly.kernels).toEqual([0, 1]);
    expect(fly.answer.message).toBe("extern (func ksym) 'task_fly': not found in kernel or module BTFs");
    expect(objects.map(({ states }) => states.join())).toEqual(Array(3).fill('fails,fails'));
  });
});
