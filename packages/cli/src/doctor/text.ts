import { oneLine } from '@btfkit/core/bytes';
import type { Finding, RankedCause } from '@btfkit/core/doctor';
import type { Looked } from './run.js';

const WIDTH = 104;
const LABEL = 8;

/** A diagnosis as people read it. */
export function diagnosisText(
  findings: readonly Finding[],
  looked: readonly Looked[],
  unreadable: number,
): string {
  const parts = findings.map(findingText);
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  // Why is on standard error.
  if (unreadable > 0) parts.push(`${unreadable} file${unreadable === 1 ? '' : 's'} could not be read.\n`);
  else if (findings.length === 0) parts.push('Nothing found that is wrong.\n');
  else if (errors === 0) parts.push('No error found.\n');
  return `${parts.join('\n')}\n${lookedText(looked)}`;
}

function findingText(finding: Finding): string {
  const { id, title, severity, seen, count, means, how, causes, remedy, follows, source, affects } = finding;
  const lines = [`${severity} ${id}: ${title}`];
  lines.push(
    ...block(
      'seen',
      seen.map(({ where, text }) => `${where}: ${text}`),
    ),
  );
  if (count > seen.length) lines.push(...block('', [`… ${count.toLocaleString('en')} times in all`]));
  lines.push(...block('means', [means]));
  if (follows.length > 0)
    lines.push(...block('', [`It follows from ${follows.join(', ')}: see to that first.`]));
  if (how.length > 0) lines.push(...block('because', how));
  const [first, ...others] = causes;
  if (first?.likelihood === 'confirmed' || others.length === 0) {
    if (first !== undefined && causes.length > 1) lines.push(...block('cause', [first.what]));
    lines.push(...block('do', remedy));
  } else lines.push(...block('causes', causes.map(causeText)));
  lines.push(...block('affects', [affects]));
  lines.push(...block('source', [source.join(', ')]));
  return `${lines.join('\n')}\n`;
}

function causeText({ what, tell, remedy, likelihood, because }: RankedCause, index: number): string {
  if (likelihood === 'ruled out') return `${index + 1}. ruled out (${because}): ${what}`;
  const sign = tell === undefined ? '' : ` Sign: ${tell}.`;
  return `${index + 1}. ${what}.${sign} Do: ${remedy}.`;
}

/** Texts behind a label, wrapped. */
export function block(label: string, texts: readonly string[]): string[] {
  return texts.flatMap((text, i) => {
    const indent = ' '.repeat(LABEL + 2);
    return wrap(oneLine(text)).map(
      (line, j) => (i === 0 && j === 0 ? `  ${label.padEnd(LABEL)}` : indent) + line,
    );
  });
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > WIDTH - LABEL) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines;
}

/** What was looked at: the single things, or how many of a kind. */
function lookedText(looked: readonly Looked[]): string {
  const byKind = new Map<string, Looked[]>();
  for (const one of looked) byKind.set(one.as, [...(byKind.get(one.as) ?? []), one]);
  const parts = [...byKind].map(([as, all]) => {
    if (all.length > 3) return `${all.length.toLocaleString('en')} files (${as})`;
    return all.map(({ path, size }) => `${path} (${as}${sizeText(as, size)})`).join(', ');
  });
  const text = parts.length === 0 ? 'nothing' : parts.join(', ');
  return `${wrap(oneLine(`Looked at: ${text}.`)).join('\n')}\n`;
}

function sizeText(as: string, size: number): string {
  if (as === 'log') return `, ${size.toLocaleString('en')} line${size === 1 ? '' : 's'}`;
  if (as === 'configuration') return '';
  return size === 0 ? ', without BTF' : `, ${size.toLocaleString('en')} bytes of BTF`;
}
