import type { Change, Difference } from '@btfkit/core/diff';
import { asText } from '../output.js';

const WIDEST_NAME = 28;
const EFFECT_COLUMN = 64;

/** A difference for people: the type, then a line for each part of it that changed. */
export function differenceText(difference: Difference): string {
  const { kind, name, anonymous, what, changes } = difference;
  const title = anonymous ? `enum { ${name}, … }` : `${kind} ${name}`;
  const own = changes.filter(change => change.subject === kind);
  const parts = grouped(changes.filter(change => change.subject !== kind));
  const sign = what === 'appeared' ? '+ ' : what === 'went' ? '- ' : '';
  const width = Math.min(WIDEST_NAME, Math.max(0, ...parts.map(part => labelOf(part[0]!).length)));
  const lines = [
    line(`${sign}${title}`, own),
    ...parts.map(part => line(`  ${signOf(part[0]!)} ${labelOf(part[0]!).padEnd(width)}`, part)),
  ];
  return asText(lines);
}

/** Changes that follow each other and are of the same part. */
function grouped(changes: readonly Change[]): Change[][] {
  const groups: Change[][] = [];
  for (const change of changes) {
    const last = groups.at(-1)?.[0];
    if (last !== undefined && last.subject === change.subject && last.name === change.name) {
      groups.at(-1)!.push(change);
    } else groups.push([change]);
  }
  return groups;
}

function signOf({ what }: Change): string {
  return what === 'appeared' ? '+' : what === 'went' ? '-' : '~';
}

function labelOf({ subject, name }: Change): string {
  if (subject === 'result') return 'result';
  return subject === 'parameter' ? `parameter ${name}` : name;
}

function line(start: string, changes: readonly Change[]): string {
  const text = [start, ...changes.map(describe)].filter(part => part !== '').join('  ');
  const effects = effectsText(changes);
  if (effects === '') return text.trimEnd();
  return `${text.padEnd(EFFECT_COLUMN)}  ${effects}`;
}

function describe({ subject, what, from, to, offset }: Change): string {
  switch (what) {
    case 'appeared':
    case 'went': {
      const text = String(from ?? to ?? '');
      if (subject === 'enumerator') return `= ${text}`;
      return offset === undefined ? text : `${text} at ${place(offset)}`;
    }
    case 'moved':
      if (subject === 'member') return `offset ${place(Number(from))} -> ${place(Number(to))}`;
      return subject === 'variable'
        ? `offset ${from} -> ${to}`
        : `place ${Number(from) + 1} -> ${Number(to) + 1}`;
    case 'resized':
      return `size ${from} -> ${to}`;
    case 'bitfield':
      return `${width(Number(from))} -> ${width(Number(to))}`;
    case 'renamed':
      return `renamed from ${from}`;
    case 'regrouped':
      return 'members grouped or ordered otherwise, at the same offsets';
    case 'tagged':
      return `tag ${to} appeared`;
    case 'untagged':
      return `tag ${from} went`;
    default:
      return `${from} -> ${to}`;
  }
}

/** Bytes, and the bit where it is not the first. */
function place(bits: number): string {
  return bits % 8 === 0 ? String(bits / 8) : `${Math.floor(bits / 8)}:${bits % 8}`;
}

function width(bits: number): string {
  return bits === 0 ? 'no bitfield' : `${bits} bits`;
}

function effectsText(changes: readonly Change[]): string {
  const programs = new Set(changes.map(change => change.program));
  programs.delete('none');
  if (programs.size > 1) programs.delete('follows');
  const modules = new Set(changes.map(change => change.module));
  modules.delete('none');
  return [
    ...[...programs].map(effect => (effect === 'follows' ? 'CO-RE follows' : `BPF: ${effect}`)),
    ...(modules.size > 0 ? [`modules: ${[...modules].join(', ')}`] : []),
  ].join('; ');
}
