import { spawnSync } from 'node:child_process';
import { BtfBuilder, swapByteOrder } from '@btfkit/core/btf';
import { describe, expect, test } from 'vitest';
import { btfkit, executable, scratchFolder } from './run.js';

const scratch = scratchFolder();

const builder = new BtfBuilder();
const int = builder.add({ kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 });
const char = builder.add({ kind: 'INT', name: 'char', size: 1, encoding: 1, bitOffset: 0, bits: 8 });
const name = builder.add({ kind: 'ARRAY', name: '', element: char, index: int, length: 4 });
const member = (of: string, type: number, bytes: number) => ({
  name: of,
  type,
  bitOffset: 8 * bytes,
  bitfieldSize: 0,
});
const members = [member('x', int, 0), member('y', int, 4), member('name', name, 8)];
builder.add({ kind: 'STRUCT', name: 'point', size: 12, kflag: false, members });
builder.add({ kind: 'TYPEDEF', name: 'point', type: 4 });
builder.add({ kind: 'FUNC_PROTO', name: '', returns: 0, params: [] });
builder.add({ kind: 'FUNC', name: 'fn', type: 6, linkage: 1 });
const btf = builder.parse();
const input = scratch.write('types.btf', btf.bytes);
// A value from byte 4 on.
const file = scratch.write(
  'value.bin',
  Buffer.from('ffffffff' + '01000000' + '00000000' + '61620000', 'hex'),
);

const shown = (stdout: string) => ({ status: 0, stdout: `${stdout}\n`, stderr: '' });

describe('read', () => {
  test('a type by its id', () => {
    expect(btfkit('read', input, '--id', '4', file, '--offset', '4')).toEqual(
      shown("(struct point){\n\t.x = (int)1,\n\t.name = (char[4])[\n\t\t'a',\n\t\t'b',\n\t],\n}"),
    );
  });

  test.each([
    [['--compact'], "(struct point){.x = (int)1,.name = (char[4])['a','b',],}"],
    [['--compact', '--zeroes', '--skip-names'], "{1,0,['a','b','\\0',],}"],
    [['--compact', '--strings'], '(struct point){.x = (int)1,.name = (char[4])"ab"}'],
    [['--strings', '--indent', '> '], '(struct point){\n> .x = (int)1,\n> .name = (char[4])> "ab"}'],
    [
      ['--indent-level', '1', '--indent', '--', '--strings'],
      '--(struct point){\n----.x = (int)1,\n----.name = (char[4])----"ab"--}',
    ],
  ])('%j', (options, expected) => {
    expect(btfkit('read', input, '--id', '4', file, '--offset', '0x4', ...options)).toEqual(shown(expected));
  });

  test('a type by its name; others of the name are told', () => {
    const { status, stdout, stderr } = btfkit('read', input, 'point', file, '--compact', '--skip-names');
    expect({ status, stdout }).toEqual({ status: 0, stdout: '{-1,1,}\n' });
    expect(stderr).toBe('btfkit: [4] STRUCT is taken; --id for others of the name: [5] TYPEDEF\n');
    expect(btfkit('read', input, 'struct point', file, '--compact', '--skip-names')).toEqual(
      shown('{-1,1,}'),
    );
  });

  test('the byte order is that of the BTF', () => {
    const swapped = scratch.write('big.btf', swapByteOrder(btf));
    expect(btfkit('read', swapped, 'int', file, '--offset', '4')).toEqual(shown('(int)16777216'));
  });

  test('types of a split BTF and its base', () => {
    const upper = new BtfBuilder({ base: btf });
    upper.add({ kind: 'TYPEDEF', name: 'number', type: int });
    const split = scratch.write('split.btf', upper.build());
    expect(btfkit('read', split, '--base', input, 'number', file)).toEqual(shown('(number)-1'));
    expect(btfkit('read', split, '--base', input, 'int', file)).toEqual(shown('(int)-1'));
  });

  test('bytes from standard input', () => {
    const { stdout } = spawnSync(process.execPath, [executable, 'read', input, 'int', '-'], {
      input: Buffer.of(7, 0, 0, 0),
      encoding: 'utf8',
    });
    expect(stdout).toBe('(int)7\n');
  });

  test('too few bytes: what is there, a line that says so, status 1', () => {
    expect(btfkit('read', input, 'struct point', file, '--offset', '12', '--compact')).toEqual({
      status: 1,
      stdout: '(struct point){.x = (int)25185,\n',
      stderr: `btfkit: ${file}: the value goes on where the data ends, after 4 bytes (E2BIG)\n`,
    });
    expect(btfkit('read', input, 'int', file, '--offset', '14')).toEqual({
      status: 1,
      stdout: '',
      stderr: `btfkit: ${file}: the value goes on where the data ends, after 2 bytes (E2BIG)\n`,
    });
  });

  test('a type without values', () => {
    expect(btfkit('read', input, '--id', '7', file)).toEqual({
      status: 1,
      stdout: '',
      stderr: `btfkit: ${file}: the type, or one in it, has no size or one that its kind cannot have (EINVAL)\n`,
    });
  });

  test('--json', () => {
    const parsed = (...args: string[]) => {
      const { status, stdout } = btfkit('read', input, ...args, file, '--json', '--compact');
      return { status, ...JSON.parse(stdout) };
    };
    const common = { input, file, offset: 0 };
    expect(parsed('int')).toEqual({
      ...common,
      status: 0,
      typeId: 1,
      result: 4,
      problem: '',
      text: '(int)-1',
    });
    expect(parsed('--id', '7')).toMatchObject({ ...common, status: 1, typeId: 7, result: -22, text: '' });
  });

  test('wrong usage', () => {
    const problem = (...args: string[]) => {
      const { status, stderr } = btfkit('read', ...args);
      return [status, stderr];
    };
    const usage = 'btfkit: read takes INPUT TYPE FILE, or INPUT FILE with --id\n';
    expect(problem(input, file)).toEqual([2, usage]);
    expect(problem(input, 'int', file, '--id', '1')).toEqual([2, usage]);
    expect(problem(input, 'int', file, '--offset', '17')).toEqual([
      2,
      `btfkit: --offset 17: ${file} ends at 16\n`,
    ]);
    expect(problem(input, 'int', file, '--indent-level', '256')).toEqual([
      2,
      'btfkit: --indent-level 256: at most 255\n',
    ]);
    expect(problem(input, 'int', file, '--indent', ' '.repeat(32))).toEqual([
      2,
      'btfkit: --indent: at most 31 bytes\n',
    ]);
    expect(problem(input, 'int', file, '--pointer-size', '2')[0]).toBe(2);
    expect(problem(input, 'none', file)).toEqual([
      1,
      `btfkit: ${input}: no type of the name none that has values\n`,
    ]);
    expect(problem(input, '--id', '8', file)).toEqual([1, `btfkit: ${input}: no type [8], ids end at 7\n`]);
  });

  test('types without end', () => {
    const hostile = new BtfBuilder();
    hostile.add({ kind: 'PTR', name: '', type: 2 });
    hostile.add({ kind: 'CONST', name: '', type: 3 });
    hostile.add({ kind: 'VOLATILE', name: '', type: 2 });
    const path = scratch.write('hostile.btf', hostile.build());
    const { status, stderr } = btfkit('read', path, '--id', '1', file);
    expect(status).toBe(3);
    expect(stderr).toMatch(/^btfkit: .*hostile\.btf: types: type \[1\]: leads back to itself.*\n$/);
  });
});
