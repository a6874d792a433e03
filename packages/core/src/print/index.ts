/**
 * BTF as text: what bpftool prints, made as bytes and handed out in chunks.
 *
 * ```ts
 * import { BtfBuilder } from '@btfkit/core/btf';
 * import { neededTypes, printRaw } from '@btfkit/core/print';
 *
 * const builder = new BtfBuilder();
 * const char = builder.add({ kind: 'INT', name: 'char', size: 1, encoding: 1, bitOffset: 0, bits: 8 });
 * builder.add({ kind: 'PTR', name: '', type: char });
 * const btf = builder.parse();
 *
 * let text = '';
 * const decoder = new TextDecoder();
 * printRaw(btf, chunk => {
 *   text += decoder.decode(chunk, { stream: true });
 * });
 * const [first, second] = text.split('\n');
 * first; // => "[1] INT 'char' size=1 bits_offset=0 nr_bits=8 encoding=SIGNED"
 * second; // => "[2] PTR '(anon)' type_id=1"
 *
 * // A pointer needs what it points to.
 * [...neededTypes(btf, [2])]; // => [1, 2]
 * ```
 */
export type { Sink } from './byte-writer.js';
export { printJson, printRaw } from './dump.js';
export { neededTypes } from './needs.js';
