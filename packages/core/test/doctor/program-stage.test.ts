import { readFileSync } from 'node:fs';
import { Btf, BtfBuilder } from '@btfkit/core/btf';
import { describe, expect, test } from 'vitest';
import { type Case, examine } from './examine.js';
import { elfFile } from './files.mjs';
import { addFunction, kernelBtf, moduleBtf, withEnum64 } from './kernels.js';
import { pairs } from './pairs.js';

const plain = kernelBtf();
const kernel = (btf: Uint8Array, more = {}) => elfFile({ type: 2, btf, tags: [0x11], ...more });
const read = (name: string) => new Uint8Array(readFileSync(`fixtures/core/${name}`));
const EM_BPF = 247;

/** A BPF object that wants a function and variables by name, and attaches to functions. */
function program(
  sections: readonly string[],
  functions: readonly string[] = [],
  variables: readonly string[] = [],
  weak: readonly string[] = [],
) {
  const builder = new BtfBuilder();
  const int = builder.add({ kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 });
  const proto = builder.add({ kind: 'FUNC_PROTO', name: '', returns: int, params: [] });
  const entries = [
    ...functions.map(name => builder.add({ kind: 'FUNC', name, linkage: 2, type: proto })),
    ...variables.map(name => builder.add({ kind: 'VAR', name, linkage: 2, type: int })),
  ];
  const void_ = builder.add({ kind: 'CONST', name: '', type: 0 });
  entries.push(builder.add({ kind: 'VAR', name: 'by_address', linkage: 2, type: void_ }));
  const list = entries.map((type, i) => ({ type, offset: 4 * i, size: 4 }));
  builder.add({ kind: 'DATASEC', name: '.ksyms', size: 4 * list.length, variables: list });
  const code = sections.map(name => ({ name, flags: 6, content: new Uint8Array(16) }));
  const symbols = weak.map(name => ({ name, weak: true }));
  return elfFile({ machine: EM_BPF, btf: builder.build(), sections: code, symbols });
}

const aux = (last: 'aux' | 'int', tagged = false, name = 'scx_bpf_create_dsq') =>
  kernelBtf((builder, int) => {
    const struct = builder.add({ kind: 'STRUCT', name: 'bpf_prog_aux', size: 0, kflag: false, members: [] });
    const pointer = builder.add({ kind: 'PTR', name: '', type: struct });
    const params = [
      { name: 'dsq', type: int },
      { name: 'aux', type: last === 'aux' ? pointer : int },
    ];
    const func = addFunction(builder, name, params);
    if (tagged)
      builder.add({ kind: 'DECL_TAG', name: 'bpf_kfunc', type: func, component: -1, attribute: false });
  });
/** INT, four structs, struct, pointer, prototype, FUNC. */
const FUNC = 9;
const IMPLICIT = 1 << 16;
const kfuncs = (flags: number, name = 'scx_bpf_create_dsq') => [
  {
    kind: 'set8' as const,
    name: 'scx',
    flags: 1,
    members: [[`func ${name}`, FUNC, flags]] as [string, number, number][],
  },
];

const lockdep = (members: number) =>
  kernelBtf((builder, int) =>
    builder.add({
      kind: 'STRUCT',
      name: 'lockdep_map',
      size: 4 * members,
      kflag: false,
      members: Array.from({ length: members }, (_, i) => ({
        name: `m${i}`,
        type: int,
        bitOffset: 32 * i,
        bitfieldSize: 0,
      })),
    }),
  );
const lsm = (param: string) =>
  kernelBtf((builder, int) => addFunction(builder, 'bpf_lsm_mmap_file', [{ name: param, type: int }]));
const both = kernelBtf(builder => {
  builder.add({ kind: 'STRUCT', name: 'bpf_sk_lookup', size: 4, kflag: false, members: [] });
  addFunction(builder, 'bpf_sk_lookup');
});
const withRegisters = kernelBtf((builder, int) =>
  builder.add({
    kind: 'STRUCT',
    name: 'pt_regs',
    size: 4,
    kflag: false,
    members: [{ name: 'gpr', type: int, bitOffset: 0, bitfieldSize: 0 }],
  }),
);
const withRead = kernelBtf(builder => addFunction(builder, 'vfs_read'));
const withLsm = kernelBtf(builder => addFunction(builder, 'bpf_lsm_file_open'));
const withVariable = kernelBtf((builder, int) =>
  builder.add({ kind: 'VAR', name: 'runqueues', linkage: 1, type: int }),
);
const noBtf = '# CONFIG_DEBUG_INFO_BTF is not set\n';
const yesBtf = 'CONFIG_DEBUG_INFO_BTF=y\nCONFIG_DEBUG_INFO_BTF_MODULES=y\n';

