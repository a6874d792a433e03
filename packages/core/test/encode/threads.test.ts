import { readdirSync, readFileSync } from 'node:fs';
import { Btf, Kind } from '@btfkit/core/btf';
import { memorySource } from '@btfkit/core/bytes';
import { Tag } from '@btfkit/core/dwarf';
import { Elf } from '@btfkit/core/elf';
import {
  DEFAULT_FEATURES,
  Encoder,
  type Feature,
  type PartRequest,
  readPart,
  transferList,
} from '@btfkit/core/encode';
import { describe, expect, test } from 'vitest';
import { buildDwarf, Die, type UnitSpec } from '../dwarf/builder.js';
import { char, func, int, parameter, typedef, unitDie } from '../dwarf/types.js';
import { fixtures, load } from './encode.js';
import { randomUnits } from './random-units.js';

const open = (bytes: Uint8Array, name: string) => Elf.open(memorySource(bytes, name));

/** Encodes with `count` workers: no threads, but all that goes there and back is what a thread could be sent. */
async function encode(
  bytes: Uint8Array,
  count: number,
  options: { base?: Btf | undefined; name?: string; features?: ReadonlySet<Feature> } = {},
) {
  const { base, name = 'test.elf', features } = options;
  const requests: PartRequest[] = [];
  const read = async (posted: PartRequest) => {
    const request = structuredClone(posted);
    requests.push(request);
    const part = await readPart(open(bytes, name), request);
    return structuredClone(part, { transfer: part === undefined ? [] : transferList(part) });
  };
  const encoded = await new Encoder(base).encode(open(bytes, name), { features, workers: { count, read } });
  return { encoded, requests };
}

const alone = async (bytes: Uint8Array, base?: Btf) => (await encode(bytes, 0, { base })).encoded;

describe('the same bytes for every number of threads', () => {
  const base = load('module/mini-vmlinux.btf');
  const objects = readdirSync(new URL('dwarf/', fixtures))
    .filter(name => /^(lto|variants|forward|forward_late|program)\..*\.(o|elf)$/.test(name))
    .filter(name => !name.includes('altlink'));
  const cases: [string, Btf | undefined][] = [
    ['module/mini-vmlinux', undefined],
    ['module/btfkit_demo.ko', undefined],
    ['module/btfkit_demo.ko', base],
    ...objects.map(name => [`dwarf/${name}`, undefined] as [string, undefined]),
  ];

  test.each(cases)('%s', async (path, on) => {
    const bytes = readFileSync(new URL(path, fixtures));
    const expected = await alone(bytes, on);
    let shares = 0;
    for (const count of [1, 2, 3, 7]) {
      const { encoded, requests } = await encode(bytes, count, { base: on });
      expect(encoded).toEqual(expected);
      shares += requests.length;
    }
    expect(shares).toBeGreaterThan(0);
  });

  const programs = readdirSync(new URL('functions/', fixtures)).filter(name => name.endsWith('.elf'));

  test.each(['default', 'true_signature', 'global_var'])('programs of functions, %s', async set => {
    const features = new Set([...DEFAULT_FEATURES, ...(set === 'default' ? [] : [set as Feature])]);
    let shares = 0;
    for (const program of programs) {
      const bytes = readFileSync(new URL(`functions/${program}`, fixtures));
      const { encoded: expected } = await encode(bytes, 0, { features });
      for (const count of [1, 2, 4]) {
        const { encoded, requests } = await encode(bytes, count, { features });
        expect(encoded, program).toEqual(expected);
        shares += requests.length;
      }
    }
    expect(shares).toBeGreaterThan(programs.length);
  });

  test.each(['declared', 'both'] as const)('units at random, names may be %s', async beside => {
    for (let seed = 1; seed <= 100; seed++) {
      const bytes = buildDwarf({ units: randomUnits(seed, beside) });
      expect((await encode(bytes, 1 + (seed % 4))).encoded).toEqual(await alone(bytes));
    }
  });

  test('an encoder that goes on to other files', async () => {
    const encoder = new Encoder(base);
    const bytes = readFileSync(new URL('module/btfkit_demo.ko', fixtures));
    const workers = { count: 2, read: (request: PartRequest) => readPart(open(bytes, 'demo'), request) };
    const expected = await alone(bytes, base);
    for (let i = 0; i < 3; i++) {
      expect(await encoder.encode(open(bytes, 'demo'), { workers: i === 1 ? undefined : workers })).toEqual(
        expected,
      );
    }
  });
});

