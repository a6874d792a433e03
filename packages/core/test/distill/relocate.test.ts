import { Btf, BtfBuilder, type BtfType, swapByteOrder, type VoidType } from '@btfkit/core/btf';
import { FormatError } from '@btfkit/core/bytes';
import { DistillError, distill, relocate } from '@btfkit/core/distill';
import { describe, expect, test } from 'vitest';
import { listing } from '../dedup/listing.mjs';
import { caseOf } from './cases.mjs';

type Type = Exclude<BtfType, VoidType>;

const int: Type = { kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 };
const pointer = (type: number): Type => ({ kind: 'PTR', name: '', type });
const typedef = (name: string, type: number): Type => ({ kind: 'TYPEDEF', name, type });
const forward = (name: string, target: 'struct' | 'union' = 'struct'): Type => ({
  kind: 'FWD',
  name,
  target,
});
const enumeration = (kind: 'ENUM' | 'ENUM64', name: string, size: number): Type =>
  ({ kind, name, size, signed: false, values: [] }) as Type;
const composite = (
  kind: 'STRUCT' | 'UNION',
  name: string,
  size: number,
  members: readonly number[] = [],
  kflag = false,
): Type => ({
  kind,
  name,
  size,
  kflag,
  members: members.map((type, i) => ({ name: `m${i}`, type, bitOffset: 32 * i, bitfieldSize: 0 })),
});
const struct = (name: string, size: number, ...members: number[]) => composite('STRUCT', name, size, members);

function build(types: readonly Type[], base?: Btf): Btf {
  const builder = new BtfBuilder({ base });
  for (const type of types) builder.add(type);
  return builder.parse();
}

/** Where split types on this distilled base come to on the target. */
function moved(base: readonly Type[], split: readonly Type[], target: readonly Type[]): string[] {
  const onto = build(target);
  const bytes = relocate(build(split, build(base)), onto).split;
  return listing(Btf.parse(bytes, { base: onto }));
}

test("what is relocated is not changed, in a Buffer of Node's neither", () => {
  const base = build([struct('first', 4, 1), int]);
  const split = build([pointer(2)], build([int, struct('first', 4, 1)]));
  const bytes = Buffer.from(split.bytes);
  const again = Btf.parse(bytes, { base: split.base! });
  relocate(again, base);
  expect(new Uint8Array(bytes)).toEqual(split.bytes);
});

