import { memorySource } from '@btfkit/core/bytes';
import {
  Checker,
  type CheckTarget,
  type KernelAnswers,
  type Needs,
  readNeeds,
} from '@btfkit/core/core-check';
import { BpfObject } from '@btfkit/core/core-relo';
import { failureOf, Status } from '../exit.js';
import { type OpenedKernel, openKernels, type UnreadKernel } from './open-kernels.js';
import type { KernelSource } from './sources.js';

/** An object that was read. */
export interface ObjectFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Kernels that several threads check objects against: each takes the next one when it is done with one. */
export interface Work {
  readonly objects: readonly ObjectFile[];
  readonly sources: readonly KernelSource[];
  /** Number of the next source, and how many are done, in memory that the threads share. */
  readonly counters: Int32Array<SharedArrayBuffer>;
}

/** A kernel and its answers. Plain data. */
export interface KernelResult {
  readonly labels: readonly string[];
  /** Null where it could not be read. */
  readonly answers: KernelAnswers | null;
  /** Why not. */
  readonly error: string | null;
  /** How many modules' types were looked into. */
  readonly modules: number;
  readonly notes: readonly string[];
}

/** What is in a source: one kernel, or those of an archive. */
export interface SourceResult {
  /** Index in `Work.sources`. */
  readonly source: number;
  readonly kernels: readonly KernelResult[];
}

export function newWork(objects: readonly ObjectFile[], sources: readonly KernelSource[]): Work {
  return { objects, sources, counters: new Int32Array(new SharedArrayBuffer(8)) };
}

export function needsOf(objects: readonly ObjectFile[]): Needs {
  return readNeeds(objects.map(({ path, bytes }) => BpfObject.open(memorySource(bytes, path))));
}

/** Checks against sources until none is left. `taken` is called before each. */
export async function work(data: Work, taken?: () => void): Promise<SourceResult[]> {
  const { sources, counters } = data;
  let checker: Checker | undefined;
  const results: SourceResult[] = [];
  for (;;) {
    const source = Atomics.add(counters, 0, 1);
    if (source >= sources.length) return results;
    taken?.();
    checker ??= new Checker(needsOf(data.objects));
    results.push({ source, kernels: await kernelsOf(sources[source], checker) });
    Atomics.add(counters, 1, 1);
  }
}

async function kernelsOf(source: KernelSource, checker: Checker): Promise<KernelResult[]> {
  const results: KernelResult[] = [];
  for await (const kernel of openKernels(source)) results.push(await answersOf(kernel, checker));
  return results;
}

async function answersOf(kernel: OpenedKernel | UnreadKernel, checker: Checker): Promise<KernelResult> {
  const { labels } = kernel;
  const unread = (error: string) => ({ labels, answers: null, error, modules: 0, notes: [] });
  if ('error' in kernel) return unread(kernel.error);
  const { target, withModules, notes } = kernel;
  try {
    const wantsMore = withModules !== undefined && checker.wantsModules(target);
    const wider: CheckTarget = (wantsMore ? await withModules() : undefined) ?? target;
    return { labels, answers: checker.check(wider), error: null, modules: wider.modules.length, notes };
  } catch (error) {
    // A type that is looked at is malformed, or a module's file cannot be read.
    const { status, message } = failureOf(error);
    if (status !== Status.INPUT) throw error;
    return unread(message);
  }
}
