/**
 * Whether a kernel, or libbpf, takes a BTF blob, and what it says to it.
 *
 * ```ts
 * import { BtfBuilder } from '@btfkit/core/btf';
 * import { judgeAsLibbpf, judgeProgram, rulesOf } from '@btfkit/core/verify';
 *
 * const builder = new BtfBuilder();
 * builder.add({ kind: 'FLOAT', name: 'double', size: 7 });
 * const { bytes } = builder.parse();
 * const { accepted, errno, message } = judgeProgram(bytes, { rules: rulesOf('6.12'), littleEndian: true });
 * accepted; // => false
 * errno; // => 22
 * message; // => '[1] FLOAT double size=7 Invalid type_size'
 * judgeProgram(bytes, { rules: rulesOf('5.12'), littleEndian: true }).message; // => '[1] Invalid btf_info:10000000'
 * judgeAsLibbpf(bytes).accepted; // => true
 * ```
 */
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
