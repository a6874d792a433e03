import type { Btf } from '@btfkit/core/btf';
import {
  breaksModules,
  breaksPrograms,
  DiffCounter,
  type Difference,
  diff,
  differences,
  ENTITY_KINDS,
  type EntityKind,
} from '@btfkit/core/diff';
import { Chunks } from '../chunks.js';
import { Refusal, Reported, Status, UsageError } from '../exit.js';
import { loadInput } from '../inputs.js';
import { inlineLess } from '../optimizer.js';
import { writeOut } from '../output.js';
import type { DiffVerbOptions } from './options.js';
import { summaryText } from './summary-text.js';
import { differenceText } from './text.js';

/** Compares, prints, and ends with status 1 where something differs. */
export async function runDiff(
  inputA: string,
  inputB: string,
  names: readonly string[],
  options: DiffVerbOptions,
): Promise<void> {
  inlineLess();
  const isWanted = kindFilter(options.kind);
  const doesBreak = { program: breaksPrograms, module: breaksModules, any: () => true }[
    options.breaks ?? 'any'
  ];
  const a = await loadInput(inputA, { base: options.baseA });
  const b = await loadInput(inputB, { base: options.baseB });
  refuseUnknown(names, a, b);
  const counter = new DiffCounter();
  const details = new Chunks();
  const render = renderer(options, names.length > 0);
  for (const difference of differences(a, b, { names: names.length > 0 ? names : undefined })) {
    if (!isWanted(difference)) continue;
    const changes = difference.changes.filter(doesBreak);
    if (changes.length === 0) continue;
    const reduced = { ...difference, changes };
    details.add(render(reduced, counter.types === 0));
    counter.add(reduced);
  }

  const summary = counter.summary();
  if (options.json) {
    writeOut(`${JSON.stringify({ a: inputA, b: inputB, summary }).slice(0, -1)},"differences":[`);
    details.add('\n]}\n');
  } else writeOut(summaryText(inputA, inputB, summary));
  details.write();
  if (summary.types > 0) throw new Reported(Status.NO);
}

/** What is printed of each difference: a line of JSON, text, or nothing. */
function renderer(
  options: DiffVerbOptions,
  named: boolean,
): (difference: Difference, first: boolean) => string {
  if (options.json) return (difference, first) => `${first ? '' : ','}\n${JSON.stringify(difference)}`;
  if (options.all || named) return difference => `\n${differenceText(difference)}`;
  return () => '';
}

function kindFilter(kinds: readonly string[] | undefined): (difference: Difference) => boolean {
  if (kinds === undefined) return () => true;
  const wanted = new Set(kinds.map(kind => kind.toLowerCase() as EntityKind));
  for (const kind of wanted) {
    if (!ENTITY_KINDS.includes(kind)) {
      throw new UsageError(`--kind ${kind}: there is no such kind, expected ${ENTITY_KINDS.join(', ')}`);
    }
  }
  return ({ kind }) => wanted.has(kind);
}

/** Throws Refusal for a name that neither side has, be it that of an anonymous enum that differs. */
function refuseUnknown(names: readonly string[], a: Btf, b: Btf): void {
  const unknown = names.filter(name => a.find(name) === 0 && b.find(name) === 0);
  if (unknown.length === 0) return;
  const found = new Set(diff(a, b, { names: unknown }).map(difference => difference.name));
  const missing = unknown.find(name => !found.has(name));
  if (missing !== undefined)
    throw new Refusal(`neither ${a.name} nor ${b.name} has a type of the name ${missing}`);
}