const cases: Record<string, { yes: Case[]; no: Case[] }> = {
  S60: {
    yes: [{ config: noBtf }, { config: 'CONFIG_X=y\n', log: 'libbpf: failed to find valid kernel BTF' }],
    no: [{ config: yesBtf, log: 'libbpf: failed to find valid kernel BTF' }, { config: 'CONFIG_X=y\n' }],
  },
  S61: {
    yes: [{ files: { vmlinux: withEnum64() }, log: 'libbpf: Unsupported BTF_KIND:19' }],
    no: [
      { files: { vmlinux: plain }, log: 'libbpf: Unsupported BTF_KIND:19' },
      { files: { vmlinux: withEnum64() } },
    ],
  },
  S62: {
    yes: [
      { files: { vmlinux: withEnum64() }, log: "can't read types: type id 6: unknown kind: Unknown (19)" },
    ],
    no: [{ files: { vmlinux: withEnum64() } }],
  },
  S63: {
    yes: [{ files: { 'x.btf': plain }, log: "bad magic number '[159 235 1 0]' in record at byte 0x0" }],
    no: [
      { files: { vmlinux: kernel(plain) }, log: "bad magic number '[159 235 1 0]' in record at byte 0x0" },
    ],
  },
  S64: {
    yes: [{ config: noBtf, log: 'load kernel spec: no BTF found for kernel version 4.19: not supported' }],
    no: [{ config: yesBtf, log: 'load kernel spec: no BTF found for kernel version 4.19: not supported' }],
  },
  S65: {
    yes: [
      {
        config: 'CONFIG_DEBUG_INFO_BTF=y\n',
        log: 'load BTF for kmod i915: open /sys/kernel/btf/i915: no such file or directory',
      },
      {
        files: { 'i915.ko': elfFile({ modinfo: { name: 'i915' } }) },
        log: 'load BTF for kmod i915: open /sys/kernel/btf/i915: no such file or directory',
      },
    ],
    no: [
      { config: yesBtf, log: 'load BTF for kmod i915: open /sys/kernel/btf/i915: no such file or directory' },
    ],
  },
  S67: {
    yes: [
      {
        base: 'kernel.btf',
        files: { 'kernel.btf': Btf.parse(btfOf('kernel-el.o')).bytes, 'prog.o': read('program-el.o') },
      },
    ],
    no: [{ files: { 'prog.o': read('program-el.o') } }, { files: { vmlinux: plain } }],
  },
  S68: {
    yes: [
      {
        base: 'kernel.btf',
        files: { 'kernel.btf': btfOf('refusing-kernel-el.o'), 'prog.o': read('refused-el.o') },
      },
    ],
    no: [
      { base: 'kernel.btf', files: { 'kernel.btf': btfOf('kernel-el.o'), 'prog.o': read('program-el.o') } },
    ],
  },
  N04: {
    yes: [
      {
        base: 'kernel.btf',
        files: { 'kernel.btf': btfOf('refusing-kernel-el.o'), 'prog.o': read('refused-el.o') },
      },
    ],
    no: [
      { base: 'kernel.btf', files: { 'kernel.btf': btfOf('kernel-el.o'), 'prog.o': read('program-el.o') } },
    ],
  },
  S69: {
    yes: [
      {
        files: { vmlinux: both },
        log: 'relocate Struct:"bpf_sk_lookup": target Func:"bpf_sk_lookup": unsized type *btf.Func',
      },
    ],
    no: [{ files: { vmlinux: both } }, { files: { vmlinux: plain }, log: 'unsized type *btf.Func' }],
  },
  S70: {
    yes: [{ files: { vmlinux: kernel(aux('aux'), { ids: kfuncs(IMPLICIT) }) }, kernel: '7.0' }],
    no: [
      { files: { vmlinux: kernel(aux('int'), { ids: kfuncs(IMPLICIT) }) }, kernel: '7.0' },
      { files: { vmlinux: kernel(aux('aux'), { ids: kfuncs(0) }) }, kernel: '7.0' },
      {
        files: { vmlinux: kernel(aux('aux', false, 'x_impl'), { ids: kfuncs(IMPLICIT, 'x_impl') }) },
        kernel: '7.0',
      },
    ],
  },
  S71: {
    yes: [{ files: { vmlinux: plain, 'p.o': program([], ['bpf_gone']) } }],
    no: [
      { files: { vmlinux: withRead, 'p.o': program([], ['vfs_read']) } },
      { files: { 'p.o': program([], ['bpf_gone']) } },
      { files: { vmlinux: plain, 'p.o': program([], ['bpf_gone'], [], ['bpf_gone']) } },
    ],
  },
  S72: {
    yes: [{ files: { vmlinux: plain, 'p.o': program([], [], ['kernel_cpustat']) } }],
    no: [
      { files: { vmlinux: withVariable, 'p.o': program([], [], ['runqueues']) } },
      { files: { vmlinux: plain, 'p.o': program([]) } },
      { files: { vmlinux: plain, 'p.o': program([], [], ['kernel_cpustat'], ['kernel_cpustat']) } },
    ],
  },
  S73: {
    yes: [
      { files: { vmlinux: plain, 'p.o': program(['fentry/vfs_read']) } },
      { files: { vmlinux: plain, 'p.o': program(['?lsm.s/file_open']) } },
    ],
    no: [
      { files: { vmlinux: withRead, 'p.o': program(['fentry/vfs_read', 'kprobe/anything', 'iter/task']) } },
      { files: { vmlinux: withLsm, 'p.o': program(['lsm/file_open']) } },
    ],
  },
  S74: {
    yes: [
      {
        files: {
          vmlinux: plain,
          'p.o': program(['fentry/nft_do_chain']),
          'nf_tables.ko': elfFile({
            btf: moduleBtf(plain, builder => addFunction(builder, 'nft_do_chain')),
            modinfo: { name: 'nf_tables' },
          }),
        },
      },
    ],
    no: [
      {
        files: {
          vmlinux: plain,
          'p.o': program(['fentry/nft_do_chain']),
          'm.ko': elfFile({ btf: moduleBtf(plain), modinfo: { name: 'm' } }),
        },
      },
    ],
  },
  S75: {
    yes: [
      { files: { vmlinux: withEnum64() }, log: 'Error: failed to load BTF from vmlinux: Invalid argument' },
    ],
    no: [{ files: { vmlinux: plain }, log: 'Error: failed to load BTF from vmlinux: Invalid argument' }],
  },
  S76: {
    yes: [{ files: { vmlinux: withRegisters }, log: "error: no member named 'di' in 'struct pt_regs'" }],
    no: [{ files: { vmlinux: withRegisters } }],
  },
  S77: {
    yes: [{ files: { vmlinux: kernel(aux('int'), { ids: kfuncs(0) }) }, kernel: '6.12' }],
    no: [
      { files: { vmlinux: kernel(aux('int', true), { ids: kfuncs(0) }) }, kernel: '6.12' },
      { files: { vmlinux: kernel(aux('int'), { ids: kfuncs(0) }) }, kernel: '6.10' },
    ],
  },
  S78: {
    yes: [{ files: { 'p.o': elfFile({ machine: EM_BPF, btf: withEnum64() }) }, kernel: '5.15' }],
    no: [
      { files: { 'p.o': elfFile({ machine: EM_BPF, btf: withEnum64() }) }, kernel: '6.1' },
      { files: { 'p.o': program([]) }, kernel: '6.1' },
    ],
  },
  S79: {
    yes: [{ files: { 'vmlinux.debug': elfFile({ type: 2, btf: plain, noBits: true }) } }],
    no: [{ files: { vmlinux: kernel(plain) } }],
  },
  S80: {
    yes: [{ files: { 'k.btf': lockdep(3) }, config: '# CONFIG_LOCKDEP is not set\n' }],
    no: [
      { files: { 'k.btf': lockdep(3) }, config: 'CONFIG_LOCKDEP=y\n' },
      { files: { 'k.btf': lockdep(0) }, config: '# CONFIG_LOCKDEP is not set\n' },
    ],
  },
  S81: {
    yes: [{ files: { vmlinux: kernel(lsm('file')) }, kernel: '7.0' }],
    no: [
      { files: { vmlinux: kernel(lsm('file__nullable')) }, kernel: '7.0' },
      { files: { vmlinux: kernel(lsm('file')) }, kernel: '6.12' },
    ],
  },
  S84: {
    yes: [{ config: 'CONFIG_DEBUG_INFO_BTF_INLINE=y\n' }, { tree: ['vmlinux.inline'] }],
    no: [{ config: '# CONFIG_DEBUG_INFO_BTF_INLINE is not set\n' }],
  },
};

