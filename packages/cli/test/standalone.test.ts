import { readFileSync } from 'node:fs';
import { Btf, BtfBuilder } from '@btfkit/core/btf';
import { standalone } from '@btfkit/core/rewrite';
import { expect, test } from 'vitest';
import { btfkit, scratchFolder } from './run.js';

const scratch = scratchFolder();
const quiet = { status: 0, stdout: '', stderr: '' };
const read = (name: string) => new Uint8Array(readFileSync(scratch.path(name)));

const kernel = new BtfBuilder();
for (const name of ['int', 'unused'])
  kernel.add({ kind: 'INT', name, size: 4, encoding: 1, bitOffset: 0, bits: 32 });
const vmlinux = kernel.parse();
const own = new BtfBuilder({ base: vmlinux });
own.add({ kind: 'PTR', name: '', type: 1 });
own.add({ kind: 'TYPEDEF', name: 'own_t', type: 3 });
const module = own.parse();
const inline = new BtfBuilder({ base: module });
inline.add({ kind: 'CONST', name: '', type: 4 });
const base = scratch.write('vmlinux.btf', vmlinux.bytes);
const split = scratch.write('module.btf', module.bytes);
const top = scratch.write('inline.btf', inline.build());

test('stands on nothing any more, and a kernel takes it', () => {
  const output = scratch.path('alone.btf');
  expect(btfkit('standalone', split, '--base', base, '-o', output)).toEqual(quiet);
  expect(read('alone.btf')).toEqual(standalone(module).bytes);
  expect(btfkit('dump', output).stdout).toBe(
    "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n" +
      "[2] PTR '(anon)' type_id=1\n" +
      "[3] TYPEDEF 'own_t' type_id=2\n",
  );
  expect(btfkit('verify', output, '--kernel', '6.18').status).toBe(0);
});

test('of several layers; --json counts', () => {
  const output = scratch.path('top.btf');
  const { status, stdout } = btfkit(
    'standalone',
    top,
    '--base',
    base,
    '--base',
    split,
    '-o',
    output,
    '--json',
  );
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ input: top, output, types: { own: 1, ofBase: 3 } });
  expect(Btf.parse(read('top.btf')).type(4)).toEqual({ kind: 'CONST', name: '', type: 3 });
});

test('wrong usage, and what cannot be read', () => {
  expect(btfkit('standalone', split).status).toBe(2);
  expect(btfkit('standalone', split, '-o', '-', '--json').status).toBe(2);
  const { status, stderr } = btfkit('standalone', split, '-o', scratch.path('never'));
  expect(status).toBe(3);
  expect(stderr).toContain(`btfkit: ${split}: `);
});
