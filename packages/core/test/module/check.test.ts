import { Btf, BtfBuilder } from '@btfkit/core/btf';
import { memorySource } from '@btfkit/core/bytes';
import { distill } from '@btfkit/core/distill';
import { Elf } from '@btfkit/core/elf';
import { type CheckOptions, ModuleChecker } from '@btfkit/core/module';
import { describe, expect, test } from 'vitest';
import { buildModule } from './build-module.mjs';

const int = { kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 } as const;

/** A kernel's types: 1 int, 2 struct module, 3 struct task_struct, 4 pointer to it, 5 and 6 a function; more by demand. */
function kernel(structSize = 64, ...before: string[]): Btf {
  const builder = new BtfBuilder();
  for (const name of before) builder.add({ ...int, name });
  const id = builder.add(int);
  const members = [{ name: 'state', type: id, bitOffset: 0, bitfieldSize: 0 }];
  builder.add({ kind: 'STRUCT', name: 'module', size: structSize, kflag: false, members });
  const task = builder.add({ kind: 'STRUCT', name: 'task_struct', size: 128, kflag: false, members });
  builder.add({ kind: 'PTR', name: '', type: task });
  const proto = builder.add({ kind: 'FUNC_PROTO', name: '', returns: id, params: [] });
  builder.add({ kind: 'FUNC', name: 'schedule', linkage: 0, type: proto });
  return builder.parse();
}

type Params = readonly { readonly name: string; readonly type: number }[];

/** Split BTF: functions in their order, each with a prototype of its own; the ids of the functions. */
function split(base: Btf, functions: readonly (readonly [string, number, Params])[]) {
  const builder = new BtfBuilder({ base });
  const state = builder.add({ kind: 'STRUCT', name: 'bpf_iter_demo', size: 8, kflag: false, members: [] });
  const pointer = builder.add({ kind: 'PTR', name: '', type: state });
  const ids = functions.map(([name, type, params]) => {
    const own = params.map(param => ({ ...param, type: param.type < 0 ? pointer : param.type }));
    const proto = builder.add({ kind: 'FUNC_PROTO', name: '', returns: type, params: own });
    return builder.add({ kind: 'FUNC', name, linkage: 0, type: proto });
  });
  return { btf: builder.build(), ids, pointer };
}

const base = kernel();
const task: Params = [{ name: 'task', type: 4 }];
const plain = split(base, [['demo_kfunc', 1, task]]);
const functions = ['demo_kfunc'];
const XDP = 6;

function check(bytes: Uint8Array, options: Partial<CheckOptions> = {}, vmlinux = base.bytes) {
  const checker = new ModuleChecker(vmlinux, { release: '6.12', ...options });
  return checker.check(Elf.open(memorySource(bytes, 'demo.ko')));
}

const setOf = (id: number, more: object = {}) => ({
  name: 'demo_ids',
  pairs: [{ id, func: 'demo_kfunc' }],
  ...more,
});