describe('functions of several units', () => {
  /** A unit with one function `f`. */
  const unit = (result: 'int' | 'char', ...parameters: string[]): UnitSpec => {
    const type = result === 'int' ? int() : char();
    return { die: unitDie(type, func('f', type, ...parameters.map(name => parameter(name, type)))) };
  };
  const functions = async (units: UnitSpec[]) => {
    const bytes = buildDwarf({ units, functions: ['f'] });
    const found = await Promise.all(
      [0, 1, 2, 3].map(async count => {
        const btf = Btf.parse((await encode(bytes, count)).encoded);
        const id = btf.find('f', Kind.FUNC);
        const type = id === 0 ? undefined : btf.type(btf.sizeOrType(id));
        return type?.kind === 'FUNC_PROTO' ? type.params.map(({ name }) => name) : undefined;
      }),
    );
    expect(new Set(found.map(String)).size).toBe(1);
    return found[0];
  };

  test('the names of the first count', async () => {
    expect(await functions([unit('int', 'a'), unit('int', 'b'), unit('int', 'c')])).toEqual(['a']);
  });

  test('one that differs in the share of another thread', async () => {
    expect(await functions([unit('int', 'a'), unit('int', 'a'), unit('char', 'a')])).toBeUndefined();
    expect(await functions([unit('int', 'a'), unit('int', 'a', 'b'), unit('int', 'a')])).toBeUndefined();
  });

  test('two that differ in one share, the first of which agrees with the first share', async () => {
    expect(await functions([unit('int'), unit('int'), unit('char'), unit('int')])).toBeUndefined();
  });
});

test('shares are ranges of about equal size, one behind the other', async () => {
  const filler = (count: number) => Array.from({ length: count }, (_, i) => typedef(`t${i}`));
  const units = [30, 10, 10, 10, 5, 25, 30].map(count => ({ die: unitDie(...filler(count)) }));
  const { requests } = await encode(buildDwarf({ units }), 3);
  expect(requests.map(({ from, to }) => [from, to])).toEqual([
    [1, 4],
    [4, 6],
    [6, 7],
  ]);
});

describe('what a thread cannot read', () => {
  const broken = (): UnitSpec => ({ die: unitDie(new Die(Tag.reference_type, [])) });

  test('units that refer to others are read by one', async () => {
    const bytes = readFileSync(new URL('dwarf/lto.gcc12-dw5-x86_64.o', fixtures));
    const { encoded } = await encode(bytes, 2);
    expect(encoded).toEqual(await alone(bytes));
  });

  test('the first error of the file is told, whoever finds which', async () => {
    const bytes = buildDwarf({ units: [{ die: unitDie(int()) }, broken(), broken()] });
    const told = (count: number) =>
      encode(bytes, count).then(
        () => undefined,
        error => String(error),
      );
    const expected = await told(0);
    expect(expected).toMatch(/FormatError: test.elf: .debug_info: offset 0x/);
    for (const count of [1, 2]) expect(await told(count)).toBe(expected);
  });

  test('a fault of a worker is no reason to go on', async () => {
    const bytes = readFileSync(new URL('module/mini-vmlinux', fixtures));
    const workers = { count: 1, read: () => Promise.reject(new Error('lost')) };
    await expect(new Encoder().encode(open(bytes, 'mini'), { workers })).rejects.toThrow('lost');
  });
});

test('progress counts all units, those of others too', async () => {
  const bytes = readFileSync(new URL('module/mini-vmlinux', fixtures));
  const workers = { count: 2, read: (request: PartRequest) => readPart(open(bytes, 'mini'), request) };
  const told: number[] = [];
  await new Encoder().encode(open(bytes, 'mini'), {
    workers,
    progress: ({ units, allUnits, bytes: done, allBytes }) => {
      told.push(units);
      expect(done === allBytes).toBe(units === allUnits);
    },
  });
  expect(told).toEqual([1, 2, 3, 4]);
});
