import { Btf, BtfBuilder } from '@btfkit/core/btf';
import { expect, test } from 'vitest';
import { judgeDtors, judgeStructOps } from '../../dist/module/extras.js';

const INT = { kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 } as const;
type Member = { readonly name: string; readonly type: number; readonly bits?: number };

function addStruct(builder: BtfBuilder, name: string, members: readonly Member[]) {
  const kflag = members.some(({ bits }) => bits !== undefined);
  return builder.add({
    kind: 'STRUCT',
    name,
    size: 8 * members.length,
    kflag,
    members: members.map(({ name: member, type, bits = 0 }, i) => ({
      name: member,
      type,
      bitOffset: 64 * i,
      bitfieldSize: bits,
    })),
  });
}

const base = (() => {
  const builder = new BtfBuilder();
  const int = builder.add(INT);
  addStruct(builder, 'bpf_struct_ops_common_value', [{ name: 'refcnt', type: int }]);
  return builder.parse();
})();
const COMMON = base.find('bpf_struct_ops_common_value', 4);

/** A module with struct demo_ops, and the struct around it of these members. */
function module(own: readonly Member[], value: (ops: number) => readonly Member[]): Btf {
  const builder = new BtfBuilder({ base });
  const ops = addStruct(builder, 'demo_ops', own);
  addStruct(builder, 'bpf_struct_ops_demo_ops', value(ops));
  return Btf.parse(builder.build(), { base });
}
const FIELD = { name: 'flags', type: 1 };
const pair = (first: number, second: number) => [
  { name: 'common', type: first },
  { name: 'data', type: second },
];
const judge = (btf: Btf, name: string | undefined = 'demo_ops') => judgeStructOps([{ name }], btf, 'demo')[0];

test('struct_ops: both structs, the one around the other as the kernel wants it', () => {
  const sound = module([FIELD], ops => pair(COMMON, ops));
  expect(judge(sound)).toEqual({ name: 'demo_ops', errno: 0, problems: [] });
  expect(judge(sound, 'other_ops')).toEqual({
    name: 'other_ops',
    errno: 22,
    problems: ['Cannot find struct other_ops in demo', 'Cannot find struct bpf_struct_ops_other_ops in demo'],
  });
  expect(judge(module([FIELD], ops => pair(ops, ops)))).toMatchObject({
    errno: 22,
    problems: ['The first member of bpf_struct_ops_demo_ops should be bpf_struct_ops_common_value'],
  });
  expect(judge(module([FIELD], () => pair(COMMON, COMMON)))).toMatchObject({
    errno: 22,
    problems: ['The second member of bpf_struct_ops_demo_ops should be demo_ops'],
  });
  expect(judge(module([FIELD], () => []))).toMatchObject({
    errno: 22,
    problems: ["The number of bpf_struct_ops_demo_ops's members should be 2, but we get 0"],
  });
  expect(judge(sound, 'o'.repeat(120))?.problems[0]).toMatch(/^struct_ops name o+ is too long$/);
});

test('struct_ops: members', () => {
  const around = (ops: number) => pair(COMMON, ops);
  const many = Array.from({ length: 65 }, (_, i) => ({ name: `f${i}`, type: 1 }));
  expect(judge(module(many, around))).toMatchObject({
    errno: 22,
    problems: ['Cannot support #65 members in struct demo_ops'],
  });
  expect(judge(module([{ name: '', type: 1 }], around))).toMatchObject({
    errno: 95,
    problems: ['anon member in struct demo_ops is not supported'],
  });
  expect(judge(module([{ name: 'low', type: 1, bits: 3 }], around))).toMatchObject({
    errno: 95,
    problems: ['bit field member low in struct demo_ops is not supported'],
  });
});

test('destructors: void f(TYPE *), and void f(void *) where types of calls are checked', () => {
  const builder = new BtfBuilder();
  const int = builder.add(INT);
  const pointers = [
    builder.add({ kind: 'PTR', name: '', type: int }),
    builder.add({ kind: 'PTR', name: '', type: 0 }),
  ];
  const dtor = (name: string, returns: number, params: readonly number[]) => {
    const list = params.map(type => ({ name: 'p', type }));
    const type = builder.add({ kind: 'FUNC_PROTO', name: '', returns, params: list });
    return builder.add({ kind: 'FUNC', name, linkage: 0, type });
  };
  const [typed, plain, wrong] = [
    dtor('put_typed', 0, [pointers[0]!]),
    dtor('put_plain', 0, [pointers[1]!]),
    dtor('put_wrong', int, [pointers[0]!]),
  ];
  const btf = builder.parse();
  const problems = (id: number, cfi: boolean) => {
    const ids = [
      { kind: 'struct', name: 'demo', offset: 0, id: 0 },
      { kind: 'func', name: 'put', offset: 4, id },
    ];
    const registration = { count: 1, owner: 'module' } as const;
    return judgeDtors([registration], { ids } as never, btf, { moved: undefined, cfi });
  };
  expect(problems(typed, false)).toEqual([]);
  expect(problems(plain, true)).toEqual([]);
  expect(problems(typed, true)[0]).toContain('with CONFIG_CFI a destructor must be void f(void *)');
  expect(problems(wrong, false)[0]).toContain('put_wrong: a destructor must be void f(TYPE *)');
  expect(problems(0, false)[0]).toContain('its id is 0');
});
