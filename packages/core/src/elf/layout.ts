import { SHF_ALLOC } from './constants.js';
import type { Elf } from './elf.js';

/** Where the first section of a relocatable file is put: what elfutils' libdwfl leaves free at address 0 (OFFLINE_REDZONE). */
const FIRST_ADDRESS = 0x10000;

/**
 * Low 32 bits of the address of each section, by section index. In ET_REL, where all sections say 0, those that are
 * loaded are laid out one behind the other, as libdwfl's `dwfl_report_offline` does, so that an address in DWARF tells
 * which section it means. Elsewhere nothing has to be added to what DWARF says: all are 0.
 */
export function layOutSections(elf: Elf): Uint32Array {
  const addresses = new Uint32Array(elf.sections.length);
  if (!elf.isRelocatable) return addresses;
  let end = FIRST_ADDRESS;
  for (const section of elf.sections) {
    if ((section.flags & SHF_ALLOC) === 0) continue;
    const align = Math.max(1, section.addralign);
    const address = Math.ceil(end / align) * align;
    addresses[section.index] = address;
    end = address + section.size;
  }
  return addresses;
}
