import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Btf } from '@btfkit/core/btf';
import { DEFAULT_FEATURES, type Feature } from '@btfkit/core/encode';
import { afterAll, describe, expect, test } from 'vitest';
import { char, enumeration, func, int, parameter, unitDie } from '../dwarf/types.js';
import { encodeDwarf } from './dwarf.js';
import { encodeFixture, fixtures } from './encode.js';
import { signatures } from './signatures.js';

const without = (...left: Feature[]) => ({
  features: new Set([...DEFAULT_FEATURES].filter(feature => !left.includes(feature))),
});
const fixture = (name: string, ...left: Feature[]) =>
  encodeFixture(`dwarf/${name}`, undefined, without(...left));
const kinds = (btf: Btf) => new Set(Array.from({ length: btf.endId - 1 }, (_, i) => btf.type(i + 1).kind));

test('var: no VAR, no DATASEC', async () => {
  expect(kinds(await fixture('percpu.gcc12-dw5-x86_64.o'))).toContain('DATASEC');
  const left = await fixture('percpu.gcc12-dw5-x86_64.o', 'var');
  expect(kinds(left)).not.toContain('DATASEC');
  expect(kinds(left)).not.toContain('VAR');
});

test('float: integers of that name and size', async () => {
  const { types } = signatures(await fixture('base_types.gcc12-dw5-x86_64.o', 'float'));
  expect(types).toContain('int double 64/8 ');
  expect(types.filter(line => line.startsWith('float '))).toEqual([]);
});

test('decl_tag and type_tag', async () => {
  const tags = 'tags.clang19-dw5-x86_64.o';
  const all = [...kinds(await fixture(tags))].sort();
  expect([...kinds(await fixture(tags, 'decl_tag'))].sort()).toEqual(all.filter(kind => kind !== 'DECL_TAG'));
  expect([...kinds(await fixture(tags, 'type_tag'))].sort()).toEqual(all.filter(kind => kind !== 'TYPE_TAG'));
});

test('enum64: an ENUM of 8 bytes with the low halves', async () => {
  const wide = enumeration('wide', 8, { small: 1n, large: 0x1_0000_0002n });
  const negative = enumeration('negative', 4, { minus: -1n });
  const spec = { units: [{ die: unitDie(wide, negative) }] };
  const btf = await encodeDwarf(spec, without('enum64'));
  expect(btf.type(1)).toMatchObject({
    kind: 'ENUM',
    name: 'wide',
    size: 8,
    values: [
      { name: 'small', value: 1 },
      { name: 'large', value: 2 },
    ],
  });
  expect(btf.type(2)).toMatchObject({ kind: 'ENUM', signed: false });
  expect((await encodeDwarf(spec)).type(2)).toMatchObject({ kind: 'ENUM', signed: true });
});

test('consistent_func: the first unit counts', async () => {
  const unit = (type = int()) => ({ die: unitDie(type, func('f', type, parameter('p', type))) });
  const spec = { units: [unit(), unit(char())], functions: ['f'] };
  expect(signatures(await encodeDwarf(spec)).functions).toEqual([]);
  expect(signatures(await encodeDwarf(spec, without('consistent_func'))).functions).toEqual([
    'f 0 int (int p)',
  ]);
});

const pahole = spawnSync('pahole', ['--version'], { encoding: 'utf8' });
describe.skipIf(pahole.status !== 0)('beside pahole', () => {
  const folder = mkdtempSync(join(tmpdir(), 'btfkit-test-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each<[Feature, string[], string]>([
    ['float', [], 'base_types.gcc12-dw5-x86_64.o'],
    ['float', [], 'base_types.gcc12-dw4-i386.o'],
    ['enum64', ['--btf_gen_floats', '--skip_encoding_btf_enum64'], 'enums.gcc12-dw5-x86_64.o'],
    ['enum64', ['--btf_gen_floats', '--skip_encoding_btf_enum64'], 'enums.gcc12-dw4-s390x.o'],
  ])('without %s: pahole %j, %s', async (feature, options, object) => {
    const output = join(folder, `${feature}-${object}.btf`);
    const input = fileURLToPath(new URL(`dwarf/${object}`, fixtures));
    execFileSync('pahole', ['-J', ...options, `--btf_encode_detached=${output}`, input]);
    const theirs = Btf.parse(readFileSync(output));
    expect(signatures(await fixture(object, feature)).types).toEqual(signatures(theirs).types);
  });
});