describe('kfuncs', () => {
  const module = { btf: plain.btf, functions };
  const good = { ...module, sets: [setOf(plain.ids[0]!)], calls: [{ type: XDP, set: 0 }] };

  test('a set that is in order', () => {
    const report = check(buildModule(good));
    expect(report.loads).toBe(true);
    expect(report.btf).toEqual({ accepted: true, errno: 0, dmesg: [] });
    expect(report.mismatch).toBeNull();
    expect(report.notes).toEqual([]);
    expect(report.kfuncSets).toEqual([
      {
        name: 'demo_ids',
        count: 1,
        registered: true,
        hook: 'XDP',
        programType: 'BPF_PROG_TYPE_XDP',
        errno: 0,
        problems: [],
      },
    ]);
  });

  test('a set that no call registers', () => {
    const [set] = check(buildModule({ ...good, calls: [] })).kfuncSets;
    expect(set).toMatchObject({ registered: false, hook: 'unknown', errno: 0 });
  });

  test.each([
    ['flags', { sets: [setOf(plain.ids[0]!, { flags: 0 })] }, 22, /lack BTF_SET8_KFUNCS/],
    ['id 0', { sets: [setOf(0)] }, 22, /its id is 0/],
    ['no FUNC', { sets: [setOf(1)] }, 22, /type id 1 is no FUNC/],
    ['past the end', { sets: [setOf(5000)] }, 22, /type id 5000 does not exist/],
    ['no owner', { calls: [{ type: XDP, set: 0, owner: false }] }, 22, /owner is NULL/],
    ['no hook', { calls: [{ type: 17, set: 0 }] }, 22, /BPF_PROG_TYPE_RAW_TRACEPOINT has no hook/],
    ['never resolved', { sets: [setOf(0, { count: 0 })] }, 0, /never resolved/],
  ])('%s', (_, change, errno, problem) => {
    const [set] = check(buildModule({ ...good, ...change })).kfuncSets;
    expect(set!.errno).toBe(errno);
    expect(set!.problems.join('\n')).toMatch(problem);
  });

  test('releases differ', () => {
    const noFlag = buildModule({ ...good, sets: [setOf(plain.ids[0]!, { flags: 0 })] });
    expect(check(noFlag, { release: '6.8' }).kfuncSets[0]!.errno).toBe(0);
    const tracepoint = buildModule({ ...good, calls: [{ type: 17, set: 0 }] });
    expect(check(tracepoint, { release: '7.0' }).kfuncSets[0]).toMatchObject({ errno: 0, hook: 'TRACING' });
    const noFunc = buildModule({ ...good, sets: [setOf(1)] });
    expect(check(noFunc, { release: '6.3' }).kfuncSets[0]!.errno).toBe(0);
  });

  test('TRACING and LSM share a hook: the second drops the first', () => {
    const calls = [26, 29, 27].map(type => ({ type, set: 0 }));
    const sets = check(buildModule({ ...good, calls })).kfuncSets;
    expect(sets.map(({ hook, errno }) => `${hook} ${errno}`)).toEqual([
      'TRACING 0',
      'TRACING 22',
      'STRUCT_OPS 0',
    ]);
    expect(sets[1]!.problems.join('\n')).toMatch(/dropped with it: TRACING/);
  });

  test('257 in a hook', () => {
    const many = (length: number) => ({
      name: `ids${length}`,
      pairs: Array.from({ length }, () => ({ id: plain.ids[0]!, func: 'demo_kfunc' })),
    });
    const calls = [
      { type: 31, set: 0 },
      { type: XDP, set: 1 },
    ];
    const sets = check(buildModule({ ...module, sets: [many(256), many(257)], calls })).kfuncSets;
    expect(sets.map(({ errno }) => errno)).toEqual([0, 7]);
  });

  test.each([
    ['in order', 'bpf_iter_demo_new', 1, [-1, 1], 0x100, ''],
    ['another name', 'bpf_iter_other_new', 1, [-1, 1], 0x100, 'must be called bpf_iter_demo_new'],
    ['no state', 'bpf_iter_demo_new', 1, [1], 0x100, 'no pointer to a struct bpf_iter_'],
    ['next returns a number', 'bpf_iter_demo_next', 1, [-1], 0x200, 'must return a pointer'],
    ['destroy returns a number', 'bpf_iter_demo_destroy', 1, [-1], 0x400, 'must return nothing'],
    ['next takes more', 'bpf_iter_demo_next', 4, [-1, 1], 0x200, 'only the constructor'],
    ['two at once', 'bpf_iter_demo_new', 1, [-1], 0x300, 'only one of'],
  ])('iterators: %s', (_, name, returns, params, flags, problem) => {
    const made = split(base, [[name, returns, params.map((type, i) => ({ name: `p${i}`, type }))]]);
    const sets = [{ name: 'ids', pairs: [{ id: made.ids[0]!, flags, func: name }] }];
    const bytes = buildModule({ btf: made.btf, functions: [name], sets, calls: [{ type: XDP, set: 0 }] });
    const [set] = check(bytes).kfuncSets;
    expect(set!.errno).toBe(problem === '' ? 0 : 22);
    expect(set!.problems.join('\n')).toContain(problem);
  });

  test('a module without BTF registers nothing, and is told that it did', () => {
    const report = check(buildModule({ ...good, btf: new Uint8Array(0) }));
    expect(report.btf).toEqual({
      accepted: false,
      errno: 0,
      dmesg: ['missing module BTF, cannot register kfunc'],
    });
    expect(report.kfuncSets[0]!.errno).toBe(0);
  });

  test('ids of a module with .BTF.base are moved with it', () => {
    const distilled = distill(Btf.parse(plain.btf, { base }));
    const own = Btf.parse(distilled.split, { base: Btf.parse(distilled.base) });
    const id = own.find('demo_kfunc');
    const bytes = buildModule({ ...good, btf: distilled.split, base: distilled.base, sets: [setOf(id)] });
    const other = kernel(64, 'a', 'bb', 'ccc').bytes;
    expect(check(bytes, {}, other)).toMatchObject({ loads: true, mismatch: null, kfuncSets: [{ errno: 0 }] });
    const beyond = buildModule({ ...good, btf: distilled.split, base: distilled.base, sets: [setOf(900)] });
    expect(check(beyond, {}, other).kfuncSets[0]!.problems[0]).toMatch(/^undefined/);
  });
});

