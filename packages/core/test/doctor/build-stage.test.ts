import { BtfBuilder } from '@btfkit/core/btf';
import { describe, expect, test } from 'vitest';
import { type Case, examine } from './examine.js';
import { elfFile } from './files.mjs';
import { addFunction, kernelBtf, moduleBtf, withEnum64 } from './kernels.js';
import { pairs } from './pairs.js';

const plain = kernelBtf();
const vmlinux = (btf: Uint8Array, more = {}) => elfFile({ type: 2, btf, tags: [0x11], ...more });
const module = (more = {}) =>
  elfFile({ btf: moduleBtf(plain), modinfo: { name: 'm' }, tags: [0x11], ...more });
const BTF = 'CONFIG_DEBUG_INFO_BTF=y\nCONFIG_DEBUG_INFO_BTF_MODULES=y\n';
const SEGFAULT = 'line 1: 2 Segmentation fault (core dumped) LLVM_OBJCOPY=objcopy pahole -J x';

/** A section that nobody looks into, this many times. */
const manySections = (count: number) =>
  Array.from({ length: count }, () => ({ name: '.s', content: new Uint8Array(0) }));

/** The same header with 32 bytes, in the other byte order. */
function longSwapped(): Uint8Array {
  const builder = new BtfBuilder({
    littleEndian: false,
    layout: [{ infoSize: 0, elementSize: 0, flags: 0 }],
  });
  builder.add({ kind: 'FLOAT', name: 'double', size: 8 });
  return builder.build();
}

const withDatasec = (entries: { offset: number; size: number }[]) =>
  kernelBtf((builder, int) => {
    const variables = entries.map(({ offset, size }, i) => ({
      type: builder.add({ kind: 'VAR', name: `cpu_var${i}`, type: int, linkage: 1 }),
      offset,
      size,
    }));
    builder.add({ kind: 'DATASEC', name: '.data..percpu', size: 64, variables });
  });

const ids = [
  { kind: 'set' as const, name: 'hooks', members: [['func sorted_out', 7]] as [string, number][] },
];
const withFunction = kernelBtf(builder => addFunction(builder, 'sorted_out'));

