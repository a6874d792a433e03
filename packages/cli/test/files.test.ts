import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { FormatError } from '@btfkit/core/bytes';
import { describe, expect, test } from 'vitest';
import { fileSource, writeAllWhole, writeWhole } from '../dist/files.js';
import { scratchFolder } from './run.js';

const scratch = scratchFolder();
const isWindows = process.platform === 'win32';
const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251);

describe('fileSource', () => {
  test('reads where it is asked to', () => {
    const source = fileSource(scratch.write('some', bytes));
    expect(source.size).toBe(bytes.length);
    expect(source.read(99_990, 10)).toEqual(bytes.subarray(99_990));
    expect(source.read(5, 0)).toEqual(new Uint8Array(0));
    const target = new Uint8Array(300);
    source.readInto(1000, target);
    expect(target).toEqual(bytes.subarray(1000, 1300));
    source.close();
  });

  test('refuses what leaves the file before anything is allocated', () => {
    const source = fileSource(scratch.write('some', bytes));
    expect(() => source.read(99_991, 10)).toThrow(FormatError);
    expect(() => source.read(0, 2 ** 40)).toThrow(FormatError);
    expect(() => source.read(-1, 1)).toThrow(FormatError);
    source.close();
  });

  test('a file that became shorter is noticed', () => {
    const path = scratch.write('shrinking', bytes);
    const source = fileSource(path);
    writeFileSync(path, 'short');
    expect(() => source.read(0, 100)).toThrow('became shorter');
    source.close();
  });

  test.skipIf(process.platform !== 'linux')('what has no size is read to its end', () => {
    const source = fileSource('/proc/self/status');
    expect(new TextDecoder().decode(source.read(0, 5))).toBe('Name:');
    expect(source.size).toBeGreaterThan(100);
  });

  test('system errors name the path', () => {
    expect(() => fileSource(scratch.path('none'))).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    expect(() => fileSource(scratch.folder)).toThrow(
      expect.objectContaining({ code: 'EISDIR', path: scratch.folder }),
    );
  });
});

describe('writeWhole', () => {
  test('makes a file and leaves nothing beside it', () => {
    const path = scratch.path('made');
    writeWhole(path, bytes);
    expect(Uint8Array.from(readFileSync(path))).toEqual(bytes);
    expect(readdirSync(scratch.folder).filter(name => name.includes('made'))).toEqual(['made']);
  });

  test.skipIf(isWindows)('puts a new file in the place of the old one, which open readers keep', () => {
    const path = scratch.write('replaced', bytes);
    chmodSync(path, 0o640);
    const reader = fileSource(path);
    writeWhole(path, Uint8Array.of(1, 2, 3));
    expect(reader.read(0, bytes.length)).toEqual(bytes);
    reader.close();
    expect([...readFileSync(path)]).toEqual([1, 2, 3]);
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });

  test.skipIf(isWindows)('follows a symbolic link, which stays one', () => {
    const target = scratch.write('target', bytes);
    const link = scratch.path('link');
    symlinkSync('target', link);
    writeWhole(link, Uint8Array.of(4));
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect([...readFileSync(target)]).toEqual([4]);
  });

  test.skipIf(isWindows)('makes the file that a link leads to', () => {
    mkdirSync(scratch.path('far'));
    symlinkSync('far/next', scratch.path('first'));
    symlinkSync('../made-there', scratch.path('far/next'));
    writeWhole(scratch.path('first'), bytes);
    expect(lstatSync(scratch.path('first')).isSymbolicLink()).toBe(true);
    expect(lstatSync(scratch.path('far/next')).isSymbolicLink()).toBe(true);
    expect(lstatSync(scratch.path('made-there')).isFile()).toBe(true);
  });

  const isRoot = process.getuid?.() === 0;
  test.skipIf(!isRoot)(`keeps owner and mode${isRoot ? '' : ' (skipped: needs root)'}`, () => {
    const path = scratch.write('owned', bytes);
    chownSync(path, 12, 34);
    chmodSync(path, 0o4750);
    writeWhole(path, Uint8Array.of(1));
    const { uid, gid, mode } = statSync(path);
    expect([uid, gid, mode & 0o7777]).toEqual([12, 34, 0o4750]);
  });

  test('fails with the path that was asked for and without a trace', () => {
    const nowhere = scratch.path('no/such/file');
    expect(() => writeWhole(nowhere, bytes)).toThrow(
      expect.objectContaining({ code: 'ENOENT', path: nowhere }),
    );
    const folder = scratch.path('folder');
    mkdirSync(folder);
    expect(() => writeWhole(folder, bytes)).toThrow(expect.objectContaining({ code: 'EISDIR' }));
    expect(readdirSync(scratch.folder).filter(name => name.endsWith('.tmp'))).toEqual([]);
  });

  test("what was killed here before is in nobody's way", () => {
    const left = scratch.write(`.again.${process.pid}.tmp`, Uint8Array.of(1));
    writeWhole(scratch.path('again'), bytes);
    expect(statSync(scratch.path('again')).size).toBe(bytes.length);
    expect([...readFileSync(left)]).toEqual([1]);
    rmSync(left);
    expect(readdirSync(scratch.folder).filter(name => name.endsWith('.tmp'))).toEqual([]);
  });

  test('a name as long as names can be', () => {
    const path = scratch.path('n'.repeat(255));
    writeWhole(path, bytes);
    expect(statSync(path).size).toBe(bytes.length);
  });

  test.skipIf(process.platform !== 'linux')('a full device is named', () => {
    expect(() => writeWhole('/dev/full', bytes)).toThrow(
      expect.objectContaining({ code: 'ENOSPC', path: '/dev/full' }),
    );
  });

  test.skipIf(isWindows)('writes into a device as it is', () => {
    writeWhole('/dev/null', bytes);
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });
});

