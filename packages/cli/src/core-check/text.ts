import { oneLine } from '@btfkit/core/bytes';
import type { Answer, CellState, Edit, Finding, Use } from '@btfkit/core/core-check';
import type { Matrix } from './matrix.js';

const MARKS: Readonly<Record<CellState, string>> = {
  works: 'ok',
  unknown: 'ok?',
  fails: 'FAILS',
  unread: '-',
};
const LETTERS: Readonly<Record<CellState, string>> = { works: '.', unknown: '?', fails: 'F', unread: '-' };
/** Wider tables are turned: a line for all kernels that are alike, a letter for each object. */
const WIDEST = 120;
/** Names in a list, and places of a finding, before the rest is counted. */
const MOST_NAMES = 6;
const MOST_USES = 4;

/** The matrix, then what fails and why; with `details` also all that is not simply there, and each program. */
export function textOf(matrix: Matrix, details: boolean): string {
  const { report, kernels } = matrix;
  const failures = report.findings.filter(({ isFailure }) => isFailure);
  const others = report.findings.filter(({ isFailure, answer }) => !isFailure && !isPlain(answer));
  const lines = [
    ...table(matrix),
    '',
    tally(matrix),
    ...failures.flatMap((one, at) => ['', ...findingText(matrix, one), ...editText(matrix.edits[at])]),
  ];
  if (details) {
    lines.push(...others.flatMap(one => ['', ...findingText(matrix, one)]), ...programs(matrix));
  } else {
    const guarded = others.filter(({ answer }) => answer.verdict === 'guarded').length;
    const unknown = others.filter(({ answer }) => answer.verdict === 'unknown').length;
    const notes = [];
    if (guarded > 0) notes.push(`${count(guarded, 'relocation')} poisoned where the program cannot get`);
    if (unknown > 0) notes.push(`${count(unknown, 'thing')} that these kernels' files do not tell`);
    if (notes.length > 0) lines.push('', `also: ${notes.join(', ')} (--details)`);
  }
  for (const { name, notes } of kernels)
    for (const note of notes) if (details) lines.push(`${name}: ${note}`);
  return lines.map(line => `${oneLine(line).trimEnd()}\n`).join('');
}

function table(matrix: Matrix): string[] {
  const { objects, kernels, report } = matrix;
  const first = Math.max(...objects.map(name => name.length));
  const widths = kernels.map(({ name }) => Math.max(name.length, MARKS.fails.length));
  const width = widths.reduce((sum, one) => sum + one + 2, first);
  if (width > WIDEST) return turnedTable(matrix);
  const row = (name: string, cells: readonly string[]) =>
    [name.padEnd(first), ...cells.map((cell, at) => cell.padEnd(widths[at]))].join('  ');
  return [
    row(
      '',
      kernels.map(({ name }) => name),
    ),
    ...objects.map((name, at) =>
      row(
        name,
        report.objects[at].states.map(state => MARKS[state]),
      ),
    ),
  ];
}

/** Kernels with the same answers in one line. */
function turnedTable({ objects, kernels, report }: Matrix): string[] {
  const alike = new Map<string, number[]>();
  for (const kernel of kernels.keys()) {
    const letters = report.objects.map(({ states }) => LETTERS[states[kernel]]).join('');
    alike.set(letters, [...(alike.get(letters) ?? []), kernel]);
  }
  const lines = objects.map((name, at) => `${'│'.repeat(at)}┌${'─'.repeat(objects.length - at)} ${name}`);
  for (const [letters, numbers] of alike) {
    const names = numbers.map(number => kernels[number].name);
    lines.push(`${letters}  ${nameList(names)}`);
  }
  return lines;
}

function tally({ objects, kernels, report }: Matrix): string {
  const states = report.objects.flatMap(row => row.states);
  const number = (wanted: CellState) => states.filter(state => state === wanted).length;
  const more = (state: CellState, words: string) => (number(state) > 0 ? `, ${number(state)} ${words}` : '');
  const rest = more('unknown', 'not known') + more('unread', 'not read');
  return `${count(objects.length, 'object')} on ${count(kernels.length, 'kernel')}: ${number('works')} work, ${number('fails')} fail${rest}`;
}

