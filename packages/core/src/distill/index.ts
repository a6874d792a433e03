/**
 * Split BTF made independent of the very base it was made on: `distill` gives it a small base of its own, as
 * out-of-tree modules carry it in `.BTF.base`, and `relocate` moves it from there onto the base of another kernel.
 * With libbpf's results.
 *
 * ```ts
 * import { Btf, BtfBuilder, Kind } from '@btfkit/core/btf';
 * import { distill, relocate } from '@btfkit/core/distill';
 *
 * const vmlinux = new BtfBuilder();
 * vmlinux.add({ kind: 'FLOAT', name: 'double', size: 8 });
 * const task = vmlinux.add({ kind: 'STRUCT', name: 'task_struct', size: 96, kflag: false, members: [] });
 * const module = new BtfBuilder({ base: vmlinux.parse() });
 * module.add({ kind: 'PTR', name: '', type: task });
 *
 * const distilled = distill(module.parse());
 * const base = Btf.parse(distilled.base);
 * base.type(1).name; // => 'task_struct'
 * const split = Btf.parse(distilled.split, { base });
 * split.type(2); // => { kind: 'PTR', name: '', type: 1 }
 *
 * // In the next kernel task_struct is bigger and has another id.
 * const next = new BtfBuilder();
 * next.add({ kind: 'STRUCT', name: 'task_struct', size: 128, kflag: false, members: [] });
 * const target = next.parse();
 * const moved = Btf.parse(relocate(split, target).split, { base: target });
 * moved.type(2); // => { kind: 'PTR', name: '', type: 1 }
 * moved.type(1).size; // => 128
 * ```
 */
export { type Distilled, distill } from './distill.js';
export { DistillError } from './error.js';
export { type Relocated, relocate } from './relocate.js';
