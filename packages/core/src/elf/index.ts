/**
 * ELF files of both classes and byte orders: sections, symbols, and the relocations of debug sections.
 *
 * ```ts
 * const elf = Elf.open(source);
 * const info = elf.debugSection('info');
 * if (info) {
 *   const bytes = await loadRelocated(elf, info); // decompressed, and relocated in a `.ko`
 * }
 * ```
 *
 * Sources: the System V gABI (ELF header, sections, section compression, symbol table, relocation) and the
 * processor supplements that `relocation-types.ts` names.
 */
export * from './constants.js';
export { Elf } from './elf.js';
export { isElf } from './header.js';
export { applyRelocations, loadRelocated } from './relocate.js';
export { addressDifference, type Section } from './section.js';
export { SymbolTable } from './symbols.js';