describe('BTF that is refused', () => {
  const bad = plain.btf.slice();
  bad[0] = 0;
  const bytes = buildModule({
    btf: bad,
    functions,
    sets: [setOf(plain.ids[0]!)],
    calls: [{ type: XDP, set: 0 }],
  });

  test('stops the load', () => {
    const report = check(bytes);
    expect(report.loads).toBe(false);
    expect(report.btf).toEqual({
      accepted: false,
      errno: 22,
      dmesg: ['BPF: Invalid magic', 'failed to validate module [demo] BTF: -22'],
    });
  });

  test('is dropped under MODULE_ALLOW_BTF_MISMATCH', () => {
    const report = check(bytes, { allowMismatch: true });
    expect(report.loads).toBe(true);
    expect(report.btf).toEqual({
      accepted: false,
      errno: 0,
      dmesg: [
        'BPF: Invalid magic',
        'Kernel module BTF mismatch detected, BTF debug info may be unavailable for some modules',
        'missing module BTF, cannot register kfunc',
      ],
    });
  });

  test('without what is said of types, where those are allowed to differ', () => {
    const builder = new BtfBuilder({ base });
    builder.add({ kind: 'TYPEDEF', name: 'a-b', type: 1 });
    const module = buildModule({ btf: builder.build() });
    expect(check(module).btf.dmesg).toContain('BPF: Invalid name');
    expect(check(module, { allowMismatch: true }).btf.dmesg).toHaveLength(1);
    // Before 6.3 all was said.
    expect(check(module, { allowMismatch: true, release: '6.2' }).btf.dmesg.at(-1)).toBe(
      'failed to validate module [demo] BTF: -22',
    );
  });
});

