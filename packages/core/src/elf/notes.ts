import { cStringEquals } from '../bytes/index.js';
import { SHT_NOTE } from './constants.js';
import type { Elf } from './elf.js';
import type { Section } from './section.js';

/** Above any real file's, which have some hundred bytes. */
const MAX_SIZE = 1 << 20;

/**
 * The description of the first note of this owner and type in any SHT_NOTE section; `undefined` without one. What is behind
 * a malformed note of a section is not looked at, as in elfutils.
 */
export function findNote(elf: Elf, owner: string, type: number): Uint8Array | undefined {
  for (const section of elf.sections) {
    if (section.type !== SHT_NOTE || section.size > MAX_SIZE || elf.isCompressed(section)) continue;
    if (section.offset + section.size > elf.source.size) continue;
    const found = findIn(elf, section, new TextEncoder().encode(owner), type);
    if (found !== undefined) return found;
  }
  return undefined;
}

function findIn(elf: Elf, section: Section, owner: Uint8Array, type: number): Uint8Array | undefined {
  const bytes = elf.bytes(section);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Sections of .note.gnu.property are aligned to 8 bytes, with all that is in them.
  const alignment = section.addralign === 8 ? 8 : 4;
  const aligned = (offset: number) => Math.ceil(offset / alignment) * alignment;
  for (let at = 0; at + 12 <= bytes.length; ) {
    const nameSize = view.getUint32(at, elf.littleEndian);
    const size = view.getUint32(at + 4, elf.littleEndian);
    const description = aligned(at + 12 + nameSize);
    if (description + size > bytes.length) return undefined;
    if (view.getUint32(at + 8, elf.littleEndian) === type && cStringEquals(bytes, at + 12, owner))
      return bytes.subarray(description, description + size);
    at = aligned(description + size);
  }
  return undefined;
}
