/**
 * What becomes of something that a program asks of a kernel.
 *
 * `ok`; `absent`: weak and not there; `unknown`: this kernel's files do not tell; `guarded`: poisoned, and never reached;
 * `poisoned`: and the program can get there, as far as constants tell; `refused`: libbpf does not load the object;
 * `missing`: not there; `incompatible`: there with another type or prototype.
 */
export type Verdict =
  | 'ok'
  | 'absent'
  | 'unknown'
  | 'guarded'
  | 'poisoned'
  | 'refused'
  | 'missing'
  | 'incompatible';

const FAILURES: ReadonlySet<Verdict> = new Set(['poisoned', 'refused', 'missing', 'incompatible']);

export function isFailure(verdict: Verdict): boolean {
  return FAILURES.has(verdict);
}

/** A type of the kernel that could have been meant. */
export interface CandidateNote {
  /** `vmlinux`, or a module. */
  readonly btf: string;
  /** Without ids, which are others on each kernel. */
  readonly type: string;
  /** Why it is not what the program asks for; null where it is. */
  readonly mismatch: string | null;
}

/** Plain data: threads and files hand it on. */
export interface Answer {
  readonly verdict: Verdict;
  /** One line without ids, '' where all is well: the same problem has the same text on all kernels. */
  readonly reason: string;
  /** What libbpf or the verifier says, with the ids of this kernel; '' where they say nothing. */
  readonly message: string;
  readonly candidates: readonly CandidateNote[];
  /** Where what was asked for was found; null for vmlinux, and where it was not. */
  readonly module: string | null;
  /** Of the kernel's function, as C; '' where there is none or it is no matter. */
  readonly prototype: string;
  /** Of what is missing: section names of programs that this kernel could attach, likeliest first. */
  readonly alternatives: readonly string[];
}

export const OK: Answer = {
  verdict: 'ok',
  reason: '',
  message: '',
  candidates: [],
  module: null,
  prototype: '',
  alternatives: [],
};

export function answer(verdict: Verdict, reason: string, more: Partial<Answer> = {}): Answer {
  return { ...OK, verdict, reason, ...more };
}

/** What a kernel answers to all that some objects need. Plain data. */
export interface KernelAnswers {
  /** Each different one once. */
  readonly answers: readonly Answer[];
  /** Pairs: the number of a requirement, and the index of its answer. Those without one are ok, with nothing to tell. */
  readonly of: readonly number[];
}

/** Collects answers, equal ones once. */
export class AnswerList implements KernelAnswers {
  readonly answers: Answer[] = [];
  readonly of: number[] = [];
  private readonly numbers = new Map<string, number>();

  add(requirement: number, answer: Answer): void {
    if (answer === OK) return;
    const key = JSON.stringify(answer);
    let number = this.numbers.get(key);
    if (number === undefined) {
      number = this.answers.length;
      this.numbers.set(key, number);
      this.answers.push(answer);
    }
    this.of.push(requirement, number);
  }
}
