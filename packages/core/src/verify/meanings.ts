import type { Breach } from './breach.js';
import { HEADER } from './meanings/header.js';
import { MODULES } from './meanings/modules.js';
import { RECORDS } from './meanings/records.js';
import { REFERENCES } from './meanings/references.js';
import { SILENT } from './meanings/silent.js';
import type { ByKind, Meanings } from './meanings/table.js';

/** Those that can be looked up, and those with something to be filled in. */
interface Lookup {
  readonly exact: ReadonlyMap<string, string | ByKind>;
  readonly patterns: readonly (readonly [RegExp, string | ByKind])[];
}

const SAID = lookup({ ...HEADER, ...RECORDS, ...REFERENCES, ...MODULES });
const UNSAID = lookup(SILENT);

/**
 * What a breach means to somebody who builds kernels, modules or programs, in a sentence or two. Where the kernel says
 * nothing, the first one is what is wrong. A problem that is not known is its own meaning.
 */
export function meaningOf({ problem, kind }: Breach): string {
  const text = problem.trim();
  const said = find(SAID, text);
  if (said !== undefined) return typeof said === 'string' ? said : (said[kind] ?? said.other);
  const unsaid = find(UNSAID, text);
  return unsaid === undefined ? text : `${text}. ${unsaid} The verifier gives no message for this.`;
}

function lookup(meanings: Meanings): Lookup {
  const entries = Object.entries(meanings);
  return {
    exact: new Map(entries),
    patterns: entries
      .filter(([problem]) => problem.includes('%'))
      .map(([problem, m]) => [patternOf(problem), m]),
  };
}

function patternOf(problem: string): RegExp {
  const source = problem
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('%u', '\\d+')
    .replaceAll('%x', '[0-9a-f]+')
    .replaceAll('%s', '.*');
  return new RegExp(`^${source}$`, 's');
}

function find({ exact, patterns }: Lookup, problem: string): string | ByKind | undefined {
  return exact.get(problem) ?? patterns.find(([pattern]) => pattern.test(problem))?.[1];
}
