import { type Btf, BtfBuilder, type BtfType, type VoidType } from '@btfkit/core/btf';
import { describe, expect, test } from 'vitest';
import { btfkit, scratchFolder } from './run.js';

type Type = Exclude<BtfType, VoidType>;

const scratch = scratchFolder();

function build(types: readonly Type[], base?: Btf): Btf {
  const builder = new BtfBuilder({ base });
  for (const type of types) builder.add(type);
  return builder.parse();
}

const member = (name: string, type: number, bitOffset: number, bitfieldSize = 0) => ({
  name,
  type,
  bitOffset,
  bitfieldSize,
});
const int: Type = { kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 };
const pointer: Type = { kind: 'PTR', name: '', type: 0 };
const proto = (...names: string[]): Type => ({
  kind: 'FUNC_PROTO',
  name: '',
  returns: 1,
  params: names.map(name => ({ name, type: 1 })),
});
const func = (name: string, type: number): Type => ({ kind: 'FUNC', name, type, linkage: 0 });

const old = build([
  int,
  pointer,
  {
    kind: 'STRUCT',
    name: 'packet',
    size: 16,
    kflag: true,
    members: [member('len', 1, 0), member('urgent', 1, 32, 1), member('stamp', 1, 64), member('data', 2, 64)],
  },
  { kind: 'ENUM', name: 'state', size: 4, signed: false, values: [{ name: 'OPEN', value: 1 }] },
  proto('a'),
  func('send', 5),
  func('gone', 5),
]);
const recent = build([
  int,
  pointer,
  {
    kind: 'STRUCT',
    name: 'packet',
    size: 24,
    kflag: true,
    members: [member('mark', 1, 0), member('len', 1, 32), member('urgent', 1, 67, 1), member('data', 1, 128)],
  },
  { kind: 'ENUM', name: 'state', size: 4, signed: false, values: [{ name: 'OPEN', value: 2 }] },
  proto('a', 'flags'),
  func('send', 5),
  { kind: 'ENUM', name: '', size: 4, signed: false, values: [{ name: 'LIMIT', value: 9 }] },
]);
const a = scratch.write('a.btf', old.bytes);
const b = scratch.write('b.btf', recent.bytes);

const packet = `
struct packet  size 16 -> 24                                      CO-RE follows; modules: layout
  + mark    int at 0
  ~ len     offset 0 -> 4                                         CO-RE follows; modules: layout
  ~ urgent  offset 4 -> 8:3                                       CO-RE follows; modules: layout
  - stamp   int at 8                                              BPF: existence; modules: existence
  ~ data    offset 8 -> 16  void * -> int                         BPF: kind; modules: layout
`;
const rest = `
+ enum { LIMIT, … }

enum state
  ~ OPEN  1 -> 2                                                  BPF: value; modules: value

- func gone  int gone(int a)                                      BPF: attach; modules: existence

func send
  + parameter flags  int                                          BPF: call; modules: call
`;

