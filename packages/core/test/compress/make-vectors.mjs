// Writes vectors.json: each content of content.mjs compressed by the tools themselves (xz 5.4, zstd 1.5, lz4 1.9,
// bzip2 1.0). usage: node make-vectors.mjs
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { content } from './content.mjs';

const recipes = [
  ['zstd', 'words', 'zstd -1'],
  ['zstd', 'words', 'zstd -19'],
  ['zstd', 'words', 'zstd --no-check'],
  ['zstd', 'lines', 'zstd --ultra -22'],
  ['zstd', 'lines', 'zstd -3'],
  ['zstd', 'words', 'zstd --fast=5'],
  ['zstd', 'zeros', 'zstd -3'],
  ['zstd', 'noise', 'zstd -3'],
  ['zstd', 'empty', 'zstd -3'],
  ['zstd', 'branches', 'zstd -19'],
  ['xz', 'words', 'xz -6 --check=crc32'],
  ['xz', 'words', 'xz -0 --check=crc64'],
  ['xz', 'words', 'xz --check=none --lzma2=lc=1,lp=3,pb=0'],
  ['xz', 'words', 'xz --check=sha256 --lzma2=lc=0,lp=0,pb=4'],
  ['xz', 'lines', 'xz -9e --check=crc32'],
  ['xz', 'lines', 'xz -T2 --block-size=70000 --check=crc32'],
  ['xz', 'zeros', 'xz'],
  ['xz', 'noise', 'xz'],
  ['xz', 'empty', 'xz'],
  ...['x86', 'powerpc', 'arm', 'armthumb', 'arm64', 'sparc'].map(name => [
    'xz',
    'branches',
    `xz --check=crc32 --${name} --lzma2=dict=1MiB`,
  ]),
  ['xz', 'branches', 'xz --check=crc32 --x86=start=4096 --lzma2=dict=1MiB'],
  // As the kernel's scripts/xz_wrap.sh calls xz for an x86 image and for modules, and Makefile.lib calls zstd.
  ['xz', 'kernel', 'xz --check=crc32 --x86 --lzma2=dict=32MiB'],
  ['xz', 'kernel', 'xz --check=crc32 --lzma2=dict=2MiB'],
  ['zstd', 'kernel', 'zstd -22 --ultra'],
  ['xz', 'words', 'xz --check=crc32 --delta --lzma2=dict=1MiB'],
  ['lzma', 'words', 'xz --format=lzma'],
  ['lzma', 'lines', 'xz --format=lzma -9'],
  ['lz4', 'words', 'lz4 -l -9'],
  ['lz4', 'zeros', 'lz4 -l'],
  ['bzip2', 'words', 'bzip2'],
];

const vectors = recipes.map(([method, name, command]) => {
  const [tool, ...flags] = command.split(' ');
  const bytes = execFileSync(tool, [...flags, '-c'], { input: content(name) });
  return { method, content: name, command: `${command} -c`, base64: bytes.toString('base64') };
});
writeFileSync(new URL('vectors.json', import.meta.url), `${JSON.stringify(vectors, null, 1)}\n`);
