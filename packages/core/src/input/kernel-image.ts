import { type ByteSource, FormatError, memorySource } from '../bytes/index.js';
import { type Compression, decompress, detectCompression } from '../compress/index.js';
import { isElf } from '../elf/index.js';
import { findBtfBlob } from './embedded-btf.js';

/** What kind of image the first bytes show, and where it says that its payload stands. */
type ImageKind =
  | { readonly name: string; readonly form: 'compressed'; readonly offset: number; readonly length: number }
  /** An arm zImage tells where its payload ends, not where it begins. */
  | { readonly name: string; readonly form: 'ends at'; readonly table: number }
  /** The kernel's bare memory image. */
  | { readonly name: string; readonly form: 'plain' };

/** As much of a file as `identifyImage` looks at. */
export const IMAGE_START = 0x250;

const SETUP_MAGIC = 0x53726448; // "HdrS"
const ZBOOT_MAGIC = 0x676d697a; // "zimg"
const ARM64_MAGIC = 0x644d5241; // "ARM\x64"
const RISCV_MAGIC = 0x05435352; // "RSC\x05"
const LINUX_PE_MAGIC = 0x818223cd; // in the place of the former two on LoongArch
const ZIMAGE_MAGIC = 0x016f2818;
const ZIMAGE_TABLE_MAGIC = 0x45454545;
const ZIMAGE_SIZE_TAG = 0x5a534c4b; // "KLSZ"

/**
 * Tells a kernel image by its header: x86 bzImage (Documentation/arch/x86/boot.rst), EFI zboot
 * (drivers/firmware/efi/libstub/zboot-header.S), arm64, RISC-V and LoongArch Image (arch/arm64/booting.rst and
 * arch/riscv/boot-image-header.rst in Documentation, arch/loongarch/kernel/head.S), arm zImage
 * (arch/arm/boot/compressed/head.S).
 */
export function identifyImage(start: Uint8Array): ImageKind | undefined {
  if (start.length < 0x40) return undefined;
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  if (start.length >= IMAGE_START && view.getUint32(0x202, true) === SETUP_MAGIC) return bzImage(view);
  if (view.getUint16(0) === 0x4d5a && view.getUint32(4, true) === ZBOOT_MAGIC) {
    return {
      name: 'zboot',
      form: 'compressed',
      offset: view.getUint32(8, true),
      length: view.getUint32(12, true),
    };
  }
  const magic = view.getUint32(0x38, true);
  if (magic === ARM64_MAGIC || magic === RISCV_MAGIC || magic === LINUX_PE_MAGIC) {
    return { name: 'Image', form: 'plain' };
  }
  if (view.getUint32(0x24, true) === ZIMAGE_MAGIC && view.getUint32(0x34, true) === ZIMAGE_TABLE_MAGIC) {
    return { name: 'zImage', form: 'ends at', table: view.getUint32(0x38, true) };
  }
  return undefined;
}

function bzImage(view: DataView): ImageKind {
  const version = view.getUint16(0x206, true);
  if (version < 0x208) {
    throw new FormatError(`bzImage of boot protocol 0x${version.toString(16)}, expected 0x208 or later`);
  }
  // payload_offset counts from the protected-mode code, which follows the boot sector and setup_sects sectors.
  const setupSectors = view.getUint8(0x1f1) || 4;
  const offset = (setupSectors + 1) * 512 + view.getUint32(0x248, true);
  return { name: 'bzImage', form: 'compressed', offset, length: view.getUint32(0x24c, true) };
}

/** What an image holds: its kernel as an ELF file, or as the bare memory image that arm64 and RISC-V boot. */
export interface ImageContent {
  readonly source: ByteSource;
  /** Names of the layers that were taken off: ['bzImage', 'xz']. */
  readonly via: readonly string[];
}

/** Takes the kernel out of an image. FormatError when there is none, or its compression is not supported. */
export async function openImage(source: ByteSource, kind: ImageKind): Promise<ImageContent> {
  if (kind.form === 'plain') return { source, via: [kind.name] };
  const found =
    kind.form === 'compressed' ? await readPayload(source, kind) : await searchPayload(source, kind.table);
  return { source: memorySource(found.bytes, source.name), via: [kind.name, found.method] };
}

interface Payload {
  readonly method: Compression;
  readonly bytes: Uint8Array;
}

async function readPayload(
  source: ByteSource,
  { offset, length }: { readonly offset: number; readonly length: number },
): Promise<Payload> {
  const where = { file: source.name, section: 'kernel payload', offset };
  if (offset + length > source.size) {
    throw new FormatError(
      `${length} bytes run past the end of the image at 0x${source.size.toString(16)}`,
      where,
    );
  }
  const payload = source.read(offset, length);
  const method = detectCompression(payload);
  if (method === undefined) throw new FormatError('compressed in no way that is known', where);
  // Formats that do not end with their size have it appended, in four bytes (scripts/Makefile.lib, size_append).
  const bytes = await decompress(method, payload, { trailing: true });
  return { method, bytes };
}

/** Kinds of payload whose magic number is long enough to search for. */
const SEARCHED = new Set<Compression>(['gzip', 'xz', 'zstd', 'lz4']);
/** Places with a magic number that are tried before giving up: code can hold a few by chance. */
const MOST_TRIES = 32;

/** Looks for the start of a zImage's payload by magic number, then by trying, as scripts/extract-vmlinux does. */
async function searchPayload(source: ByteSource, table: number): Promise<Payload> {
  const end = payloadEnd(source, table);
  const image = source.read(0, end);
  let tries = 0;
  for (let at = 0; at + 8 <= end && tries < MOST_TRIES; at++) {
    const first = image[at];
    if (first !== 0x1f && first !== 0xfd && first !== 0x28 && first !== 0x02) continue;
    const method = detectCompression(image.subarray(at, at + 8));
    if (method === undefined || !SEARCHED.has(method)) continue;
    tries++;
    const bytes = await tryPayload(method, image.subarray(at));
    if (bytes) return { method, bytes };
  }
  throw new FormatError('no gzip, xz, zstd or lz4 payload with a kernel in it', { file: source.name });
}

/**
 * The table of arch/arm/boot/compressed/vmlinux.lds.S: words, tag, where the kernel's size stands (behind
 * the compressed data, or as the last word of gzip data).
 */
function payloadEnd(source: ByteSource, table: number): number {
  const where = { file: source.name, section: 'zImage table', offset: table };
  if (table + 12 > source.size) throw new FormatError('the table runs past the end of the image', where);
  const bytes = source.read(table, 12);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 12);
  const end = view.getUint32(8, true) + 4;
  if (view.getUint32(4, true) !== ZIMAGE_SIZE_TAG || end > source.size) {
    throw new FormatError('no place of the kernel size in the table', where);
  }
  return end;
}

async function tryPayload(method: Compression, bytes: Uint8Array): Promise<Uint8Array | undefined> {
  try {
    const content = await decompress(method, bytes, { trailing: true });
    return isElf(content) || findBtfBlob(content) ? content : undefined;
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
