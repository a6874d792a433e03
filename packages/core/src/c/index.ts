/**
 * C declarations and headers from BTF.
 *
 * ```ts
 * import { BtfBuilder } from '@btfkit/core/btf';
 * import { printC } from '@btfkit/core/c';
 *
 * const builder = new BtfBuilder();
 * const int = builder.add({ kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 });
 * const member = { name: 'x', type: int, bitOffset: 0, bitfieldSize: 0 };
 * builder.add({ kind: 'STRUCT', name: 'point', size: 4, kflag: false, members: [member] });
 * let header = '';
 * printC(builder.parse(), chunk => { header += new TextDecoder().decode(chunk); });
 * header.includes('struct point {\n\tint x;\n};\n'); // => true
 * ```
 */
export { type HeaderOptions, printC } from './print-c.js';
