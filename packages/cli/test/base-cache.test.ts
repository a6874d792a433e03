import { spawn, spawnSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { assemble, Btf, infoOf, Kind } from '@btfkit/core/btf';
import { memorySource } from '@btfkit/core/bytes';
import { Elf } from '@btfkit/core/elf';
import { Encoder } from '@btfkit/core/encode';
import { beforeEach, describe, expect, test } from 'vitest';
import { executable, scratchFolder } from './run.js';

const scratch = scratchFolder();
const fixture = (name: string) => fileURLToPath(new URL(`../../../fixtures/module/${name}`, import.meta.url));
const module = fixture('btfkit_demo.ko');
const output = scratch.path('module.btf');
const long = new Date(Date.now() - 3_600_000);

/** The kernel of the fixtures with so many more types that it is worth keeping. */
function kernel(more: number): Uint8Array {
  const { words, strings, endId } = Btf.parse(readFileSync(fixture('mini-vmlinux.btf')));
  const pointers = Array.from({ length: more }, (_, i) => [
    0,
    infoOf(Kind.PTR, 0, false),
    i === 0 ? 0 : endId + i - 1,
  ]);
  return assemble({ words: Uint32Array.from([...words, ...pointers.flat()]), strings: strings.bytes });
}

/** Writes a base that has not changed for long. */
function writeBase(name: string, bytes: Uint8Array): string {
  const path = scratch.write(name, bytes);
  utimesSync(path, long, long);
  return path;
}

const base = writeBase('vmlinux.btf', kernel(10_000));
const expected = await encoded(base);

async function encoded(path: string): Promise<Uint8Array> {
  const elf = Elf.open(memorySource(readFileSync(module), 'module'));
  return new Encoder(Btf.parse(readFileSync(path))).encode(elf);
}

let cache = '';
let tests = 0;
beforeEach(() => {
  cache = scratch.path(`cache-${++tests}`);
});
const images = () => (existsSync(cache) ? readdirSync(cache) : []);
const theImage = () => {
  expect(images()).toEqual([expect.stringMatching(/^base-[0-9a-f]{8}\.image$/)]);
  return join(cache, images()[0]!);
};
const command = (on: string, ...more: string[]) => [
  executable,
  'encode',
  module,
  '--base',
  on,
  '-o',
  output,
  ...more,
];

/** Checksum and length, key, and image. */
function parts(path: string): [Buffer, Buffer, Buffer] {
  const bytes = readFileSync(path);
  const end = 8 + bytes.readUInt32BE(4);
  return [bytes.subarray(0, 8), bytes.subarray(8, end), bytes.subarray(end)];
}

/** The BTF of the demo module by a call of its own. */
function encode(on = base, more: string[] = [], env: NodeJS.ProcessEnv = {}): Uint8Array {
  const options = { encoding: 'utf8', env: { ...process.env, BTFKIT_CACHE: cache, ...env } } as const;
  const { status, stderr } = spawnSync(process.execPath, command(on, ...more), options);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return new Uint8Array(readFileSync(output));
}

describe('a base is kept from call to call', () => {
  test('with the same result', () => {
    expect(encode()).toEqual(expected);
    const { ino, mtimeMs } = statSync(theImage());
    expect(encode()).toEqual(expected);
    expect(statSync(theImage())).toMatchObject({ ino, mtimeMs });
  });

  test('and read from there', () => {
    const other = writeBase('other.btf', kernel(20_000));
    const onOther = encode(other);
    const [header, key, image] = parts(theImage());
    encode();
    expect(images()).toHaveLength(2);
    const path = join(cache, images().find(name => !readFileSync(join(cache, name)).includes(key))!);
    // The image of the other base in the place of this one's, all in order.
    const forged = Buffer.concat([header, parts(path)[1], image]);
    forged.writeUInt32BE(crc32(forged.subarray(4)), 0);
    writeFileSync(path, forged);
    expect(encode()).toEqual(onOther);
    expect(onOther).not.toEqual(expected);
  });

  test('in the folder of the platform, unless BTFKIT_CACHE names one', () => {
    const home = scratch.path(`home-${tests}`);
    const env = {
      BTFKIT_CACHE: '',
      HOME: home,
      XDG_CACHE_HOME: join(home, 'xdg'),
      LOCALAPPDATA: join(home, 'xdg'),
    };
    encode(base, [], env);
    const folder = process.platform === 'darwin' ? join(home, 'Library/Caches') : join(home, 'xdg');
    expect(readdirSync(join(folder, 'btfkit'))).toHaveLength(1);
    encode(base, [], { ...env, XDG_CACHE_HOME: undefined });
    if (process.platform === 'linux') expect(readdirSync(join(home, '.cache/btfkit'))).toHaveLength(1);
  });

  test('by calls at the same time', async () => {
    const env = { ...process.env, BTFKIT_CACHE: cache };
    const calls = Array.from({ length: 4 }, (_, i) => {
      const child = spawn(process.execPath, [...command(base).slice(0, -1), `${output}.${i}`], { env });
      return new Promise(done => child.on('close', done));
    });
    expect(await Promise.all(calls)).toEqual([0, 0, 0, 0]);
    for (let i = 0; i < 4; i++) expect(new Uint8Array(readFileSync(`${output}.${i}`))).toEqual(expected);
    theImage();
    expect(encode()).toEqual(expected);
  });

  test('by several files in one call, on threads', () => {
    const out = scratch.path(`many-${tests}`);
    const copies = ['a.ko', 'b.ko', 'c.ko'].map(name => scratch.write(name, readFileSync(module)));
    for (let call = 0; call < 2; call++) {
      const { status } = spawnSync(
        process.execPath,
        [executable, 'encode', ...copies, '--base', base, '--out-dir', out, '-j', '2'],
        { env: { ...process.env, BTFKIT_CACHE: cache } },
      );
      expect(status).toBe(0);
      for (const name of ['a', 'b', 'c']) {
        expect(new Uint8Array(readFileSync(join(out, `${name}.btf`)))).toEqual(expected);
      }
      theImage();
    }
  });
});

describe('nothing is kept', () => {
  test.each([
    ['with --no-cache', ['--no-cache'], {}],
    ['with BTFKIT_CACHE=off', [], { BTFKIT_CACHE: 'off', XDG_CACHE_HOME: scratch.path('xdg') }],
  ])('%s', (_, more, env) => {
    expect(encode(base, more, env)).toEqual(expected);
    expect(images()).toEqual([]);
    expect(existsSync(scratch.path('xdg'))).toBe(false);
  });

  test('of a base that has just changed', () => {
    const path = scratch.write('fresh.btf', kernel(10_000));
    // As far as the clock of a call tells: it may take long to start.
    const soon = new Date(Date.now() + 60_000);
    utimesSync(path, soon, soon);
    encode(path);
    expect(images()).toEqual([]);
  });

  test('of a small base', () => {
    encode(fixture('mini-vmlinux.btf'));
    expect(images()).toEqual([]);
  });

  test('where the folder cannot be made', () => {
    writeFileSync(cache, 'a file');
    expect(encode()).toEqual(expected);
    expect(readFileSync(cache, 'utf8')).toBe('a file');
  });
});

describe('what is not to be believed is not used', () => {
  test('a base that was replaced by one of the same size and times', async () => {
    const path = writeBase('replaced.btf', kernel(10_000));
    encode(path);
    const bytes = kernel(10_000);
    // Another name of a type that the module refers to.
    const at = Buffer.from(bytes).indexOf('list_head\0');
    expect(at).toBeGreaterThan(0);
    bytes[at] = 'm'.charCodeAt(0);
    writeBase('replaced.btf', bytes);
    const anew = await encoded(path);
    expect(anew).not.toEqual(expected);
    expect(encode(path)).toEqual(anew);
  });

  test.each([0, 4, 8, 100, 5000, -5000, -1])('an image with a wrong byte at %i', at => {
    encode();
    const path = theImage();
    const good = readFileSync(path);
    const bad = Buffer.from(good);
    const index = at < 0 ? bad.length + at : at;
    bad[index] = bad[index]! ^ 0x40;
    writeFileSync(path, bad);
    expect(encode()).toEqual(expected);
    expect(readFileSync(theImage()).equals(good)).toBe(true);
  });

  test.each([0, 5, 200, 100_000])('an image of which %i bytes are left', length => {
    encode();
    const path = theImage();
    const good = readFileSync(path);
    truncateSync(path, length);
    expect(encode()).toEqual(expected);
    expect(readFileSync(theImage()).equals(good)).toBe(true);
  });

  test('an image full of zeros, as a crash of the machine can leave it', () => {
    encode();
    const path = theImage();
    writeFileSync(path, Buffer.alloc(statSync(path).size));
    expect(encode()).toEqual(expected);
  });

  const isRoot = process.getuid?.() === 0;
  test.skipIf(!isRoot)(`an image of another user${isRoot ? '' : ' (skipped: needs root)'}`, () => {
    encode();
    const path = theImage();
    chownSync(path, 1, 1);
    expect(encode()).toEqual(expected);
    expect(statSync(theImage()).uid).toBe(0);
  });
});

test('the images that were used last stay', () => {
  mkdirSync(cache);
  const name = (i: number) => `base-0000000${i}.image`;
  for (let i = 0; i < 9; i++) {
    const path = join(cache, name(i));
    writeFileSync(path, '');
    utimesSync(path, i, i);
  }
  writeFileSync(join(cache, 'of-somebody-else'), '');
  encode();
  const left = images();
  expect(left.filter(one => one.endsWith('.image'))).toHaveLength(8);
  expect(left).not.toContain(name(0));
  expect(left).not.toContain(name(1));
  expect(left).toEqual(expect.arrayContaining([name(2), name(8), 'of-somebody-else']));
});
