import { type ByteSource, FormatError, locateAsync, memorySource } from '../bytes/index.js';
import { decompress, detectCompression } from '../compress/index.js';
import { Elf, isElf } from '../elf/index.js';
import { IMAGE_START, identifyImage, openImage } from './kernel-image.js';

/** An input with compression and kernel image taken off. */
export interface OpenedInput {
  /** `elf`: an ELF file; `image`: a kernel image; `raw`: anything else, to be judged as a BTF blob. */
  readonly kind: 'raw' | 'elf' | 'image';
  /** What was taken off, outermost first: ['xz'] for a `.ko.xz`, ['bzImage', 'zstd'] for a vmlinuz. */
  readonly via: readonly string[];
  /** The content: of the ELF file, of the kernel in the image, or of the blob. */
  readonly source: ByteSource;
  /** Of an ELF file, and of a kernel image with an ELF kernel inside; arm64 and RISC-V boot bare memory images. */
  readonly elf?: Elf;
}

/** Compressed files in compressed files, more than anybody makes. */
const MOST_LAYERS = 4;

/**
 * Opens what a user may name: raw BTF, ELF, either of them compressed, a kernel image. Told apart by content alone.
 * FormatError for broken or unsupported compression, a broken ELF header, an image without a kernel.
 */
export function openInput(source: ByteSource): Promise<OpenedInput> {
  return locateAsync({ file: source.name }, () => open(source));
}

async function open(outermost: ByteSource): Promise<OpenedInput> {
  const via: string[] = [];
  let source = outermost;
  for (;;) {
    const start = source.read(0, Math.min(source.size, IMAGE_START));
    if (isElf(start)) return { kind: 'elf', via, source, elf: Elf.open(source) };
    const image = identifyImage(start);
    if (image) {
      const content = await openImage(source, image);
      const opened = { kind: 'image' as const, via: [...via, ...content.via], source: content.source };
      const isElfKernel = isElf(content.source.read(0, Math.min(content.source.size, 4)));
      return isElfKernel ? { ...opened, elf: Elf.open(content.source) } : opened;
    }
    const method = detectCompression(start);
    if (method === undefined) return { kind: 'raw', via, source };
    if (via.length === MOST_LAYERS) throw new FormatError(`more than ${MOST_LAYERS} layers of compression`);
    const bytes = await decompress(method, source.read(0, source.size));
    via.push(method);
    source = memorySource(bytes, source.name);
  }
}
