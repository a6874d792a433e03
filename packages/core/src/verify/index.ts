/** @module Whether a kernel, or libbpf, takes a BTF blob, and what it says to it. */
export { type Judgement, judgeProgram, type KernelOptions, type ProgramOptions } from './judge.js';
export * from './libbpf/index.js';
export { type JudgedVmlinux, judgeModule, judgeVmlinux, type ModuleBtf, validationLine } from './module.js';
export { NEWEST } from './releases.js';
export type { KernelTypes } from './struct-metas.js';
export { errnoName, type Verdict } from './verdict.js';