/** The BTF of an object that stands for a kernel. */
function btfOf(name: string): Uint8Array {
  const bytes = read(name);
  const at = Buffer.from(bytes).indexOf(Buffer.of(0x9f, 0xeb, 1, 0, 24));
  const view = new DataView(bytes.buffer, bytes.byteOffset + at);
  return bytes.slice(at, at + 24 + view.getUint32(16, true) + view.getUint32(20, true));
}

describe.each(Object.keys(cases))('%s', id => {
  const { yes, no } = cases[id]!;
  test.each(pairs(yes, no))('%s', async (_, given, expected) => {
    const finding = (await examine(given)).find(one => one.id === id && one.confirmed);
    expect(finding !== undefined).toBe(expected);
  });
});

test('a function that the compiler changed is told from one that is not there', async () => {
  const symbols = [{ name: 'vfs_read.isra.0', type: 2, section: '.text', size: 8 }];
  const [finding] = await examine({
    files: { vmlinux: kernel(plain, { symbols }), 'p.o': program(['fentry/vfs_read']) },
  });
  expect(finding?.how).toContain('its symbol is vfs_read.isra.0: the compiler changed it');
  expect(finding?.causes[0]?.what).toContain('the compiler changed it');
});

test('a relocation: program, instruction, source line, candidates', async () => {
  const [finding] = await examine(cases.S67!.yes[0]!);
  expect(finding).toMatchObject({ id: 'S67', severity: 'warning' });
  expect(finding?.seen[0]?.text).toMatch(
    /^guarded insn \d+ \(.*program\.c:\d+\): byte_off .*task___old\.gone/,
  );
  expect(finding?.how[0]).toMatch(/^type id \d+ of vmlinux: no member gone/);
});
