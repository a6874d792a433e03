/**
 * A message as a template: `failed to validate module [{module}] BTF: -{errno:d}`. Fields are `{name}` (any text, up to
 * what follows), `{name:w}` (no blanks), `{name:d}` (digits), `{name:x}` (0x and hexadecimal digits) and `{name=2}`
 * (these digits and no more). A field at the start takes the word before. `^…$` is the whole of a line.
 */
export interface Template {
  readonly parts: readonly Part[];
  /** The longest stretch of given characters that are the same however a log was copied: no match without it. */
  readonly anchor: string;
  /** Characters that are given: of two templates that match the same words, the one with more knows better. */
  readonly given: number;
  /** Nothing else may stand in the line. */
  readonly alone: boolean;
}

type Part = string | Field;

interface Field {
  readonly name: string;
  readonly form: 'text' | 'word' | 'digits' | 'hex';
  readonly value?: string;
}

/** Where a template was found in a line, and what stood in its fields. */
export interface Match {
  readonly from: number;
  readonly to: number;
  readonly fields: Readonly<Record<string, string>>;
}

/** Longest text of a field, and the most places in a line where a template is tried: so that no line takes long. */
const LONGEST_FIELD = 1000;
const MOST_TRIES = 8;

export function parseTemplate(whole: string): Template {
  const alone = whole.startsWith('^') && whole.endsWith('$');
  const text = alone ? whole.slice(1, -1) : whole;
  const parts: Part[] = [];
  let at = 0;
  for (const match of text.matchAll(/\{(\w+)(?::(\w)|=(\d+))?\}/g)) {
    if (match.index > at) parts.push(text.slice(at, match.index));
    const form = FORMS[match[3] === undefined ? (match[2] ?? '') : 'd'];
    if (form === undefined) throw new Error(`template ${text}: no form ${match[2]}`);
    parts.push({ name: match[1]!, form, value: match[3] });
    at = match.index + match[0].length;
  }
  if (at < text.length) parts.push(text.slice(at));
  const literals = parts.filter(part => typeof part === 'string');
  const plain = literals.flatMap(literal => literal.split(REWRITTEN));
  const anchor = plain.reduce((a, b) => (b.length > a.length ? b : a), '');
  if (anchor.length < 4) throw new Error(`template ${text}: no literal of at least 4 characters`);
  return { parts, anchor, given: literals.reduce((sum, { length }) => sum + length, 0), alone };
}

/** What editors, web pages and JSON write in another way. */
const REWRITTEN = /['"`<>&\\]/;
const ENTITIES: Readonly<Record<string, string>> = {
  quot: '"',
  '#34': '"',
  u0022: '"',
  apos: "'",
  '#39': "'",
  u0027: "'",
  lt: '<',
  u003c: '<',
  gt: '>',
  u003e: '>',
  amp: '&',
  u0026: '&',
};

/** A line as the program wrote it: with plain quotes, without what HTML and JSON put in place of characters. */
export function asWritten(line: string): string {
  if (!/[&\\`\u00b4\u2018-\u201d]/.test(line)) return line;
  return line
    .replace(/[`\u00b4\u2018\u2019]/g, "'")
    .replace(/[\u201c\u201d]/g, '"')
    .replace(/&(#?\w{2,4});|\\(u00[0-9a-f]{2})/g, (whole, html: string, json: string) => {
      return ENTITIES[html ?? json] ?? whole;
    })
    .replace(/\\(["'])/g, '$1');
}

const FORMS: Readonly<Record<string, Field['form']>> = { '': 'text', w: 'word', d: 'digits', x: 'hex' };

/** The first place in `line` that the template matches. */
export function findTemplate({ parts, alone }: Template, line: string): Match | undefined {
  if (alone) {
    const trimmed = line.trim();
    const match = findTemplate({ parts, anchor: '', given: 0, alone: false }, trimmed);
    return match?.from === 0 && match.to === trimmed.length ? match : undefined;
  }
  const lead = typeof parts[0] === 'string' ? undefined : parts[0];
  const first = lead === undefined ? 0 : 1;
  const literal = parts[first] as string;
  let at = line.indexOf(literal);
  for (let tries = 0; at >= 0 && tries < MOST_TRIES; tries++) {
    const match = matchAt(parts, first, line, at, lead);
    if (match !== undefined) return match;
    at = line.indexOf(literal, at + 1);
  }
  return undefined;
}

function matchAt(
  parts: readonly Part[],
  first: number,
  line: string,
  start: number,
  lead: Field | undefined,
): Match | undefined {
  const fields: Record<string, string> = {};
  let from = start;
  if (lead !== undefined) {
    from = wordStart(line, start);
    if (from === start) return undefined;
    fields[lead.name] = line.slice(from, start);
  }
  let at = start + (parts[first] as string).length;
  for (let i = first + 1; i < parts.length; i++) {
    const part = parts[i]!;
    if (typeof part === 'string') {
      if (!line.startsWith(part, at)) return undefined;
      at += part.length;
      continue;
    }
    const end = fieldEnd(part, parts[i + 1] as string | undefined, line, at);
    if (end < 0) return undefined;
    const value = line.slice(at, end);
    if (part.value !== undefined && part.value !== value) return undefined;
    fields[part.name] = value;
    at = end;
  }
  return { from, to: at, fields };
}

/** Of the word that ends at `end`; a quote or bracket does not belong to it. */
function wordStart(line: string, end: number): number {
  let at = end;
  while (at > 0 && end - at < LONGEST_FIELD && !' \t\'"`([<'.includes(line[at - 1]!)) at--;
  return at;
}

/** Where the field that begins at `at` ends, before `follows`; -1 where it is none. */
function fieldEnd({ form }: Field, follows: string | undefined, line: string, at: number): number {
  if (form === 'digits') return runEnd(line, at, isDigit);
  if (form === 'hex') return runEnd(line, line.startsWith('0x', at) ? at + 2 : at, isHexDigit);
  if (form === 'word' || follows === undefined) {
    const end = form === 'word' ? wordEnd(line, at) : line.length;
    if (follows === undefined) return Math.min(end, at + LONGEST_FIELD);
    const found = line.slice(at, end + follows.length).indexOf(follows);
    return found > 0 ? at + found : -1;
  }
  const found = line.slice(at, at + LONGEST_FIELD + follows.length).indexOf(follows);
  return found > 0 ? at + found : -1;
}

function wordEnd(line: string, at: number): number {
  let end = at;
  while (end < line.length && end - at < LONGEST_FIELD && line[end] !== ' ' && line[end] !== '\t') end++;
  return end;
}

function runEnd(line: string, at: number, belongs: (code: number) => boolean): number {
  let end = at;
  while (end < line.length && end - at < 20 && belongs(line.charCodeAt(end))) end++;
  return end > at ? end : -1;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isHexDigit(code: number): boolean {
  return isDigit(code) || (code >= 0x61 && code <= 0x66) || (code >= 0x41 && code <= 0x46);
}
