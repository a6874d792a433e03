/**
 * BPF objects against many kernels: what of their relocations, externs and attach targets each kernel has, and what to
 * change where it has not.
 */
export { type Answer, type CandidateNote, isFailure, type KernelAnswers, type Verdict } from './answer.js';
export { Checker } from './check.js';
export { type Edit, type EditContext, editsFor } from './edits.js';
export { type Needs, readNeeds } from './needs.js';
export {
  type CellState,
  type CheckReport,
  type Finding,
  type KernelColumn,
  type ObjectRow,
  type ProgramRow,
  reportOf,
} from './report.js';
export type { RequirementKind, Use } from './requirement.js';
export { type CheckModule, CheckTarget, type CheckTargetOptions } from './target.js';
