/**
 * What a kernel does with a module: whether it loads it, keeps its BTF, registers its kfuncs, and what it prints. And
 * what the kernel does not see: BTF that it takes though its types are those of another kernel.
 *
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { memorySource } from '@btfkit/core/bytes';
 * import { Elf } from '@btfkit/core/elf';
 * import { ModuleChecker } from '@btfkit/core/module';
 *
 * const read = path => memorySource(readFileSync(path), path);
 * const vmlinux = readFileSync('fixtures/module/mini-vmlinux.btf');
 * const checker = new ModuleChecker(vmlinux, { release: '6.12' });
 * const report = checker.check(Elf.open(read('fixtures/module/btfkit_demo.ko')));
 * report.name; // => 'btfkit_demo'
 * report.kfuncSets.map(set => set.name); // => ['demo_kfunc_ids']
 * ```
 */
export { type CheckOptions, ModuleChecker, type ModuleReport } from './check.js';
export type { StructOps } from './extras.js';
export type { KfuncHook } from './kfunc-rules.js';
export type { KfuncSet } from './kfunc-sets.js';
export { findRefusals, isVersion, type KernelFacts, type LoadRefusal } from './loading.js';
export type { Mismatch } from './mismatch.js';
export { type ModuleFile, nameOfFile, readModule, type SymbolVersion } from './module-file.js';
export { parseConfig, parseKallsyms, parseSymvers } from './symbol-tables.js';
