/**
 * ELF files of both classes and byte orders: sections, symbols, and the relocations of debug sections; sections added,
 * replaced and removed.
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
 * A section put in, with all else left where it is:
 *
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { memorySource } from '@btfkit/core/bytes';
 * import { Elf, rewrittenBytes, writeSections } from '@btfkit/core/elf';
 *
 * const source = memorySource(readFileSync('fixtures/module/btfkit_demo.ko'), 'btfkit_demo.ko');
 * const elf = Elf.open(source);
 * const rewrite = writeSections(elf, [{ name: '.BTF', content: Uint8Array.of(0x9f, 0xeb) }]);
 * const changed = Elf.open(memorySource(rewrittenBytes(source, rewrite), 'changed.ko'));
 * changed.section('.BTF').index === elf.sections.length; // => true
 * changed.section('.text').offset === elf.section('.text').offset; // => true
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
