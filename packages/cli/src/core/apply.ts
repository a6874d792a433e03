import { applyCore, type Relocation } from '@btfkit/core/core-relo';
import { Reported, Status, UsageError } from '../exit.js';
import { writeWhole } from '../files.js';
import { compileLess } from '../optimizer.js';
import { writeError, writeJson } from '../output.js';
import { jsonRow, relocationText, tally } from './report.js';
import { loadTarget, openObject, type TargetOptions } from './target.js';

export type { ModuleOption } from './target.js';

export interface ApplyOptions extends TargetOptions {
  readonly output: string;
  readonly json?: true;
}

export async function apply(path: string, options: ApplyOptions): Promise<void> {
  const { output, json } = options;
  if (json && output === '-') throw new UsageError('--json and -o - both want standard output');
  compileLess(0);
  const object = openObject(path);
  const { bytes, relocations, skipped } = applyCore(object, await loadTarget(options));
  const isRefused = relocations.some(({ outcome }) => outcome === 'refused');
  const odd = relocations.filter(({ outcome }) => outcome !== 'patched');
  if (!isRefused) writeWhole(output, bytes);
  if (odd.length > 0) writeError(odd.map(relocationText).join('') + summary(path, relocations));
  if (json) {
    writeJson({
      object: path,
      target: options.target,
      modules: Object.fromEntries((options.module ?? []).map(({ name, input }) => [name, input])),
      output: isRefused ? null : output,
      ...tally(relocations),
      skipped: skipped.length,
      relocations: relocations.map(jsonRow),
    });
  }
  if (isRefused) throw new Reported(Status.NO);
}

function summary(path: string, relocations: readonly Relocation[]): string {
  const { patched, poisoned, refused } = tally(relocations);
  const refusals = refused > 0 ? `, ${refused} refused: libbpf would not load this object` : '';
  return `btfkit: ${path}: ${relocations.length} relocations: ${patched} patched, ${poisoned} poisoned${refusals}\n`;
}
