import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { executable, fixtures, needs, scratchFolder } from './tools.js';

// Programs that `core check` says work on the running kernel are loaded into it, and so are those that fail.

const { skip, why } = needs('linux', 'root', 'bpftool');
const clang = ['clang-19', 'clang'].find(name => spawnSync(name, ['--version']).status === 0);
const pins = '/sys/fs/bpf';
const isMissing = [
  clang === undefined && 'no clang',
  !existsSync('/sys/kernel/btf/vmlinux') && 'the kernel has no BTF',
  spawnSync('bpftool', ['prog', 'list']).status !== 0 && 'programs are not permitted',
  !isSince(release(), 6, 8) && 'its verifier knows less than the one that is followed',
  spawnSync('stat', ['-fc', '%T', pins], { encoding: 'utf8' }).stdout?.trim() !== 'bpf_fs' &&
    `no bpffs at ${pins}`,
].find(reason => reason !== false);
const because = why || (isMissing === undefined ? '' : ` (skipped: ${isMissing})`);

function isSince(version: string, major: number, minor: number): boolean {
  const [a, b] = version.split('.').map(Number);
  return a > major || (a === major && b >= minor);
}

const HEAD = `
#include "program.h"
struct task_struct { u32 pid; u32 gone; } core;
static void *(*current)(void) = (void *)158; /* bpf_get_current_task_btf */
static u32 (*random)(void) = (void *)7; /* bpf_get_prandom_u32 */
static long (*read_kernel)(void *, u32, const void *) = (void *)113;
static long (*loop)(u32, void *, void *, u64) = (void *)181;
extern int LINUX_KERNEL_VERSION __kconfig;
extern void bpf_task_release(struct task_struct *p) __ksym __weak;
extern int bpf_no_such_kfunc(int x) __ksym __weak;
#define HAS field_exists(t->gone)
#define USE return t->gone;
#define noinline __attribute__((noinline))
`;

/** What stands before the program, and in it. `t` is the current task, whose type has no member `gone`. */
const CASES: Readonly<Record<string, readonly [before: string, body: string]>> = {
  plain: ['', 'return t->pid;'],
  unguarded: ['', 'USE'],
  guarded: ['', 'if (HAS) USE return 0;'],
  guarded_wrongly: ['', 'if (!HAS) USE return 0;'],
  by_another_field: ['', 'if (field_exists(t->pid)) USE return 0;'],
  by_data: ['volatile const int use = 0;', 'if (use) USE return 0;'],
  by_data_set: ['volatile const int use = 1;', 'if (use) USE return 0;'],
  by_element: ['volatile const short use[3] = {1, 0, -1};', 'if (use[1]) USE if (use[2] >= 0) USE return 0;'],
  by_index: ['volatile const int use[4] = {0, 0, 0, 0};', 'if (use[random() & 3]) USE return 0;'],
  by_variable: ['int use;', 'if (use) USE return 0;'],
  by_old_version: ['', 'if (LINUX_KERNEL_VERSION < 0x050000) USE return 0;'],
  by_new_version: ['', 'if (LINUX_KERNEL_VERSION > 0x050000) USE return 0;'],
  by_kfunc: ['', 'if (bpf_no_such_kfunc) USE return 0;'],
  by_no_kfunc: ['', 'if (!bpf_no_such_kfunc) USE return 0;'],
  by_argument: [
    'static noinline int get(struct task_struct *t, int has) { if (has) USE return 1; }',
    'return get(t, HAS);',
  ],
  by_arguments: [
    'static noinline int get(struct task_struct *t, int has) { if (has) USE return 1; }',
    'return get(t, HAS) + get(t, 1);',
  ],
  by_result: ['static noinline int has(struct task_struct *t) { return HAS; }', 'if (has(t)) USE return 0;'],
  global_argument: [
    'noinline int get(int has) { struct task_struct *t = current(); if (has) USE return 1; }',
    'return get(0);',
  ],
  spilt: ['', 'volatile int has = HAS; if (has) USE return 0;'],
  overwritten: ['', 'volatile long has = HAS; read_kernel((void *)&has, 8, t); if (has) USE return 0;'],
  beside: ['', 'volatile long has = HAS; long other; read_kernel(&other, 8, t); if (has) USE return other;'],
  aliased: ['', 'volatile long a = HAS, b = 0, *p = random() & 1 ? &a : &b; *p = 5; if (a) USE return 0;'],
  in_callback: [
    'static long call(u32 i, void *c) { struct task_struct *t = current(); USE }',
    'loop(3, call, 0, 0); return 0;',
  ],
  in_guarded_callback: [
    'static long call(u32 i, void *c) { struct task_struct *t = current(); USE }',
    'if (HAS) loop(3, call, 0, 0); return 0;',
  ],
  weak_call: ['', 'if (bpf_no_such_kfunc) return bpf_no_such_kfunc(1); return 0;'],
  weak_call_unguarded: ['', 'return bpf_no_such_kfunc(1);'],
  no_kfunc: ['extern int vfs_fsync(void *file, int data) __ksym;', 'return vfs_fsync(0, 1);'],
  tracepoint_argument: ['', 'return context[2] != 0;'],
  no_tracepoint_argument: ['', 'return context[9] != 0;'],
};

describe.skipIf(skip || isMissing !== undefined)(`the running kernel${because}`, () => {
  const folder = scratchFolder();
  const pinned = join(pins, `btfkit-test-${process.pid}`);
  afterAll(() => rmSync(pinned, { recursive: true, force: true }));

  test('loads what works, and refuses what fails', () => {
    // What is no kfunc is told by tags, which pahole writes since 1.26.
    const hasTags = readFileSync('/sys/kernel/btf/vmlinux').includes('\0bpf_kfunc\0');
    const names = Object.keys(CASES).filter(name => hasTags || name !== 'no_kfunc');
    const objects = names.map(name => {
      const [before, body] = CASES[name];
      const [c, o] = ['c', 'o'].map(ending => join(folder, `${name}.${ending}`));
      const program = `SEC("tp_btf/sched_switch") int program(u64 *context)\n{\nstruct task_struct *t = current();\n${body}\n}\n`;
      writeFileSync(c, `${HEAD}${before}\n${program}`);
      const flags = ['-target', 'bpf', '-mcpu=v3', '-O2', '-g', '-w', '-I', join(fixtures, 'core-check')];
      execFileSync(clang!, [...flags, '-c', c, '-o', o]);
      return o;
    });
    const { stdout } = spawnSync(
      process.execPath,
      [executable, 'core', 'check', ...objects, '--target', '/sys/kernel/btf', '--no-cache', '--json'],
      { encoding: 'utf8', maxBuffer: 1 << 28 },
    );
    const found = JSON.parse(stdout).objects.map(
      ({ object, states }: { object: string; states: string[] }) => `${object} ${states[0]}`,
    );
    mkdirSync(pinned);
    const loads = objects.map(object => {
      const name = basename(object, '.o');
      const { status } = spawnSync('bpftool', ['prog', 'loadall', object, join(pinned, name)]);
      return `${name} ${status === 0 ? 'works' : 'fails'}`;
    });
    expect(found).toEqual(loads);
    expect(loads.filter(one => one.endsWith('works')).length).toBeGreaterThan(5);
    expect(loads.filter(one => one.endsWith('fails')).length).toBeGreaterThan(5);
  });
});
