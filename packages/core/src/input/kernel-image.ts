import { type ByteSource, FormatError, memorySource } from '../bytes/index.js';
import { type Compression, decompress, detectCompression } from '../compress/index.js';
import { isElf } from '../elf/index.js';
import { findBtfBlob } from './embedded-btf.js';

/** What kind of image the first bytes show, and where it says that its payload stands, if it says so. */
interface ImageKind {
  readonly name: string;
  /** Absent: the payload is to be searched for, or (`plain`) the image is not compressed at all. */
  readonly payload?: { readonly offset: number; readonly length: number };
  readonly plain?: boolean;
}

/** As much of a file as `identifyImage` looks at. */
export const IMAGE_START = 0x250;

const SETUP_MAGIC = 0x53726448; // "HdrS"
const ZBOOT_MAGIC = 0x676d697a; // "zimg"
const ARM64_MAGIC = 0x644d5241; // "ARM\x64"
const RISCV_MAGIC = 0x05435352; // "RSC\x05"
const ZIMAGE_MAGIC = 0x016f2818;
const UIMAGE_MAGIC = 0x27051956;

/**
 * Tells a kernel image by its header: x86 bzImage (Documentation/arch/x86/boot.rst), EFI zboot
 * (drivers/firmware/efi/libstub/zboot-header.S), arm64 and RISC-V Image (Documentation/arch/arm64/booting.rst,
 * arch/riscv/boot-image-header.rst), arm zImage (arch/arm/boot/compressed/head.S), U-Boot's uImage.
 */
export function identifyImage(start: Uint8Array): ImageKind | undefined {
  if (start.length < 0x40) return undefined;
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  if (start.length >= IMAGE_START && view.getUint32(0x202, true) === SETUP_MAGIC) return bzImage(view);
  if (view.getUint16(0) === 0x4d5a && view.getUint32(4, true) === ZBOOT_MAGIC) {
    return { name: 'zboot', payload: { offset: view.getUint32(8, true), length: view.getUint32(12, true) } };
  }
  if (view.getUint32(0x38, true) === ARM64_MAGIC) return { name: 'Image', plain: true };
  if (view.getUint32(0x38, true) === RISCV_MAGIC) return { name: 'Image', plain: true };
  if (view.getUint32(0x24, true) === ZIMAGE_MAGIC) return { name: 'zImage' };
  if (view.getUint32(0) === UIMAGE_MAGIC) return { name: 'uImage' };
  return undefined;
}

function bzImage(view: DataView): ImageKind {
  const name = 'bzImage';
  // payload_offset counts from the protected-mode code, which follows the boot sector and setup_sects sectors.
  const setupSectors = view.getUint8(0x1f1) || 4;
  const length = view.getUint32(0x24c, true);
  if (view.getUint16(0x206, true) < 0x208 || length === 0) return { name };
  return { name, payload: { offset: (setupSectors + 1) * 512 + view.getUint32(0x248, true), length } };
}

/** What an image holds: its kernel as an ELF file, or as the bare memory image that arm64 and RISC-V boot. */
export interface ImageContent {
  readonly source: ByteSource;
  /** Names of the layers that were taken off: ['bzImage', 'xz']. */
  readonly via: readonly string[];
}

/** Takes the kernel out of an image. FormatError when there is none, or its compression is not supported. */
export async function openImage(source: ByteSource, kind: ImageKind): Promise<ImageContent> {
  if (kind.plain) return { source, via: [kind.name] };
  const found = kind.payload ? await readPayload(source, kind.payload) : await searchPayload(source);
  return { source: memorySource(found.bytes, source.name), via: [kind.name, found.method] };
}

interface Payload {
  readonly method: Compression;
  readonly bytes: Uint8Array;
}

async function readPayload(
  source: ByteSource,
  { offset, length }: { offset: number; length: number },
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

/** Looks for a compressed kernel as the kernel's scripts/extract-vmlinux does: by magic number, then by trying. */
async function searchPayload(source: ByteSource): Promise<Payload> {
  const image = source.read(0, source.size);
  let tries = 0;
  for (let at = 0; at + 8 <= image.length && tries < MOST_TRIES; at++) {
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

async function tryPayload(method: Compression, bytes: Uint8Array): Promise<Uint8Array | undefined> {
  try {
    const content = await decompress(method, bytes, { trailing: true });
    return isElf(content) || findBtfBlob(content) ? content : undefined;
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
