import { FormatError } from '@btfkit/core/bytes';
import {
  type CheckTarget,
  type Edit,
  editsFor,
  type Finding,
  type Needs,
  releaseOrder,
} from '@btfkit/core/core-check';
import type { MatrixKernel } from './matrix.js';
import { openKernels } from './open-kernels.js';
import type { KernelSource } from './sources.js';

/** Where a column of the matrix was read: a source, and the place of the kernel in it. */
export interface KernelPlace {
  readonly source: KernelSource;
  readonly index: number;
}

/** Kernels that are opened once more to find out what to change; others get what can be said without them. */
const MOST_OPENED = 12;

/**
 * What to change, for each failure. Compares a kernel that has it with one that has not: few kernels for many failures,
 * and neighbours where there is a choice.
 */
export async function findEdits(
  needs: Needs,
  findings: readonly Finding[],
  kernels: readonly MatrixKernel[],
  places: readonly KernelPlace[],
): Promise<(readonly Edit[])[]> {
  const opened = new Map<number, CheckTarget | null>();
  const open = async (kernel: number | undefined): Promise<CheckTarget | null> => {
    if (kernel === undefined) return null;
    let target = opened.get(kernel);
    if (target === undefined) {
      target = opened.size < MOST_OPENED ? await openAt(places[kernel], kernels[kernel].modules > 0) : null;
      opened.set(kernel, target);
    }
    return target;
  };
  const all: (readonly Edit[])[] = [];
  for (const finding of findings) {
    const failing = new Set(finding.kernels);
    const there = finding.kernels.find(kernel => opened.has(kernel)) ?? finding.kernels[0];
    const sound = kernels.flatMap(({ answers }, kernel) =>
      answers !== null && !failing.has(kernel) ? [kernel] : [],
    );
    const elsewhere = sound.find(kernel => opened.has(kernel)) ?? nearest(sound, there);
    const target = await open(there);
    if (target === null) {
      all.push([]);
      continue;
    }
    const suffix = suffixOf(
      finding.kernels.map(kernel => kernels[kernel].name),
      sound.map(kernel => kernels[kernel].name),
    );
    try {
      all.push(editsFor(finding, { needs, there: target, elsewhere: await open(elsewhere), suffix }));
    } catch (error) {
      // A type of the kernel's is malformed that only this looks at.
      if (!(error instanceof FormatError)) throw error;
      all.push([]);
    }
  }
  return all;
}

function nearest(kernels: readonly number[], to: number): number | undefined {
  return kernels.reduce<number | undefined>(
    (best, one) => (best === undefined || Math.abs(one - to) < Math.abs(best - to) ? one : best),
    undefined,
  );
}

async function openAt({ source, index }: KernelPlace, wantsModules: boolean): Promise<CheckTarget | null> {
  let at = 0;
  for await (const kernel of openKernels(source)) {
    if (at++ < index) continue;
    if ('error' in kernel) return null;
    const { target, withModules } = kernel;
    return (wantsModules ? await withModules?.() : undefined) ?? target;
  }
  return null;
}

/** What the kernels that lack something are to the others, by the versions in their names. */
function suffixOf(failing: readonly string[], sound: readonly string[]): string {
  const [a, b] = [failing, sound].map(names => names.map(releaseOrder));
  if (b.length === 0 || [...a, ...b].includes(null)) return 'other';
  const [low, high] = [Math.min, Math.max];
  if (high(...(a as number[])) < low(...(b as number[]))) return 'old';
  return low(...(a as number[])) > high(...(b as number[])) ? 'new' : 'other';
}
