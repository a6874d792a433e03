import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { type Btf, BtfBuilder, builtinLayout, swapByteOrder } from '@btfkit/core/btf';
import { printJson, printRaw } from '@btfkit/core/print';
import { describe, expect, test } from 'vitest';
import { btfkit, executable, scratchFolder } from './run.js';

const scratch = scratchFolder();
const isWindows = process.platform === 'win32';

const builder = new BtfBuilder();
const int = builder.add({ kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 });
builder.add({
  kind: 'STRUCT',
  name: 'point',
  size: 4,
  kflag: false,
  members: [{ name: 'x', type: int, bitOffset: 0, bitfieldSize: 0 }],
});
builder.add({ kind: 'TYPEDEF', name: 'point', type: 2 });
builder.add({ kind: 'FLOAT', name: 'double', size: 8 });
const btf = builder.parse();
const input = scratch.write('small.btf', btf.bytes);

const upper = new BtfBuilder({ base: btf });
upper.add({ kind: 'PTR', name: '', type: 2 });
upper.add({ kind: 'TYPEDEF', name: 'handle', type: 5 });
const split = upper.parse();
const splitInput = scratch.write('split.btf', split.bytes);

function printed(print: typeof printRaw, of: Btf, ids?: number[]): string {
  const chunks: Uint8Array[] = [];
  print(of, chunk => chunks.push(chunk.slice()), ids);
  return Buffer.concat(chunks).toString();
}

const done = (stdout: string) => ({ status: 0, stdout, stderr: '' });

