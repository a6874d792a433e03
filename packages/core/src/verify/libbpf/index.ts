export { type JudgeOptions, judgeAsLibbpf, type LibbpfVerdict } from './judge.js';
export { meaningOf } from './meanings.js';
export type { LibbpfRule } from './messages.js';
export { LIBBPF_KINDS, LIBBPF_RULES, type LibbpfRelease } from './releases.js';
