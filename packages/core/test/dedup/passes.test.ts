import { describe, expect, test } from 'vitest';
import {
  after,
  array,
  build,
  char,
  deduplicated,
  enumeration,
  forward,
  int,
  lines,
  pointer,
  struct,
  typedef,
} from './dedup.js';

describe('types that refer to none', () => {
  test('are there once if all their words are the same', () => {
    const float = { kind: 'FLOAT', name: 'double', size: 8 } as const;
    const unsigned = { ...int, encoding: 0 } as const;
    expect(after([int, float, int, unsigned, char, float])).toEqual(lines([int, float, unsigned, char]));
  });

  test('an enum without values stands for the one that has them, before or after it', () => {
    const full = enumeration('e', 'A', 'B');
    expect(after([enumeration('e'), full, pointer(1), pointer(2)])).toEqual(lines([full, pointer(1)]));
    expect(after([full, enumeration('e'), pointer(1), pointer(2)])).toEqual(lines([full, pointer(1)]));
  });

  test('an enum without values stands for a 64-bit one too', () => {
    const wide = {
      kind: 'ENUM64',
      name: 'e',
      size: 8,
      signed: false,
      values: [{ name: 'A', value: 1n << 40n }],
    } as const;
    expect(after([enumeration('e'), wide, pointer(1)])).toEqual(lines([wide, pointer(1)]));
  });

  test('enums of one name and other values stay apart', () => {
    const both = [enumeration('e', 'A'), enumeration('e', 'B')];
    expect(after([...both, ...both])).toEqual(lines(both));
  });

  test('LOC_PARAM is compared by all its words', () => {
    const register = { kind: 'LOC_PARAM', name: '', size: 8, flags: 8, values: [5] } as const;
    const other = { ...register, values: [6] } as const;
    expect(after([register, other, register])).toEqual(lines([register, other]));
  });
});

describe('structs, unions and typedefs', () => {
  test('that refer to themselves and to each other are found equal', () => {
    const ring = (first: number) => [
      struct('a', [first + 2, first + 3]),
      struct('b', [first + 2]),
      pointer(first),
      pointer(first + 1),
    ];
    expect(after([...ring(1), ...ring(5)])).toEqual(lines(ring(1)));
  });

  test('of one name and outline stay apart if they lead to different types', () => {
    const both = [int, char, pointer(1), pointer(2), struct('s', [3]), struct('s', [4])];
    expect(after(both)).toEqual(lines(both));
  });

  test('of one name and other members stay apart, and what leads to them does too', () => {
    const both = [
      int,
      struct('s', [1]),
      struct('s', [1, 1]),
      pointer(2),
      pointer(3),
      struct('holder', [4]),
      struct('holder', [5]),
    ];
    expect(after(both)).toEqual(lines(both));
  });

  test('cycles that pass through a typedef only, as in Go', () => {
    const cycle = (first: number) => [typedef('t', first + 1), pointer(first)];
    expect(after([...cycle(1), ...cycle(3)])).toEqual(lines(cycle(1)));
  });

  test('an array type that a compiler wrote twice does not keep equal structs apart', () => {
    const once = [int, array(1, 1), struct('s', [2, 2])];
    const twice = [int, array(4, 4), array(4, 4), struct('s', [5, 6])];
    expect(after([...once, ...twice])).toEqual(lines(once));
  });

  test('bitfields of other widths stay apart', () => {
    const flags = (bits: number) =>
      ({
        kind: 'STRUCT',
        name: 'flags',
        size: 4,
        kflag: true,
        members: [{ name: 'a', type: 1, bitOffset: 0, bitfieldSize: bits }],
      }) as const;
    expect(after([int, flags(3), flags(4), flags(3)])).toEqual(lines([int, flags(3), flags(4)]));
  });
});

describe('forward declarations', () => {
  test('are resolved where two graphs meet, in both directions', () => {
    const one = [struct('s', [2, 4]), pointer(3), struct('a', [2]), pointer(5), forward('b')];
    const two = [struct('s', [7, 9]), pointer(8), forward('a'), pointer(10), struct('b', [9])];
    expect(after([...one, ...two])).toEqual(
      lines([struct('s', [2, 4]), pointer(3), struct('a', [2]), pointer(5), struct('b', [4])]),
    );
  });

  test('are resolved by name where only one definition has it', () => {
    expect(after([forward('s'), pointer(1), struct('s', []), pointer(3)])).toEqual(
      lines([pointer(2), struct('s', [])]),
    );
  });

  test('stay where two definitions have the name, or a union for a struct', () => {
    const ambiguous = [forward('s'), int, struct('s', [2]), struct('s', [2, 2]), pointer(1)];
    expect(after(ambiguous)).toEqual(lines(ambiguous));
    const other = [forward('s'), int, struct('s', [2], 'UNION'), pointer(1)];
    expect(after(other)).toEqual(lines(other));
  });
});

