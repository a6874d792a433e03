import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BtfBuilder } from '@btfkit/core/btf';
import { describe, expect, test } from 'vitest';
import { colourComments } from '../dist/layout/colours.js';
import { btfkit, executable, scratchFolder } from './run.js';

const scratch = scratchFolder();
const recorded = fileURLToPath(new URL('../../core/test/layout/', import.meta.url));
/** Structs of all sorts, and what pahole prints of them: packages/core/test/layout/make-answers.mjs. */
const shapes = `${recorded}shapes.gcc12.btf`;
const answer = (mode: string) => readFileSync(`${recorded}answers/shapes.gcc12.${mode}.txt`, 'utf8');

const builder = new BtfBuilder();
const member = (name: string, type: number, bitOffset: number) => ({
  name,
  type,
  bitOffset,
  bitfieldSize: 0,
});
const struct = (name: string, size: number, members: ReturnType<typeof member>[]) =>
  builder.add({ kind: 'STRUCT', name, size, kflag: false, members });
builder.add({ kind: 'INT', name: 'long', size: 8, encoding: 1, bitOffset: 0, bits: 64 });
builder.add({ kind: 'INT', name: 'char', size: 1, encoding: 1, bitOffset: 0, bits: 8 });
struct('gappy', 24, [member('a', 2, 0), member('b', 1, 64), member('c', 2, 128)]);
builder.add({ kind: 'TYPEDEF', name: 'gappy', type: 3 });
struct('gappy', 1, [member('a', 2, 0)]);
builder.add({ kind: 'FWD', name: 'hidden', target: 'struct' });
struct('holder', 24, [member('in_it', 3, 0)]);
const btf = builder.parse();
const input = scratch.write('small.btf', btf.bytes);

const gappy = `struct gappy {
	char                       a;                    /*     0     1 */

	/* XXX 7 bytes hole, try to pack */

	long                       b;                    /*     8     8 */
	char                       c;                    /*    16     1 */

	/* size: 24, cachelines: 1, members: 3 */
	/* sum members: 10, holes: 1, sum holes: 7 */
	/* padding: 7 */
	/* last cacheline: 24 bytes */
};
`;
const others = 'btfkit: gappy is [3] STRUCT; of the same name, for --id: [4] TYPEDEF, [5] STRUCT\n';
const done = (stdout: string, stderr = '') => ({ status: 0, stdout, stderr });

