/**
 * DWARF to deduplicated BTF, self-contained or split on a base.
 *
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { Btf, Kind } from '@btfkit/core/btf';
 * import { memorySource } from '@btfkit/core/bytes';
 * import { Elf } from '@btfkit/core/elf';
 * import { Encoder } from '@btfkit/core/encode';
 *
 * const open = path => Elf.open(memorySource(readFileSync(path), path));
 * const vmlinux = Btf.parse(await new Encoder().encode(open('fixtures/module/mini-vmlinux')));
 *
 * // One encoder serves any number of modules.
 * const encoder = new Encoder(vmlinux);
 * const module = Btf.parse(await encoder.encode(open('fixtures/module/btfkit_demo.ko')), { base: vmlinux });
 * module.startId === vmlinux.endId; // => true
 * vmlinux.find('demo_count', Kind.FUNC); // => 0
 * module.find('demo_count', Kind.FUNC) > 0; // => true
 * ```
 */
export { Encoder, type EncodeOptions } from './encoder.js';
