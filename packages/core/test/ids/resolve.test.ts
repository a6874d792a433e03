import { Btf, BtfBuilder } from '@btfkit/core/btf';
import { FormatError, memorySource } from '@btfkit/core/bytes';
import { Elf } from '@btfkit/core/elf';
import { readBtfIds, renumberIds, resolveIds } from '@btfkit/core/ids';
import { sortByName } from '@btfkit/core/rewrite';
import { describe, expect, test } from 'vitest';
import { idsObject } from './build-ids.mjs';

const integer = { kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 } as const;

/** [1] int, [2] a prototype, then functions f0 … f9 from 3 on, backwards, and from 13 on one name in three kinds. */
function build(littleEndian = true): Btf {
  const builder = new BtfBuilder({ littleEndian });
  builder.add(integer);
  builder.add({ kind: 'FUNC_PROTO', name: '', returns: 0, params: [] });
  for (let i = 9; i >= 0; i--) builder.add({ kind: 'FUNC', name: `f${i}`, type: 2, linkage: 0 });
  builder.add({ kind: 'STRUCT', name: 'task', size: 4, kflag: false, members: [] });
  builder.add({ kind: 'UNION', name: 'task', size: 4, kflag: false, members: [] });
  builder.add({ kind: 'TYPEDEF', name: 'task', type: 1 });
  builder.add({ kind: 'STRUCT', name: 'task', size: 8, kflag: false, members: [] });
  return builder.parse();
}
const idOf = (f: number) => 12 - f;

type Lists = Parameters<typeof idsObject>[0];

const read = (bytes: Uint8Array) => readBtfIds(Elf.open(memorySource(bytes, 'a.ko')))!;

/** The object with its ids in place, as a second run finds it. */
function patched(object: Uint8Array, content: Uint8Array): Uint8Array {
  const { offset } = Elf.open(memorySource(object, 'a.ko')).section('.BTF_ids')!;
  const copy = object.slice();
  copy.set(content, offset);
  return copy;
}

function wordsOf(bytes: Uint8Array, little = true): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i, little));
}

const kfuncs: Lists = [
  'struct task',
  'union task',
  'typedef task',
  { kind: 'set', name: 'allow', members: ['func f1', 'func f3', 'func f2'] },
  {
    kind: 'set8',
    name: 'kfuncs',
    flags: 1,
    members: [
      ['func f5', 0x15],
      ['func gone', 0x99],
      ['func f7', 0x17],
      ['func f6', 0x16],
    ],
  },
];
const resolved = [
  13,
  14,
  15,
  ...[3, idOf(3), idOf(2), idOf(1)],
  ...[4, 1, 0, 0x99, idOf(7), 0x17, idOf(6), 0x16, idOf(5), 0x15],
];

describe.each([
  { little: true, is64: true },
  { little: false, is64: true },
  { little: false, is64: false },
])('%o', format => {
  const object = idsObject(kfuncs, format);
  const btf = build(format.little);

  test('ids by kind and name; sets sorted, flags with their ids', () => {
    const { bytes, unresolved, multiple } = resolveIds(read(object), btf);
    expect(wordsOf(bytes, format.little)).toEqual(resolved);
    expect(unresolved).toEqual([{ kind: 'func', name: 'gone' }]);
    expect(multiple).toEqual([]);
  });

  test('a second run changes nothing', () => {
    const once = resolveIds(read(object), btf).bytes;
    expect(resolveIds(read(patched(object, once)), btf).bytes).toEqual(once);
  });

  test('moved along when the types are sorted', () => {
    const once = resolveIds(read(object), btf).bytes;
    const { bytes, ids } = sortByName(btf);
    const sorted = Btf.parse(bytes);
    const moved = renumberIds(read(patched(object, once)), id => ids[id]);
    expect(moved).not.toEqual(once);
    expect(moved).toEqual(resolveIds(read(object), sorted).bytes);
  });
});

