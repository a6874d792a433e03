import { deflateSync } from 'node:zlib';
import { FormatError, memorySource } from '@btfkit/core/bytes';
import { Elf, SHF_COMPRESSED } from '@btfkit/core/elf';
import { describe, expect, test } from 'vitest';
import { vector } from '../compress/vectors.js';
import { buildElf } from './build-elf.mjs';

const ZLIB = 1;
const ZSTD = 2;
const { content: words, bytes: zstd } = vector('words: zstd -19');
const zlib = Uint8Array.from(deflateSync(words));

interface Format {
  is64: boolean;
  little: boolean;
}

/** Elf32_Chdr or Elf64_Chdr, then the compressed bytes. */
function withHeader({ is64, little }: Format, method: number, size: bigint, bytes: Uint8Array): Uint8Array {
  const header = new DataView(new ArrayBuffer(is64 ? 24 : 12));
  header.setUint32(0, method, little);
  if (is64) header.setBigUint64(8, size, little);
  else header.setUint32(4, Number(size), little);
  return Uint8Array.from(Buffer.concat([new Uint8Array(header.buffer), bytes]));
}

function legacy(size: bigint, bytes: Uint8Array): Uint8Array {
  const header = Buffer.from('ZLIB\0\0\0\0\0\0\0\0');
  header.writeBigUInt64BE(size, 4);
  return Uint8Array.from(Buffer.concat([header, bytes]));
}

function open(content: Uint8Array, options: Partial<Format> & { name?: string; flags?: number } = {}): Elf {
  const { name = '.debug_info', flags = SHF_COMPRESSED, ...format } = options;
  return Elf.open(memorySource(buildElf({ ...format, sections: [{ name, flags, content }] }), 'vmlinux'));
}

const little64 = { is64: true, little: true };
const size = BigInt(words.length);

describe.each([
  { is64: true, little: true },
  { is64: true, little: false },
  { is64: false, little: true },
  { is64: false, little: false },
])('64-bit: $is64, little-endian: $little', format => {
  test.each([
    ['zlib', ZLIB, zlib],
    ['zstd', ZSTD, zstd],
  ])('%s', async (_, method, bytes) => {
    const elf = open(withHeader(format, method, size, bytes), format);
    const section = elf.debugSection('info')!;
    expect(elf.isCompressed(section)).toBe(true);
    expect(Buffer.compare(await elf.load(section), words)).toBe(0);
    expect(() => elf.bytes(section)).toThrow(FormatError);
  });

  test('.zdebug_info, whose size is big-endian always', async () => {
    const elf = open(legacy(size, zlib), { ...format, name: '.zdebug_info', flags: 0 });
    expect(Buffer.compare(await elf.load(elf.debugSection('info')!), words)).toBe(0);
  });
});

test('.zdebug_* that was not worth compressing has no header', async () => {
  const elf = open(Uint8Array.of(1, 2, 3), { name: '.zdebug_str', flags: 0 });
  expect([...(await elf.load(elf.debugSection('str')!))]).toEqual([1, 2, 3]);
});

describe('what is wrong', () => {
  const load = (content: Uint8Array, options = {}) => {
    const elf = open(content, options);
    return elf.load(elf.sections[1]);
  };
  const zdebug = { name: '.zdebug_info', flags: 0 };

  test.each<[string, () => Promise<Uint8Array>, string]>([
    [
      'size too small',
      () => load(withHeader(little64, ZLIB, size - 1n, zlib)),
      'decompresses to more than 4999 bytes',
    ],
    ['zstd too small', () => load(withHeader(little64, ZSTD, 3n, zstd)), 'decompresses to more than 3 bytes'],
    [
      'size too large',
      () => load(withHeader(little64, ZLIB, size + 1n, zlib)),
      '5000 bytes, its header says 5001',
    ],
    [
      'huge size',
      () => load(withHeader(little64, ZLIB, 1n << 62n, zlib)),
      '5000 bytes, its header says 46116860184273',
    ],
    [
      'huge zstd',
      () => load(withHeader(little64, ZSTD, 1n << 62n, zstd)),
      '5000 bytes, its header says 46116860184273',
    ],
    [
      'method',
      () => load(withHeader(little64, 3, size, zlib)),
      'compressed by method 3, expected 1 (zlib) or 2 (zstd)',
    ],
    ['data', () => load(withHeader(little64, ZLIB, size, zlib.slice(5))), 'broken zlib data'],
    ['no header', () => load(Uint8Array.of(1, 0, 0, 0)), 'compression header of 24 bytes in 4'],
    ['legacy size', () => load(legacy(1n << 60n, zlib), zdebug), 'size in the ZLIB header is above 2^53'],
  ])('%s', async (_, run, message) => {
    await expect(run()).rejects.toThrow(FormatError);
    await expect(run()).rejects.toThrow(message);
    await expect(run()).rejects.toThrow(/^vmlinux: \.z?debug_info: [^\n]*$/);
  });
});
