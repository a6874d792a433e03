import { Btf, BtfBuilder } from '@btfkit/core/btf';
import { memorySource } from '@btfkit/core/bytes';
import {
  emptyScene,
  type GateCase,
  gateModule,
  gateReproducible,
  gateVmlinux,
  junitXml,
  openSubject,
  parseConfig,
  type Scene,
} from '@btfkit/core/doctor';
import { sortByName } from '@btfkit/core/rewrite';
import { expect, test } from 'vitest';
import { elfFile } from './files.mjs';
import { addFunction, kernelBtf, moduleBtf } from './kernels.js';

const open = (bytes: Uint8Array, path: string) => openSubject(memorySource(bytes, path));
const plain = kernelBtf();
const withKfunc = (tagged: boolean) =>
  kernelBtf(builder => {
    const func = addFunction(builder, 'kernel_kfunc');
    if (tagged)
      builder.add({ kind: 'DECL_TAG', name: 'bpf_kfunc', type: func, component: -1, attribute: false });
  });
const set = (id: number) => ({
  ids: [
    {
      kind: 'set8' as const,
      name: 'kfuncs',
      flags: 1,
      members: [['func kernel_kfunc', id]] as [string, number][],
    },
  ],
});
const good = elfFile({ type: 2, btf: withKfunc(true), ...set(7) });

async function scene(bytes: Uint8Array | undefined, kernel = '6.12.5', config?: string): Promise<Scene> {
  return {
    ...emptyScene(),
    kernel: { value: kernel, from: '--kernel' },
    vmlinux: bytes && (await open(bytes, 'vmlinux')),
    config: config === undefined ? undefined : parseConfig('.config', config),
  };
}

const outcomes = (cases: readonly GateCase[]) =>
  Object.fromEntries(cases.map(({ name, outcome }) => [name, outcome]));

test('a vmlinux in order', async () => {
  const given = await scene(good);
  const cases = gateVmlinux(given.vmlinux, given);
  expect(outcomes(cases)).toEqual({
    'BTF is there': 'passed',
    'Linux 6.12 accepts it': 'passed',
    'variables of sections do not overlap': 'passed',
    'members of structs are in order': 'passed',
    "the tree's libbpf reads it": 'passed',
    'types are sorted by name': 'skipped',
    'ids of .BTF_ids are put in': 'passed',
    'names of .BTF_ids have types': 'passed',
    'names of .BTF_ids are unique': 'passed',
    'sets of .BTF_ids are sorted': 'passed',
    'kfuncs have their tags': 'passed',
    'kfuncs have no implicit arguments': 'skipped',
    'all features were encoded': 'passed',
    'sizes are within limits': 'passed',
  });
  expect(cases.at(-1)?.messages[0]).toBe('8 types of at most 1,048,575');
});

test.each([
  ['no vmlinux', undefined, '6.12', 'BTF is there'],
  ['without BTF', elfFile({ type: 2 }), '6.12', 'BTF is there'],
  [
    'a kind too new',
    elfFile({ type: 2, btf: kernelBtf(b => b.add({ kind: 'FLOAT', name: 'f', size: 7 })) }),
    '6.12',
    'Linux 6.12 accepts it',
  ],
  ['not sorted', good, '7.0', 'types are sorted by name'],
  [
    'never resolved',
    elfFile({ type: 2, btf: withKfunc(true), single: [['func kernel_kfunc', 0]] }),
    '6.12',
    'ids of .BTF_ids are put in',
  ],
  [
    'ids of another BTF',
    elfFile({ type: 2, btf: withKfunc(true), ...set(6) }),
    '6.12',
    'ids of .BTF_ids are put in',
  ],
  ['untagged', elfFile({ type: 2, btf: withKfunc(false), ...set(7) }), '6.12', 'kfuncs have their tags'],
])('%s', async (_, bytes, kernel, name) => {
  const given = await scene(bytes, kernel);
  const failed = gateVmlinux(given.vmlinux, given).filter(({ outcome }) => outcome === 'failed');
  expect(failed.map(one => one.name)).toContain(name);
  expect(failed[0]?.messages[0]).not.toBe('');
});

test('what is allowed is a warning', async () => {
  const given = await scene(elfFile({ type: 2, btf: withKfunc(false), ...set(7) }));
  const [tags] = gateVmlinux(given.vmlinux, given, { allow: new Set(['S77']) }).filter(
    ({ name }) => name === 'kfuncs have their tags',
  );
  expect(tags?.outcome).toBe('warned');
  const refused = await scene(
    elfFile({ type: 2, btf: kernelBtf(b => b.add({ kind: 'FLOAT', name: 'f', size: 7 })) }),
  );
  const acceptance = gateVmlinux(refused.vmlinux, refused, { allow: new Set(['N01']) })[1];
  expect(acceptance?.outcome).toBe('warned');
  expect(acceptance?.messages[0]).toMatch(/^N01: Linux 6\.12 answers -22: /);
});

