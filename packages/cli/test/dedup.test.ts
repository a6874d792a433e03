import { existsSync, readFileSync } from 'node:fs';
import { Btf, BtfBuilder } from '@btfkit/core/btf';
import { expect, test } from 'vitest';
import { btfkit, scratchFolder } from './run.js';

const scratch = scratchFolder();
const integer = { kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 } as const;

/** An int, and typedefs of these names for it. */
function layer(names: string[], base?: Btf): Uint8Array {
  const builder = new BtfBuilder({ base });
  const type = builder.add(integer);
  for (const name of names) builder.add({ kind: 'TYPEDEF', name, type });
  return builder.build();
}
const one = scratch.write('one.btf', layer(['a', 'b']));
const two = scratch.write('two.btf', layer(['b', 'c']));
const base = Btf.parse(readFileSync(one));
const split = scratch.write('split.btf', layer(['c'], base));
const otherSplit = scratch.write('other-split.btf', layer(['d', 'c', 'a'], base));

const names = (btf: Btf) =>
  Array.from({ length: btf.endId - btf.startId }, (_, i) => btf.typeName(btf.startId + i));
const read = (path: string, on?: Btf) => Btf.parse(readFileSync(path), { base: on });
const quiet = { status: 0, stdout: '', stderr: '' };

test('merges in the order of the inputs', () => {
  const output = scratch.path('merged.btf');
  expect(btfkit('dedup', two, one, '-o', output)).toEqual(quiet);
  expect(names(read(output))).toEqual(['int', 'b', 'c', 'a']);
});

test('leaves out what the base has, for several inputs on one base', () => {
  const output = scratch.path('on-base.btf');
  expect(btfkit('dedup', split, otherSplit, '--base', one, '-o', output)).toEqual(quiet);
  expect(names(read(output, base))).toEqual(['c', 'd']);
});

test('--json says how much there was and is', () => {
  const output = scratch.path('counted.btf');
  const { status, stdout } = btfkit('dedup', one, two, '-o', output, '--json');
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    inputs: [one, two],
    output,
    types: { in: 6, out: 4 },
    bytes: readFileSync(output).length,
  });
});

test('one result on standard output is enough', () => {
  const both = btfkit('dedup', one, '-o', '-', '--json');
  expect(both).toMatchObject({ status: 2, stdout: '' });
  expect(both.stderr).toBe('btfkit: --json and -o - both want standard output\n');
});

test('wrong usage, unreadable and malformed inputs leave no output', () => {
  const output = scratch.path('never.btf');
  expect(btfkit('dedup', '-o', output).status).toBe(2);
  expect(btfkit('dedup', one).status).toBe(2);
  expect(btfkit('dedup', scratch.path('absent'), '-o', output).status).toBe(3);

  const builder = new BtfBuilder();
  builder.add({ kind: 'PTR', name: '', type: 2 });
  builder.add({ kind: 'PTR', name: '', type: 1 });
  const cycle = scratch.write('cycle.btf', builder.build());
  const refused = btfkit('dedup', cycle, '-o', output);
  expect(refused).toEqual({
    status: 3,
    stdout: '',
    stderr: `btfkit: ${cycle}: types: type [1]: PTR leads back to itself through no struct, union or typedef\n`,
  });
  expect(existsSync(output)).toBe(false);
});
