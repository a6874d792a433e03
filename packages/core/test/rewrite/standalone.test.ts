import { Btf, BtfBuilder, type BtfType, builtinLayout, swapByteOrder, type VoidType } from '@btfkit/core/btf';
import { FormatError } from '@btfkit/core/bytes';
import { remapOnto, standalone } from '@btfkit/core/rewrite';
import { judgeAsLibbpf } from '@btfkit/core/verify';
import { describe, expect, test } from 'vitest';
import { addEveryKind, everyKind } from '../btf/every-kind.js';
import { caseOf } from '../distill/cases.mjs';
import { movedType } from './moved.js';

type Type = Exclude<BtfType, VoidType>;

const int: Type = { kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 };
const struct = (name: string, type: number): Type => ({
  kind: 'STRUCT',
  name,
  size: 8,
  kflag: false,
  members: [{ name: 'next', type, bitOffset: 0, bitfieldSize: 0 }],
});

function build(types: readonly Type[], base?: Btf): Btf {
  const builder = new BtfBuilder({ base });
  for (const type of types) builder.add(type);
  return builder.parse();
}

/** That the result holds the types of `btf` that `ids` names, and nothing else. */
function expectAlone(btf: Btf, { bytes, ids }: ReturnType<typeof standalone>): Btf {
  const alone = Btf.parse(bytes);
  const kept = Array.from(ids.keys()).filter(id => ids[id] !== 0);
  expect(kept.map(id => ids[id])).toEqual(kept.map((_, i) => i + 1));
  expect(alone.endId).toBe(kept.length + 1);
  for (const id of kept) expect(alone.type(ids[id])).toEqual(movedType(btf, id, ids));
  for (let id = btf.startId; id < btf.endId; id++) expect(ids[id]).not.toBe(0);
  return alone;
}

/** Ids of the base that own types lead to, the slow way. */
function reachable(btf: Btf): number[] {
  const reached = new Set<number>();
  const visit = (id: number) => {
    if (id === 0 || reached.has(id)) return;
    reached.add(id);
    // Made-up FWDs lead somewhere, and libbpf follows.
    const seen = btf.type(id).kind === 'FWD' ? [btf.sizeOrType(id)] : [];
    const note = (_: unknown, key: string | symbol) => {
      seen.push(Number(key));
      return 0;
    };
    movedType(btf, id, new Proxy<number[]>([], { get: note }));
    for (const next of seen) visit(next);
  };
  for (let id = btf.startId; id < btf.endId; id++) visit(id);
  return [...reached].filter(id => id < btf.startId).sort((a, b) => a - b);
}

describe('any split BTF', () => {
  test.each(Array.from({ length: 60 }, (_, seed) => 700 + seed))('case %i', seed => {
    const { base, split } = caseOf(seed);
    const btf = Btf.parse(split, { base: Btf.parse(base) });
    const made = standalone(btf);
    const alone = expectAlone(btf, made);
    expect(Array.from(made.ids.keys()).filter(id => id < btf.startId && made.ids[id] !== 0)).toEqual(
      reachable(btf),
    );
    expect(judgeAsLibbpf(made.bytes).accepted).toBe(true);
    expect(standalone(alone).bytes).toEqual(made.bytes);
  });
});

