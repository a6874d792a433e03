import { existsSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { UsageError } from '../exit.js';
import { checkPlaces, realPath } from '../places.js';

/** A file to encode, and where its BTF goes. */
export interface Job {
  readonly input: string;
  readonly output: string;
}

export interface OutputOptions {
  readonly output?: string | undefined;
  readonly outDir?: string | undefined;
  readonly keepPaths?: boolean | undefined;
  readonly embed?: boolean | undefined;
  /** What is read beside the inputs. */
  readonly base?: readonly string[] | undefined;
}

/** Where the BTF of each input goes. UsageError where that is not one place for each, or an input's own place. */
export function planOutputs(inputs: readonly string[], options: OutputOptions): Job[] {
  const { output, outDir, keepPaths, embed } = options;
  if (embed) return planEmbedding(inputs, options);
  if (output !== undefined && outDir !== undefined)
    throw new UsageError('-o and --out-dir exclude each other');
  if (keepPaths && outDir === undefined) throw new UsageError('--keep-paths goes with --out-dir');
  if (output !== undefined && inputs.length > 1) {
    throw new UsageError(`-o is for one input, there are ${inputs.length}; --out-dir takes them all`);
  }
  if (output === undefined && inputs.includes('-')) throw new UsageError('standard input wants -o');
  const jobs = inputs.map(input => ({ input, output: output ?? placeOf(input, outDir, keepPaths) }));
  checkJobs(jobs, options.base ?? []);
  return jobs;
}

function planEmbedding(inputs: readonly string[], { output, outDir, keepPaths }: OutputOptions): Job[] {
  if (output !== undefined || outDir !== undefined || keepPaths)
    throw new UsageError('--embed writes into the inputs: -o, --out-dir and --keep-paths do not go with it');
  if (inputs.includes('-')) throw new UsageError('--embed wants files, standard input is none');
  const taken = new Map<string, string>();
  for (const input of inputs) {
    const place = realPath(input);
    const other = taken.get(place);
    if (other !== undefined) throw new UsageError(`${other} and ${input} are the same file`);
    taken.set(place, input);
  }
  return inputs.map(input => ({ input, output: input }));
}

function placeOf(input: string, outDir: string | undefined, keepPaths: boolean | undefined): string {
  if (outDir === undefined) return `${input}.btf`;
  const name = basename(input)
    .replace(/\.(gz|xz|zst|bz2|lzma|lz4)$/, '')
    .replace(/\.ko$/, '');
  return join(outDir, keepPaths ? folderOf(input) : '', `${name}.btf`);
}

/** The input's folder from here, or from the root where it is not below. */
function folderOf(input: string): string {
  const folder = dirname(resolve(input));
  const fromHere = relative('.', folder);
  const isBelow = fromHere.split(sep)[0] !== '..' && !isAbsolute(fromHere);
  return isBelow ? fromHere : folder.replace(/^([A-Za-z]):/, '$1');
}

function checkJobs(jobs: readonly Job[], base: readonly string[]): void {
  const taken = new Map<string, Job>();
  for (const job of jobs) {
    const { input, output } = job;
    const place = resolve(output);
    const key = place.toLowerCase();
    const other = taken.get(key);
    if (other !== undefined && (resolve(other.output) === place || foldsCase(dirname(place)))) {
      throw new UsageError(
        `${other.input} and ${input} would both go to ${output}; --out-dir with --keep-paths mirrors folders`,
      );
    }
    taken.set(key, job);
  }
  const inputs = [...jobs.map(({ input }) => input), ...base];
  checkPlaces({ inputs, outputs: jobs.map(({ output }) => output) });
}

/** Are names that differ in case alone one file there? Kernels have such modules: xt_DSCP and xt_dscp. */
function foldsCase(folder: string): boolean {
  if (!existsSync(folder)) return foldsCase(dirname(folder));
  const lower = folder.toLowerCase();
  const other = lower === folder ? folder.toUpperCase() : lower;
  return other !== folder && existsSync(other) && realPath(other) === realPath(folder);
}
