import { SHF_ALLOC } from './constants.js';
import type { Elf } from './elf.js';

/** Where the first section of a relocatable file is put: what elfutils' libdwfl leaves free at address 0 (OFFLINE_REDZONE). */
const FIRST_ADDRESS = 0x10000;

/**
 * Low 32 bits of the address of each section of a relocatable file, by section index: those that are loaded are laid out
 * one behind the other, as libdwfl's `dwfl_report_offline` does, so that an address in DWARF tells which section it means.
 * One that has an address in the file keeps it if it happens to follow without a gap (dwfl_report_elf.c, ET_REL). All are
 * 0 in other files, where DWARF says whole addresses.
 */
export function layOutSections(elf: Elf): Uint32Array {
  const addresses = new Uint32Array(elf.sections.length);
  if (!elf.isRelocatable) return addresses;
  let end = FIRST_ADDRESS;
  let hasBias = false;
  let isFirst = true;
  for (const section of elf.sections) {
    if ((section.flags & SHF_ALLOC) === 0) continue;
    const align = Math.max(1, section.addralign);
    const next = Math.ceil(end / align) * align;
    const isOpen = section.addrLo === 0 && section.addrHi === 0;
    if (isOpen || (!hasBias && !isFirst && end !== next)) {
      addresses[section.index] = next;
      end = next + section.size;
    } else {
      addresses[section.index] = section.addrLo;
      end = Math.max(isFirst ? 0 : end, section.addrLo + section.size);
      hasBias = true;
    }
    isFirst = false;
  }
  return addresses;
}