/** Nothing to tell but where it was found. */
function isPlain({ verdict, reason }: Answer): boolean {
  return verdict === 'ok' && reason === '';
}

const WORDS = {
  ok: 'ok',
  absent: 'absent',
  unknown: 'not known',
  guarded: 'poisoned, not reached',
  poisoned: 'poisoned, and the program can get there',
  refused: 'refused: the object does not load',
  missing: 'missing',
  incompatible: 'incompatible',
};

function findingText(matrix: Matrix, finding: Finding): string[] {
  const { answer, subject, kernels } = finding;
  const names = kernels.map(kernel => matrix.kernels[kernel].name);
  const reason = answer.reason === '' ? '' : `: ${answer.reason}`;
  const kinds = finding.what === 'relocation' ? ` (${finding.kinds.join(', ')})` : '';
  const optional = finding.isOptional ? ', in programs that are loaded only when asked for' : '';
  const lines = [
    `${subject}${kinds}${reason}`,
    `    ${WORDS[answer.verdict]}${optional}, on ${kernelsText(names, matrix.kernels.length)}`,
  ];
  if (answer.candidates.length > 1) {
    for (const { btf, type, mismatch } of answer.candidates) {
      lines.push(`    in ${btf} ${type}: ${mismatch ?? 'has it'}`);
    }
  }
  if (finding.what !== 'relocation' && finding.isFailure && !['', answer.reason].includes(answer.message)) {
    lines.push(`    log: ${answer.message}`);
  }
  const explanation = matrix.explanations[matrix.report.findings.indexOf(finding)];
  if (explanation !== null) lines.push(`    DWARF: ${explanation}`);
  const places = new Set(finding.uses.map(use => useText(matrix, use)));
  const shown = [...places].slice(0, MOST_USES);
  for (const place of shown) lines.push(`    ${place}`);
  if (places.size > shown.length) lines.push(`    and ${count(places.size - shown.length, 'other place')}`);
  return lines;
}

/** What to change, to be pasted. What asks first whether a field is there is a part of what takes another one. */
function editText(edits: readonly Edit[]): string[] {
  const hasFlavour = edits.some(({ what }) => what === 'flavour');
  return edits
    .filter(({ what }) => !(hasFlavour && what === 'guard'))
    .flatMap(({ text, code }) => [
      `    edit: ${text}`,
      ...(code === '' ? [] : code.split('\n').map(line => `        ${line.replaceAll('\t', '    ')}`)),
    ]);
}

function kernelsText(names: readonly string[], all: number): string {
  if (all === 1) return names[0];
  if (names.length === 2 && all === 2) return 'both kernels';
  return names.length === all ? `all ${all} kernels` : nameList(names);
}

/** The first ones, the last, and how many. */
function nameList(names: readonly string[]): string {
  if (names.length <= MOST_NAMES) return names.join(', ');
  return `${names.slice(0, MOST_NAMES - 2).join(', ')} … ${names.at(-1)} (${names.length})`;
}

export function useText({ objects, needs }: Matrix, { object, function: place, source, text }: Use): string {
  if (place === null) return objects[object];
  const { program } = needs.objects[object].functions[place];
  const where = source === '' ? '' : ` ${source}`;
  return `${objects[object]} ${program.name}${where}${text === '' ? '' : `    ${text}`}`;
}

function programs({ objects, kernels, report }: Matrix): string[] {
  const lines: string[] = [];
  for (const [at, { programs: rows, own }] of report.objects.entries()) {
    lines.push('', objects[at]);
    const broken = own.flatMap((state, kernel) => (state === 'fails' ? [kernels[kernel].name] : []));
    if (broken.length > 0)
      lines.push(`    the object itself: does not load on ${kernelsText(broken, kernels.length)}`);
    for (const { name, section, isOptional, relocations, states } of rows) {
      const failing = states.flatMap((state, kernel) => (state === 'fails' ? [kernels[kernel].name] : []));
      const doubtful = states.includes('unknown') ? 'ok?' : 'ok';
      const verdict = failing.length === 0 ? doubtful : `fails on ${kernelsText(failing, kernels.length)}`;
      const note = isOptional ? ', loaded only when asked for' : '';
      lines.push(`    ${name} (${section}${note}), ${count(relocations, 'relocation')}: ${verdict}`);
    }
  }
  return lines;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
