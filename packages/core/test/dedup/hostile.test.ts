import { BtfBuilder } from '@btfkit/core/btf';
import { describe, expect, test } from 'vitest';
import { array, build, deduplicated, enumeration, forward, int, pointer, struct, typedef } from './dedup.js';

type Type = Parameters<BtfBuilder['add']>[0];
const repeat = (count: number, make: (i: number) => readonly Type[]) =>
  Array.from({ length: count }, (_, i) => make(i)).flat();

/** Each takes a fraction of a second; a search that compares all with all, or a walk without memory, minutes. */
describe('input that was made to be slow', { timeout: 20_000 }, () => {
  const counts = (types: readonly Type[]) => deduplicated(build(types)).endId - 1;

  test('many structs of one name and outline that differ one step away', () => {
    const types = repeat(10_000, i => [struct('s', [3 * i + 2]), pointer(3 * i + 3), struct(`t${i}`, [])]);
    expect(counts(types)).toBe(types.length);
  });

  test('many structs of one name that differ where equivalence cannot look', () => {
    const types = repeat(5_000, i => [
      struct('s', [3 * i + 3]),
      { ...int, name: `i${i}` },
      array(3 * i + 2, 0),
    ]);
    expect(counts([...types, forward('s')])).toBe(types.length + 1);
  });

  test('many enums without a name', () => {
    const types = repeat(10_000, i => [enumeration('', `E${i}`)]);
    expect(counts([...types, ...types])).toBe(types.length);
  });

  test('chains of structs that differ at their end only', () => {
    const length = 5_000;
    const chain = (first: number, end: Type) => [
      ...repeat(length, i => [struct(`s${i}`, [first + 2 * i + 1]), pointer(first + 2 * i + 2)]),
      end,
    ];
    const types = [...chain(1, struct('end', [])), ...chain(2 * length + 2, enumeration('end', 'A'))];
    expect(counts(types)).toBeGreaterThan(2 * length);
  });

  test('cycles of typedefs of many lengths', () => {
    const types: Type[] = [];
    for (let length = 50; length < 150; length++) {
      const first = types.length + 1;
      for (let i = 0; i < length; i++) types.push(typedef('t', first + ((i + 1) % length)));
    }
    expect(counts(types)).toBeGreaterThan(0);
  });

  test('ladders in which each rung doubles the ways', () => {
    const builder = new BtfBuilder();
    for (let copy = 0; copy < 2; copy++) {
      const ends: number[] = [];
      for (let side = 0; side < 2; side++) {
        let rung = [builder.add(int), builder.add(int)];
        for (let i = 0; i < 40; i++) {
          rung = rung.map(() => builder.add(struct(`l${i}`, [...rung, ...rung])));
        }
        ends.push(...rung);
      }
      builder.add(struct('top', ends));
    }
    expect(deduplicated(builder.parse()).endId - 1).toBeLessThan(200);
  });
});

test('a kind that only a layout section describes is refused', () => {
  const layout = Array.from({ length: 31 }, () => ({ infoSize: 0, elementSize: 0, flags: 0 }));
  const builder = new BtfBuilder({ layout });
  builder.add(int);
  builder.add({ kind: 'UNKNOWN', name: '', info: 30 << 24, sizeOrType: 1, words: [] });
  expect(() => deduplicated(builder.parse())).toThrow('kind 30 cannot be deduplicated');
});

test('a member whose type is a VAR is refused where it would be compared', () => {
  const variable = { kind: 'VAR', name: 'v', type: 0, linkage: 0 } as const;
  expect(() => deduplicated(build([variable, struct('s', [1]), variable, struct('s', [3])]))).toThrow(
    'VAR inside a type',
  );
});
