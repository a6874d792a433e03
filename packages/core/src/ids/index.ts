/**
 * `.BTF_ids`: the words of a kernel or module that hold type ids, single or in sets, and the symbols that name them.
 *
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { memorySource } from '@btfkit/core/bytes';
 * import { Elf } from '@btfkit/core/elf';
 * import { readBtfIds } from '@btfkit/core/ids';
 *
 * const path = 'fixtures/module/btfkit_demo.ko';
 * const { ids, sets } = readBtfIds(Elf.open(memorySource(readFileSync(path), path)));
 * ids[0]; // => { kind: 'func', name: 'bpf_demo_sequence', number: '0', offset: 8, id: 0 }
 * sets.map(set => `${set.kind} ${set.name}`); // => ['set8 demo_kfunc_ids']
 * sets[0].pairFlags; // => Uint32Array.of(0, 16, 2)
 * ```
 */
export type { BtfId, BtfIdSet, BtfIdSet8, BtfIds, IdKind } from './model.js';
export { readBtfIds } from './read.js';
export { renumberIds } from './renumber.js';
export { type ResolvedIds, resolveIds } from './resolve.js';
export { needsTypes, unresolved } from './unresolve.js';
