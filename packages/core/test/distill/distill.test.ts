import { Btf, BtfBuilder, type BtfType, builtinLayout, swapByteOrder, type VoidType } from '@btfkit/core/btf';
import { FormatError } from '@btfkit/core/bytes';
import { type DistillError, distill } from '@btfkit/core/distill';
import { describe, expect, test } from 'vitest';
import { listing } from '../dedup/listing.mjs';
import { caseOf } from './cases.mjs';

type Type = Exclude<BtfType, VoidType>;

const int: Type = { kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 };
const pointer = (type: number): Type => ({ kind: 'PTR', name: '', type });
const typedef = (name: string, type: number): Type => ({ kind: 'TYPEDEF', name, type });
const struct = (name: string, size: number, ...members: number[]): Type => ({
  kind: 'STRUCT',
  name,
  size,
  kflag: false,
  members: members.map((type, i) => ({ name: `m${i}`, type, bitOffset: 32 * i, bitfieldSize: 0 })),
});

type Options = ConstructorParameters<typeof BtfBuilder>[0];

function build(types: readonly Type[], options: Options = {}): Btf {
  const builder = new BtfBuilder(options);
  for (const type of types) builder.add(type);
  return builder.parse();
}

/** Both results parsed. */
function distilled(split: Btf): { base: Btf; split: Btf } {
  const blobs = distill(split);
  const base = Btf.parse(blobs.base);
  return { base, split: Btf.parse(blobs.split, { base }) };
}

describe('what goes where', () => {
  test('names and sizes into the base, all else into the split BTF, in the old order', () => {
    const base = build([
      struct('unused', 4),
      struct('', 8, 3, 4),
      int,
      struct('inner', 16, 3, 1),
      { kind: 'ENUM', name: 'e', size: 4, signed: true, values: [{ name: 'A', value: -1 }] },
      { kind: 'ENUM64', name: 'e64', size: 8, signed: false, values: [{ name: 'B', value: 1n }] },
      { kind: 'ENUM', name: '', size: 4, signed: false, values: [{ name: 'C', value: 1 }] },
      pointer(2),
      { kind: 'FWD', name: 'declared', target: 'union' },
    ]);
    const split = build([struct('own', 16, 8, 5, 6, 7, 9), typedef('int', 3)], { base });
    const result = distilled(split);
    expect(listing(result.base)).toEqual(
      listing(
        build([
          int,
          struct('inner', 16),
          { kind: 'ENUM', name: 'e', size: 4, signed: false, values: [] },
          { kind: 'ENUM', name: 'e64', size: 8, signed: false, values: [] },
          { kind: 'FWD', name: 'declared', target: 'union' },
        ]),
      ),
    );
    expect(listing(result.split)).toEqual(
      listing(
        build(
          [
            struct('own', 16, 10, 3, 4, 9, 5),
            typedef('int', 1),
            struct('', 8, 1, 2),
            { kind: 'ENUM', name: '', size: 4, signed: false, values: [{ name: 'C', value: 1 }] },
            pointer(8),
          ],
          { base: result.base },
        ),
      ),
    );
    // The name that the base has already is not there twice.
    expect(new TextDecoder().decode(result.split.strings.bytes)).toBe('own\0m0\0m1\0m2\0m3\0m4\0C\0');
  });

  test('nothing of the base where nothing is referred to', () => {
    const result = distilled(build([typedef('t', 0)], { base: build([int]) }));
    expect([result.base.endId, result.split.endId]).toEqual([1, 2]);
    expect(distilled(build([], { base: build([int]) })).split.endId).toBe(1);
  });

  test('types without a name even where the base stays empty, when libbpf loses them', () => {
    const result = distilled(build([pointer(2)], { base: build([int, pointer(0)]) }));
    expect(listing(result.split)).toEqual(listing(build([pointer(2), pointer(0)])));
  });

  test('of a base of two layers, one is made', () => {
    const vmlinux = build([int, struct('task', 64, 1)]);
    const module = build([typedef('pid_t', 1), struct('driver', 8, 2)], { base: vmlinux });
    const top = build([struct('top', 8, 4, 3), typedef('task_t', 2)], { base: module });
    const result = distilled(top);
    expect(listing(result.base)).toEqual(listing(build([int, struct('task', 64), struct('driver', 8)])));
    expect(listing(result.split)).toEqual(
      listing(
        build([struct('top', 8, 3, 6), typedef('task_t', 2), typedef('pid_t', 1)], { base: result.base }),
      ),
    );
  });

  test('names are bytes, not text', () => {
    const blob = build([struct('xAA', 4), struct('xBA', 8)]).bytes.slice();
    const start = blob.length - 8;
    // Invalid UTF-8, which would read the same.
    blob[start + 1] = 0xff;
    blob[start + 5] = 0xfe;
    const result = distill(build([pointer(1), pointer(2)], { base: Btf.parse(blob) }));
    const strings = Btf.parse(result.base).strings.bytes;
    expect([...strings]).toEqual([0, 0x78, 0xff, 0x41, 0, 0x78, 0xfe, 0x41, 0]);
  });
});

