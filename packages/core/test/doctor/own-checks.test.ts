import { readFileSync } from 'node:fs';
import { Btf, BtfBuilder } from '@btfkit/core/btf';
import { CHECKS } from '@btfkit/core/doctor';
import { describe, expect, test } from 'vitest';
import { buildModule } from '../module/build-module.mjs';
import { type Case, examine } from './examine.js';
import { elfFile } from './files.mjs';
import { addFunction, kernelBtf, moduleBtf } from './kernels.js';
import { pairs } from './pairs.js';

const plain = kernelBtf();
/** The same names at the same offsets, each type one id further on. */
const moved = (() => {
  const builder = new BtfBuilder();
  builder.add({ kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 });
  builder.add({ kind: 'FUNC_PROTO', name: '', returns: 0, params: [] });
  const from = Btf.parse(plain);
  for (let id = 2; id < from.endId; id++) {
    const type = from.type(id);
    if (type.kind !== 'VOID') builder.add(type);
  }
  return builder.build();
})();
const own = moduleBtf(plain, builder => addFunction(builder, 'demo_kfunc', [{ name: 'task', type: 1 }]));
/** Struct, pointer, prototype, FUNC on the kernel's five types. */
const KFUNC = 9;
const XDP = 6;
const set = (id: number) => ({ name: 'demo_ids', pairs: [{ id, func: 'demo_kfunc' }] });
const demo = (id: number) =>
  buildModule({ btf: own, functions: ['demo_kfunc'], sets: [set(id)], calls: [{ type: XDP, set: 0 }] });

const withFunctions = kernelBtf(builder => {
  addFunction(builder, 'one');
  addFunction(builder, 'two');
});
const members = (...ids: number[]) => ids.map((id, i): [string, number] => [`func ${['one', 'two'][i]}`, id]);
const idsOf = (...ids: number[]) => [{ kind: 'set' as const, name: 'hooks', members: members(...ids) }];
const kernel = (...ids: number[]) => elfFile({ type: 2, btf: withFunctions, ids: idsOf(...ids) });

function bigEndian(layout: boolean): Uint8Array {
  const rows = layout ? { layout: [{ infoSize: 0, elementSize: 0, flags: 0 }] } : {};
  const builder = new BtfBuilder({ littleEndian: false, ...rows });
  builder.add({ kind: 'FLOAT', name: 'double', size: 8 });
  return builder.build();
}

const names = Array.from({ length: 10 }, (_, i) => `type${i}_t`);
const withTypedefs = kernelBtf((builder, int) => {
  for (const name of names) builder.add({ kind: 'TYPEDEF', name, type: int });
});
const typedefsOn = (type: number) =>
  moduleBtf(withTypedefs, builder => {
    for (const name of names) builder.add({ kind: 'TYPEDEF', name, type });
  });

/** A BPF object; its variables, each a struct of that name, are in `.struct_ops`. */
const program = (structs: readonly string[], more = {}) => {
  const builder = new BtfBuilder();
  const variables = structs.map(name => {
    const type = builder.add({ kind: 'STRUCT', name, size: 8, kflag: false, members: [] });
    return { type: builder.add({ kind: 'VAR', name: 'ops', type, linkage: 1 }), offset: 0, size: 8 };
  });
  builder.add({ kind: 'DATASEC', name: '.struct_ops.link', size: 8, variables });
  return elfFile({ machine: 247, btf: builder.build(), ...more });
};
const withOps = kernelBtf(builder => {
  for (const name of ['demo_ops', 'bpf_struct_ops_demo_ops'])
    builder.add({ kind: 'STRUCT', name, size: 8, kflag: false, members: [] });
});
const maps = [{ name: '.maps', content: new Uint8Array(32) }];
const linked = (more = {}) => elfFile({ type: 2, ...more });
const debugInfo = [{ name: '.debug_info', content: new Uint8Array(16) }];
const WANTED = 'CONFIG_DEBUG_INFO_BTF=y\n';
const listed = (count: number) => {
  const single = Array.from({ length: count }, (): [string, number] => ['func one', 7]);
  return elfFile({ type: 2, btf: withFunctions, single });
};
const versioned = (crc: number) =>
  buildModule({ vermagic: '6.12.5 SMP mod_unload modversions ', versions: [['kfree', crc]] });
