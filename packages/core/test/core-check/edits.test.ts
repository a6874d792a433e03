import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { editsFor, type Finding } from '@btfkit/core/core-check';
import { afterAll, describe, expect, test } from 'vitest';
import { check, fixture, needsOf, targetOf } from './files.js';

const kernels = ['kernel-old.o', 'kernel-new.o'];

/** What is proposed for the failures of an object, by what fails. */
async function editsOf(name: string) {
  const needs = needsOf(name);
  const { findings } = await check(needs);
  const edits = async (finding: Finding) => {
    const [there] = finding.kernels;
    const elsewhere = finding.kernels.length === 2 ? null : await targetOf(kernels[1 - there]);
    return editsFor(finding, { needs, there: await targetOf(kernels[there]), elsewhere, suffix: 'new' });
  };
  const failing = findings.filter(({ isFailure }) => isFailure);
  return new Map(await Promise.all(failing.map(async one => [one.subject, await edits(one)] as const)));
}

const guard = (field: string) =>
  `if (bpf_core_field_exists(p->${field}))\n\tvalue = BPF_CORE_READ(p, ${field}); /* struct task *p */`;
const RENAMED = `struct task___new {
	unsigned int __state;
} __attribute__((preserve_access_index));

${guard('state')}
else
	value = BPF_CORE_READ((struct task___new *)p, __state);`;
const MOVED = `struct task___new {
	struct {
		unsigned long long runtime;
	} sched;
} __attribute__((preserve_access_index));

${guard('runtime')}
else
	value = BPF_CORE_READ((struct task___new *)p, sched.runtime);`;

describe('what to change', () => {
  test('fields with another name, or in another struct', async () => {
    const edits = await editsOf('fields.o');
    expect(edits.get('struct task.state')).toEqual([
      {
        what: 'flavour',
        text: 'it is called struct task.__state there, u32 where the program has volatile long',
        code: RENAMED,
      },
      { what: 'guard', text: 'ask first whether the kernel has the field', code: guard('state') },
    ]);
    const [moved] = edits.get('struct task.runtime')!;
    expect(moved).toEqual({
      what: 'flavour',
      text: 'it moved to struct task.sched.runtime there',
      code: MOVED,
    });
  });

  test('kfuncs with another prototype, or none', async () => {
    const [flavour] = (await editsOf('externs.o')).get('extern int task_move(struct task *, u32)')!;
    expect(flavour.code.split('\n').slice(0, 2)).toEqual([
      'extern int task_move(struct task *, u32) __ksym __weak;',
      'extern int task_move___new(struct task *task, u32 cpu, u64 flags) __ksym __weak;',
    ]);
    const [weak] = (await editsOf('missing.o')).get('extern int task_fly(int)')!;
    expect(weak).toMatchObject({ what: 'weak' });
    expect(weak.code).toMatch(
      /^extern int task_fly\(int\) __ksym __weak;\n\nif \(bpf_ksym_exists\(task_fly\)\)/,
    );
  });

  test('something else to attach to', async () => {
    const edits = (await editsOf('attach.o')).get('fentry/task_sleep')!;
    expect(edits.map(({ what, text }) => [what, text])).toEqual([
      ['attach', 'fentry/__task_sleep is there'],
      ['guard', 'load the program only where it can be attached'],
    ]);
  });
});

/** As libbpf's headers have them, in short. */
const MACROS = `
#define bpf_core_field_exists(field) __builtin_preserve_field_info(field, 2)
#define BPF_CORE_READ(p, field) ((p)->field)
#define bpf_core_enum_value_exists(type, value) __builtin_preserve_enum_value(*(typeof(type) *)value, 0)
#define bpf_core_enum_value(type, value) __builtin_preserve_enum_value(*(typeof(type) *)value, 1)
#define BPF_PROGRAM SEC("raw_tp/sched_switch") long fixed(struct task *p)
`;
const clang = ['clang-19', 'clang'].find(name => spawnSync(name, ['--version']).status === 0);
const skipped = clang === undefined ? ' (skipped: no clang)' : '';

describe.skipIf(clang === undefined)(`changed programs${skipped}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'btfkit-test-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each([
    ['struct task { unsigned long long flags; volatile long state; } core;', RENAMED],
    ['struct task { unsigned long long runtime; } core;', MOVED],
  ])('%s', async (struct, code) => {
    const source = join(folder, 'fixed.c');
    const body = `#include "program.h"\n${MACROS}${struct}\nBPF_PROGRAM\n{\nlong value = 0;\n${code}\nreturn value;\n}\n`;
    writeFileSync(source, body);
    const include = dirname(fixture('program.h'));
    const object = join(folder, 'fixed.o');
    execFileSync(clang!, ['-target', 'bpf', '-O2', '-g', '-I', include, '-c', source, '-o', object]);
    const { objects, findings } = await check(needsOf(object));
    expect(objects[0].states).toEqual(['works', 'works']);
    // Each kernel lacks one of the two, where its programs do not get.
    expect(findings.map(({ answer }) => answer.verdict)).toEqual(['guarded', 'guarded']);
  });

  test.each([
    ['externs.o', 'extern int task_move(struct task *, u32)'],
    ['missing.o', 'extern int task_fly(int)'],
    ['calls.o', 'extern int task_wake(struct task *)'],
    ['reasons.o', 'enum reason::REASON_SOCKET'],
  ])('%s: %s', async (name, subject) => {
    const [{ code }] = (await editsOf(name)).get(subject)!;
    const at = code.indexOf('if (');
    const used = code
      .slice(at)
      .replace(/if \(bpf_ksym_exists\((\w+)\)\)\n\t\/\* … \*\/;/g, (_, callee: string) => {
        const args = { task_move: 'p, 1', task_move___new: 'p, 1, 2', task_fly: '1', task_wake: 'p' }[callee];
        return `if (${callee})\n\tvalue = ${callee}(${args});`;
      });
    const declared = subject.includes('task_wake') ? `${subject} __ksym __weak;\n` : '';
    const struct = `struct task { u32 pid; } core;\nenum reason { REASON_SOCKET = 5 };\n${declared}`;
    const source = join(folder, 'fixed.c');
    writeFileSync(
      source,
      `#include "program.h"\n${MACROS}${struct}${code.slice(0, at)}\nBPF_PROGRAM\n{\nlong value = 0;\n${used}\nreturn value;\n}\n`,
    );
    const object = join(folder, 'fixed.o');
    const include = dirname(fixture('program.h'));
    execFileSync(clang!, [
      '-target',
      'bpf',
      '-mcpu=v3',
      '-O2',
      '-g',
      '-I',
      include,
      '-c',
      source,
      '-o',
      object,
    ]);
    const { objects } = await check(needsOf(object));
    expect(objects[0].states).toEqual(['works', 'works']);
  });
});
