import { Btf, BtfBuilder, swapByteOrder } from '@btfkit/core/btf';
import { distill } from '@btfkit/core/distill';
import { describe, expect, test } from 'vitest';
import { type Case, examine } from './examine.js';
import { elfFile } from './files.mjs';
import { addFunction, kernelBtf, moduleBtf, withEnum64 } from './kernels.js';
import { pairs } from './pairs.js';

const plain = kernelBtf();
/** The same kernel with other names in front: names of a module land in the middle of words. */
const shifted = kernelBtf(builder => {
  for (let i = 0; i < 8; i++) builder.add({ kind: 'FLOAT', name: `another_name_${i}`, size: 4 });
});
const kernel = (btf: Uint8Array, more = {}) => elfFile({ type: 2, btf, tags: [0x11], ...more });
const module = (btf: Uint8Array | undefined, more = {}) =>
  elfFile({ ...(btf && { btf }), modinfo: { name: 'm', vermagic: '6.12.5 SMP' }, tags: [0x11], ...more });
const fitting = moduleBtf(plain);
const registering = { symbols: [{ name: 'register_btf_kfunc_id_set' }] };

const withTag = (attribute: boolean) =>
  kernelBtf((builder, int) => builder.add({ kind: 'TYPE_TAG', name: 'rcu', type: int, attribute }));

const unordered = kernelBtf((builder, int) => {
  builder.add({
    kind: 'STRUCT',
    name: 'rusty',
    size: 8,
    kflag: false,
    members: [
      { name: 'b', type: int, bitOffset: 32, bitfieldSize: 0 },
      { name: 'a', type: int, bitOffset: 0, bitfieldSize: 0 },
    ],
  });
});

/** A member that does not fit into its struct, for which the kernel has the words of one out of order. */
const pastTheEnd = kernelBtf((builder, int) => {
  const members = [{ name: 'a', type: int, bitOffset: 64, bitfieldSize: 0 }];
  builder.add({ kind: 'STRUCT', name: 'short', size: 4, kflag: false, members });
});

function withLayout(): Uint8Array {
  const builder = new BtfBuilder({ layout: [{ infoSize: 0, elementSize: 0, flags: 0 }] });
  builder.add({ kind: 'FLOAT', name: 'double', size: 8 });
  return builder.build();
}

/** Bytes between the sections. */
function padded(): Uint8Array {
  const bytes = new Uint8Array(plain.length + 8);
  bytes.set(plain);
  return bytes;
}

/** A module that brings its own base, made on `plain`. */
function distilled() {
  const split = Btf.parse(
    moduleBtf(plain, builder => {
      const members = [{ name: 'held', type: 2, bitOffset: 0, bitfieldSize: 0 }];
      builder.add({ kind: 'STRUCT', name: 'holder', size: 8, kflag: false, members });
    }),
    { base: Btf.parse(plain) },
  );
  const { split: btf, base } = distill(split);
  return { btf, base };
}
const own = distilled();
const withoutTask = (() => {
  const builder = new BtfBuilder();
  builder.add({ kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 });
  return builder.build();
})();

const register = [{ name: 'register_btf_kfunc_id_set' }];
const kfuncs = (flags: number) => ({
  ids: [
    { kind: 'set8' as const, name: 'kfuncs', flags, members: [['func own_kfunc', 9]] as [string, number][] },
  ],
  symbols: register,
});
const withKfunc = moduleBtf(plain, builder => addFunction(builder, 'own_kfunc'));
const MODULES = 'CONFIG_DEBUG_INFO_BTF=y\nCONFIG_DEBUG_INFO_BTF_MODULES=y\n';

const emptySplit = Uint8Array.of(0x9f, 0xeb, 1, 0, 24, ...new Array(19).fill(0));

const sorted = () => {
  const builder = new BtfBuilder();
  for (const name of ['a', 'b', 'c']) builder.add({ kind: 'FLOAT', name, size: 4 });
  return builder.build();
};