const SYMVERS = { 'Module.symvers': '0x00000011\tkfree\tvmlinux\tEXPORT_SYMBOL\t\n' };

const cases: Record<string, { yes: Case[]; no: Case[] }> = {
  N10: {
    yes: [{ files: { 'p.o': elfFile({ machine: 247, sections: maps }) } }],
    no: [
      { files: { 'p.o': elfFile({ machine: 247, btf: plain, sections: maps }) } },
      { files: { 'p.o': elfFile({ machine: 247 }) } },
    ],
  },
  N11: {
    yes: [
      { files: { vmlinux: plain, 'p.o': program(['demo_ops']) } },
      { files: { vmlinux: withOps, 'p.o': program(['other_ops']) } },
    ],
    no: [
      { files: { vmlinux: withOps, 'p.o': program(['demo_ops___v2']) } },
      { files: { 'p.o': program(['demo_ops']) } },
    ],
  },
  N12: {
    yes: [{ config: 'CONFIG_PAHOLE_VERSION=126\n', pahole: 122 }],
    no: [{ config: 'CONFIG_PAHOLE_VERSION=126\n', pahole: 126 }, { config: 'CONFIG_PAHOLE_VERSION=126\n' }],
  },
  N13: {
    yes: [{ files: { vmlinux: linked() }, config: WANTED }],
    no: [
      { files: { vmlinux: linked({ sections: debugInfo }) }, config: WANTED },
      { files: { vmlinux: linked({ btf: plain }) }, config: WANTED },
      { files: { vmlinux: linked() }, config: 'CONFIG_X=y\n' },
    ],
  },
  N14: {
    yes: [{ files: { vmlinux: listed(101) } }],
    no: [{ files: { vmlinux: listed(100) } }],
  },
  N15: {
    yes: [
      { files: { 'm.ko': buildModule({ vermagic: '6.12.5 SMP mod_unload ' }) }, kernel: '6.12.6' },
      { files: { 'm.ko': versioned(0x12) }, kernel: '6.12.6', texts: SYMVERS },
      { files: { 'm.ko': versioned(0x11) }, kernel: '6.12.5', config: '# CONFIG_SMP is not set\n' },
    ],
    no: [
      { files: { 'm.ko': buildModule({ vermagic: '6.12.5-1 SMP mod_unload ' }) }, kernel: '6.12.5' },
      { files: { 'm.ko': versioned(0x11) }, kernel: '6.12.6', texts: SYMVERS },
      { files: { 'm.ko': versioned(0x11) }, kernel: '6.12.5', config: 'CONFIG_X=y\n' },
      { files: { 'm.ko': buildModule({ vermagic: '6.12.5 SMP mod_unload ' }) } },
    ],
  },
  N02: {
    yes: [{ files: { vmlinux: moved, 'demo.ko': demo(KFUNC) }, kernel: '6.12' }],
    no: [{ files: { vmlinux: plain, 'demo.ko': demo(KFUNC) }, kernel: '6.12' }],
  },
  N03: {
    yes: [{ files: { vmlinux: plain, 'demo.ko': demo(1) }, kernel: '6.12' }],
    no: [{ files: { vmlinux: plain, 'demo.ko': demo(KFUNC) }, kernel: '6.12' }],
  },
  N05: {
    yes: [{ files: { vmlinux: elfFile({ type: 2, btf: withFunctions, single: [['func one', 0]] }) } }],
    no: [
      { files: { vmlinux: kernel(7, 9) } },
      { files: { '.tmp_vmlinux1': elfFile({ type: 2, btf: withFunctions, single: [['func one', 0]] }) } },
    ],
  },
  N17: {
    yes: [
      { files: { vmlinux: kernel(7, 8) } },
      { files: { vmlinux: kernel(7, 99) } },
      { files: { vmlinux: elfFile({ type: 2, btf: withFunctions, single: [['func one', 9]] }) } },
    ],
    no: [
      // Members of a set are sorted, whatever their order in the source.
      { files: { vmlinux: kernel(9, 7) } },
      { files: { vmlinux: elfFile({ type: 2, btf: withFunctions, single: [['func one', 7]] }) } },
      { files: { '.tmp_vmlinux1': elfFile({ type: 2, btf: withFunctions, single: [['func one', 9]] }) } },
    ],
  },
  N06: {
    yes: [{ files: { vmlinux: kernel(9, 7) } }],
    no: [{ files: { vmlinux: kernel(7, 9) } }],
  },
  N07: {
    yes: [{ files: { 'vmlinux.btf': bigEndian(true) }, kernel: '6.12' }],
    no: [
      { files: { 'vmlinux.btf': bigEndian(true) }, kernel: '7.1' },
      { files: { 'vmlinux.btf': bigEndian(false) }, kernel: '6.12' },
    ],
  },
  N09: {
    yes: [{ files: { 'p.o': elfFile({ machine: 247, btf: plain.subarray(0, plain.length - 8) }) } }],
    // What the kernel refuses has another check.
    no: [
      { files: { vmlinux: elfFile({ type: 2, btf: plain.subarray(0, plain.length - 8) }) } },
      { files: { vmlinux: plain, 'm.btf': own } },
      { files: { vmlinux: plain, 'm.btf': moduleBtf(withTypedefs) } },
    ],
  },
  N08: {
    yes: [{ files: { vmlinux: withTypedefs, 'm.btf': typedefsOn(1) } }],
    no: [{ files: { vmlinux: withTypedefs, 'm.btf': typedefsOn(2) } }],
  },
};

