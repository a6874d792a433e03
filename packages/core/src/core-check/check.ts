import { type Answer, AnswerList, answer, type KernelAnswers } from './answer.js';
import { checkAttachment } from './attachments.js';
import { verifiesUncalled } from './features.js';
import { checkExtern } from './ksyms.js';
import type { Needs, ObjectNeeds } from './needs.js';
import { Programs } from './programs.js';
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
        externs.map(({ value }) => value),
        needs.functions.some(({ isGlobal, isSubprogram }) => isGlobal && isSubprogram) &&
          verifiesUncalled(target),
      ),
    );
    const context = (index: number) => reached().context.get(index) ?? NOTHING;
    for (const [index, { answer: told }] of outcomes.entries()) {
      list.add(next++, told.verdict === 'poisoned' ? byReach(told, reached().relocations.get(index)) : told);
    }
    for (const [index, { answer: told, ifCalled }] of externs.entries()) {
      list.add(next++, ifCalled === null ? told : byCall(told, ifCalled, reached().externs.get(index)));
    }
    for (const { function: index, target: place } of needs.attachments) {
      list.add(next++, checkAttachment(place, place.type === null ? NOTHING : context(index), target));
    }
    for (const map of needs.structOps) {
      const { problem, skipped, module } = checkStructOps(map, target, context);
      if (problem !== null) list.add(next, answer('refused', problem, { message: problem, module }));
      else if (skipped.length > 0) {
        list.add(next, answer('ok', `the kernel has no ${skipped.join(', ')}`, { module }));
      }
      next++;
    }
  }
}

const NOTHING: ReadonlySet<number> = new Set();

const DEPENDS =
  "whether the program gets there depends on the kernel's version or configuration, which is not at hand";

/** `isReached`: undefined for never, false where it depends on what is not known of the kernel. */
function byReach(told: Answer, isReached: boolean | undefined): Answer {
  if (isReached === undefined) return { ...told, verdict: 'guarded' };
  return isReached ? told : { ...told, verdict: 'unknown', reason: `${told.reason}; ${DEPENDS}` };
}

function byCall(told: Answer, ifCalled: Answer, isReached: boolean | undefined): Answer {
  if (isReached === undefined) return told;
  return isReached ? ifCalled : { ...ifCalled, verdict: 'unknown', reason: `${ifCalled.reason}; ${DEPENDS}` };
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
