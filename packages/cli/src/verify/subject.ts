import type { ByteSource } from '@btfkit/core/bytes';
import { fileSource } from '../files.js';

/** A blob to be judged, and what its file says of the kernel that it is for. */
export interface Subject {
  readonly btf: Uint8Array;
  /** `.BTF.base` */
  readonly base?: Uint8Array | undefined;
  /** Of an ELF file. */
  readonly elf?: { readonly littleEndian: boolean; readonly pointerSize: number } | undefined;
}

/** Reads the BTF of any kind of input as bytes, right or wrong. Throws what opening a file can throw. */
export async function readSubject(path: string): Promise<Subject> {
  const source = fileSource(path);
  try {
    return await sectionsOf(source);
  } finally {
    source.close();
  }
}

async function sectionsOf(source: ByteSource): Promise<Subject> {
  const start = source.read(0, Math.min(source.size, 2));
  // Raw blobs are most of what is judged, and need none of the code for containers to be loaded.
  if ((start[0] === 0x9f && start[1] === 0xeb) || (start[0] === 0xeb && start[1] === 0x9f)) {
    return { btf: source.read(0, source.size) };
  }
  const { btfSections, openInput } = await import('@btfkit/core/input');
  const input = await openInput(source);
  const { btf, base } = await btfSections(input);
  const { elf } = input;
  if (elf === undefined) return { btf, base };
  return { btf, base, elf: { littleEndian: elf.littleEndian, pointerSize: elf.is64 ? 8 : 4 } };
}

/** Whether the blob's magic says that it is little-endian; little where it says nothing. */
export function isLittleEndian({ btf }: Subject): boolean {
  return !(btf[0] === 0xeb && btf[1] === 0x9f);
}