/** What comes behind the legend of the summary. */
const details = (stdout: string) =>
  stdout.slice(stdout.search(/\n\n(?=[+-]? ?(struct|enum|func) [\w{ ]+.*\n)/) + 1);

describe('diff', () => {
  test('a summary with what breaks, and what the words mean', () => {
    const { status, stdout, stderr } = btfkit('diff', a, b);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    const [head, blank, ...lines] = stdout.split('\n');
    expect(head).toBe(`${a} -> ${b}: 5 types differ; 4 break BPF programs, 4 break modules that use them`);
    expect(blank).toBe('');
    expect(lines.slice(0, lines.indexOf(''))).toEqual([
      '                      count  BPF programs  modules',
      'struct      resized       1  follows       layout',
      'enum        appeared      1',
      'func        went          1  attach        existence',
      'member      appeared      1',
      '            went          1  existence     existence',
      '            moved         3  follows       layout',
      '            retyped       1  kind          layout',
      'enumerator  value         1  value         value',
      'parameter   appeared      1  call          call',
    ]);
    expect(stdout).toContain('\n  attach     nothing to attach to or to call\n');
    expect(stdout).not.toContain('\n  size ');
  });

  test('all of it', () => {
    expect(details(btfkit('diff', a, b, '--all').stdout)).toBe(packet + rest);
  });

  test('some names, and only those count', () => {
    const { status, stdout } = btfkit('diff', a, b, 'packet');
    expect(status).toBe(1);
    expect(stdout).toMatch(/: 1 type differs; /);
    expect(details(stdout)).toBe(packet);
    expect(btfkit('diff', a, b, 'int')).toEqual({
      status: 0,
      stdout: `${a} -> ${b}: no difference\n`,
      stderr: '',
    });
    expect(details(btfkit('diff', a, b, 'LIMIT').stdout)).toBe('\n+ enum { LIMIT, … }\n');
    expect(btfkit('diff', a, b, 'packet', 'nothing')).toEqual({
      status: 1,
      stdout: '',
      stderr: `btfkit: neither ${a} nor ${b} has a type of the name nothing\n`,
    });
  });

  test('some kinds, and only what breaks somebody', () => {
    const { stdout } = btfkit('diff', a, b, '--all', '--kind', 'struct', '--breaks', 'program');
    expect(details(stdout)).toBe(`
struct packet
  - stamp  int at 8                                               BPF: existence; modules: existence
  ~ data   void * -> int                                          BPF: kind; modules: layout
`);
    expect(btfkit('diff', a, a, '--kind', 'class')).toMatchObject({ status: 2, stdout: '' });
    expect(btfkit('diff', a, a, '--breaks', 'nobody')).toMatchObject({ status: 2, stdout: '' });
  });

  test('no difference: status 0', () => {
    expect(btfkit('diff', a, a)).toEqual({ status: 0, stdout: `${a} -> ${a}: no difference\n`, stderr: '' });
    const { status, stdout } = btfkit('diff', a, a, '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      a,
      b: a,
      summary: { types: 0, breakPrograms: 0, breakModules: 0, rows: [] },
      differences: [],
    });
  });

  test('JSON has all of it', () => {
    const { status, stdout, stderr } = btfkit('diff', a, b, '--json');
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    const { summary, differences } = JSON.parse(stdout);
    expect(summary).toMatchObject({ types: 5, breakPrograms: 4, breakModules: 4 });
    expect(summary.rows).toHaveLength(9);
    expect(differences.map(({ kind, name, what }: Record<string, string>) => [kind, name, what])).toEqual([
      ['struct', 'packet', 'changed'],
      ['enum', 'LIMIT', 'appeared'],
      ['enum', 'state', 'changed'],
      ['func', 'gone', 'went'],
      ['func', 'send', 'changed'],
    ]);
    expect(differences[0]).toEqual({
      kind: 'struct',
      name: 'packet',
      anonymous: false,
      what: 'changed',
      a: 3,
      b: 3,
      changes: expect.arrayContaining([
        {
          subject: 'member',
          what: 'moved',
          name: 'urgent',
          from: 32,
          to: 67,
          program: 'follows',
          module: 'layout',
          offset: 67,
        },
      ]),
    });
  });

  test('split BTF on the bases of each', () => {
    const own = (size: number, type: number): Type => ({
      kind: 'STRUCT',
      name: 'own',
      size,
      kflag: false,
      members: [member('packet', type, 0)],
    });
    const one = scratch.write('one.btf', build([own(16, 3)], old).bytes);
    const other = scratch.write('other.btf', build([own(24, 3)], recent).bytes);
    const { status, stdout } = btfkit('diff', one, other, '--base-a', a, '--base-b', b, '--all');
    expect(status).toBe(1);
    expect(details(stdout)).toBe(`
struct own  size 16 -> 24                                         CO-RE follows; modules: layout
  ~ packet  size 16 -> 24                                         CO-RE follows; modules: layout
`);
    expect(btfkit('diff', one, one, '--base-a', a, '--base-b', a).status).toBe(0);
    expect(btfkit('diff', one, other, '--base-a', a)).toMatchObject({ status: 3, stdout: '' });
  });

  test('what cannot be read, or has no end', () => {
    const missing = scratch.path('missing.btf');
    expect(btfkit('diff', a, missing)).toEqual({
      status: 3,
      stdout: '',
      stderr: `btfkit: ${missing}: no such file or directory\n`,
    });
    const endless = scratch.write(
      'endless.btf',
      build([
        { kind: 'TYPEDEF', name: 't', type: 2 },
        { kind: 'CONST', name: '', type: 3 },
        { kind: 'VOLATILE', name: '', type: 2 },
      ]).bytes,
    );
    const { status, stdout, stderr } = btfkit('diff', endless, endless, '--json');
    expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
    expect(stderr).toMatch(/^btfkit: .*endless\.btf: types: type \[\d\]: leads back to itself.*\n$/);
    expect(btfkit('diff', a)).toMatchObject({ status: 2, stdout: '' });
  });
});
