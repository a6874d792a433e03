/**
 * BTF for a release of Linux that does not know all that is in it.
 *
 * ```ts
 * import { Btf, BtfBuilder } from '@btfkit/core/btf';
 * import { convert } from '@btfkit/core/convert';
 * import { judgeProgram, rulesOf } from '@btfkit/core/verify';
 *
 * const builder = new BtfBuilder();
 * builder.add({ kind: 'FLOAT', name: 'double', size: 8 });
 * builder.add({ kind: 'PTR', name: '', type: 1 });
 *
 * const rules = rulesOf('5.10');
 * const { bytes, losses } = convert(builder.parse(), { rules, reader: 'program' });
 * losses; // => [{ name: 'float', count: 1 }]
 * Btf.parse(bytes).type(1).kind; // => 'STRUCT'
 * judgeProgram(bytes, { rules, littleEndian: true }).accepted; // => true
 * ```
 */
export { completed } from './complete.js';
export { type Converted, type ConvertOptions, convert } from './convert.js';
export { LOSSES, type Loss, type LossName } from './losses.js';
export type { Reader } from './plan.js';