const cases: Record<string, { yes: Case[]; no: Case[] }> = {
  S30: {
    yes: [{ files: { vmlinux: shifted, 'm.ko': module(fitting) }, kernel: '6.12' }],
    no: [
      { files: { vmlinux: plain, 'm.ko': module(fitting) }, kernel: '6.12' },
      { files: { 'm.ko': module(fitting) }, kernel: '6.12' },
    ],
  },
  S31: {
    yes: [{ files: { vmlinux: plain, 'm.ko': module(moduleBtf(shifted)) }, kernel: '6.12' }],
    no: [{ files: { vmlinux: shifted, 'm.ko': module(moduleBtf(shifted)) }, kernel: '6.12' }],
  },
  S32: {
    yes: [{ files: { vmlinux: kernel(unordered) }, kernel: '6.0' }],
    no: [{ files: { vmlinux: kernel(plain) }, kernel: '6.0' }],
  },
  S33: {
    yes: [{ files: { vmlinux: kernel(withTag(true)) }, kernel: '6.12' }],
    no: [
      { files: { vmlinux: kernel(withTag(true)) }, kernel: '6.15' },
      { files: { vmlinux: kernel(withTag(false)) }, kernel: '6.12' },
    ],
  },
  S34: {
    yes: [{ files: { vmlinux: kernel(withLayout()) }, kernel: '7.0' }],
    no: [
      { files: { vmlinux: kernel(withLayout()) }, kernel: '7.1' },
      { files: { vmlinux: kernel(plain) }, kernel: '7.0' },
    ],
  },
  S35: {
    yes: [{ files: { vmlinux: kernel(withEnum64()) }, kernel: '5.19' }],
    no: [{ files: { vmlinux: kernel(withEnum64()) }, kernel: '6.0' }],
  },
  S36: {
    yes: [{ files: { vmlinux: kernel(swapByteOrder(Btf.parse(plain))) }, kernel: '6.12' }],
    no: [
      { files: { vmlinux: kernel(plain) }, kernel: '6.12' },
      {
        files: {
          vmlinux: kernel(
            kernelBtf(() => {}, false),
            { little: false },
          ),
        },
        kernel: '6.12',
      },
    ],
  },
  S37: {
    yes: [{ files: { vmlinux: kernel(padded()) }, kernel: '6.12' }],
    no: [{ files: { vmlinux: kernel(plain) }, kernel: '6.12' }],
  },
  S38: {
    yes: [
      {
        files: { vmlinux: shifted, 'm.ko': module(fitting) },
        kernel: '6.12',
        config: 'CONFIG_MODULE_ALLOW_BTF_MISMATCH=y\n',
      },
      { files: { 'm.ko': module(undefined, registering) }, kernel: '6.12' },
    ],
    no: [
      { files: { 'm.ko': module(undefined) }, kernel: '6.12' },
      { files: { vmlinux: plain, 'm.ko': module(fitting, registering) }, kernel: '6.12' },
      { files: { vmlinux: shifted, 'm.ko': module(fitting) }, kernel: '6.12' },
      {
        files: { vmlinux: plain, 'm.ko': module(fitting) },
        kernel: '6.12',
        config: 'CONFIG_MODULE_ALLOW_BTF_MISMATCH=y\n',
      },
    ],
  },
  S39: {
    yes: [
      { files: { vmlinux: elfFile({ type: 2 }), 'm.ko': module(withKfunc, { symbols: register }) } },
      {
        files: { vmlinux: kernel(unordered), 'm.ko': module(withKfunc, { symbols: register }) },
        kernel: '6.12',
      },
    ],
    no: [
      { files: { vmlinux: kernel(plain), 'm.ko': module(withKfunc, { symbols: register }) }, kernel: '6.12' },
      { files: { vmlinux: elfFile({ type: 2 }), 'm.ko': module(fitting) } },
    ],
  },
  S40: {
    yes: [{ files: { vmlinux: plain, 'm.ko': module(withKfunc, kfuncs(0)) }, kernel: '6.12' }],
    no: [
      { files: { vmlinux: plain, 'm.ko': module(withKfunc, kfuncs(1)) }, kernel: '6.12' },
      { files: { vmlinux: plain, 'm.ko': module(withKfunc, kfuncs(0)) }, kernel: '6.8' },
    ],
  },
  S41: {
    yes: [{ files: { vmlinux: withoutTask, 'm.ko': module(own.btf, { base: own.base }) }, kernel: '6.12' }],
    no: [{ files: { vmlinux: plain, 'm.ko': module(own.btf, { base: own.base }) }, kernel: '6.12' }],
  },
  S42: {
    yes: [
      { files: { vmlinux: plain, 'm.ko': module(own.btf, { base: own.base }) }, kernel: '6.1.75' },
      { files: { 'm.ko': elfFile({ ...own, modinfo: { vermagic: '6.1.75 SMP' } }) } },
    ],
    no: [
      { files: { vmlinux: plain, 'm.ko': module(own.btf, { base: own.base }) }, kernel: '6.11' },
      { files: { vmlinux: plain, 'm.ko': module(fitting) }, kernel: '6.1.75' },
    ],
  },
  S43: {
    yes: [
      {
        files: { vmlinux: shifted, 'vfat.ko': module(fitting, { modinfo: { name: 'vfat' } }) },
        kernel: '6.12',
      },
    ],
    no: [
      { files: { vmlinux: shifted, 'm.ko': module(fitting) }, kernel: '6.12' },
      {
        files: { vmlinux: plain, 'vfat.ko': module(fitting, { modinfo: { name: 'vfat' } }) },
        kernel: '6.12',
      },
    ],
  },
  S44: {
    yes: [{ files: { vmlinux: plain, 'm.ko': module(emptySplit) } }],
    no: [{ files: { vmlinux: plain, 'm.ko': module(fitting) } }],
  },
  S45: {
    yes: [{ files: { 'm.ko': module(undefined) }, config: MODULES }],
    no: [
      { files: { vmlinux: plain, 'm.ko': module(fitting) }, config: MODULES },
      { files: { 'm.ko': module(undefined) }, config: 'CONFIG_DEBUG_INFO_BTF=y\n' },
    ],
  },
  S46: {
    yes: [{ files: { 'm.btf': fitting } }],
    no: [{ files: { vmlinux: plain, 'm.btf': fitting } }, { files: { 'vmlinux.btf': plain } }],
  },
  S83: {
    yes: [{ files: { vmlinux: kernel(plain) }, kernel: '7.0.1' }],
    no: [
      { files: { vmlinux: kernel(sorted()) }, kernel: '7.0.1' },
      { files: { vmlinux: kernel(plain) }, kernel: '6.19' },
    ],
  },
  N01: {
    yes: [
      {
        files: { vmlinux: kernel(kernelBtf(builder => builder.add({ kind: 'FLOAT', name: 'f', size: 7 }))) },
        kernel: '6.12',
      },
      { files: { vmlinux: kernel(pastTheEnd) }, kernel: '6.12' },
      // Split BTF that was made on vmlinux, with somebody else's base.
      { files: { vmlinux: plain, 'm.ko': module(fitting, { base: shifted }) }, kernel: '6.12' },
    ],
    no: [
      { files: { vmlinux: kernel(plain) }, kernel: '6.12' },
      { files: { vmlinux: plain, 'm.ko': module(own.btf, { base: own.base }) }, kernel: '6.12' },
    ],
  },
};

