/**
 * BPF objects against many kernels: what of their relocations, externs and attach targets each kernel has, and what to
 * change where it has not.
 *
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { memorySource } from '@btfkit/core/bytes';
 * import { Checker, CheckTarget, editsFor, readNeeds, reportOf } from '@btfkit/core/core-check';
 * import { BpfObject } from '@btfkit/core/core-relo';
 * import { loadBtf } from '@btfkit/core/input';
 *
 * const open = name => memorySource(readFileSync(`fixtures/core-check/${name}`), name);
 * const needs = readNeeds([BpfObject.open(open('fields.o')), BpfObject.open(open('externs.o'))]);
 *
 * // One after the other: what is the same for all of them is done once.
 * const checker = new Checker(needs);
 * const targets = [];
 * for (const name of ['kernel-old.o', 'kernel-new.o']) {
 *   const { btf } = await loadBtf(open(name), { references: false });
 *   targets.push({ name, target: new CheckTarget(btf) });
 * }
 * const kernels = targets.map(({ name, target }) => ({ name, answers: checker.check(target) }));
 *
 * const { objects, findings } = reportOf(needs, kernels);
 * objects.map(({ states }) => states.join()); // => ['works,fails', 'works,fails']
 * const failure = findings.find(({ subject }) => subject === 'struct task.state');
 * [failure.isFailure, failure.answer.reason]; // => [true, 'no member state in struct task']
 * failure.kernels; // => [1]
 *
 * const [edit] = editsFor(failure, { needs, there: targets[1].target, elsewhere: targets[0].target, suffix: 'new' });
 * edit.text; // => 'it is called struct task.__state there, u32 where the program has volatile long'
 * ```
 */
export { type Answer, type CandidateNote, isFailure, type KernelAnswers, type Verdict } from './answer.js';
export { Checker } from './check.js';
export { type Edit, type EditContext, editsFor } from './edits.js';
export { type Needs, readNeeds } from './needs.js';
export { releaseOrder } from './release.js';
export {
  type CellState,
  type CheckReport,
  type Finding,
  type KernelColumn,
  type ObjectRow,
  type ProgramRow,
  reportOf,
} from './report.js';
export { attachmentOf, type RequirementKind, type Use } from './requirement.js';
export { type CheckModule, CheckTarget, type CheckTargetOptions } from './target.js';
