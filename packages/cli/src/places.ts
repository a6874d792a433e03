import { realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { UsageError } from './exit.js';

export interface Places {
  /** What is read; undefined for options that are not given. */
  readonly inputs: readonly (string | undefined)[];
  readonly outputs: readonly string[];
  /** Something else is for standard output. */
  readonly json?: boolean | undefined;
}

/** UsageError where an output has the place of an input or of another output. Pipes and devices have none. */
export function checkPlaces({ inputs, outputs, json }: Places): void {
  const toPipe = outputs.filter(output => output === '-');
  if (json && toPipe.length > 0) {
    const which = outputs.length > 1 ? 'an output of -' : '-o -';
    throw new UsageError(`--json and ${which} both want standard output`);
  }
  if (toPipe.length > 1) throw new UsageError('two outputs of - both want standard output');
  const read = new Set(inputs.flatMap(path => (path === undefined || path === '-' ? [] : [realPath(path)])));
  const written = new Map<string, string>();
  for (const output of outputs) {
    if (output === '-' || isStream(output)) continue;
    const place = realPath(output);
    if (read.has(place)) throw new UsageError(`${output} is an input, and would be overwritten`);
    const other = written.get(place);
    if (other !== undefined) throw new UsageError(`${other} and ${output} are one place for two outputs`);
    written.set(place, output);
  }
}

function isStream(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && !stat.isFile() && !stat.isDirectory();
}

/** Tells files apart, those as well that are not there yet, and pipes, which are in no folder (/dev/fd/63). */
export function realPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return resolve(path);
  }
}
