import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { type Btf, BtfBuilder } from '@btfkit/core/btf';
import { printC } from '@btfkit/core/c';
import { describe, expect, test } from 'vitest';
import { btfkit, scratchFolder } from './run.js';

const scratch = scratchFolder();

const builder = new BtfBuilder();
const int = builder.add({ kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 });
const near = struct(builder, 'near', 4, [['x', int, 0]]);
const far = struct(builder, 'far', 4, [['x', int, 0]]);
const pointer = builder.add({ kind: 'PTR', name: '', type: far });
struct(builder, 'wanted', 16, [
  ['near', near, 0],
  ['far', pointer, 64],
]);
const alias = builder.add({ kind: 'TYPEDEF', name: 'near', type: near });
builder.add({ kind: 'ENUM', name: 'early', size: 4, signed: false, values: [{ name: 'EARLY', value: 1 }] });
builder.add({ kind: 'ENUM', name: 'later', size: 4, signed: false, values: [{ name: 'LATER', value: 1 }] });
const btf = builder.parse();
const input = scratch.write('small.btf', btf.bytes);

const upper = new BtfBuilder({ base: btf });
struct(upper, 'upper', 4, [['near', alias, 0]]);
const split = upper.parse();
const splitInput = scratch.write('upper.btf', split.bytes);

function struct(to: BtfBuilder, name: string, size: number, rows: [string, number, number][]): number {
  const members = rows.map(([name, type, bitOffset]) => ({ name, type, bitOffset, bitfieldSize: 0 }));
  return to.add({ kind: 'STRUCT', name, size, kflag: false, members });
}

function header(of: Btf, options: Parameters<typeof printC>[2] = {}): string {
  const chunks: Uint8Array[] = [];
  printC(of, chunk => chunks.push(chunk.slice()), options);
  return Buffer.concat(chunks).toString();
}

const dump = (...args: string[]) => btfkit('dump', ...args, '--format', 'c');
const done = (stdout: string) => ({ status: 0, stdout, stderr: '' });

