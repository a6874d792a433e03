import { Btf, Kind, swapByteOrder } from '@btfkit/core/btf';
import { dedup, merge } from '@btfkit/core/dedup';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { build, deduplicated, int, typedef } from './dedup.js';
import { graphOf, program, randomFrom, unit, units } from './graphs.mjs';
import { listing } from './listing.mjs';

const seeds = fc.integer({ min: 0, max: 0x7fffffff });
const holds = (property: (seed: number) => void) =>
  fc.assert(fc.property(seeds, property), { seed: 20240612, numRuns: 150 });

/** Units of a program in which each name has one definition. */
const consistent = (seed: number) => {
  const random = randomFrom(seed);
  return units(random, program(random, false));
};

describe('of a program with one definition for each name', () => {
  test('the result is its own result, byte for byte', () => {
    holds(seed => {
      const once = dedup(consistent(seed));
      expect(dedup(Btf.parse(once))).toEqual(once);
    });
  });

  test('no struct, union or typedef comes out twice', () => {
    holds(seed => {
      const result = deduplicated(consistent(seed));
      const names = listing(result).flatMap(
        line => line.match(/^(?:STRUCT|UNION|TYPEDEF) (\w+) /)?.[1] ?? [],
      );
      expect(names).toEqual([...new Set(names)]);
    });
  });

  test('a declaration is left only of what nobody defines', () => {
    holds(seed => {
      const result = deduplicated(consistent(seed));
      for (let id = 1; id < result.endId; id++) {
        const type = result.type(id);
        if (type.kind !== 'FWD') continue;
        const namesakes = result.findAll(type.name).map(other => result.type(other).kind);
        expect(namesakes).toEqual(['FWD']);
      }
    });
  });

  test('units merged twice are as units merged once', () => {
    holds(seed => {
      const btf = consistent(seed);
      expect(dedup(merge([btf, btf]))).toEqual(dedup(btf));
    });
  });

  test('nothing is left of a unit that stands on a base with all of it', () => {
    holds(seed => {
      const described = program(randomFrom(seed), false);
      const once = [1, 2, 3].map(i => unit(randomFrom(seed + i), described));
      const base = deduplicated(merge(once));
      expect(deduplicated(unit(randomFrom(seed + 2), described, base)).endId).toBe(base.endId);
    });
  });
});

describe('of any graph', () => {
  /** What a type is down to some depth, whatever the ids: names of structs stand for their content. */
  const outline = (btf: Btf, id: number, depth: number): string => {
    const type = btf.type(id);
    if (depth === 0 || type.kind === 'FWD') return type.name;
    const inner = (other: number) => outline(btf, other, depth - 1);
    switch (type.kind) {
      case 'STRUCT':
      case 'UNION':
        return `${type.name}{${type.members.map(m => `${m.name}:${inner(m.type)}`)}}`;
      case 'FUNC_PROTO':
        return `(${type.params.map(p => `${p.name}:${inner(p.type)}`)})${inner(type.returns)}`;
      case 'ARRAY':
        return `[${type.length}]`;
      default:
        return 'type' in type ? `${type.kind} ${type.name} ${inner(type.type)}` : type.name;
    }
  };
  const outlines = (btf: Btf, depth: number) => {
    const all = new Set<string>();
    for (let id = 1; id < btf.endId; id++) if (btf.kind(id) !== 7) all.add(outline(btf, id, depth));
    return [...all].sort();
  };

  test('each type of the input is in the result, and no other', () => {
    holds(seed => {
      const btf = graphOf(seed);
      const result = deduplicated(btf);
      expect(outlines(result, 1)).toEqual(outlines(btf, 1));
    });
  });

  test('merging it alone changes nothing', () => {
    holds(seed => {
      const btf = graphOf(seed);
      expect(listing(merge([btf], btf.base))).toEqual(listing(btf));
      expect(dedup(merge([btf], btf.base))).toEqual(dedup(btf));
    });
  });

  test('the result in the other byte order is that of the other byte order', () => {
    holds(seed => {
      const btf = graphOf(seed);
      const base = btf.base ?? undefined;
      const swapped = Btf.parse(swapByteOrder(btf), { base });
      expect(dedup(swapped)).toEqual(swapByteOrder(Btf.parse(dedup(btf), { base })));
    });
  });
});

describe('deduplicated again', () => {
  const again = (btf: Btf) => dedup(Btf.parse(dedup(btf), { base: btf.base ?? undefined }));
  const hasForwards = (btf: Btf | null): boolean => {
    if (btf === null) return false;
    for (let id = btf.startId; id < btf.endId; id++) if (btf.kind(id) === Kind.FWD) return true;
    return hasForwards(btf.base);
  };

  test('the result is its own result where nothing is only declared', () => {
    holds(seed => {
      // Few of the graphs are such.
      for (let from = seed; ; from++) {
        const btf = graphOf(from);
        if (hasForwards(btf)) continue;
        expect(again(btf)).toEqual(dedup(btf));
        return;
      }
    });
  });

  // It cannot be said of all graphs. Which definition a declaration is taken for depends on what is compared first,
  // and where names have several definitions, what one pass made of them lets the next see that others are the same. So
  // it is in libbpf: btf__dedup of f7081a6b, called on its own output, gives these numbers of types.
  test.each([
    { seed: 9952, base: 'none', ends: [58, 37, 29, 29] },
    { seed: 7937, base: 'some', ends: [32, 21, 20, 20] },
  ])('graph $seed, base: $base, takes several passes, as with libbpf', ({ seed, ends }) => {
    let btf = graphOf(seed);
    const base = btf.base ?? undefined;
    const found = [btf.endId];
    while (found.length < ends.length) {
      btf = Btf.parse(dedup(btf), { base });
      found.push(btf.endId);
    }
    expect(found).toEqual(ends);
  });

  test('a pass that changes anything leaves fewer types, so some pass is the last', () => {
    holds(seed => {
      let btf = graphOf(seed);
      const base = btf.base ?? undefined;
      for (let first = true; ; first = false) {
        const next = dedup(btf);
        if (!first && Buffer.compare(next, btf.bytes) === 0) return;
        const parsed = Btf.parse(next, { base });
        if (!first) expect(parsed.endId).toBeLessThan(btf.endId);
        btf = parsed;
      }
    });
  });
});

test('merge keeps the order of inputs and refuses other bases', () => {
  const base = build([int]);
  const one = build([typedef('one', 1)], base);
  const two = build([typedef('two', 2)], base);
  expect(listing(merge([one, two], base))).toEqual(
    listing(build([typedef('one', 1), typedef('two', 3)], base)),
  );
  expect(merge([], base).endId).toBe(base.endId);
  expect(() => merge([one, build([int])], base)).toThrow('stands on another base');
});
