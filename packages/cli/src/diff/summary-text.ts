import { type DiffSummary, MODULE_EFFECTS, PROGRAM_EFFECTS, type SummaryRow } from '@btfkit/core/diff';
import { asText } from '../output.js';

/** Counts by what happened with what it breaks, and what the words mean. */
export function summaryText(a: string, b: string, summary: DiffSummary): string {
  const { types, breakPrograms, breakModules, rows } = summary;
  if (types === 0) return asText([`${a} -> ${b}: no difference`]);
  const breaks = `${breakPrograms} break BPF programs, ${breakModules} break modules that use them`;
  const head = `${a} -> ${b}: ${types === 1 ? '1 type differs' : `${types} types differ`}; ${breaks}`;
  return asText([head, '', ...table(rows), '', ...legend(rows)]);
}

function table(rows: readonly SummaryRow[]): string[] {
  let last = '';
  const cells = rows.map(row => {
    const subject = row.subject === last ? '' : row.subject;
    last = row.subject;
    return [
      subject,
      row.what,
      String(row.count),
      effects(row.program, row.count),
      effects(row.module, row.count),
    ];
  });
  return columns([['', '', 'count', 'BPF programs', 'modules'], ...cells]);
}

/** One effect alone is its word; several come with their counts. */
function effects(counts: Readonly<Record<string, number>>, all: number): string {
  return Object.entries(counts)
    .filter(([effect]) => effect !== 'none')
    .map(([effect, count]) => (count === all ? effect : `${effect} ${count}`))
    .sort()
    .join(', ');
}

/** Aligned, the third column to the right. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = [0, 1, 2, 3].map(column => Math.max(...rows.map(row => row[column]!.length)));
  return rows.map(row =>
    row
      .map((cell, i) => (i === 2 ? cell.padStart(widths[i]!) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

function legend(rows: readonly SummaryRow[]): string[] {
  const explain = (title: string, side: 'program' | 'module', meanings: Readonly<Record<string, string>>) => {
    const words = Object.keys(meanings).filter(
      word => word !== 'none' && rows.some(row => word in row[side]),
    );
    return words.length === 0 ? [] : [title, ...words.map(word => `  ${word.padEnd(10)} ${meanings[word]}`)];
  };
  return [
    ...explain('BPF programs', 'program', PROGRAM_EFFECTS),
    ...explain('modules', 'module', MODULE_EFFECTS),
  ];
}