const cases: Record<string, { yes: Case[]; no: Case[] }> = {
  S01: {
    yes: [
      { files: { vmlinux: vmlinux(withEnum64()) }, kernel: '5.15.60', pahole: 125 },
      { files: { 'vmlinux.btf': withEnum64() }, kernel: '5.10.100' },
      { files: { 'vmlinux.btf': longSwapped() }, kernel: '6.12' },
      { files: { vmlinux: vmlinux(plain.subarray(0, plain.length - 8)) }, kernel: '6.1' },
      { files: { vmlinux: vmlinux(withEnum64()) }, log: 'FAILED: load BTF from vmlinux: Unknown error -22' },
    ],
    no: [
      { files: { vmlinux: vmlinux(withEnum64()) }, kernel: '6.1.5', pahole: 125 },
      { files: { vmlinux: vmlinux(plain) }, kernel: '5.15.60' },
      { files: { vmlinux: vmlinux(withEnum64()) } },
    ],
  },
  S02: {
    yes: [
      { files: { vmlinux: elfFile({ type: 2, tags: [0x11] }) }, config: BTF },
      { files: { vmlinux: elfFile({ type: 2, btf: new Uint8Array(0) }) }, config: BTF },
    ],
    no: [
      { files: { vmlinux: vmlinux(plain) }, config: BTF },
      { files: { vmlinux: elfFile({ type: 2 }) }, config: '# CONFIG_DEBUG_INFO_BTF is not set\n' },
    ],
  },
  S03: {
    yes: [{ files: { '.tmp_vmlinux.btf': elfFile({ type: 2, tags: [0x11] }) }, config: BTF, kernel: '5.15' }],
    no: [
      { files: { '.tmp_vmlinux.btf': vmlinux(plain) }, config: BTF, kernel: '5.15' },
      { files: { '.tmp_vmlinux2': elfFile({ type: 2, tags: [0x11] }) }, config: BTF, kernel: '5.15' },
    ],
  },
  S04: {
    yes: [
      {
        files: { vmlinux: elfFile({ type: 2, tags: [0x11, 0x3b] }) },
        pahole: 124,
        log: 'btf_encoder__encode: btf__dedup failed!',
      },
    ],
    no: [
      { files: { vmlinux: elfFile({ type: 2, tags: [0x11, 0x3b] }) }, pahole: 125 },
      { files: { vmlinux: elfFile({ type: 2, tags: [0x11, 0x3b] }) }, pahole: 124 },
    ],
  },
  S05: {
    yes: [
      { config: `CONFIG_PAHOLE_VERSION=0\n${BTF}` },
      { config: 'CONFIG_PAHOLE_VERSION=0\nCONFIG_DEBUG_INFO=y\n' },
    ],
    no: [{ config: `CONFIG_PAHOLE_VERSION=125\n${BTF}` }],
  },
  S06: {
    yes: [
      { pahole: 115, kernel: '5.15' },
      { pahole: 121, kernel: '7.0.3' },
      { pahole: 109, kernel: '5.4' },
    ],
    no: [
      { pahole: 116, kernel: '5.15' },
      { pahole: 121, kernel: '6.12' },
      { pahole: 113, kernel: '5.4' },
      { pahole: 115 },
    ],
  },
  S07: {
    yes: [
      {
        files: {
          vmlinux: vmlinux(plain, { symbols: [{ name: '__kvm_nvhe_x', type: 1, section: '.data..percpu' }] }),
        },
        pahole: 118,
      },
    ],
    no: [
      {
        files: {
          vmlinux: vmlinux(plain, { symbols: [{ name: 'x', type: 1, section: '.data..percpu', size: 4 }] }),
        },
        pahole: 118,
      },
      {
        files: { vmlinux: vmlinux(plain, { symbols: [{ name: 'x', type: 1, section: '.data..percpu' }] }) },
        pahole: 125,
      },
    ],
  },
  S08: {
    yes: [
      {
        files: {
          vmlinux: vmlinux(
            withDatasec([
              { offset: 0, size: 4 },
              { offset: 0, size: 4 },
            ]),
          ),
        },
      },
      { files: { vmlinux: vmlinux(withDatasec([{ offset: 8, size: 0 }])) } },
    ],
    no: [
      {
        files: {
          vmlinux: vmlinux(
            withDatasec([
              { offset: 0, size: 4 },
              { offset: 4, size: 4 },
            ]),
          ),
        },
      },
    ],
  },
  S09: {
    yes: [{ files: { vmlinux: plain, 'm.ko': module({ tags: [0x11, 0x10, 0x2f] }) } }],
    no: [{ files: { vmlinux: plain, 'm.ko': module({ tags: [0x11, 0x13] }) } }],
  },
  S10: {
    yes: [{ files: { vmlinux: vmlinux(plain, { tags: [0x11, 0x3b] }) }, pahole: 124 }],
    no: [
      { files: { vmlinux: vmlinux(plain, { tags: [0x11, 0x3b] }) }, pahole: 125 },
      { files: { vmlinux: vmlinux(plain) }, pahole: 124 },
    ],
  },
  S11: {
    yes: [
      { files: { vmlinux: vmlinux(plain, { tags: [0x11, 0x3c] }) } },
      {
        files: {
          vmlinux: vmlinux(plain, { sections: [{ name: '.gnu_debugaltlink', content: new Uint8Array(24) }] }),
        },
      },
      {
        files: { vmlinux: vmlinux(plain, { forms: [0x10] }) },
        log: "tag__recode_dwarf_type: couldn't find 0x4d4f3c5 type for 0x4e1d3f9 (member)!",
      },
    ],
    no: [{ files: { vmlinux: vmlinux(plain) } }, { files: { vmlinux: vmlinux(plain, { forms: [0x10] }) } }],
  },
  S12: {
    yes: [
      { config: `${BTF}CONFIG_DEBUG_INFO_SPLIT=y\n` },
      { files: { vmlinux: vmlinux(plain, { tags: [0x4a] }) } },
    ],
    no: [{ config: `${BTF}# CONFIG_DEBUG_INFO_SPLIT is not set\n` }, { files: { vmlinux: vmlinux(plain) } }],
  },
  S13: {
    yes: [{ config: `${BTF}CONFIG_LTO_CLANG_THIN=y\nCONFIG_PAHOLE_VERSION=127\n` }],
    no: [
      { config: `${BTF}CONFIG_LTO_CLANG_THIN=y\nCONFIG_PAHOLE_VERSION=128\n` },
      { config: `${BTF}CONFIG_LTO_NONE=y\nCONFIG_PAHOLE_VERSION=127\n` },
    ],
  },
  S14: {
    yes: [{ files: { vmlinux: vmlinux(plain, { sections: manySections(65_300) }) }, log: SEGFAULT }],
    no: [{ files: { vmlinux: vmlinux(plain, { sections: manySections(1000) }) } }],
  },
  S15: {
    yes: [
      {
        files: {
          vmlinux: elfFile({
            type: 2,
            sections: [{ name: '.rela.dyn', type: 4, link: 1, content: new Uint8Array(24) }],
          }),
        },
        log: 'llvm-objcopy: error: Link field value 1 in section .rela.dyn is not a symbol table',
      },
    ],
    no: [
      {
        files: {
          vmlinux: elfFile({
            type: 2,
            sections: [{ name: '.rela.dyn', type: 4, content: new Uint8Array(24) }],
          }),
        },
      },
      { files: { vmlinux: vmlinux(plain) } },
    ],
  },
  S16: {
    yes: [{ config: `${BTF}CONFIG_DEBUG_INFO_REDUCED=y\n` }],
    no: [{ config: `${BTF}# CONFIG_DEBUG_INFO_REDUCED is not set\n` }],
  },
  S17: {
    yes: [
      {
        files: {
          vmlinux: vmlinux(withFunction, {
            ids: [
              {
                ...ids[0],
                members: [
                  ['func optimised', 0],
                  ['func sorted_out', 7],
                ],
              },
            ],
            symbols: [{ name: 'optimised.isra.0', type: 2, section: '.text', size: 8 }],
          }),
        },
      },
    ],
    no: [
      { files: { vmlinux: vmlinux(withFunction, { ids }) } },
      // Not resolved at all, as in an object of the build.
      { files: { vmlinux: vmlinux(withFunction, { single: [['func gone', 0]] }) } },
    ],
  },
  S18: {
    yes: [
      {
        files: {
          vmlinux: vmlinux(
            kernelBtf(builder =>
              builder.add({ kind: 'STRUCT', name: 'file', size: 4, kflag: false, members: [] }),
            ),
            { single: [['struct file', 3]] },
          ),
        },
      },
    ],
    no: [{ files: { vmlinux: vmlinux(plain, { single: [['struct file', 3]] }) } }],
  },
  S19: {
    yes: [{ files: { vmlinux: vmlinux(withFunction, { ids }) }, sizes: { 'vmlinux.BTF_ids': 12 } }],
    no: [
      { files: { vmlinux: vmlinux(withFunction, { ids }) }, sizes: { 'vmlinux.BTF_ids': 8 } },
      { files: { vmlinux: vmlinux(withFunction, { ids }) } },
    ],
  },
  S20: {
    yes: [{ config: BTF, tree: ['scripts/Makefile.modfinal'] }],
    no: [
      { config: BTF, tree: ['scripts/Makefile.modfinal', 'tools/bpf/resolve_btfids/resolve_btfids'] },
      { config: BTF, tree: ['scripts/Makefile.modfinal', 'tools/bpf/resolve_btfids/main.c', 'MAINTAINERS'] },
      { config: BTF },
    ],
  },
  S21: {
    yes: [{ config: BTF, tree: ['scripts/Makefile.modfinal'] }],
    no: [
      { config: BTF, tree: ['scripts/Makefile.modfinal', 'vmlinux'] },
      { config: 'CONFIG_X=y\n', tree: ['scripts/Makefile.modfinal'] },
    ],
  },
  S22: {
    yes: [{ config: `${BTF}CONFIG_PAHOLE_VERSION=125\n`, tree: ['vmlinux'] }],
    no: [
      { config: `${BTF}CONFIG_PAHOLE_VERSION=129\n`, tree: ['vmlinux'] },
      { config: `${BTF}CONFIG_PAHOLE_VERSION=122\n`, tree: ['vmlinux'] },
    ],
  },
  S23: {
    yes: [{ texts: { 'scripts/gen-btf.sh': 'x\nobjcopy --update-section .BTF_ids=ids elf\n' } }],
    no: [{ texts: { 'scripts/gen-btf.sh': 'resolve_btfids --patch_btfids ids elf\n' } }],
  },
  S85: {
    yes: [{ files: { vmlinux: vmlinux(plain) }, kernel: '7.1.2', pahole: 131 }],
    no: [
      { files: { vmlinux: vmlinux(plain) }, kernel: '7.0', pahole: 131 },
      { files: { vmlinux: vmlinux(plain) }, kernel: '7.1', pahole: 132 },
    ],
  },
  S86: {
    yes: [{ files: { vmlinux: vmlinux(many(false)) }, kernel: '6.6', pahole: 126 }],
    no: [
      { files: { vmlinux: vmlinux(many(true)) }, kernel: '6.6', pahole: 126 },
      { files: { vmlinux: vmlinux(many(false)) }, kernel: '5.15', pahole: 126 },
      { files: { vmlinux: vmlinux(plain) }, kernel: '6.6', pahole: 126 },
    ],
  },
};

