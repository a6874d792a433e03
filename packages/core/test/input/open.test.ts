import { deflateSync, gzipSync } from 'node:zlib';
import { Btf, BtfBuilder } from '@btfkit/core/btf';
import { FormatError, memorySource } from '@btfkit/core/bytes';
import { btfSections, loadBases, loadBtf, openInput } from '@btfkit/core/input';
import { describe, expect, test } from 'vitest';
import { vector } from '../compress/vectors.js';
import { buildElf } from '../elf/build-elf.mjs';
import { arm64Image, btfOf, bzImage, concat, elfWith, zboot, zImage } from './images.mjs';

const source = (bytes: Uint8Array, name = 'input') => memorySource(bytes, name);
const gzip = (bytes: Uint8Array) => Uint8Array.from(gzipSync(bytes));

/** Stored in one zstd frame without compressing: raw blocks of at most 64 KiB, no checksum. */
function zstdStored(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0x58)];
  for (let at = 0; at < bytes.length; at += 65_536) {
    const piece = bytes.subarray(at, at + 65_536);
    const header = Buffer.alloc(3);
    header.writeUIntLE((piece.length << 3) | (at + 65_536 >= bytes.length ? 1 : 0), 0, 3);
    parts.push(header, piece);
  }
  return concat(...parts);
}

const btf = btfOf('answer');
const elf = elfWith(btf);
const sizeWord = Uint8Array.of(0, 0x10, 0, 0);

describe('what an input is, by content', () => {
  test.each<[string, Uint8Array, string, string[]]>([
    ['raw', btf, 'raw', []],
    ['raw, big-endian', btfOf('answer', false), 'raw', []],
    ['raw, compressed', gzip(btf), 'raw', ['gzip']],
    ['ELF', elf, 'elf', []],
    ['.ko.gz', gzip(elf), 'elf', ['gzip']],
    ['.ko.zst', zstdStored(elf), 'elf', ['zstd']],
    ['twice compressed', gzip(zstdStored(elf)), 'elf', ['gzip', 'zstd']],
    ['bzImage, gzip', bzImage(gzip(elf)), 'image', ['bzImage', 'gzip']],
    ['bzImage, zstd', bzImage(concat(zstdStored(elf), sizeWord)), 'image', ['bzImage', 'zstd']],
    ['bzImage, compressed', gzip(bzImage(gzip(elf))), 'image', ['gzip', 'bzImage', 'gzip']],
    ['zboot', zboot(gzip(arm64Image(btf))), 'image', ['zboot', 'gzip']],
    ['Image', arm64Image(btf), 'image', ['Image']],
    ['Image, big-endian BTF', arm64Image(btfOf('answer', false)), 'image', ['Image']],
    ['Image.gz', gzip(arm64Image(btf)), 'image', ['gzip', 'Image']],
    ['zImage, gzip', zImage(gzip(arm64Image(btf))), 'image', ['zImage', 'gzip']],
    ['zImage, zstd', zImage(concat(zstdStored(arm64Image(btf)), sizeWord)), 'image', ['zImage', 'zstd']],
  ])('%s', async (_, bytes, kind, via) => {
    const input = await openInput(source(bytes));
    expect(input.kind).toBe(kind);
    expect(input.via).toEqual(via);
    const found = await loadBtf(source(bytes));
    expect(found.btf.typeName(1)).toBe('answer');
    expect(found.distilledBase).toBeUndefined();
  });

  const xzX86 = vector('kernel: xz --check=crc32 --x86').bytes;
  const zstd22 = vector('kernel: zstd -22').bytes;
  test.each<[string, Uint8Array, string, string[]]>([
    ['bzImage, xz with the x86 filter', bzImage(concat(xzX86, sizeWord)), 'image', ['bzImage', 'xz']],
    ['bzImage, zstd -22', bzImage(concat(zstd22, sizeWord)), 'image', ['bzImage', 'zstd']],
    ['.ko.xz', vector('kernel: xz --check=crc32 --lzma2').bytes, 'elf', ['xz']],
    ['.ko.zst', zstd22, 'elf', ['zstd']],
  ])('%s, by the tools themselves', async (_, bytes, kind, via) => {
    const input = await openInput(source(bytes));
    expect([input.kind, input.via]).toEqual([kind, via]);
    expect(input.elf?.section('.text')?.size).toBe(6144);
    expect((await loadBtf(source(bytes))).btf.typeName(1)).toBe('kernel_type');
  });

  test('a blob is raw whatever it holds', async () => {
    for (const bytes of [new Uint8Array(0), Uint8Array.of(1), new Uint8Array(1000).fill(7)]) {
      const input = await openInput(source(bytes));
      expect(input.kind).toBe('raw');
      expect((await btfSections(input)).btf).toEqual(bytes);
    }
  });
});