describe('what stands for what', () => {
  /** A pointer to the one type of the base, and what it points to on the target; 0 where there is no match. */
  const match = (wanted: Type, ...target: Type[]) => {
    try {
      const [line] = moved([wanted], [pointer(1)], target);
      return JSON.parse(line!.slice('PTR  '.length)).type;
    } catch (error) {
      if (error instanceof DistillError && error.problem.includes('is not mapped')) return 0;
      throw error;
    }
  };
  const other = typedef('other', 0);

  test.each<[string, Type, Type[], number]>([
    ['an INT', int, [other, int], 2],
    ['an INT of another size', int, [{ ...int, size: 8 } as Type], 0],
    ['an INT of other signedness', int, [{ ...int, encoding: 0 } as Type], 0],
    ['an INT of other bits', int, [{ ...int, bits: 31 } as Type], 1],
    ['an INT by the name of a typedef', int, [typedef('int', 0)], 0],
    ['a FLOAT', { kind: 'FLOAT', name: 'f', size: 4 }, [{ kind: 'FLOAT', name: 'f', size: 4 }], 1],
    ['a FLOAT that became an INT', { kind: 'FLOAT', name: 'int', size: 4 }, [int], 0],
    ['an ENUM', enumeration('ENUM', 'e', 4), [enumeration('ENUM', 'e', 4)], 1],
    ['an ENUM that is an ENUM64', enumeration('ENUM', 'e', 8), [enumeration('ENUM64', 'e', 8)], 1],
    ['an ENUM of another size', enumeration('ENUM', 'e', 4), [enumeration('ENUM64', 'e', 8)], 0],
    ['a STRUCT of another size, by pointer', struct('s', 8), [struct('s', 16)], 1],
    ['a STRUCT that became a UNION', struct('s', 8), [composite('UNION', 's', 8)], 1],
    ['a STRUCT that became a declaration', struct('s', 8), [forward('s')], 1],
    ['a STRUCT by the name of an INT of its size', struct('int', 4), [int], 1],
    ['one of two STRUCTs of the name, by size', struct('s', 8), [struct('s', 16), struct('s', 8)], 2],
    ['none of two STRUCTs of the name', struct('s', 8), [struct('s', 16), struct('s', 4)], 0],
    ['sizes by their lower 31 bits', struct('s', 8), [struct('s', 16), struct('s', 2 ** 31 + 8)], 2],
    ['a FWD', forward('s'), [forward('s')], 1],
    ['a FWD of a union', forward('s', 'union'), [forward('s')], 0],
    ['a FWD that is defined', forward('s'), [struct('s', 8)], 1],
    ['a FWD that is defined with bitfields', forward('s'), [composite('STRUCT', 's', 8, [], true)], 0],
    ['a FWD of a union that is defined', forward('s', 'union'), [composite('UNION', 's', 8)], 0],
    [
      'a FWD of a union that is defined with bitfields',
      forward('s', 'union'),
      [composite('UNION', 's', 8, [], true)],
      1,
    ],
  ])('%s', (_, wanted, target, expected) => {
    expect(match(wanted, ...target)).toBe(expected);
  });

  test.each<[string, Type[]]>([
    ['itself', []],
    ['a typedef of a const', [typedef('t', 5), { kind: 'CONST', name: '', type: 1 }]],
    [
      'an array behind volatile and a tag',
      [
        { kind: 'TYPE_TAG', name: 'tag', type: 5, attribute: false },
        { kind: 'VOLATILE', name: '', type: 6 },
        { kind: 'ARRAY', name: '', element: 1, index: 2, length: 2 },
      ],
    ],
  ])('by value a STRUCT must have its size: %s', (_, way) => {
    const base = [struct('s', 8), int];
    const holder = struct('holder', 16, 2, way.length === 0 ? 1 : 4);
    expect(moved(base, [holder, ...way], [int, struct('s', 8)])).toHaveLength(1 + way.length);
    expect(() => moved(base, [holder, ...way], [int, struct('s', 16)])).toThrow(
      "distilled base BTF type 's' [1] is not mapped to base BTF id (EINVAL)",
    );
    // Behind a pointer it does not count.
    expect(moved(base, [pointer(1), struct('holder', 8, 3)], [int, struct('s', 16)])).toHaveLength(2);
  });

  test('two types of a name in the distilled base may mean the same', () => {
    const lines = moved([struct('s', 8), forward('s')], [pointer(1), pointer(2)], [struct('s', 8)]);
    expect(lines).toEqual(['PTR  {"type":1}', 'PTR  {"type":1}']);
  });
});

