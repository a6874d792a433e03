import {
  breaksModules,
  breaksPrograms,
  type Difference,
  ENTITY_KINDS,
  type ModuleEffect,
  type ProgramEffect,
  type Subject,
  WHATS,
  type What,
} from './change.js';

/** How often something changed in one way, and what that does. */
export interface SummaryRow {
  readonly subject: Subject;
  readonly what: What;
  readonly count: number;
  /** Number of changes by effect. */
  readonly program: Partial<Record<ProgramEffect, number>>;
  readonly module: Partial<Record<ModuleEffect, number>>;
}

export interface DiffSummary {
  /** Types that differ, and how many of them break programs and modules that use them. */
  readonly types: number;
  readonly breakPrograms: number;
  readonly breakModules: number;
  /** By subject, then by what happened. */
  readonly rows: readonly SummaryRow[];
}

const SUBJECTS: readonly Subject[] = [
  ...ENTITY_KINDS,
  'member',
  'enumerator',
  'parameter',
  'result',
  'variable',
];
const ORDER: readonly string[] = Object.keys(WHATS);

/** Counts changes by what they are of and what happened, as they come. */
export class DiffCounter {
  private readonly rows = new Map<string, { -readonly [Key in keyof SummaryRow]: SummaryRow[Key] }>();
  /** Types that differ. */
  types = 0;
  private breakPrograms = 0;
  private breakModules = 0;

  /** A type that differs. */
  add({ changes }: Difference): void {
    this.types++;
    if (changes.some(breaksPrograms)) this.breakPrograms++;
    if (changes.some(breaksModules)) this.breakModules++;
    for (const { subject, what, program, module } of changes) {
      const key = `${subject} ${what}`;
      let row = this.rows.get(key);
      if (row === undefined) {
        row = { subject, what, count: 0, program: {}, module: {} };
        this.rows.set(key, row);
      }
      row.count++;
      row.program[program] = (row.program[program] ?? 0) + 1;
      row.module[module] = (row.module[module] ?? 0) + 1;
    }
  }

  /** What was counted until now. */
  summary(): DiffSummary {
    const { types, breakPrograms, breakModules } = this;
    const rows = [...this.rows.values()].sort(
      (x, y) =>
        SUBJECTS.indexOf(x.subject) - SUBJECTS.indexOf(y.subject) ||
        ORDER.indexOf(x.what) - ORDER.indexOf(y.what),
    );
    return { types, breakPrograms, breakModules, rows };
  }
}

/** The counts of all of these. */
export function summarizeDiff(differences: Iterable<Difference>): DiffSummary {
  const counter = new DiffCounter();
  for (const difference of differences) counter.add(difference);
  return counter.summary();
}
