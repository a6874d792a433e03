/**
 * Deduplication of existing BTF, split or not, with libbpf's results; and merging of blobs.
 *
 * ```ts
 * import { Btf, BtfBuilder } from '@btfkit/core/btf';
 * import { dedup, merge } from '@btfkit/core/dedup';
 *
 * const int = { kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 };
 * const one = new BtfBuilder();
 * one.add({ kind: 'PTR', name: '', type: one.add(int) });
 * const other = new BtfBuilder();
 * other.add({ kind: 'TYPEDEF', name: 'pid_t', type: other.add(int) });
 *
 * const merged = merge([one.parse(), other.parse()]);
 * merged.endId; // => 5
 * // The second int is gone.
 * Btf.parse(dedup(merged)).endId; // => 4
 * ```
 */
export { dedup, findCanonical } from './dedup.js';
export { TypeGraph } from './graph.js';
export type { Mapping } from './mapping.js';
export { merge } from './merge.js';