describe('as pahole prints it', () => {
  test.each([
    ['all', []],
    ['expanded', ['--expand']],
    ['cacheline-32', ['--cacheline', '32']],
    ['sizes', ['--sizes']],
    ['packable', ['--packable']],
  ])('%s', (mode, options) => {
    expect(btfkit('layout', shapes, ...options)).toEqual(done(answer(mode)));
  });

  test('names, one after the other', () => {
    const all = answer('named');
    const part = (head: string) =>
      `${
        all
          .slice(all.indexOf(head))
          .split('\n\n\n')[0]!
          .split(/\n\n(?!\t)/)[0]
      }\n\n`;
    expect(btfkit('layout', shapes, 'packed', 'atomic_t')).toEqual(
      done(part('struct packed {') + part(all.match(/typedef struct \{\n\tint +counter/)![0])),
    );
  });

  test('reorganized', () => {
    const { stdout } = btfkit('layout', shapes, 'small_ones', '--reorganize');
    expect(answer('reorganized')).toContain(stdout);
    expect(stdout).toMatch(/ {3}\/\* saved \d+ bytes/);
  });
});

test('of several types of a name the first; the others are told', () => {
  expect(btfkit('layout', input, 'gappy')).toEqual(done(`${gappy}\n`, others));
  expect(btfkit('layout', input, '--id', '3', 'holder').stdout).toMatch(
    /^struct gappy \{[\s\S]*\n\nstruct holder \{/,
  );
  expect(btfkit('layout', input, 'gappy', '--sizes')).toEqual(done('gappy\t24\t1\n\n', others));
  expect(btfkit('layout', input, '--id', '4', '--sizes')).toEqual(done('gappy\t24\t1\n\n'));
});

test('split BTF on its base', () => {
  const upper = new BtfBuilder({ base: btf });
  upper.add({ kind: 'STRUCT', name: 'above', size: 24, kflag: false, members: [member('below', 3, 0)] });
  const split = scratch.write('split.btf', upper.build());
  expect(btfkit('layout', split, '--base', input, 'above').stdout).toContain(
    'struct gappy               below; ',
  );
  expect(btfkit('layout', split, '--base', input, '--contains', 'gappy')).toEqual(done('holder\nabove\n'));
});

test('what contains a type', () => {
  expect(btfkit('layout', input, '--contains', 'gappy')).toEqual(done('holder\n'));
  expect(btfkit('layout', input, 'holder', '--contains', 'gappy')).toEqual(done('holder\n'));
  expect(btfkit('layout', input, '--id', '5', '--contains', 'gappy')).toEqual(done(''));
});

test('JSON', () => {
  const json = (...args: string[]) => JSON.parse(btfkit('layout', input, ...args, '--json').stdout).types;
  expect(json('--id', '3', '--reorganize')).toMatchObject([
    {
      id: 3,
      size: 24,
      statistics: { sumHoles: 7 },
      reorganized: { size: 16, saved: 8, members: [{ name: 'a' }, { name: 'c' }, { name: 'b' }] },
    },
  ]);
  expect(json().map(({ name }: { name: string }) => name)).toEqual(['gappy', 'gappy', 'holder']);
  expect(json('--sizes')[0]).toEqual({ id: 3, kind: 'struct', name: 'gappy', size: 24, holes: 1 });
  expect(json('--packable')).toEqual([
    { id: 3, kind: 'struct', name: 'gappy', size: 24, packedSize: 16, saved: 8 },
  ]);
  expect(json('--contains', 'gappy')).toEqual([
    { id: 7, kind: 'struct', name: 'holder', size: 24, members: ['in_it'] },
  ]);
});

describe('refused', () => {
  const no = (stderr: string) => ({ status: 1, stdout: '', stderr: `btfkit: ${input}: ${stderr}\n` });

  test('names and ids that are not there: status 1, and nothing is printed', () => {
    expect(btfkit('layout', input, 'holder', 'nothing')).toEqual(
      no('no struct, union, enum or typedef of the name nothing'),
    );
    expect(btfkit('layout', input, 'hidden')).toEqual(
      no('no struct, union, enum or typedef of the name hidden: it is only declared'),
    );
    expect(btfkit('layout', input, '--contains', 'nothing')).toMatchObject({ status: 1, stdout: '' });
    expect(btfkit('layout', input, '--id', '8')).toEqual(no('no type [8], ids end at 7'));
    expect(btfkit('layout', input, '--id', '1')).toEqual(
      no('type [1] INT is no struct, union, enum or typedef'),
    );
  });

  test('wrong usage: status 2', () => {
    for (const args of [
      ['--reorganize'],
      ['--cacheline', '0'],
      ['--cacheline', 'x'],
      ['--pointer-size', '2'],
    ])
      expect(btfkit('layout', input, ...args)).toMatchObject({ status: 2, stdout: '' });
  });

  test('malformed input: status 3 and one line', () => {
    const bad = new BtfBuilder();
    bad.add({ kind: 'STRUCT', name: 'self', size: 8, kflag: false, members: [member('me', 1, 0)] });
    const path = scratch.write('self.btf', bad.build());
    expect(btfkit('layout', path, 'self')).toEqual({
      status: 3,
      stdout: '',
      stderr: `btfkit: ${path}: types: type [1]: contains itself, or types too deep\n`,
    });
  });

  test('a reference that is met only here is told with its file', () => {
    const bytes = Uint8Array.from(btf.bytes);
    const { headerLength, typeOffset } = btf.header;
    new DataView(bytes.buffer).setUint32(headerLength + typeOffset + btf.offsets[6]! * 4, 0xffff, true);
    const path = scratch.write('name.btf', bytes);
    const problem = 'type [7]: STRUCT: name at string offset 65535, expected below 43';
    const { status, stdout, stderr } = btfkit('layout', path);
    expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
    expect(stderr).toMatch(`btfkit: ${path}: types: offset`);
    expect(stderr).toMatch(problem);
  });

  test('what is no struct cannot be reorganized, and that is told', () => {
    const stderr = 'btfkit: [4] TYPEDEF is no struct, there is nothing to reorganize\n';
    expect(btfkit('layout', input, '--id', '4', '--reorganize')).toEqual(done('', stderr));
  });
});

test('comments are coloured, and nothing else', () => {
  const text =
    'int a; /*     0     4 */\n/* XXX 4 bytes hole, try to pack */\n/* --- cacheline 1 boundary (64 bytes) --- */';
  expect(colourComments(text)).toBe(
    'int a; \x1b[90m/*     0     4 */\x1b[39m\n' +
      '\x1b[33m/* XXX 4 bytes hole, try to pack */\x1b[39m\n' +
      '\x1b[36m/* --- cacheline 1 boundary (64 bytes) --- */\x1b[39m',
  );
});

const hasScript = spawnSync('script', ['--version']).status === 0;
test.skipIf(!hasScript)(`colours on a terminal${hasScript ? '' : ' (skipped: no command script)'}`, () => {
  const command = `'${process.execPath}' '${executable}' layout '${input}' --id 3`;
  const onTerminal = (env: Record<string, string>) =>
    spawnSync('script', ['-qec', command, '/dev/null'], {
      encoding: 'utf8',
      env: { ...process.env, TERM: 'xterm', NO_COLOR: '', ...env },
    }).stdout.replaceAll('\r\n', '\n');
  expect(onTerminal({})).toBe(colourComments(`${gappy}\n`));
  expect(onTerminal({ NO_COLOR: '1' })).toBe(`${gappy}\n`);
});
