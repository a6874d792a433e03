import { readFileSync } from 'node:fs';
import { type Btf, BtfBuilder } from '@btfkit/core/btf';
import { sortByName } from '@btfkit/core/rewrite';
import { expect, test } from 'vitest';
import { elfWith } from '../../core/test/input/images.mjs';
import { btfkit, scratchFolder } from './run.js';

const scratch = scratchFolder();
const quiet = { status: 0, stdout: '', stderr: '' };
const read = (name: string) => new Uint8Array(readFileSync(scratch.path(name)));

function build(names: readonly string[], base?: Btf): Btf {
  const builder = new BtfBuilder({ base });
  for (const name of names) builder.add({ kind: 'FLOAT', name, size: 4 });
  return builder.parse();
}

const vmlinux = build(['c', 'b', 'a']);
const module = build(['z', 'y'], vmlinux);
const input = scratch.write('vmlinux.btf', vmlinux.bytes);
const split = scratch.write('module.btf', module.bytes);

test('sorts, and stats says so; sorted again it is the same', () => {
  const output = scratch.path('sorted.btf');
  expect(btfkit('stats', input).stdout).not.toContain('sorted by name');
  expect(btfkit('sort', input, '-o', output)).toEqual(quiet);
  expect(read('sorted.btf')).toEqual(sortByName(vmlinux).bytes);
  expect(JSON.parse(btfkit('stats', input, '--json').stdout)).toMatchObject({ sorted: false });
  expect(JSON.parse(btfkit('stats', output, '--json').stdout)).toMatchObject({ sorted: true });
  expect(btfkit('sort', output, '-o', scratch.path('again.btf'))).toEqual(quiet);
  expect(read('again.btf')).toEqual(read('sorted.btf'));
});

test('split BTF, of an ELF file too; its base stays', () => {
  const expected = sortByName(module).bytes;
  expect(btfkit('sort', split, '--base', input, '-o', scratch.path('split.btf'))).toEqual(quiet);
  expect(read('split.btf')).toEqual(expected);
  const ko = scratch.write('module.ko', elfWith(module.bytes));
  expect(btfkit('sort', ko, '--base', input, '-o', scratch.path('ko.btf'))).toEqual(quiet);
  expect(read('ko.btf')).toEqual(expected);
});

test('--json counts what moved', () => {
  const output = scratch.path('json.btf');
  const { status, stdout } = btfkit('sort', split, '--base', input, '-o', output, '--json');
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ input: split, output, types: 2, moved: 2 });
});

test('wrong usage, and what cannot be read', () => {
  expect(btfkit('sort', input).status).toBe(2);
  expect(btfkit('sort', input, '-o', '-', '--json').status).toBe(2);
  const broken = scratch.write('broken.btf', vmlinux.bytes.subarray(0, 40));
  const { status, stderr } = btfkit('sort', broken, '-o', scratch.path('never'));
  expect(status).toBe(3);
  expect(stderr).toContain(`btfkit: ${broken}: `);
});