describe.each(Object.keys(cases))('%s', id => {
  const { yes, no } = cases[id]!;
  test.each(pairs(yes, no))('%s', async (_, given, expected) => {
    const finding = (await examine(given)).find(one => one.id === id && one.confirmed);
    expect(finding !== undefined).toBe(expected);
  });
});

test('what the kernel would not notice has evidence and a confidence', async () => {
  const [finding] = await examine(cases.N02!.yes[0]!);
  expect(finding).toMatchObject({ id: 'N02', severity: 'error', confirmed: true });
  expect(finding?.seen[0]?.text).toMatch(/^read on vmlinux: \d+ of \d+ /);
  expect(finding?.how).toContain('confidence: certain');
});

test('each check that looks at files has cases above or in the other tables', () => {
  const tables = ['build-stage', 'load-stage', 'program-stage', 'own-checks'].map(name =>
    readFileSync(`packages/core/test/doctor/${name}.test.ts`, 'utf8'),
  );
  const keys = new Set(
    tables.flatMap(text => [...text.matchAll(/^ {2}([SN]\d\d): \{$/gm)].map(match => match[1])),
  );
  const looking = CHECKS.filter(({ inScene, inFile }) => inScene !== undefined || inFile !== undefined);
  expect(looking.filter(({ id }) => !keys.has(id)).map(({ id }) => id)).toEqual([]);
});

describe('the table of checks', () => {
  const ids = CHECKS.map(({ id }) => id);
  test('has each id once, and every entry of the catalogue', () => {
    expect(new Set(ids).size).toBe(ids.length);
    const range = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, i) => `S${String(from + i).padStart(2, '0')}`);
    const catalogue = [...range(1, 23), ...range(30, 46), ...range(60, 86)];
    expect(catalogue.length).toBe(67);
    expect(catalogue.filter(id => !ids.includes(id))).toEqual([]);
  });

  test.each(CHECKS.map(check => [check.id, check] as const))('%s is complete', (_, check) => {
    for (const text of [check.title, check.means, check.affects]) expect(text).not.toBe('');
    expect(check.causes.length).toBeGreaterThan(0);
    expect(check.source.length).toBeGreaterThan(0);
    // A title and a list of causes are read without their end.
    for (const { what, tell, remedy } of check.causes) {
      for (const text of [check.title, what, tell, remedy]) expect(text ?? '').not.toMatch(/\.$/);
      if (check.causes.length > 2) expect(tell ?? 'said').not.toBe('');
    }
    for (const other of check.after ?? []) expect(ids).toContain(other);
    const looks = check.inScene !== undefined || check.inFile !== undefined;
    expect(check.looksAt !== '').toBe(looks);
    expect(looks || check.texts.length > 0).toBe(true);
  });
});
