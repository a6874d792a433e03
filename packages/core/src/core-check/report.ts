import { type Answer, isFailure, type KernelAnswers } from './answer.js';
import { partsOf } from './functions.js';
import type { Needs } from './needs.js';
import { describeRequirement, type Requirement, type RequirementKind, type Use } from './requirement.js';

/** A kernel of the matrix, and what it answered; `answers` is null where it could not be read. */
export interface KernelColumn {
  readonly name: string;
  readonly answers: KernelAnswers | null;
}

/**
 * `works`: it loads and attaches, as far as types tell. `unknown`: so, if something is there that this kernel's files do
 * not tell. `fails`: libbpf or the verifier would refuse it. `unread`: the kernel could not be read.
 */
export type CellState = 'works' | 'unknown' | 'fails' | 'unread';

/** A program of an object on all kernels. */
export interface ProgramRow {
  readonly name: string;
  readonly section: string;
  /** Its section begins with `?`: loaded only when asked for. What it needs does not count for its object. */
  readonly isOptional: boolean;
  readonly relocations: number;
  /** By kernel. */
  readonly states: readonly CellState[];
}

/** An object on all kernels. It fails where one of its programs does, or what all of them need is not there. */
export interface ObjectRow {
  readonly programs: readonly ProgramRow[];
  /** Of what is no program's own: externs and struct_ops maps, without which nothing of the object is loaded. */
  readonly own: readonly CellState[];
  readonly states: readonly CellState[];
}

/** One thing that is not simply there, on all kernels that say the same of it, and for all programs that want it. */
export interface Finding {
  readonly what: RequirementKind;
  /** What was asked for: `struct task_struct.state`, or `struct task_struct` where there is no such type at all. */
  readonly subject: string;
  /** Kinds of relocations, `byte_off`; of an extern `func`, of an attachment the kind of program. */
  readonly kinds: readonly string[];
  readonly isFailure: boolean;
  /** Only programs have it that are loaded when asked for. */
  readonly isOptional: boolean;
  /** As the first of these kernels gave it. */
  readonly answer: Answer;
  readonly uses: readonly Use[];
  /** Indices of kernels. */
  readonly kernels: readonly number[];
  /** Number of a requirement that has it. */
  readonly requirement: number;
}

export interface CheckReport {
  readonly objects: readonly ObjectRow[];
  /** Failures first, those on most kernels first. */
  readonly findings: readonly Finding[];
}

/** What a kernel says of parts of an object: the worst of it. */
type Parts = Map<number, CellState>;

/** Puts the answers of all kernels together. */
export function reportOf(needs: Needs, kernels: readonly KernelColumn[]): CheckReport {
  const groups = new Groups(needs);
  const rows = needs.objects.map(() => kernels.map((): Parts => new Map()));
  for (const [kernel, { answers }] of kernels.entries()) {
    if (answers === null) continue;
    for (let at = 0; at < answers.of.length; at += 2) {
      const told = answers.answers[answers.of[at + 1]];
      const number = answers.of[at];
      groups.add(number, told, kernel);
      const requirement = groups.describe(number);
      if (requirement.isOptional) continue;
      const parts = rows[requirement.use.object][kernel];
      const part = requirement.use.function ?? WHOLE;
      parts.set(part, worst([parts.get(part), stateOf(told)]));
    }
  }
  const objects = needs.objects.map((_, index) => objectRow(needs, index, rows[index], kernels));
  return { objects, findings: groups.findings() };
}

/** Key of what is no function's own. */
const WHOLE = -1;

function stateOf({ verdict }: Answer): CellState {
  if (isFailure(verdict)) return 'fails';
  return verdict === 'unknown' ? 'unknown' : 'works';
}

function worst(states: Iterable<CellState | undefined>): CellState {
  let result: CellState = 'works';
  for (const state of states) {
    if (state === 'fails') return state;
    if (state === 'unknown') result = state;
  }
  return result;
}

