import type { Cause, Check, Severity, Stage } from './check.js';

/** A place where something was seen, and what. */
export interface Seen {
  /** "build.log:812", or a file. */
  readonly where: string;
  readonly text: string;
}

export interface RankedCause extends Pick<Cause, 'what' | 'tell' | 'remedy'> {
  /** Files show it; or it is the first of several; or another; or the versions speak against it. */
  readonly likelihood: 'confirmed' | 'likely' | 'possible' | 'ruled out';
  /** Why it is ruled out. */
  readonly because?: string;
}

/** A symptom that is there: what was seen, what it means, how we know, what to do. */
export interface Finding {
  readonly id: string;
  readonly title: string;
  readonly stage: Stage;
  readonly severity: Severity;
  /** The first few. */
  readonly seen: readonly Seen[];
  /** How often it was seen. */
  readonly count: number;
  readonly means: string;
  /** Of the first file. */
  readonly how: readonly string[];
  /** What each file shows, of the first few. */
  readonly proofs: readonly {
    readonly where: string;
    readonly seen: string;
    readonly how: readonly string[];
  }[];
  /** Most likely first. */
  readonly causes: readonly RankedCause[];
  /** Steps; of the first cause where it is not known better. */
  readonly remedy: readonly string[];
  /** Files show it, beyond what a log says. */
  readonly confirmed: boolean;
  /** Ids of findings that bring it about. */
  readonly follows: readonly string[];
  readonly affects: string;
  readonly source: readonly string[];
}

const ORDER: Readonly<Record<Severity, number>> = { error: 0, warning: 1, note: 2 };

/** Worst and surest first; what follows from another stands behind it. */
export function inOrder(findings: readonly Finding[]): Finding[] {
  const rank = ({ severity, follows, confirmed }: Finding) =>
    4 * ORDER[severity] + (follows.length > 0 ? 2 : 0) + (confirmed ? 0 : 1);
  return [...findings].sort((a, b) => rank(a) - rank(b));
}

/** Puts what is known into a text: `{field}`, or `{field|what to say without it}`. */
export function fillIn(text: string, fields: ReadonlyMap<string, readonly string[]>): string {
  return text
    .replace(/\{(\w+)(?:\|([^}]*))?\}/g, (_, name: string, otherwise?: string) => {
      const values = fields.get(name);
      return values === undefined ? (otherwise ?? '') : valuesText(values);
    })
    .replace(/ \[\]/g, '')
    .replace(/ {2,}/g, ' ');
}

function valuesText(values: readonly string[]): string {
  return values.length > 3 ? `${values.slice(0, 3).join(', ')} and others` : values.join(', ');
}

/** The causes of a check: those that files show in front, then those that messages speak for, in their order. */
export function rankCauses(
  check: Check,
  shown: ReadonlySet<number>,
  hints: ReadonlySet<number>,
  ruledOut: (cause: Cause) => string | undefined,
): RankedCause[] {
  const order = new Set([...shown, ...hints, ...check.causes.keys()]);
  const ranked: RankedCause[] = [];
  const out: RankedCause[] = [];
  for (const index of order) {
    const cause = check.causes[index]!;
    const { what, tell, remedy } = cause;
    const isShown = shown.has(index);
    const because = isShown ? undefined : ruledOut(cause);
    if (because !== undefined) out.push({ what, tell, remedy, likelihood: 'ruled out', because });
    else ranked.push({ what, tell, remedy, likelihood: isShown ? 'confirmed' : 'possible' });
  }
  const first = ranked[0];
  if (first?.likelihood === 'possible') ranked[0] = { ...first, likelihood: 'likely' };
  return [...ranked, ...out];
}