describe.each(Object.keys(cases))('%s', id => {
  const { yes, no } = cases[id]!;
  test.each(pairs(yes, no))('%s', async (_, given, expected) => {
    const finding = (await examine(given)).find(one => one.id === id && one.confirmed);
    expect(finding !== undefined).toBe(expected);
  });
});

test('a module on another vmlinux: the type, the byte, both versions', async () => {
  const [first, finding] = await examine({
    files: { vmlinux: kernel(shifted), 'm.ko': module(fitting) },
    kernel: '6.12.9',
  });
  expect(first).toMatchObject({ id: 'N15', severity: 'error', confirmed: true });
  expect(first?.seen[0]?.text).toContain("version magic '6.12.5 SMP");
  expect(finding).toMatchObject({ id: 'S30', severity: 'error', confirmed: true, follows: ['N15'] });
  expect(finding?.seen[0]?.where).toBe('m.ko');
  expect(finding?.seen[0]?.text).toMatch(/^Linux 6\.12 answers -22: .*type_id=1 bits_offset=0 Invalid name$/);
  expect(finding?.how[0]).toMatch(/^type id 14, byte 0x24 of \.BTF$/);
  expect(finding?.how.at(-1)).toContain('vermagic of the module: 6.12.5 SMP');
});

test('a type that the distilled base lacks is named', async () => {
  const [finding] = await examine(cases.S41!.yes[0]!);
  expect(finding?.seen[0]?.text).toContain("distilled base BTF type 'task_struct'");
});