describe('the form of the blobs', () => {
  test.each([
    [24, 24],
    [32, 32],
  ] as const)('a header of %i bytes comes out with %i', (headerLength, expected) => {
    const { split, base } = distilled(build([pointer(1)], { base: build([int]), headerLength }));
    expect([split.header.headerLength, base.header.headerLength]).toEqual([expected, expected]);
  });

  test('the byte order is that of the split BTF, and changes nothing else', () => {
    for (let seed = 0; seed < 200; seed++) {
      const blobs = caseOf(seed);
      const base = Btf.parse(blobs.base);
      const split = Btf.parse(blobs.split, { base });
      const attempt = (btf: Btf) => {
        try {
          return distill(btf);
        } catch (error) {
          return (error as DistillError).problem;
        }
      };
      const plain = attempt(split);
      const swapped = attempt(Btf.parse(swapByteOrder(split), { base: Btf.parse(swapByteOrder(base)) }));
      if (typeof plain === 'string' || typeof swapped === 'string') {
        expect(swapped).toBe(plain);
        continue;
      }
      const newBase = Btf.parse(plain.base);
      expect(swapped.base).toEqual(swapByteOrder(newBase));
      expect(swapped.split).toEqual(swapByteOrder(Btf.parse(plain.split, { base: newBase })));
    }
  });

  test('a layout section stays where LOC kinds are, and goes where none are', () => {
    const base = build([int, { kind: 'FUNC_PROTO', name: '', returns: 1, params: [] }]);
    const func: Type = { kind: 'FUNC', name: 'f', type: 2, linkage: 0 };
    const locations: Type[] = [
      func,
      { kind: 'LOC_PARAM', name: '', size: 4, flags: 0, values: [1] },
      { kind: 'LOC_PROTO', name: '', params: [4, 0] },
      { kind: 'LOCSEC', name: 'inline.text', locations: [{ func: 3, locProto: 5, offset: 16 }] },
    ];
    const with22 = distilled(build(locations, { base, layout: builtinLayout(23) }));
    expect(with22.split.layout).toEqual(builtinLayout(23));
    expect(listing(with22.split).slice(2, 4)).toEqual([
      'LOC_PROTO  {"params":[3,0]}',
      'LOCSEC inline.text {"locations":[{"func":2,"locProto":4,"offset":16}]}',
    ]);
    expect(distilled(build([func], { base, layout: builtinLayout() })).split.layout).toEqual([]);
  });
});