describe('what libbpf refuses', () => {
  test.each<[string, Type[], Type[], string, number | undefined]>([
    [
      'a kind that is none of a distilled base',
      [int, pointer(1)],
      [int],
      'type [2] in distilled based BTF has unexpected kind [2]',
      2,
    ],
    [
      'an ENUM64 in it',
      [enumeration('ENUM64', 'e', 8)],
      [int],
      'type [1] in distilled based BTF has unexpected kind [19]',
      1,
    ],
    [
      'a type without a name',
      [struct('', 4)],
      [int],
      'type [1], kind [4] is invalid for distilled base BTF; it is anonymous',
      1,
    ],
    [
      'two that could be meant',
      [int, struct('s', 8)],
      [struct('s', 8), int, struct('s', 8)],
      "distilled base BTF type 's' [2], size 8 has multiple candidates of the same size (ids [3, 1]) in base BTF",
      2,
    ],
    ['none', [int], [], "distilled base BTF type 'int' [1] is not mapped to base BTF id", 1],
  ])('%s', (_, base, target, problem, typeId) => {
    const split = Btf.parse(build([pointer(1)], build(base)).bytes, { base: build(base), name: 'module' });
    expect(() => relocate(split, build(target))).toThrow(
      expect.objectContaining({
        name: 'DistillError',
        errno: 22,
        problem,
        typeId,
        message: `module: ${problem} (EINVAL)`,
      }),
    );
  });

  test('a name of the distilled base that is no type of it: ENOENT', () => {
    const base = build([struct('s', 4, 0)]);
    const blob = build([typedef('t', 1)], base).bytes.slice();
    // "m0", the name of the member.
    new DataView(blob.buffer).setUint32(24, 3, true);
    expect(() => relocate(Btf.parse(blob, { base }), build([struct('s', 4)]))).toThrow(
      expect.objectContaining({
        errno: 2,
        errnoName: 'ENOENT',
        problem: "string '' [offset 3] is not mapped to base BTF",
        typeId: undefined,
      }),
    );
  });

  test('BTF on no base, or on the target already', () => {
    const base = build([int]);
    expect(() => relocate(base, build([int]))).toThrow('does not stand on a distilled base');
    expect(() => relocate(build([pointer(1)], base), base)).toThrow('does not stand on a distilled base');
  });

  test('a kind that only the layout section describes', () => {
    const layout = Array.from({ length: 31 }, () => ({ infoSize: 0, elementSize: 0, flags: 0 }));
    const builder = new BtfBuilder({ base: build([int]), layout });
    builder.add({ kind: 'UNKNOWN', name: '', info: 30 << 24, sizeOrType: 1, words: [] });
    expect(() => relocate(builder.parse(), build([int]))).toThrow('type [2] is of kind 30');
  });
});

