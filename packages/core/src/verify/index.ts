/** @module Whether a kernel, or libbpf, takes a BTF blob, and what it says to it. */
export { CHANGES, FIRST, type RuleChange } from './changes.js';
export { type Judgement, judgeProgram, type KernelOptions, type ProgramOptions } from './judge.js';
export { kernelTypesOf } from './kernel-types.js';
export {
  type JudgeOptions,
  judgeAsLibbpf,
  LIBBPF_KINDS,
  LIBBPF_RULES,
  type LibbpfRelease,
  type LibbpfRule,
  type LibbpfVerdict,
  meaningOf as libbpfMeaning,
} from './libbpf/index.js';
export {
  type JudgedVmlinux,
  judgeModule,
  judgeVmlinux,
  type ModuleBtf,
  relocationRefusal,
  validationLine,
} from './module.js';
export { NEWEST_RELEASE, RELEASES, releaseGroups, releaseOf, rulesOf } from './releases.js';
export type { KernelRules } from './rules.js';
export type { KernelTypes } from './struct-metas.js';
export { errnoName, type Verdict } from './verdict.js';
