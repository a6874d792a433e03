/**
 * The same types in another blob: sorted by name, made self-contained, or put behind a kernel's types.
 *
 * ```ts
 * import { Btf, BtfBuilder } from '@btfkit/core/btf';
 * import { sortByName } from '@btfkit/core/rewrite';
 *
 * const builder = new BtfBuilder();
 * builder.add({ kind: 'FLOAT', name: 'float', size: 4 });
 * builder.add({ kind: 'FLOAT', name: 'double', size: 8 });
 * const { bytes, ids } = sortByName(builder.parse());
 * Btf.parse(bytes).typeName(1); // => 'double'
 * ids[1]; // => 2
 * ```
 */
export { type Remapped, remapOnto } from './remap.js';
export { type Sorted, sortByName } from './sort.js';
export { type Standalone, standalone } from './standalone.js';