describe('several types of one name', () => {
  // Looked up as long as names are left to be found: the second struct of the name is met before the function.
  const builder = new BtfBuilder();
  builder.add({ kind: 'STRUCT', name: 'task', size: 4, kflag: false, members: [] });
  builder.add({ kind: 'STRUCT', name: 'task', size: 8, kflag: false, members: [] });
  builder.add({ kind: 'STRUCT', name: 'file', size: 8, kflag: false, members: [] });
  const btf = builder.parse();

  test('the first counts, the other is told where the search came by', () => {
    const { bytes, multiple } = resolveIds(read(idsObject(['struct task', 'struct file'])), btf);
    expect(wordsOf(bytes)).toEqual([1, 3]);
    expect(multiple).toEqual([{ kind: 'struct', name: 'task', id: 1, other: 2 }]);
  });

  test('not where all were found before', () => {
    expect(resolveIds(read(idsObject(['struct task'])), btf).multiple).toEqual([]);
  });
});

test('what no type has comes kind by kind, the last name first', () => {
  const wanted = ['func a', 'typedef z', 'func b', 'struct y', 'union x', 'struct z', 'func b'];
  const { bytes, unresolved } = resolveIds(read(idsObject(wanted)), build());
  expect(wordsOf(bytes)).toEqual([0, 0, 0, 0, 0, 0, 0]);
  expect(unresolved.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'struct z',
    'struct y',
    'union x',
    'typedef z',
    'func b',
    'func a',
  ]);
});

test('ids of split BTF, and of its base', () => {
  const base = build();
  const builder = new BtfBuilder({ base });
  builder.add({ kind: 'FUNC', name: 'own', type: 2, linkage: 0 });
  const { bytes } = resolveIds(read(idsObject(['func own', 'func f0'])), builder.parse());
  expect(wordsOf(bytes)).toEqual([base.endId, idOf(0)]);
});

describe('refused', () => {
  const expectRefused = (lists: Lists | Uint8Array, problem: string, btf = build()) => {
    const ids = read(lists instanceof Uint8Array ? lists : idsObject(lists));
    expect(() => resolveIds(ids, btf)).toThrow(FormatError);
    expect(() => resolveIds(ids, btf)).toThrow(problem);
  };

  test('a name in more than 100 lists', () => {
    const hundred = Array.from({ length: 100 }, () => 'func f1');
    expect(wordsOf(resolveIds(read(idsObject(hundred)), build()).bytes)).toEqual(hundred.map(() => idOf(1)));
    expectRefused([...hundred, 'func f1'], '.BTF_ids: offset 0x190: symbol f1 is in more than 100 lists');
  });

  test('a second set of one name', () => {
    const set = { kind: 'set', name: 's', members: [] } as const;
    expectRefused(
      [
        { ...set, members: [] },
        { ...set, members: [] },
      ],
      'a second set of the name s',
    );
  });

  test('flags that cannot be told whose they are', () => {
    const object = idsObject(kfuncs);
    const once = resolveIds(read(object), build()).bytes;
    const other = new BtfBuilder();
    other.add({ kind: 'FUNC_PROTO', name: '', returns: 0, params: [] });
    for (const name of ['f5', 'f6', 'f7']) other.add({ kind: 'FUNC', name, type: 1, linkage: 0 });
    expectRefused(patched(object, once), 'set8 kfuncs was resolved against other BTF', other.parse());
    // The same from the start is no question.
    expect(wordsOf(resolveIds(read(object), other.parse()).bytes).slice(-8)).toEqual([
      ...[0, 0x99, 2, 0x15, 3, 0x16, 4, 0x17],
    ]);
  });
});

describe('renumbered', () => {
  test('what is unresolved stays so', () => {
    const object = idsObject(kfuncs);
    const ids = read(object);
    expect(renumberIds(ids, id => id + 5)).toEqual(ids.bytes);
  });

  test('by as much as a module moves behind a kernel', () => {
    const object = idsObject(kfuncs);
    const ids = read(patched(object, resolveIds(read(object), build()).bytes));
    const moved = wordsOf(renumberIds(ids, id => id + 1000));
    expect(moved).toEqual([
      ...[1013, 1014, 1015],
      ...[3, 1009, 1010, 1011],
      ...[4, 1, 0, 0x99, 1005, 0x17, 1006, 0x16, 1007, 0x15],
    ]);
  });
});
