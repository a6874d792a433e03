import { FormatError } from '../bytes/index.js';
import { inflate } from './inflate.js';
import { unlz4Legacy } from './lz4.js';
import { isLzmaAlone, unlzma } from './lzma-alone.js';
import { unxz } from './xz.js';
import { unzstd } from './zstd.js';

/** What `detectCompression` tells apart; bzip2 and lzo are named only to be refused by name. */
export type Compression = 'gzip' | 'xz' | 'zstd' | 'lzma' | 'lz4' | 'bzip2' | 'lzo';

export interface DecompressOptions {
  /** Most bytes of output to accept: 2 GiB unless said, and at most 64 MiB or 1,032 times the input. */
  readonly limit?: number;
  /**
   * Other bytes may follow the compressed ones, as a kernel's size does in an image. Not so for gzip: the platform's
   * decoder does not say where the data ends.
   */
  readonly trailing?: boolean;
}

// As the kernel's lib/decompress.c has them; the names are those of its `compressed_formats`.
const magics: readonly (readonly [Compression, readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b, 8]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['lz4', [0x02, 0x21, 0x4c, 0x18]],
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['lzo', [0x89, 0x4c, 0x5a, 0x4f]],
];

/** Tells the compression by the first bytes; the .lzma format, which has no magic number, last. */
export function detectCompression(start: Uint8Array): Compression | undefined {
  for (const [name, magic] of magics) if (magic.every((byte, i) => start[i] === byte)) return name;
  return isLzmaAlone(start) ? 'lzma' : undefined;
}

/** Decompresses all of `bytes`. FormatError for broken data, for more output than the limit, for bzip2 and lzo. */
export async function decompress(
  method: Compression,
  bytes: Uint8Array,
  options: DecompressOptions = {},
): Promise<Uint8Array> {
  const { trailing = false, ...limits } = options;
  switch (method) {
    case 'gzip':
      return inflate(bytes, { format: 'gzip', ...limits });
    case 'xz':
      return unxz(bytes, { firstOnly: trailing, ...limits });
    case 'zstd':
      return unzstd(bytes, { firstOnly: trailing, ...limits });
    case 'lzma':
      return unlzma(bytes, limits);
    case 'lz4':
      return unlz4Legacy(bytes, options);
    default:
      throw new FormatError(`compressed with ${method}, which is not supported: decompress it first`);
  }
}
