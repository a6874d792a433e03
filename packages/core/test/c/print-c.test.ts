import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Btf as Blob, type Btf, swapByteOrder } from '@btfkit/core/btf';
import { type HeaderOptions, printC } from '@btfkit/core/c';
import { describe, expect, test } from 'vitest';
import { cases } from './cases.js';
import { Types } from './types.js';

function header(btf: Btf, options?: HeaderOptions): string {
  const chunks: Uint8Array[] = [];
  // Chunks are only lent.
  printC(btf, chunk => chunks.push(chunk.slice()), options);
  return Buffer.concat(chunks).toString();
}

/** What bpftool prints before and after the types; the kfuncs stand between AFTER's two parts. */
const BEFORE = `#ifndef __VMLINUX_H__
#define __VMLINUX_H__

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
#endif

#ifndef __ksym
#define __ksym __attribute__((section(".ksyms")))
#endif

#ifndef __weak
#define __weak __attribute__((weak))
#endif

#ifndef __bpf_fastcall
#if __has_attribute(bpf_fastcall)
#define __bpf_fastcall __attribute__((bpf_fastcall))
#else
#define __bpf_fastcall
#endif
#endif

`;
const KFUNCS = `
/* BPF kfuncs */
#ifndef BPF_NO_KFUNC_PROTOTYPES
`;
const KFUNCS_END = '#endif\n\n';
const AFTER = `#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute pop
#endif

#endif /* __VMLINUX_H__ */
`;
const whole = (c: string, kfuncs = KFUNCS + KFUNCS_END) => BEFORE + c + kfuncs + AFTER;

describe('as bpftool 7.8 recorded it', () => {
  test.each(cases)('$title', ({ build, unsorted, ids, c }) => {
    const text = header(build().parse(), { unsorted, ids });
    expect(text).toBe(whole(c, ids && ''));
  });

  test('the same of the other byte order', () => {
    const [{ build, c }] = cases as [(typeof cases)[0]];
    expect(header(Blob.parse(swapByteOrder(build().parse())))).toBe(whole(c));
  });

  test('prototypes of kfuncs, by name', () => {
    const t = new Types();
    const int = t.int();
    const task = t.pointer(t.struct('task', 4, [['x', int, 0]]));
    t.func('second', t.prototype(task, ['task', task]), 'bpf_kfunc');
    t.func('no_kfunc', t.prototype(int), 'other');
    t.func('first', t.prototype(0, ['a', int], ['', 0]), 'bpf_kfunc', 'bpf_fastcall');
    expect(header(t.parse())).toContain(
      `${KFUNCS}extern __bpf_fastcall void first(int a, ...) __weak __ksym;
extern struct task *second(struct task *task) __weak __ksym;
${KFUNCS_END}`,
    );
    expect(header(t.parse(), { ids: [1] })).toBe(whole('', ''));
  });
});

// The recorded answers were taken like this.
const { BTFKIT_BPFTOOL } = process.env;
test.skipIf(BTFKIT_BPFTOOL === undefined).each(cases)(
  'bpftool still answers so: $title (needs BTFKIT_BPFTOOL, the path of 7.8 or later)',
  ({ build, unsorted, ids, c }) => {
    const folder = mkdtempSync(join(tmpdir(), 'print-c-'));
    const path = (name: string) => join(folder, name);
    const { base, builder } = build();
    writeFileSync(path('types'), builder.build());
    if (base) writeFileSync(path('base'), base.bytes);
    const { stdout } = spawnSync(
      BTFKIT_BPFTOOL!,
      [
        ...(base ? ['-B', path('base')] : []),
        ...['btf', 'dump', 'file', path('types'), 'format', 'c'],
        ...(unsorted ? ['unsorted'] : []),
        ...(ids ?? []).flatMap(id => ['root_id', String(id)]),
      ],
      { encoding: 'utf8' },
    );
    rmSync(folder, { recursive: true });
    expect(stdout).toBe(whole(c, ids && ''));
  },
);