describe('what comes along of the base', () => {
  const base = build([int, struct('unused', 1), { kind: 'PTR', name: '', type: 4 }, struct('node', 3)]);

  test('what own types lead to, round cycles, in its order; each name once', () => {
    const btf = build([{ kind: 'CONST', name: '', type: 4 }, struct('own', 6)], base);
    const { bytes, ids } = standalone(btf);
    const alone = expectAlone(btf, { bytes, ids });
    expect([...ids]).toEqual([0, 0, 0, 1, 2, 3, 4]);
    expect(alone.strings.bytes).toEqual(new TextEncoder().encode('\0node\0next\0own\0'));
    expect(bytes[4]).toBe(24);
  });

  test('of several layers', () => {
    const middle = build([struct('middle', 4), struct('other', 1)], base);
    const top = build(
      [
        { kind: 'PTR', name: '', type: 5 },
        { kind: 'FWD', name: 'gone', target: 'union' },
      ],
      middle,
    );
    const alone = expectAlone(top, standalone(top));
    expect(Array.from({ length: alone.endId - 1 }, (_, i) => alone.typeName(i + 1))).toEqual([
      '',
      'node',
      'middle',
      '',
      'gone',
    ]);
    expect(alone.type(5)).toEqual({ kind: 'FWD', name: 'gone', target: 'union' });
  });

  test('a FWD stays one, whatever the base defines', () => {
    const btf = build(
      [
        { kind: 'FWD', name: 'node', target: 'struct' },
        { kind: 'PTR', name: '', type: 5 },
      ],
      base,
    );
    const alone = expectAlone(btf, standalone(btf));
    expect(alone.endId).toBe(3);
  });

  test('in the byte order and with the length of header that it had', () => {
    const wide = new BtfBuilder({ base: swapped(base), littleEndian: false, headerLength: 32 });
    wide.add(struct('own', 1));
    const btf = wide.parse();
    const { bytes } = standalone(btf);
    const alone = Btf.parse(bytes);
    expect(alone.littleEndian).toBe(false);
    expect(alone.header.headerLength).toBe(32);
  });
});

const swapped = (btf: Btf) => Btf.parse(swapByteOrder(btf));

test('BTF without a base stays as it is', () => {
  const bytes = addEveryKind(new BtfBuilder()).build();
  const { ids } = standalone(Btf.parse(bytes));
  expect([...ids]).toEqual([...ids.keys()]);
  expect(ids.length).toBe(everyKind.length + 1);
});

describe('a base that is broken or not understood, only where it is needed', () => {
  const layout = [...builtinLayout(23), { infoSize: 4, elementSize: 0, flags: 0 }];
  const builder = new BtfBuilder({ layout });
  builder.add(int);
  builder.add(int);
  builder.add({ kind: 'FLOAT', name: 'float', size: 4 });
  const odd = builder.build();
  const view = new DataView(odd.buffer);
  view.setUint32(32 + 16 + 4, 23 << 24, true);
  view.setUint32(32 + 32, 0xffff, true);
  const base = Btf.parse(odd, { name: 'base.btf', references: false });
  const on = (type: number) =>
    Btf.parse(build([{ kind: 'PTR', name: '', type }], base).bytes, { base, name: 's' });

  test('not needed', () => expect(standalone(on(1)).ids[1]).toBe(1));
  test('of an unknown kind', () => {
    expect(() => standalone(on(2))).toThrow(
      'base.btf: types: type [2]: kind 23 is known by its layout only, its references are not',
    );
  });
  test('of a name that is none', () => {
    expect(() => standalone(on(3))).toThrow(/^base\.btf: types: offset 0x20: type \[3\]: FLOAT: name at/);
  });
});

describe('behind a kernel, as when such a module is loaded', () => {
  const kernel = build([int, struct('task', 1), { kind: 'FLOAT', name: 'double', size: 8 }]);

  test('every id moves by the number of its types', () => {
    const alone = Btf.parse(addEveryKind(new BtfBuilder()).build());
    const { bytes, shift } = remapOnto(alone, kernel);
    expect(shift).toBe(3);
    const split = Btf.parse(bytes, { base: kernel });
    const ids = Uint32Array.from({ length: alone.endId }, (_, id) => (id === 0 ? 0 : id + shift));
    expect(split.endId).toBe(alone.endId + shift);
    for (let id = 1; id < alone.endId; id++) expect(split.type(ids[id])).toEqual(movedType(alone, id, ids));
  });

  test('and back: self-contained again, it is what it was', () => {
    const btf = build([{ kind: 'CONST', name: '', type: 2 }, struct('own', 4)], kernel);
    const alone = Btf.parse(standalone(btf).bytes);
    const split = Btf.parse(remapOnto(alone, kernel).bytes, { base: kernel });
    expect(standalone(split).bytes).toEqual(alone.bytes);
  });

  test('not with a base of its own', () => {
    const btf = build([struct('own', 1)], kernel);
    expect(() => remapOnto(btf, kernel)).toThrow(FormatError);
    expect(() => remapOnto(btf, kernel)).toThrow('stands on a base already');
  });
});