describe('what is printed', () => {
  test('all of it, by kind and name or by id', () => {
    expect(dump(input)).toEqual(done(header(btf)));
    expect(dump(input, '--unsorted')).toEqual(done(header(btf, { unsorted: true })));
    expect(header(btf)).not.toBe(header(btf, { unsorted: true }));
  });

  test('types that are named, and what they need', () => {
    const { stdout } = dump(input, 'wanted');
    expect(stdout).toBe(header(btf, { ids: [5] }));
    expect(stdout).toContain('struct near {\n\tint x;\n};\n\nstruct far;\n\nstruct wanted {\n');
    expect(stdout).not.toContain('EARLY');
    expect(dump(input, 'near')).toEqual(done(header(btf, { ids: [near, alias] })));
    expect(dump(input, 'near', '--kind', 'typedef')).toEqual(done(header(btf, { ids: [alias] })));
  });

  test('by id and by kind', () => {
    expect(dump(input, '--root-id', '3')).toEqual(done(header(btf, { ids: [3] })));
    expect(dump(input, '--root-id', '6', '--root-id', '3')).toEqual(done(header(btf, { ids: [6, 3] })));
    expect(dump(input, '--id', '3')).toEqual(done(header(btf, { ids: [3] })));
    expect(dump(input, '--kind', 'ENUM')).toEqual(done(header(btf, { ids: [7, 8] })));
  });

  test('split BTF with its base', () => {
    expect(dump(splitInput, '--base', input)).toEqual(done(header(split)));
    expect(dump(splitInput, '--base', input, 'upper').stdout).toContain(
      'typedef struct near near;\n\nstruct upper {\n\tnear near;\n};\n',
    );
  });

  test('several inputs as one', () => {
    const other = new BtfBuilder();
    const same = other.add({ kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 });
    struct(other, 'near', 4, [['x', same, 0]]);
    struct(other, 'other', 4, [['x', same, 0]]);
    const { status, stdout } = dump(input, '--merge', scratch.write('other.btf', other.build()));
    expect(status).toBe(0);
    expect(stdout.match(/^struct \w+ \{/gm)).toEqual([
      'struct far {',
      'struct near {',
      'struct other {',
      'struct wanted {',
    ]);
  });

  test('assertions', () => {
    const { status, stdout } = dump(input, 'wanted', '--asserts');
    expect(status).toBe(0);
    expect(stdout.match(/^_Static_assert.*/gm)).toEqual([
      '_Static_assert(sizeof(struct near) == 4, "size");',
      '_Static_assert(__builtin_offsetof(struct near, x) == 0, "offset");',
      '_Static_assert(sizeof(struct wanted) == 16, "size");',
      '_Static_assert(__builtin_offsetof(struct wanted, near) == 0, "offset");',
      '_Static_assert(__builtin_offsetof(struct wanted, far) == 8, "offset");',
    ]);
  });
});

const gcc = spawnSync('gcc', ['--version']).status === 0;
test.skipIf(!gcc)(`each name compiles alone${gcc ? '' : ' (skipped: no gcc)'}`, () => {
  for (const name of ['wanted', 'near', 'far', 'early', 'later']) {
    const path = scratch.path(`${name}.h`);
    writeFileSync(path, dump(input, name, '--asserts').stdout);
    const { status, stderr } = spawnSync('gcc', ['-std=gnu11', '-fsyntax-only', '-w', '-x', 'c', path]);
    expect({ name, status, stderr: stderr.toString() }).toEqual({ name, status: 0, stderr: '' });
  }
});

describe('what is refused', () => {
  test.each([
    ['--unsorted', ['--unsorted'], '--unsorted is about --format c'],
    ['--asserts', ['--asserts'], '--asserts is about --format c'],
  ])('%s without C', (_, options, message) => {
    const { status, stdout, stderr } = btfkit('dump', input, ...options);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  test('--root-id with names', () => {
    const { status, stderr } = dump(input, 'near', '--root-id', '1');
    expect(status).toBe(2);
    expect(stderr).toContain('--root-id goes without names and --id');
  });

  test('names and ids that are not there', () => {
    expect(dump(input, 'nobody')).toMatchObject({ status: 1, stdout: '' });
    expect(dump(input, '--root-id', '99').stderr).toBe(
      `btfkit: ${input}: no type [99], ids end at ${btf.endId - 1}\n`,
    );
  });

  test.each([
    ['CONST', 'VOLATILE'],
    ['VOLATILE', 'CONST'],
  ] as const)('%s of %s of itself', (first, second) => {
    const loop = new BtfBuilder();
    loop.add({ kind: first, name: '', type: 2 });
    loop.add({ kind: second, name: '', type: 1 });
    const path = scratch.write('loop.btf', loop.build());
    for (const options of [[], ['--unsorted'], ['--root-id', '1']]) {
      const { status, stderr } = dump(path, ...options);
      expect(status).toBe(3);
      expect(stderr).toMatch(
        /^btfkit: .*loop\.btf: types: type \[[12]\]: leads back to itself, or through too many others, and has no end in C\n$/,
      );
    }
  });

  test('a struct that holds itself', () => {
    const loop = new BtfBuilder();
    struct(loop, 'me', 4, [['me', 1, 0]]);
    const path = scratch.write('me.btf', loop.build());
    const { status, stderr } = dump(path, 'me');
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: `btfkit: ${path}: types: type [1]: holds itself by value, which C cannot say\n`,
    });
  });

  test('kinds without C are left out, and it says so', () => {
    const newer = new BtfBuilder();
    newer.add({ kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 });
    newer.add({ kind: 'LOC_PARAM', name: '', size: 4, flags: 0, values: [1] });
    const path = scratch.write('newer.btf', newer.build());
    const { status, stderr } = dump(path);
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: `btfkit: ${path}: left out what C does not have: 1 of unknown kinds\n`,
    });
  });
});