describe('what libbpf refuses', () => {
  const base = build([
    int,
    { kind: 'FUNC_PROTO', name: '', returns: 1, params: [] },
    { kind: 'FUNC', name: 'f', type: 2, linkage: 1 },
    { kind: 'VAR', name: 'v', type: 1, linkage: 1 },
    { kind: 'ENUM', name: 'odd', size: 3, signed: false, values: [] },
    pointer(3),
  ]);
  const tag = (type: number): Type => ({
    kind: 'DECL_TAG',
    name: 't',
    type,
    component: -1,
    attribute: false,
  });

  test.each<[string, Type, string, number]>([
    [
      'a tag on a function of the base',
      tag(3),
      'unexpected reference to base type[3] of kind [12] when creating distilled base BTF.',
      3,
    ],
    [
      'a variable of the base in a section',
      { kind: 'DATASEC', name: '.data', size: 4, variables: [{ type: 4, offset: 0, size: 4 }] },
      'unexpected reference to base type[4] of kind [14] when creating distilled base BTF.',
      4,
    ],
    [
      'behind another type',
      pointer(6),
      'unexpected reference to base type[3] of kind [12] when creating distilled base BTF.',
      3,
    ],
    [
      'a size that no enum has',
      pointer(5),
      "enum 'odd' [5] of the base has size 3, expected 1, 2, 4 or 8",
      5,
    ],
  ])('%s', (_, type, problem, typeId) => {
    const split = Btf.parse(build([type], { base }).bytes, { base, name: 'module' });
    expect(() => distill(split)).toThrow(
      expect.objectContaining({
        name: 'DistillError',
        errno: 22,
        errnoName: 'EINVAL',
        problem,
        typeId,
        message: `module: ${problem} (EINVAL)`,
      }),
    );
  });

  test('BTF that is not split', () => {
    expect(() => distill(base)).toThrow('not split BTF, there is no base to distill (EINVAL)');
  });

  test('a kind that only the layout section describes', () => {
    const layout = Array.from({ length: 31 }, () => ({ infoSize: 0, elementSize: 0, flags: 0 }));
    const unknown: Type = { kind: 'UNKNOWN', name: '', info: 30 << 24, sizeOrType: 1, words: [] };
    expect(() => distill(build([unknown], { base, layout }))).toThrow('type [7] is of kind 30');
    const odd = build([int, unknown], { layout });
    expect(() => distill(build([pointer(2)], { base: odd }))).toThrow('base type[2] of kind [30]');
  });
});

describe('malformed and made to be slow', () => {
  /** A FWD whose third word, which nothing checks, is a type. */
  const forwardTo = (type: number, base?: Btf) => {
    const blob = build([{ kind: 'FWD', name: 'f', target: 'struct' }], { base }).bytes.slice();
    new DataView(blob.buffer).setUint32(24 + 8, type, true);
    return Btf.parse(blob, { base, name: 'forward' });
  };

  test('a FWD with a type takes it along, as in libbpf', () => {
    const result = distilled(forwardTo(1, build([int])));
    expect([result.base.typeName(1), result.split.sizeOrType(2)]).toEqual(['int', 1]);
  });

  test('a FWD with a type that does not exist is refused', () => {
    expect(() => distill(forwardTo(3, build([int])))).toThrow(
      'forward: types: type [2]: FWD: type id 3, expected below 3',
    );
    expect(() => distill(build([pointer(1)], { base: forwardTo(9) }))).toThrow(FormatError);
  });

  test('of a base that was not checked, what is reached is', () => {
    const blob = build([pointer(0), pointer(0)]).bytes.slice();
    new DataView(blob.buffer).setUint32(24 + 8, 77, true);
    const base = Btf.parse(blob, { references: false, name: 'vmlinux' });
    expect(() => distill(build([typedef('t', 1)], { base }))).toThrow(
      'vmlinux: types: offset 0x8: type [1]: PTR',
    );
    expect(distilled(build([typedef('t', 2)], { base })).split.endId).toBe(3);
  });

  test('chains and cycles of the base need no stack', { timeout: 20_000 }, () => {
    const length = 200_000;
    const chain = Array.from({ length }, (_, i) => pointer(((i + 1) % length) + 1));
    const result = distilled(build([typedef('t', 1)], { base: build(chain) }));
    expect(result.split.endId).toBe(length + 2);
  });
});
