import type { Check, Proof, Severity } from './check.js';
import { type Finding, fillIn, rankCauses, type Seen } from './finding.js';
import { meaningOfPrints } from './judgement.js';
import { type Scene, versions } from './scene.js';

const MOST_SEEN = 5;
const MOST_VALUES = 8;

/** What was gathered for one check. */
export class Case {
  readonly check: Check;
  readonly seen: Seen[] = [];
  readonly fields = new Map<string, string[]>();
  readonly proofs: Proof[] = [];
  /** What verify knows of the kernel's messages. */
  readonly meanings = new Set<string>();
  /** Causes that messages spoke for. */
  readonly hints = new Set<number>();
  count = 0;
  said = false;
  /** A message said so plainly, or a file shows it. */
  sure = false;
  private last = '';

  constructor(check: Check) {
    this.check = check;
  }

  note(seen: Seen, fields: Readonly<Record<string, string>>, isVague = false): void {
    this.said = true;
    this.sure ||= !isVague;
    // Two messages of one line are one sight.
    if (this.last !== seen.where) {
      this.count++;
      if (this.seen.length < MOST_SEEN) this.seen.push(seen);
    }
    this.last = seen.where;
    for (const [name, value] of Object.entries(fields)) {
      const trimmed = value.trim().replace(value.includes('(') ? /[.,;:'"]+$/ : /[.,;:'")]+$/, '');
      const values = this.fields.get(name);
      if (trimmed === '') continue;
      if (values === undefined) this.fields.set(name, [trimmed]);
      else if (values.length < MOST_VALUES && !values.includes(trimmed)) values.push(trimmed);
    }
  }

  /** What verify knows of prints of the verifier. */
  mean(prints: readonly string[], kind: string | undefined): void {
    const meaning = meaningOfPrints(prints, kind);
    if (meaning !== undefined && this.meanings.size < MOST_SEEN) this.meanings.add(meaning);
  }

  prove(proof: Proof): void {
    this.sure = true;
    this.count++;
    if (this.proofs.length < MOST_SEEN) this.proofs.push(proof);
  }
}

const WEIGHT: Readonly<Record<Severity, number>> = { error: 2, warning: 1, note: 0 };

/** A case as a finding; `present`: ids of others that are there for sure. */
export function findingOf(
  { check, seen, fields, proofs, hints, meanings, count, said, sure }: Case,
  present: ReadonlySet<string>,
  scene: Scene,
): Finding {
  const { id, title, stage, affects, source } = check;
  const severities = proofs.map(proof => proof.severity ?? check.severity);
  if (said) severities.push(check.severity);
  const severity = severities.reduce((a, b) => (WEIGHT[b] > WEIGHT[a] ? b : a));
  const shown = new Set(proofs.flatMap(({ cause }) => (cause === undefined ? [] : [cause])));
  if (proofs.length > 0 && shown.size === 0 && check.causes.length === 1) shown.add(0);
  const causes = rankCauses(check, shown, hints, cause => cause.ruledOut?.(scene)).map(cause => ({
    ...cause,
    what: fillIn(cause.what, fields),
    remedy: fillIn(cause.remedy, fields),
  }));
  const exact = proofs.find(({ remedy }) => remedy !== undefined)?.remedy;
  // Of several files the first tells enough; the others are in `proofs`.
  const how = proofs[0]?.how ?? [];
  return {
    id,
    title: sure ? title : `perhaps ${title}`,
    stage,
    severity,
    seen: [...seen, ...proofs.map(({ where, seen: text }) => ({ where, text }))],
    count,
    means: fillIn(check.means, fields),
    how: proofs.length > 0 ? how : [...meanings, ...versions(scene)],
    proofs: proofs.map(proof => ({ where: proof.where, seen: proof.seen, how: proof.how ?? [] })),
    causes,
    remedy: exact ?? [causes[0]!.remedy],
    confirmed: proofs.length > 0,
    follows: [...(check.after ?? []), ...((!sure && check.perhapsAfter) || [])].filter(other =>
      present.has(other),
    ),
    affects,
    source,
  };
}