/** Types enough for a real kernel. */
function many(withLarge: boolean): Uint8Array {
  return kernelBtf(builder => {
    for (let i = 0; i < 20_000; i++) builder.add({ kind: 'FLOAT', name: `f${i}`, size: 4 });
    const values = [{ name: 'L', value: 1n << 40n }];
    if (withLarge) builder.add({ kind: 'ENUM64', name: 'e', size: 8, signed: false, values });
  });
}

describe.each(Object.keys(cases))('%s', id => {
  const { yes, no } = cases[id]!;
  test.each(pairs(yes, no))('%s', async (_, given, expected) => {
    const finding = (await examine(given)).find(one => one.id === id && one.confirmed);
    expect(finding !== undefined).toBe(expected);
    if (finding === undefined) return;
    expect(finding.seen.at(-1)?.text).not.toBe('');
    expect(finding.remedy[0]).not.toBe('');
  });
});

test('the seed case: the first type that the tree cannot read, its byte, the two versions, the flag', async () => {
  const [finding] = await examine({
    files: { vmlinux: vmlinux(withEnum64()) },
    kernel: '5.15.60',
    pahole: 125,
    log: 'FAILED: load BTF from vmlinux: Unknown error -22',
    texts: { 'scripts/pahole-flags.sh': 'extra_paholeopt="--btf_gen_floats"\n' },
  });
  expect(finding).toMatchObject({ id: 'S01', severity: 'error', confirmed: true });
  expect(finding?.seen.map(({ where }) => where)).toEqual(['log:1', 'vmlinux']);
  // INT of 16 bytes, four structs of 36, behind a header of 24.
  const at = (24 + 16 + 4 * 36).toString(16);
  expect(finding?.seen[1]?.text).toBe(
    `type [6] ENUM64 'large' at byte 0x${at} of .BTF, the first of kind 19 (ENUM64)`,
  );
  expect(finding?.how).toEqual([
    'kernel 5.15.60 (--kernel), pahole 1.25 (--pahole)',
    'ENUM64 is known to the libbpf of kernel trees from 6.0 on, this one is 5.15.60',
    'scripts/pahole-flags.sh does not pass --skip_encoding_btf_enum64',
  ]);
  expect(finding?.causes[0]?.likelihood).toBe('confirmed');
  expect(finding?.remedy[0]).toContain('--skip_encoding_btf_enum64');
});

