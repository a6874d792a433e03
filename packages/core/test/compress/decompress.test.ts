import { deflateSync, gzipSync } from 'node:zlib';
import { FormatError } from '@btfkit/core/bytes';
import { decompress, detectCompression, inflate, unxz, unzstd } from '@btfkit/core/compress';
import { describe, expect, test } from 'vitest';
import { isRefused, vector, vectors } from './vectors.js';

const equal = (found: Uint8Array, expected: Uint8Array) => expect(Buffer.compare(found, expected)).toBe(0);
const concat = (...parts: Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));

test.each(vectors.map(one => [one.title, one] as const))('%s is told apart by content', (_, one) => {
  expect(detectCompression(one.bytes)).toBe(one.method);
});

test.each(vectors.filter(one => !isRefused(one)).map(one => [one.title, one] as const))(
  '%s',
  async (_, one) => {
    equal(await decompress(one.method, one.bytes), one.content);
  },
);

test('what is not compressed', () => {
  for (const start of [[], [0x9f, 0xeb, 1, 0], [0x7f, 0x45, 0x4c, 0x46], [0x1f, 0x8b]]) {
    expect(detectCompression(Uint8Array.from(start))).toBeUndefined();
  }
});

describe('refused by name', () => {
  test('bzip2', async () => {
    const one = vector('words: bzip2');
    await expect(decompress('bzip2', one.bytes)).rejects.toThrow(
      'compressed with bzip2, which is not supported',
    );
  });
  test('lzo', async () => {
    const bytes = Uint8Array.of(0x89, 0x4c, 0x5a, 0x4f, 0, 0x0d, 0x0a, 0x1a, 0x0a);
    expect(detectCompression(bytes)).toBe('lzo');
    await expect(decompress('lzo', bytes)).rejects.toThrow('compressed with lzo, which is not supported');
  });
  test('the delta filter of xz', () => {
    expect(() => unxz(vector('words: xz --check=crc32 --delta').bytes)).toThrow(
      'xz filter delta is not supported',
    );
  });
});

describe('more than one piece', () => {
  const words = vector('words: zstd -19');
  const noise = vector('noise: zstd');
  const skippable = Uint8Array.of(0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9);

  test('zstd frames with skippable ones between', () => {
    const bytes = concat(words.bytes, skippable, noise.bytes, skippable);
    equal(unzstd(bytes), concat(words.content, noise.content));
  });

  test('xz streams with padding between', () => {
    const one = vector('words: xz -6');
    equal(unxz(concat(one.bytes, new Uint8Array(8), one.bytes)), concat(one.content, one.content));
    expect(() => unxz(concat(one.bytes, new Uint8Array(3)))).toThrow(FormatError);
  });

  test('gzip members', async () => {
    const bytes = concat(gzipSync('one '), gzipSync('two'));
    expect(Buffer.from(await inflate(bytes, { format: 'gzip' })).toString()).toBe('one two');
  });
});

describe('bytes behind the compressed ones', () => {
  const rest = Uint8Array.of(1, 2, 3, 4);
  const titles = ['words: zstd -19', 'words: xz -6', 'words: xz --format=lzma', 'words: lz4'];
  test.each(titles)('%s: accepted where asked for', async title => {
    const one = vector(title);
    equal(await decompress(one.method, concat(one.bytes, rest), { trailing: true }), one.content);
  });
  test.each(['words: zstd -19', 'words: xz -6', 'words: lz4', 'words: node:zlib'])(
    '%s: an error otherwise',
    async title => {
      const one = vector(title);
      await expect(decompress(one.method, concat(one.bytes, rest))).rejects.toThrow(FormatError);
    },
  );
});

describe('the limit on output', () => {
  test.each(vectors.filter(one => one.title.startsWith('zeros')).map(one => [one.title, one] as const))(
    '%s',
    async (_, one) => {
      await expect(decompress(one.method, one.bytes, { limit: 299_999 })).rejects.toThrow(
        'more than 299999 bytes',
      );
      equal(await decompress(one.method, one.bytes, { limit: 300_000 }), one.content);
    },
  );

  test('a bomb: 1 GiB out of 40 KB of zstd', () => {
    const block = Uint8Array.of(0x02, 0, 0x10, 0);
    const blocks = Array.from({ length: 8192 }, () => block);
    const bytes = concat(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0x58), ...blocks, Uint8Array.of(1, 0, 0));
    expect(() => unzstd(bytes)).toThrow('more than 67108864 bytes');
  });

  test('zlib', async () => {
    const bytes = deflateSync(Buffer.alloc(10_000_000));
    await expect(inflate(bytes, { format: 'zlib', limit: 1000 })).rejects.toThrow('more than 1000 bytes');
  });
});

describe('claims of a zstd frame header', () => {
  // Magic, descriptor, then what the descriptor says follows; one raw block of three bytes.
  const block = [0x19, 0, 0, 0x61, 0x62, 0x63];
  const frame = (...header: number[]) => Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, ...header, ...block);

  test('a window of 3.75 TiB allocates nothing', () => {
    expect(Buffer.from(unzstd(frame(0, 0xff))).toString()).toBe('abc');
  });
  test('a content size that is not so', () => {
    expect(() => unzstd(frame(0xe0, 0, 0, 0, 0, 0, 1, 0, 0))).toThrow(
      'gives 3 bytes, its header says 1099511627776',
    );
  });
  test('a dictionary', () => {
    expect(() => unzstd(frame(1, 0x58, 7))).toThrow('zstd data that needs a dictionary is not supported');
  });
  test('a reserved bit', () => expect(() => unzstd(frame(8, 0x58))).toThrow('reserved bit'));
});
