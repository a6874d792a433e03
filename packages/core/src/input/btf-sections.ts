import { FormatError } from '../bytes/index.js';
import { type Elf, SHT_NOBITS } from '../elf/index.js';
import { findBtfBlob } from './embedded-btf.js';
import type { OpenedInput } from './open.js';

/** The BTF blobs of an input. */
export interface BtfSections {
  readonly btf: Uint8Array;
  /** `.BTF.base`: the distilled base that `.BTF` stands on. */
  readonly base?: Uint8Array;
}

/**
 * The bytes of an input's BTF: the whole of a raw blob, `.BTF` and `.BTF.base` of an ELF file, and in a bare memory
 * image the blob with a valid header. FormatError when there is none.
 */
export async function btfSections(input: OpenedInput): Promise<BtfSections> {
  const { source, elf } = input;
  if (elf) return elfSections(elf);
  const bytes = source.read(0, source.size);
  if (input.kind === 'raw') return { btf: bytes };
  const btf = findBtfBlob(bytes);
  if (btf === undefined) throw new FormatError('the kernel in this image has no BTF', { file: source.name });
  return { btf };
}

async function elfSections(elf: Elf): Promise<BtfSections> {
  const btf = await sectionBytes(elf, '.BTF');
  const base = await sectionBytes(elf, '.BTF.base');
  if (btf === undefined) {
    const debug = elf.debugSection('info') ? ', it has DWARF that `encode` can make one from' : '';
    throw new FormatError(`the ELF file has no .BTF section${debug}`, { file: elf.source.name });
  }
  return base === undefined ? { btf } : { btf, base };
}

async function sectionBytes(elf: Elf, name: string): Promise<Uint8Array | undefined> {
  const section = elf.section(name);
  if (section === undefined) return undefined;
  if (section.type === SHT_NOBITS) {
    throw new FormatError('the section has no content here: the file holds only debug information', {
      file: elf.source.name,
      section: name,
    });
  }
  return elf.load(section);
}