test('the seed case without a vmlinux, which make takes away: versions and script', async () => {
  const log = 'FAILED: load BTF from vmlinux: Unknown error -22';
  const script = (text: string) => ({
    log,
    kernel: '5.15.60',
    pahole: 125,
    texts: { 'scripts/pahole-flags.sh': text },
  });
  const [finding] = await examine(script('pahole --btf_gen_floats'));
  expect(finding).toMatchObject({ id: 'S01', confirmed: true });
  expect(finding?.seen[1]).toEqual({
    where: 'scripts/pahole-flags.sh',
    text: 'does not pass --skip_encoding_btf_enum64',
  });
  expect(finding?.causes[0]).toMatchObject({ likelihood: 'confirmed' });
  expect(finding?.causes[0]?.what).toContain('ENUM64');
  const [other] = await examine(script('pahole --skip_encoding_btf_enum64'));
  expect(other?.confirmed).toBe(false);
});

test('the versions rule causes out', async () => {
  const log = 'FAILED: load BTF from vmlinux: Unknown error -22';
  const [newer] = await examine({ log, kernel: '6.6' });
  expect(newer?.causes.at(-1)).toMatchObject({ likelihood: 'ruled out', because: 'kernel 6.6 knows ENUM64' });
  expect(newer?.causes[0]?.what).toContain('killed for want of memory');
  const [older] = await examine({ log, kernel: '5.15', pahole: 122 });
  expect(older?.causes.at(-1)?.because).toBe('pahole 1.22 writes no ENUM64');
  const [unsure] = await examine({ log, kernel: '5.15', pahole: 125 });
  expect(unsure?.causes.every(({ likelihood }) => likelihood !== 'ruled out')).toBe(true);
});

test('unresolved ids: what became of the symbol', async () => {
  const [finding] = await examine(cases.S17!.yes[0]!);
  expect(finding?.seen[0]?.text).toBe('1 name without a type: func optimised');
  expect(finding?.how[0]).toContain('the symbol is optimised.isra.0');
});

test('a section that overlaps is one finding, though the kernel names no section', async () => {
  const findings = await examine({ ...cases.S08!.yes[0]!, kernel: '6.12' });
  expect(findings.map(({ id }) => id)).toEqual(['S08']);
});