test('sorted, from 7.0', async () => {
  const sorted = sortByName(Btf.parse(plain)).bytes;
  const given = await scene(elfFile({ type: 2, btf: sorted }), '7.0');
  expect(outcomes(gateVmlinux(given.vmlinux, given))['types are sorted by name']).toBe('passed');
});

test('modules: in order, of another kernel, without BTF', async () => {
  const given = await scene(elfFile({ type: 2, btf: plain }), '6.12', 'CONFIG_DEBUG_INFO_BTF_MODULES=y\n');
  const modinfo = { name: 'm' };
  const ask = async (spec: Parameters<typeof elfFile>[0], within = given) =>
    gateModule(await open(elfFile({ modinfo, ...spec }), 'm.ko'), within, 'drivers/m.ko');
  expect(await ask({ btf: moduleBtf(plain) })).toEqual({
    suite: 'modules',
    name: 'drivers/m.ko',
    outcome: 'passed',
    messages: [],
  });
  const other = kernelBtf(builder => {
    for (let i = 0; i < 8; i++) builder.add({ kind: 'FLOAT', name: `another_name_${i}`, size: 4 });
  });
  const foreign = await ask({ btf: moduleBtf(other) });
  expect(foreign.outcome).toBe('failed');
  expect(foreign.messages[0]).toContain('Linux 6.12 answers -22: ');
  const ofOther = { btf: moduleBtf(plain), modinfo: { name: 'm', vermagic: '6.12.5 SMP' } };
  const exact = { ...given, kernel: { value: '6.12.6', from: '--kernel' } };
  expect((await ask(ofOther, exact)).messages[0]).toContain("N15: m: version magic '6.12.5 SMP");
  expect((await ask({})).outcome).toBe('failed');
  expect((await ask({}, { ...given, config: parseConfig('.config', 'CONFIG_X=y\n') })).outcome).toBe(
    'skipped',
  );
});

test('two builds: the same, another order, other ids, not there', async () => {
  const types = (names: readonly string[]) => {
    const builder = new BtfBuilder();
    for (const name of names) builder.add({ kind: 'FLOAT', name, size: 4 });
    return builder.build();
  };
  const ids = (first: number) => ({ single: [['typedef x', first]] as [string, number][] });
  const one = await open(elfFile({ type: 2, btf: types(['a', 'b', 'c']), ...ids(1) }), 'a/vmlinux');
  const bases = { own: undefined, other: undefined };
  const ask = async (btf: Uint8Array, id = 1) =>
    gateReproducible(one, await open(elfFile({ type: 2, btf, ...ids(id) }), 'b/vmlinux'), 'vmlinux', bases);
  expect((await ask(types(['a', 'b', 'c']))).outcome).toBe('passed');
  const reordered = await ask(types(['a', 'c', 'b']));
  expect(reordered.outcome).toBe('failed');
  expect(reordered.messages).toEqual([
    "3 and 3 types, the same names in another order; the first that differs: type [2] FLOAT 'b' at byte 0x24 of .BTF is [2] FLOAT 'c' there",
  ]);
  expect((await ask(types(['a', 'b', 'c', 'd']))).messages).toEqual(['3 and 4 types, the same up to id 3']);
  expect((await ask(types(['a', 'b', 'c']), 2)).messages).toEqual(['.BTF_ids differs']);
  expect(gateReproducible(one, undefined, 'vmlinux', bases).messages).toEqual([
    'the other build does not have it',
  ]);
});

test('JUnit XML: counts, and whatever a name has in it', () => {
  const cases: GateCase[] = [
    { suite: 'vmlinux', name: 'a', outcome: 'passed', messages: [] },
    { suite: 'vmlinux', name: 'b', outcome: 'skipped', messages: ['why'] },
    {
      suite: 'modules',
      name: 'x<&>"\'\u0001\ud800\n.ko',
      outcome: 'failed',
      messages: ['one "1" & <2>', 'two ]]>'],
    },
    { suite: 'modules', name: 'y', outcome: 'warned', messages: ['look'] },
  ];
  expect(junitXml('gate "x"', cases).split('\n')).toEqual([
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites name="gate &quot;x&quot;" tests="4" failures="1" errors="0" time="0">',
    '  <testsuite name="vmlinux" tests="2" failures="0" errors="0" time="0" skipped="1">',
    '    <testcase classname="btfkit.vmlinux" name="a" time="0"/>',
    '    <testcase classname="btfkit.vmlinux" name="b" time="0">',
    '      <skipped message="why"/>',
    '    </testcase>',
    '  </testsuite>',
    '  <testsuite name="modules" tests="2" failures="1" errors="0" time="0" skipped="0">',
    '    <testcase classname="btfkit.modules" name="x&lt;&amp;&gt;&quot;\'\ufffd\ufffd .ko" time="0">',
    '      <failure message="one &quot;1&quot; &amp; &lt;2&gt;" type="btf">one "1" &amp; &lt;2&gt;',
    'two ]]&gt;</failure>',
    '    </testcase>',
    '    <testcase classname="btfkit.modules" name="y" time="0">',
    '      <system-out>look</system-out>',
    '    </testcase>',
    '  </testsuite>',
    '</testsuites>',
    '',
  ]);
});