function objectRow(
  { objects }: Needs,
  index: number,
  states: readonly Parts[],
  kernels: readonly KernelColumn[],
): ObjectRow {
  const { functions, isLoaded, relocations } = objects[index];
  const onKernels = (parts: Iterable<number>): CellState[] => {
    const all = [...parts];
    return kernels.map(({ answers }, kernel) =>
      answers === null ? 'unread' : worst(all.map(part => states[kernel].get(part))),
    );
  };
  const programs = functions.flatMap(({ program, isSubprogram }, at): ProgramRow[] => {
    if (isSubprogram) return [];
    const parts = partsOf(functions, at);
    return [
      {
        name: program.name,
        section: program.sectionName,
        isOptional: !isLoaded[at],
        relocations: relocations.filter(one => parts.has(one.function)).length,
        states: onKernels(parts),
      },
    ];
  });
  // A subprogram that nobody calls is relocated with the object all the same.
  const counted = functions.flatMap((_, at) => (isLoaded[at] ? [at] : []));
  return { programs, own: onKernels([WHOLE]), states: onKernels([WHOLE, ...counted]) };
}

interface Group {
  readonly first: Requirement;
  readonly subject: string;
  readonly answer: Answer;
  /** Kernels by requirement. */
  readonly kernels: Map<number, number[]>;
}

class Groups {
  private readonly needs: Needs;
  private readonly described = new Map<number, Requirement>();
  private readonly groups = new Map<string, Group>();

  constructor(needs: Needs) {
    this.needs = needs;
  }

  describe(number: number): Requirement {
    let requirement = this.described.get(number);
    if (requirement === undefined) {
      requirement = describeRequirement(this.needs, number);
      this.described.set(number, requirement);
    }
    return requirement;
  }

  add(number: number, answer: Answer, kernel: number): void {
    const first = this.describe(number);
    const { verdict, reason, candidates, alternatives, module, prototype } = answer;
    // An answer with nothing wrong is told apart by what it says of the kernel.
    const about = [verdict, reason, candidates, alternatives, module, prototype];
    const subject = subjectOf(first, answer);
    const key = JSON.stringify([first.what, subject, about]);
    let group = this.groups.get(key);
    if (group === undefined) {
      group = { first, subject, answer, kernels: new Map() };
      this.groups.set(key, group);
    }
    const kernels = group.kernels.get(number);
    if (kernels === undefined) group.kernels.set(number, [kernel]);
    else kernels.push(kernel);
  }

  /** A group falls apart where not all of its places have it on the same kernels. */
  findings(): Finding[] {
    const findings: Finding[] = [];
    for (const { first, subject, answer, kernels } of this.groups.values()) {
      const alike = new Map<string, { readonly numbers: number[]; readonly kernels: readonly number[] }>();
      for (const [number, on] of kernels) {
        const key = on.join();
        const known = alike.get(key);
        if (known === undefined) alike.set(key, { numbers: [number], kernels: on });
        else known.numbers.push(number);
      }
      for (const { numbers, kernels: on } of alike.values()) {
        const all = numbers.map(number => this.describe(number));
        findings.push({
          what: first.what,
          subject,
          kinds: [...new Set(all.map(({ kind }) => kind))].sort(),
          isFailure: isFailure(answer.verdict),
          isOptional: all.every(one => one.isOptional || this.isSpare(one.use)),
          answer,
          uses: all.map(({ use }) => use),
          kernels: on,
          requirement: numbers[0],
        });
      }
    }
    const rank = ({ isFailure: failed, isOptional, kernels: on, uses, subject }: Finding) =>
      [failed ? 0 : 1, isOptional ? 1 : 0, -on.length, -uses.length, subject] as const;
    return findings.sort((a, b) => compare(rank(a), rank(b)));
  }

  private isSpare({ object, function: place }: Use): boolean {
    return place !== null && !this.needs.objects[object].isLoaded[place];
  }
}

/** A type that is not there is one problem, whatever is wanted of it. */
function subjectOf({ what, subject, root }: Requirement, { candidates, verdict }: Answer): string {
  const isTypeMissing = what === 'relocation' && candidates.length === 0 && verdict !== 'refused';
  return isTypeMissing ? root : subject;
}

function compare(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i] < b[i] ? -1 : 1;
  return 0;
}