describe('dump', () => {
  test('all of it', () => {
    expect(btfkit('dump', input)).toEqual(done(printed(printRaw, btf)));
    expect(btfkit('dump', input, '--format', 'json')).toEqual(done(printed(printJson, btf)));
    expect(btfkit('dump', input, '--json')).toEqual(done(printed(printJson, btf)));
  });

  test('some types, and what they need', () => {
    expect(btfkit('dump', input, 'point')).toEqual(done(printed(printRaw, btf, [1, 2, 3])));
    expect(btfkit('dump', input, 'point', '--kind', 'struct')).toEqual(done(printed(printRaw, btf, [1, 2])));
    expect(btfkit('dump', input, 'double', '--id', '2')).toEqual(done(printed(printRaw, btf, [1, 2, 4])));
    expect(btfkit('dump', input, '--root-id', '3', '--root-id', '2')).toEqual(
      done(printed(printRaw, btf, [3, 2])),
    );
    expect(btfkit('dump', input, '--kind', 'FLOAT', '--kind', 'INT')).toEqual(
      done(printed(printRaw, btf, [1, 4])),
    );
  });

  test('split BTF on its base', () => {
    expect(btfkit('dump', splitInput, '--base', input)).toEqual(done(printed(printRaw, split)));
    expect(btfkit('dump', splitInput, '--base', input, 'handle')).toEqual(
      done(printed(printRaw, split, [5, 6])),
    );
    expect(btfkit('dump', splitInput)).toMatchObject({ status: 3, stdout: '' });
  });

  test('what is compressed is told by its content', () => {
    const compressed = scratch.write('no-such-ending', gzipSync(btf.bytes));
    expect(btfkit('dump', compressed)).toEqual(done(printed(printRaw, btf)));
  });

  test('from standard input', () => {
    const { stdout } = spawnSync(process.execPath, [executable, 'dump', '-'], { input: btf.bytes });
    expect(stdout.toString()).toBe(printed(printRaw, btf));
  });

  test.skipIf(isWindows)('from a pipe', () => {
    const shell = `cat "${input}" | "${process.execPath}" "${executable}" dump /dev/stdin`;
    expect(spawnSync('bash', ['-c', shell]).stdout.toString()).toBe(printed(printRaw, btf));
  });

  test.skipIf(isWindows)('into a reader that goes away', () => {
    const many = new BtfBuilder();
    for (let i = 0; i < 50_000; i++) many.add({ kind: 'FLOAT', name: 'f', size: 4 });
    const path = scratch.write('many.btf', many.build());
    const shell = `"${process.execPath}" "${executable}" dump "${path}" | head -n 1; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', shell], { encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: "[1] FLOAT 'f' size=4\n0\n", stderr: '' });
  });

  test('a type that is not there: status 1', () => {
    expect(btfkit('dump', input, 'nothing')).toEqual({
      status: 1,
      stdout: '',
      stderr: `btfkit: ${input}: no type of the name nothing\n`,
    });
    expect(btfkit('dump', input, '--id', '5')).toMatchObject({ status: 1, stdout: '' });
    expect(btfkit('dump', input, 'int', '--kind', 'FLOAT')).toMatchObject({ status: 1, stdout: '' });
  });
});

describe('endian', () => {
  const big = scratch.path('big.btf');

  test('there and back', () => {
    expect(btfkit('endian', input, '--to', 'big', '-o', big)).toEqual(done(''));
    expect(new Uint8Array(readFileSync(big))).toEqual(swapByteOrder(btf));
    const back = scratch.path('back.btf');
    expect(btfkit('endian', big, '--to', 'little', '-o', back)).toEqual(done(''));
    expect(new Uint8Array(readFileSync(back))).toEqual(btf.bytes);
  });

  test('what has the order already stays as it is', () => {
    const same = scratch.path('same.btf');
    expect(btfkit('endian', input, '--to', 'little', '-o', same)).toEqual(done(''));
    expect(new Uint8Array(readFileSync(same))).toEqual(btf.bytes);
  });

  test('--json says what was done', () => {
    const output = scratch.path('json.btf');
    const { status, stdout } = btfkit('endian', input, '--to', 'big', '-o', output, '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ input, output, to: 'big', bytes: btf.bytes.length, swapped: true });
    expect(btfkit('endian', input, '--to', 'big', '-o', '-', '--json')).toMatchObject({
      status: 2,
      stdout: '',
    });
  });

  test('split, into a pipe', () => {
    const args = [executable, 'endian', splitInput, '--base', input, '--to', 'big', '-o', '-'];
    const { stdout } = spawnSync(process.execPath, args);
    expect(new Uint8Array(stdout)).toEqual(swapByteOrder(split));
  });

  test('a broken input leaves no output', () => {
    const broken = scratch.write('broken.btf', btf.bytes.subarray(0, 60));
    const output = scratch.path('never.btf');
    expect(btfkit('endian', broken, '--to', 'big', '-o', output)).toMatchObject({ status: 3, stdout: '' });
    expect(existsSync(output)).toBe(false);
  });
});

describe('stats', () => {
  const layered = new BtfBuilder({ base: btf, layout: builtinLayout(), littleEndian: false });
  layered.add({ kind: 'TYPE_TAG', name: 'a', type: 1, attribute: true });
  layered.add({ kind: 'TYPE_TAG', name: 'b', type: 1, attribute: false });
  const path = scratch.write('layered.btf', layered.build());

  test('as text', () => {
    const { status, stdout, stderr } = btfkit('stats', path, '--base', input);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toBe(
      [
        `${path}: ${layered.build().length} bytes, big-endian`,
        'header   32 bytes, version 1, flags 0',
        'types    24 bytes at 0: 2 types, ids 5 to 6',
        'strings  4 bytes at 104: 2 strings',
        'layout   80 bytes at 24: 20 kinds',
        'names    sorted, named types from [5]',
        'vlen     at most 0',
        'tags     1 attribute tag (kflag)',
        `base     ${input}: ids to 4, strings to ${btf.strings.end}`,
        '',
        'kind            count      bytes',
        'TYPE_TAG            2         24',
        '',
      ].join('\n'),
    );
  });

  test('as JSON', () => {
    const { status, stdout } = btfkit('stats', input, '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      name: input,
      header: { littleEndian: true, headerLength: 24 },
      types: 4,
      sorted: false,
      longestVlen: 1,
      kinds: [
        { kind: 'INT', count: 1, bytes: 16 },
        { kind: 'STRUCT', count: 1, bytes: 24 },
        { kind: 'TYPEDEF', count: 1, bytes: 12 },
        { kind: 'FLOAT', count: 1, bytes: 12 },
      ],
      standsOn: [],
    });
  });
});

describe('what a script relies on', () => {
  test.each([
    [[]],
    [['nonsense']],
    [['dump']],
    [['dump', input, '--nonsense']],
    [['dump', input, '--format', 'xml']],
    [['dump', input, '--id', 'x']],
    [['dump', input, '--kind', 'CLASS']],
    [['dump', input, 'point', '--root-id', '1']],
    [['endian', input, '-o', scratch.path('unwritten')]],
    [['endian', input, '--to', 'middle', '-o', scratch.path('unwritten')]],
  ])('wrong usage is status 2: %j', args => {
    const { status, stdout, stderr } = btfkit(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).not.toBe('');
    expect(existsSync(scratch.path('unwritten'))).toBe(false);
  });

  test.each([
    ['missing', scratch.path('missing'), 'no such file or directory'],
    ['a folder', scratch.folder, 'is a folder, a file is expected'],
    [
      'text',
      scratch.write(isWindows ? 'text' : 'text\nin two lines', Buffer.from('hello, world, this is no BTF')),
      'magic 0x6568',
    ],
    ['empty', scratch.write('empty', new Uint8Array(0)), '0 bytes'],
  ])('an input that cannot be read is status 3 and one line: %s', (_, path, problem) => {
    const { status, stdout, stderr } = btfkit('stats', path, '--json');
    expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
    expect(stderr).toMatch(/^btfkit: [^\n]+\n$/);
    expect(stderr).toContain(problem);
  });

  test('an output that cannot be written is status 3', () => {
    const { status, stderr } = btfkit('endian', input, '--to', 'big', '-o', scratch.path('no/such/folder'));
    expect(status).toBe(3);
    expect(stderr).toBe(`btfkit: ${scratch.path('no/such/folder')}: no such file or directory\n`);
  });

  test('BTFKIT_DEBUG shows where an error came from', () => {
    const env = { ...process.env, BTFKIT_DEBUG: '1' };
    const { stderr } = spawnSync(process.execPath, [executable, 'dump', scratch.path('empty')], {
      encoding: 'utf8',
      env,
    });
    expect(stderr).toMatch(/^FormatError: .*\n +at /);
  });

  test('--version and --help are answers, not errors', () => {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    expect(btfkit('--version')).toEqual(done(`${version}\n`));
    expect(btfkit('--help')).toMatchObject({
      status: 0,
      stderr: '',
      stdout: expect.stringContaining('Exit status:'),
    });
    for (const verb of ['dump', 'stats', 'endian']) {
      const { status, stdout } = btfkit(verb, '--help');
      expect(status).toBe(0);
      expect(stdout).toContain(`$ btfkit ${verb} `);
    }
  });
});