describe.skipIf(isWindows)('signals wait', () => {
  const run = (body: string) => {
    const url = (name: string) => JSON.stringify(new URL(`../dist/${name}.js`, import.meta.url));
    const program = `import { writeAllWhole } from ${url('files')};
import { stoppable, turn } from ${url('signals')};
const send = () => process.kill(process.pid, 'SIGTERM');
const path = process.argv[1];
${body}`;
    const path = scratch.path('held');
    rmSync(path, { force: true });
    const args = ['--input-type=module', '-e', program, path];
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(readdirSync(scratch.folder).filter(name => name.endsWith('.tmp'))).toEqual([]);
    return { status, signal, stdout, stderr, size: statSync(path, { throwIfNoEntry: false })?.size };
  };
  const parts = `function* parts(wrong) {
  yield new Uint8Array(70000);
  send();
  yield new Uint8Array(70000);
  if (wrong) throw new Error('no more');
}`;

  test('until the file is whole; then they end the process', () => {
    const outcome = run(`${parts}
writeAllWhole([{ path, bytes: parts(false) }]);
console.log('written');
await new Promise(resolve => setTimeout(resolve, 60000));
console.log('too late');`);
    expect(outcome).toEqual({
      status: null,
      signal: 'SIGTERM',
      stdout: 'written\n',
      stderr: '',
      size: 140000,
    });
  });

  test('until what failed is removed', () => {
    const outcome = run(`${parts}
try { writeAllWhole([{ path, bytes: parts(true) }]); } catch ({ message }) { console.log(message); }
await new Promise(resolve => setTimeout(resolve, 60000));`);
    expect(outcome).toEqual({
      status: null,
      signal: 'SIGTERM',
      stdout: 'no more\n',
      stderr: '',
      size: undefined,
    });
  });

  test('until work that was told to stop is done', () => {
    const outcome = run(`let isStopped = false;
await stoppable(() => { isStopped = true; }, async () => {
  send();
  while (!isStopped) await turn();
  writeAllWhole([{ path, bytes: new Uint8Array(5) }]);
  await turn();
  console.log('done');
});
console.log('too late');`);
    expect(outcome).toEqual({ status: null, signal: 'SIGTERM', stdout: 'done\n', stderr: '', size: 5 });
  });

  test('and none is waited for afterwards', () => {
    const outcome = run(`writeAllWhole([{ path, bytes: new Uint8Array(5) }]);
await stoppable(() => {}, () => turn());
for (let i = 0; i < 3; i++) await turn();
console.log(process.listenerCount('SIGTERM'));`);
    expect(outcome).toEqual({ status: 0, signal: null, stdout: '0\n', stderr: '', size: 5 });
  });
});

describe('writeAllWhole', () => {
  const first = scratch.path('first');
  const second = scratch.path('second');
  const both = (path: string) => [
    { path: first, bytes },
    { path, bytes: Uint8Array.of(5) },
  ];

  test('makes all files', () => {
    writeAllWhole(both(second));
    expect([statSync(first).size, statSync(second).size]).toEqual([bytes.length, 1]);
  });

  test('makes none where one cannot be written', () => {
    writeFileSync(first, 'old');
    const before = readdirSync(scratch.folder);
    for (const path of [scratch.path('no/such/file'), scratch.folder]) {
      expect(() => writeAllWhole(both(path))).toThrow(expect.objectContaining({ path }));
    }
    expect(readFileSync(first, 'utf8')).toBe('old');
    expect(readdirSync(scratch.folder)).toEqual(before);
  });

  test('in parts; where one cannot be made, no file appears', () => {
    function* parts(count: number) {
      for (let i = 0; i < count; i++) yield bytes.subarray(i * 1000, (i + 1) * 1000);
      if (count < 100) throw new Error('no more');
    }
    writeAllWhole([{ path: first, bytes: parts(100) }]);
    expect(Uint8Array.from(readFileSync(first))).toEqual(bytes);
    const before = readdirSync(scratch.folder);
    expect(() => writeAllWhole([{ path: first, bytes: parts(99) }])).toThrow('no more');
    expect(Uint8Array.from(readFileSync(first))).toEqual(bytes);
    expect(readdirSync(scratch.folder)).toEqual(before);
  });
});