describe('the result', () => {
  /** A type as far as its names, whatever its id. */
  const outline = (btf: Btf, id: number): string => {
    const type = btf.type(id);
    if (type.name !== '' || id === 0) return type.name;
    const inner = (other: number): string => outline(btf, other);
    if ('members' in type)
      return `${type.kind}{${type.members.map(m => `${m.name}:${btf.type(m.type).name}`)}}`;
    return 'type' in type ? `${type.kind} ${inner(type.type)}` : type.kind;
  };

  test('back on the base that it was distilled from, each type means what it meant', () => {
    let done = 0;
    for (let seed = 0; seed < 300; seed++) {
      const blobs = caseOf(seed);
      const base = Btf.parse(blobs.base);
      const split = Btf.parse(blobs.split, { base });
      try {
        const distilled = distill(split);
        const onDistilled = Btf.parse(distilled.split, { base: Btf.parse(distilled.base) });
        const back = Btf.parse(relocate(onDistilled, base).split, { base });
        expect(back.startId).toBe(split.startId);
        for (let id = split.startId; id < split.endId; id++) {
          expect(back.type(id).kind).toBe(split.type(id).kind);
          expect(outline(back, id)).toBe(outline(split, id));
        }
        done++;
      } catch (error) {
        // Several types of one name and size are beyond it.
        if (!(error instanceof DistillError)) throw error;
      }
    }
    expect(done).toBeGreaterThan(80);
  });

  test('`ids` tells where types have gone', () => {
    const base = build([struct('s', 4), int]);
    const target = build([typedef('t', 0), int, struct('s', 4)]);
    const { ids } = relocate(build([pointer(1), pointer(2)], base), target);
    expect([...ids]).toEqual([0, 3, 2, 4, 5]);
  });

  test('header, byte order, gaps and strings stay', () => {
    const base = build([int]);
    const plain = build([typedef('own', 1), typedef('int', 2)], base);
    // A longer header with a field that nobody knows, and a gap before the strings.
    const bytes = new Uint8Array(40 + 24 + 8 + 4);
    const view = new DataView(bytes.buffer);
    bytes.set(plain.bytes.subarray(0, 24));
    [40, 0, 24, 32, 4].forEach((field, i) => {
      view.setUint32(4 + 4 * i, field, true);
    });
    bytes[39] = 7;
    bytes.set(plain.bytes.subarray(24, 48), 40);
    // The second name is the base's.
    view.setUint32(40 + 12, 1, true);
    bytes.fill(0x55, 64, 72);
    bytes.set(new TextEncoder().encode('own'), 72);
    const target = build([struct('longer', 4), int]);
    const split = Btf.parse(bytes, { base });
    const result = relocate(split, target).split;
    const differs = [...bytes.keys()].filter(at => bytes[at] !== result[at]);
    // Names and types of the two TYPEDEFs, each of which fits into one byte.
    expect(differs).toEqual([40, 48, 52, 60]);
    expect(listing(Btf.parse(result, { base: target }))).toEqual([
      'TYPEDEF own {"type":2}',
      'TYPEDEF int {"type":3}',
    ]);

    const swapped = relocate(Btf.parse(swapByteOrder(plain), { base }), target).split;
    expect(swapped).toEqual(swapByteOrder(Btf.parse(relocate(plain, target).split, { base: target })));
  });

  test('on a target of two layers', () => {
    const vmlinux = build([struct('s', 4), int]);
    const module = build([typedef('own', 1), struct('driver', 8)], vmlinux);
    const split = build([pointer(1), typedef('d', 2)], build([int, struct('driver', 8)]));
    const result = Btf.parse(relocate(split, module).split, { base: module });
    expect(listing(result)).toEqual(['PTR  {"type":2}', 'TYPEDEF d {"type":4}']);
    expect(result.type(4).name).toBe('driver');
  });

  test('of a target that was not checked, names are', () => {
    const blob = build([int, typedef('t', 1)]).bytes.slice();
    const view = new DataView(blob.buffer);
    view.setUint32(24 + 16 + 8, 99, true);
    const load = () => Btf.parse(blob, { references: false, name: 'vmlinux' });
    const split = build([pointer(1)], build([int]));
    expect([...relocate(split, load()).ids]).toEqual([0, 1, 3]);
    view.setUint32(24, 1000, true);
    expect(() => relocate(split, load())).toThrow('INT: name at string offset 1000');
  });
});

describe('malformed and made to be slow', { timeout: 20_000 }, () => {
  test('a cycle of typedefs, in which libbpf goes round for ever', () => {
    const base = build([int]);
    const cycle = build([struct('s', 4, 3), typedef('a', 4), typedef('b', 3)], base);
    expect(() => relocate(cycle, build([int]))).toThrow(FormatError);
    expect(() => relocate(cycle, build([int]))).toThrow(
      'type [3]: leads back to itself through typedefs, qualifiers and arrays only',
    );
  });

  test('many members at the end of a long chain', () => {
    const length = 50_000;
    const chain = Array.from({ length }, (_, i) => typedef('t', i === 0 ? 1 : i + 1));
    const members = Array.from({ length: 50_000 }, () => length + 1);
    const split = build([...chain, struct('s', 4, ...members)], build([struct('held', 8)]));
    expect(relocate(split, build([struct('held', 8)])).ids.length).toBe(length + 3);
  });

  test('many names that begin alike', () => {
    const many = Array.from({ length: 20_000 }, (_, i) => struct(`a_common_beginning_${i}`, 4));
    const { ids } = relocate(build([pointer(1)], build(many)), build(many.toReversed()));
    expect(ids[1]).toBe(20_000);
  });

  test('a FWD with a type that does not exist', () => {
    const base = build([int]);
    const blob = build([forward('f')], base).bytes.slice();
    new DataView(blob.buffer).setUint32(24 + 8, 3, true);
    expect(() => relocate(Btf.parse(blob, { base }), build([int]))).toThrow('type id 3, expected below 3');
  });
});
