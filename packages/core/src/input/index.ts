/**
 * What users name as input: raw BTF blobs, ELF files, compressed ones, kernel images; told apart by content.
 *
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { memorySource } from '@btfkit/core/bytes';
 * import { loadBases, loadBtf } from '@btfkit/core/input';
 *
 * const open = path => memorySource(readFileSync(path), path);
 * const base = await loadBases([open('fixtures/module/mini-vmlinux.btf')]);
 * const { btf } = await loadBtf(open('fixtures/module/btfkit_demo.btf'), { base });
 * btf.base === base; // => true
 * btf.startId === base.endId; // => true
 * ```
 */
export { type BtfSections, btfSections } from './btf-sections.js';
export { findBtfBlob } from './embedded-btf.js';
export { type LoadedBtf, type LoadOptions, loadBases, loadBtf } from './load.js';
export { type OpenedInput, openInput } from './open.js';