describe('BTF that is taken and means something else', () => {
  const bytes = buildModule({ btf: plain.btf, functions });

  test('on its own base nothing is said', () => {
    expect(check(bytes).mismatch).toBeNull();
  });

  test('names in the middle of strings', () => {
    // As many bytes of strings more as make each name begin at its last letters.
    const { btf, mismatch } = check(bytes, {}, kernel(64, 'q').bytes);
    expect(btf.accepted).toBe(true);
    expect(mismatch?.confidence).toBe('certain');
    expect(mismatch?.evidence.join('\n')).toMatch(/a piece of '/);
    expect(mismatch?.evidence.at(-1)).toMatch(/fit a base with \d+ bytes of strings/);
  });

  test('ids that lead elsewhere, names all right', () => {
    const builder = new BtfBuilder();
    for (let id = 1; id < base.endId; id++) builder.add(base.type(id) as Parameters<BtfBuilder['add']>[0]);
    builder.add({ kind: 'PTR', name: '', type: 1 });
    const { btf, mismatch } = check(bytes, {}, builder.build());
    expect(btf.accepted).toBe(true);
    expect(mismatch).not.toBeNull();
  });

  test('functions without a symbol', () => {
    const { mismatch } = check(buildModule({ btf: plain.btf, functions: ['another'] }));
    expect(mismatch).toMatchObject({ confidence: 'likely' });
    expect(mismatch?.evidence[0]).toContain("'demo_kfunc'");
  });
});

describe('what comes before BTF', () => {
  const module = {
    btf: plain.btf,
    functions,
    versions: [
      ['module_layout', 0x1234],
      ['printk', 0xfffffffe],
    ] as [string, number][],
  };
  const bytes = buildModule(module);
  const crcs = (layout: number, printk: number) =>
    new Map([
      ['module_layout', layout],
      ['printk', printk],
    ]);

  test('checksums that agree', () => {
    expect(check(bytes, { symvers: crcs(0x1234, 0xfffffffe), version: '6.12.99' }).loads).toBe(true);
  });

  test('checksums that do not', () => {
    const report = check(bytes, { symvers: crcs(1, 2) });
    expect(report.loads).toBe(false);
    expect(report.notes).toEqual([
      'demo: disagrees about version of symbol module_layout (the load fails with -8)',
      'demo: disagrees about version of symbol printk; demo: Unknown symbol printk (err -22) (the load fails with -22)',
    ]);
    // The verdict on BTF is given all the same.
    expect(report.btf.accepted).toBe(true);
  });

  test('the release counts where there are no checksums', () => {
    const { versions: _, ...without } = module;
    const plainModule = buildModule(without);
    expect(check(plainModule, { version: '6.12' }).loads).toBe(true);
    expect(check(plainModule, { version: '6.12.117' }).loads).toBe(true);
    const report = check(plainModule, { version: '6.12.11' });
    expect(report.loads).toBe(false);
    expect(report.notes[0]).toContain(
      "version magic '6.12.117 SMP preempt mod_unload modversions ' should be '6.12.11 ",
    );
  });

  test('the configuration has its part in the version magic', () => {
    const config = new Map(
      ['SMP', 'MODULE_UNLOAD', 'MODVERSIONS', 'DEBUG_INFO_BTF_MODULES'].map(name => [name, 'y']),
    );
    expect(check(bytes, { config }).loads).toBe(false);
    expect(check(bytes, { config: new Map([...config, ['PREEMPT_BUILD', 'y']]) }).loads).toBe(true);
    // A hash of the seed stands there as well.
    expect(check(bytes, { config: new Map([...config, ['RANDSTRUCT', 'y']]) }).loads).toBe(true);
  });

  test('a struct module of another size', () => {
    const report = check(bytes, {}, kernel(72).bytes);
    expect(report.loads).toBe(false);
    expect(report.notes[0]).toMatch(/64 bytes, struct module has 72/);
    expect(check(bytes, { release: '6.3' }, kernel(72).bytes).loads).toBe(true);
  });

  test('symbols that the kernel does not have', () => {
    const needy = buildModule({ ...module, needs: ['gone'] });
    const symbols = new Set(['register_btf_kfunc_id_set']);
    expect(check(needy, { symbols }).notes).toEqual([
      'demo: Unknown symbol gone (err -2) (the load fails with -2)',
    ]);
    // Another module may bring it.
    expect(check(buildModule({ ...module, needs: ['gone'], depends: 'other' }), { symbols }).loads).toBe(
      true,
    );
  });
});
