/**
 * Kfuncs in a kernel's BTF: prototypes without the arguments that the verifier adds, and annotations found from the
 * sets of `.BTF_ids`.
 *
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { Btf, Kind } from '@btfkit/core/btf';
 * import { memorySource } from '@btfkit/core/bytes';
 * import { Elf } from '@btfkit/core/elf';
 * import { readBtfIds } from '@btfkit/core/ids';
 * import { transformKfuncs } from '@btfkit/core/kfuncs';
 *
 * const path = 'fixtures/module/btfkit_demo.ko';
 * const ids = readBtfIds(Elf.open(memorySource(readFileSync(path), path)));
 * const base = Btf.parse(readFileSync('fixtures/module/mini-vmlinux.btf'));
 * const btf = Btf.parse(readFileSync('fixtures/module/btfkit_demo.btf'), { base });
 * // It has no kfunc with implicit arguments.
 * transformKfuncs(btf, ids).bytes; // => undefined
 * ```
 */
export { KfuncFlag } from './kfunc.js';
export { type KfuncOptions, type TransformedBtf, transformKfuncs } from './transform.js';
