import { AnswerList, answer, type KernelAnswers } from './answer.js';
import { checkAttachment } from './attachments.js';
import { checkExtern } from './ksyms.js';
import type { Needs, ObjectNeeds } from './needs.js';
import { Programs, type ReachedFunctions } from './programs.js';
import { type Outcome, RelocationOutcomes } from './relocations.js';
import { checkStructOps } from './struct-ops.js';
import type { CheckTarget } from './target.js';

/** Checks objects against one kernel after the other. Keeps what is the same for several kernels. */
export class Checker {
  private readonly needs: Needs;
  private readonly programs: readonly Programs[];

  constructor(needs: Needs) {
    this.needs = needs;
    this.programs = needs.objects.map(object => new Programs(object));
  }

  /** Whether something is not in the kernel's own types, so that those of its modules are to be looked at too. */
  wantsModules(target: CheckTarget): boolean {
    const { names, exact } = this.needs;
    target.core.prepare(names);
    target.prepare(exact);
    return (
      names.some(({ name, kind }) => target.core.candidates(name, kind).length === 0) ||
      exact.some(({ name, kind }) => target.find(name, kind) === null)
    );
  }

  /** Throws FormatError where a type that is needed is malformed. */
  check(target: CheckTarget): KernelAnswers {
    target.prepare([...this.needs.exact, ...this.needs.near]);
    const relocations = new RelocationOutcomes(this.needs, target.core);
    const list = new AnswerList();
    for (const [index, object] of this.needs.objects.entries()) {
      this.checkObject(object, this.programs[index], relocations.of(object), target, list);
    }
    return { answers: list.answers, of: list.of };
  }

  private checkObject(
    needs: ObjectNeeds,
    programs: Programs,
    outcomes: readonly Outcome[],
    target: CheckTarget,
    list: AnswerList,
  ): void {
    let next = needs.first;
    const externs = needs.externs.map(extern => checkExtern(extern, needs.local, target));
    const reached = lazily(() =>
      programs.reach(
        outcomes.map(({ relocated }) => relocated),
        externs.map(({ verdict }) => verdict === 'absent'),
      ),
    );
    for (const [index, { answer: told }] of outcomes.entries()) {
      const isGuarded = told.verdict === 'poisoned' && !reached().relocations.has(index);
      list.add(next++, isGuarded ? { ...told, verdict: 'guarded' } : told);
    }
    for (const told of externs) list.add(next++, told);
    for (const { function: index, target: place } of needs.attachments) {
      const context = () => contextOf(reached(), index);
      list.add(next++, checkAttachment(place, place.type === null ? NOTHING : context(), target));
    }
    for (const map of needs.structOps) {
      const { problem, skipped, module } = checkStructOps(map, target);
      if (problem !== null) list.add(next, answer('refused', problem, { message: problem, module }));
      else if (skipped.length > 0) {
        list.add(next, answer('ok', `the kernel has no ${skipped.join(', ')}`, { module }));
      }
      next++;
    }
  }
}

const NOTHING: ReadonlySet<number> = new Set();

function contextOf({ context }: ReachedFunctions, index: number): ReadonlySet<number> {
  return context.get(index) ?? NOTHING;
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
