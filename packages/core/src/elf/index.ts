/**
 * ELF files of both classes and byte orders: sections, symbols, and the relocations of debug sections.
 *
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { memorySource } from '@btfkit/core/bytes';
 * import { Elf, loadRelocated } from '@btfkit/core/elf';
 *
 * const path = 'fixtures/module/btfkit_demo.ko';
 * const elf = Elf.open(memorySource(readFileSync(path), path));
 * elf.isRelocatable; // => true
 * elf.section('.modinfo').index > 0; // => true
 *
 * // Decompressed where it is compressed, and relocated, since this is a module.
 * const strings = await loadRelocated(elf, elf.debugSection('str'));
 * new TextDecoder().decode(strings).includes('list_head'); // => true
 * ```
 *
 * Sources: the System V gABI (ELF header, sections, section compression, symbol table, relocation) and the
 * processor supplements that `relocation-types.ts` names.
 */
export * from './constants.js';
export { Elf } from './elf.js';
export { isElf } from './header.js';
export { layOutSections } from './layout.js';
export { findNote } from './notes.js';
export { applyRelocations, loadRelocated } from './relocate.js';
export { addressDifference, type Section } from './section.js';
export { SymbolTable } from './symbols.js';
export { btfObject } from './write/btf-object.js';
export { type Rewrite, rewritten, rewrittenBytes } from './write/rewrite.js';
export { hasModuleSignature } from './write/signature.js';
export {
  type SectionChange,
  type SectionContent,
  type SectionRemoval,
  writeSections,
} from './write/write-sections.js';
