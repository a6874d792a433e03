/**
 * What users name as input: raw BTF blobs, ELF files, compressed ones, kernel images; told apart by content.
 *
 * ```ts
 * const base = await loadBases([vmlinux]);
 * const { btf } = await loadBtf(module, { base });
 * ```
 */
export { type BtfSections, btfSections } from './btf-sections.js';
export { findBtfBlob } from './embedded-btf.js';
export { type LoadedBtf, type LoadOptions, loadBases, loadBtf } from './load.js';
export { type OpenedInput, openInput } from './open.js';