describe('types that refer to others', () => {
  test('are there once if what they refer to is', () => {
    const proto = { kind: 'FUNC_PROTO', name: '', returns: 1, params: [{ name: 'p', type: 2 }] } as const;
    const func = { kind: 'FUNC', name: 'f', linkage: 1, type: 3 } as const;
    const tag = { kind: 'DECL_TAG', name: 't', type: 4, component: 0, attribute: false } as const;
    const first = [int, pointer(1), proto, func, tag];
    const again = [
      int,
      pointer(6),
      { ...proto, returns: 6, params: [{ name: 'p', type: 7 }] },
      { ...func, type: 8 },
      { ...tag, type: 9 },
    ];
    expect(after([...first, ...again])).toEqual(lines(first));
  });

  test('differ by name of a parameter, linkage, component, attribute', () => {
    const proto = (name: string) =>
      ({ kind: 'FUNC_PROTO', name: '', returns: 0, params: [{ name, type: 1 }] }) as const;
    const func = (linkage: number) => ({ kind: 'FUNC', name: 'f', linkage, type: 2 }) as const;
    const tag = (component: number, attribute: boolean) =>
      ({ kind: 'DECL_TAG', name: 't', type: 4, component, attribute }) as const;
    const all = [int, proto('a'), proto('b'), func(0), func(1), tag(-1, false), tag(0, false), tag(0, true)];
    expect(after(all)).toEqual(lines(all));
  });

  test('LOC_PROTO is compared by canonical parameters, 0 being none', () => {
    const register = { kind: 'LOC_PARAM', name: '', size: 8, flags: 8, values: [5] } as const;
    const proto = (...params: number[]) => ({ kind: 'LOC_PROTO', name: '', params }) as const;
    expect(after([register, proto(1, 0), register, proto(3, 0), proto(0, 3)])).toEqual(
      lines([register, proto(1, 0), proto(0, 1)]),
    );
  });

  test('a long chain is no deeper than a short one', () => {
    const length = 50_000;
    const chain = Array.from({ length }, (_, i) => pointer(i + 2));
    expect(after([...chain, int])).toHaveLength(length + 1);
  });

  test('a cycle without a struct is refused', () => {
    expect(() => after([int, pointer(3), pointer(2)])).toThrow(
      'types: type [2]: PTR leads back to itself through no struct, union or typedef',
    );
  });
});

test('VAR, DATASEC and LOCSEC all stay, with what they refer to renumbered', () => {
  const variable = (type: number) => ({ kind: 'VAR', name: 'v', type, linkage: 1 }) as const;
  const section = (type: number) =>
    ({ kind: 'DATASEC', name: '.data', size: 4, variables: [{ type, offset: 0, size: 4 }] }) as const;
  const proto = { kind: 'FUNC_PROTO', name: '', returns: 0, params: [] } as const;
  const func = (type: number) => ({ kind: 'FUNC', name: 'f', linkage: 0, type }) as const;
  const sites = (f: number) =>
    ({ kind: 'LOCSEC', name: 'inline.text', locations: [{ func: f, locProto: 0, offset: 16 }] }) as const;
  expect(
    after([
      int,
      int,
      variable(2),
      variable(2),
      section(3),
      section(4),
      proto,
      func(7),
      proto,
      func(9),
      sites(10),
      sites(8),
    ]),
  ).toEqual(
    lines([int, variable(1), variable(1), section(2), section(3), proto, func(6), sites(7), sites(7)]),
  );
});

describe('on a base', () => {
  const base = build([int, struct('s', [1, 3]), pointer(2), forward('late'), pointer(4)]);

  test('what the base has is not there again', () => {
    expect(after([int, struct('s', [6, 8]), pointer(7), typedef('mine', 8)], base)).toEqual(
      lines([typedef('mine', 3)], base),
    );
  });

  test('a declaration finds the definition of the base', () => {
    expect(after([forward('s'), pointer(6), typedef('t', 7)], base)).toEqual(lines([typedef('t', 3)], base));
  });

  test('a definition of what the base declares is new, and so is the way to it', () => {
    expect(after([struct('late', []), pointer(6)], base)).toEqual(
      lines([struct('late', []), pointer(6)], base),
    );
  });

  test('names of the base are used, others come after them', () => {
    const result = deduplicated(build([struct('s', []), typedef('new', 6)], base));
    expect(result.nameOff(6)).toBe(base.nameOff(2));
    expect(result.nameOff(7)).toBe(base.strings.end);
    expect(result.strings.bytes).toEqual(new TextEncoder().encode('new\0'));
  });
});
