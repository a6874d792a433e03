/**
 * Bytes as values of BTF types.
 *
 * ```ts
 * import { BtfBuilder } from '@btfkit/core/btf';
 * import { Errno, Values } from '@btfkit/core/value';
 *
 * const builder = new BtfBuilder();
 * const int = builder.add({ kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 });
 * const point = builder.add({
 *   kind: 'STRUCT',
 *   name: 'point',
 *   size: 8,
 *   kflag: false,
 *   members: [
 *     { name: 'x', type: int, bitOffset: 0, bitfieldSize: 0 },
 *     { name: 'y', type: int, bitOffset: 32, bitfieldSize: 0 },
 *   ],
 * });
 * const values = new Values(builder.parse());
 *
 * let text = '';
 * const decoder = new TextDecoder();
 * const sink = chunk => {
 *   text += decoder.decode(chunk, { stream: true });
 * };
 * values.show(point, Uint8Array.of(1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff), sink, { compact: true }); // => 8
 * text; // => '(struct point){.x = (int)1,.y = (int)-1,}'
 *
 * // Too few bytes.
 * values.show(int, Uint8Array.of(1, 0), sink); // => Errno.E2BIG
 * ```
 */
export { Errno } from './errno.js';
export type { ValueOptions } from './options.js';
export { Values } from './values.js';
