import { FormatError, locateAsync, type Where } from '../bytes/index.js';
import { inflate, unzstd } from '../compress/index.js';
import { ELFCOMPRESS_ZLIB, ELFCOMPRESS_ZSTD, SHF_COMPRESSED } from './constants.js';
import type { Elf } from './elf.js';
import type { Section } from './section.js';

const LEGACY_HEADER = 12;

export function isCompressedSection(section: Section): boolean {
  return (section.flags & SHF_COMPRESSED) !== 0 || section.label.startsWith('.zdebug_');
}

/** What stands before the compressed bytes, in either form. */
interface CompressionHeader {
  readonly method: number;
  /** Size that the content has when decompressed, as the file says. */
  readonly size: number;
  readonly length: number;
}

/** gABI, "Section Compression": Elf32_Chdr and Elf64_Chdr. */
function readChdr(elf: Elf, bytes: Uint8Array, where: Where): CompressionHeader {
  const length = elf.is64 ? 24 : 12;
  if (bytes.length < length)
    throw new FormatError(`compression header of ${length} bytes in ${bytes.length}`, where);
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  const size = elf.is64
    ? Number(view.getBigUint64(8, elf.littleEndian))
    : view.getUint32(4, elf.littleEndian);
  return { method: view.getUint32(0, elf.littleEndian), size, length };
}

/** GNU's form before SHF_COMPRESSED: "ZLIB", then the size as 8 big-endian bytes whatever the file's byte order. */
function readLegacyHeader(bytes: Uint8Array, where: Where): CompressionHeader | undefined {
  if (bytes.length < LEGACY_HEADER) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, LEGACY_HEADER);
  if (view.getUint32(0) !== 0x5a4c4942) return undefined;
  const size = Number(view.getBigUint64(4));
  if (!Number.isSafeInteger(size)) throw new FormatError('size in the ZLIB header is above 2^53', where);
  return { method: ELFCOMPRESS_ZLIB, size, length: LEGACY_HEADER };
}

/** Decompresses a SHF_COMPRESSED or `.zdebug_*` section whose range was checked. */
export async function decompressSection(elf: Elf, section: Section, where: Where): Promise<Uint8Array> {
  const bytes = elf.raw(section);
  const modern = (section.flags & SHF_COMPRESSED) !== 0;
  const header = modern ? readChdr(elf, bytes, where) : readLegacyHeader(bytes, where);
  if (header === undefined) return bytes.slice();
  const stream = bytes.subarray(header.length);
  return locateAsync(where, async () => {
    const content = await decompress(header.method, stream, header.size);
    if (content.length !== header.size) {
      throw new FormatError(`decompresses to ${content.length} bytes, its header says ${header.size}`);
    }
    return content;
  });
}

async function decompress(method: number, stream: Uint8Array, size: number): Promise<Uint8Array> {
  if (method === ELFCOMPRESS_ZLIB) return inflate(stream, { format: 'zlib', limit: size });
  if (method === ELFCOMPRESS_ZSTD) return unzstd(stream, { limit: size });
  throw new FormatError(`compressed by method ${method}, expected 1 (zlib) or 2 (zstd)`);
}