describe('an input with .BTF.base', () => {
  const own = btfOf('shared_type');
  const module = new BtfBuilder({ base: Btf.parse(own) });
  module.add({ kind: 'TYPEDEF', name: 'module_type', type: 1 });
  const split = source(elfWith(module.build(), own), 'module.ko');
  const target = new BtfBuilder();
  target.add({ kind: 'FLOAT', name: 'double', size: 8 });
  target.add({ kind: 'INT', name: 'shared_type', size: 4, encoding: 1, bitOffset: 0, bits: 32 });
  const vmlinux = source(target.build(), 'vmlinux');

  test('stands on that', async () => {
    const { btf: found, distilledBase } = await loadBtf(split);
    expect(distilledBase?.typeName(1)).toBe('shared_type');
    expect(found.base).toBe(distilledBase);
    expect(found.type(2)).toEqual({ kind: 'TYPEDEF', name: 'module_type', type: 1 });
  });

  test('is relocated onto a base that is given, whatever of it is checked', async () => {
    for (const references of [true, false]) {
      const base = await loadBases([vmlinux]);
      const { btf: found, distilledBase } = await loadBtf(split, { base, references });
      expect(distilledBase?.typeName(1)).toBe('shared_type');
      expect(found.base).toBe(base);
      expect(found.name).toBe('module.ko');
      expect(found.type(3)).toEqual({ kind: 'TYPEDEF', name: 'module_type', type: 2 });
    }
  });

  test('is relocated as a layer of several', async () => {
    const base = await loadBases([vmlinux, split]);
    expect([base?.name, base?.startId, base?.base?.name]).toEqual(['module.ko', 3, 'vmlinux']);
  });

  test('stays on its own base where that is asked for', async () => {
    const base = await loadBases([vmlinux]);
    const { btf: found, distilledBase } = await loadBtf(split, { base, relocate: false });
    expect(found.base).toBe(distilledBase);
  });

  test('is refused where the base given has not what it needs', async () => {
    const base = await loadBases([source(btfOf('another_type'))]);
    await expect(loadBtf(split, { base })).rejects.toThrow(
      "module.ko: distilled base BTF type 'shared_type' [1] is not mapped to base BTF id (EINVAL)",
    );
  });
});

test('bases stand on each other, the lowest first', async () => {
  const base = await loadBases([source(btfOf('one')), source(elfWith(btfOf('two')))]);
  const { btf: found } = await loadBtf(source(btfOf('three')), { base });
  expect([found.startId, found.base?.startId, found.base?.base?.startId]).toEqual([3, 2, 1]);
  expect(await loadBases([])).toBeUndefined();
});

describe('what cannot be read', () => {
  const noBtf = buildElf({ sections: [{ name: '.text' }] });
  const withDwarf = buildElf({ sections: [{ name: '.debug_info' }] });
  const onlyDebug = buildElf({ sections: [{ name: '.BTF', type: 8, size: 100 }] });
  const cut = bzImage(gzip(elf)).subarray(0, 0x700);

  test.each<[string, Uint8Array, string]>([
    ['no .BTF', noBtf, 'vmlinuz: the ELF file has no .BTF section'],
    [
      'no .BTF, but DWARF',
      withDwarf,
      'vmlinuz: the ELF file has no .BTF section, it has DWARF that `encode`',
    ],
    ['.BTF without content', onlyDebug, 'vmlinuz: .BTF: the section has no content here'],
    ['image without BTF', arm64Image(new Uint8Array(8)), 'vmlinuz: the kernel in this image has no BTF'],
    ['payload cut off', cut, 'vmlinuz: kernel payload: offset 0x660:'],
    [
      'no compression known',
      bzImage(new Uint8Array(50)),
      'kernel payload: offset 0x660: compressed in no way',
    ],
    [
      'old boot protocol',
      bzImage(gzip(elf), 0x207),
      'vmlinuz: bzImage of boot protocol 0x207, expected 0x208',
    ],
    ['bzip2', vector('words: bzip2').bytes, 'vmlinuz: compressed with bzip2, which is not supported'],
    [
      'bzImage with bzip2',
      bzImage(vector('words: bzip2').bytes),
      'compressed with bzip2, which is not supported',
    ],
    ['zImage without kernel', zImage(gzip(new Uint8Array(100))), 'vmlinuz: no gzip, xz, zstd or lz4 payload'],
    ['broken gzip', gzip(elf).subarray(0, 40), 'vmlinuz: broken gzip data'],
    ['too deep', gzip(gzip(gzip(gzip(gzip(btf))))), 'vmlinuz: more than 4 layers of compression'],
    ['malformed .BTF', elfWith(btf.subarray(0, 10)), 'vmlinuz: BTF header: offset 0x0:'],
    ['malformed .BTF.base', elfWith(btf, btf.subarray(0, 10)), 'vmlinuz .BTF.base: BTF header:'],
  ])('%s', async (_, bytes, message) => {
    const load = () => loadBtf(source(bytes, 'vmlinuz'));
    await expect(load()).rejects.toThrow(FormatError);
    await expect(load()).rejects.toThrow(message);
    await expect(load()).rejects.toThrow(/^vmlinuz[^\n]*$/);
  });

  test('plain zlib is no file format of modules or kernels', async () => {
    expect((await openInput(source(deflateSync(elf)))).kind).toBe('raw');
  });
});
