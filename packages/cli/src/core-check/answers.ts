import type { Needs } from '@btfkit/core/core-check';
import { AnswerCache, hashOf, sizeOf } from './cache.js';
import type { CheckOptions } from './options.js';
import { type KernelSource, releaseOf } from './sources.js';
import { checkAll } from './threads.js';
import { type KernelResult, newWork, type ObjectFile } from './work.js';

/** The kernels of each source, in the order of sources. What is there twice, or was asked before, is read once. */
export async function answersOf(
  objects: readonly ObjectFile[],
  needs: Needs,
  sources: readonly KernelSource[],
  { cache: mayKeep, jobs }: Pick<CheckOptions, 'cache' | 'jobs'>,
): Promise<(readonly KernelResult[])[]> {
  const cache = mayKeep ? AnswerCache.open(objects) : undefined;
  // The same types may belong to kernels of several releases, and objects may ask for that.
  const asksRelease = needs.objects.some(({ externs }) => externs.some(({ what }) => what === 'kconfig'));
  const hashes = hashesOf(sources, cache !== undefined).map((hash, index) =>
    hash === undefined || !asksRelease ? hash : `${hash} ${releaseOf(sources[index].labels) ?? ''}`,
  );
  const found = new Map<number, readonly KernelResult[]>();
  const first = new Map<string, number>();
  const todo: number[] = [];
  for (const [index, hash] of hashes.entries()) {
    const kept = hash === undefined ? undefined : cache?.get(hash);
    if (kept !== undefined) found.set(index, kept);
    else if (hash === undefined || !first.has(hash)) todo.push(index);
    if (hash !== undefined && !first.has(hash)) first.set(hash, index);
  }
  const data = newWork(
    objects,
    todo.map(index => sources[index]),
  );
  for (const { source, kernels } of todo.length > 0 ? await checkAll(data, jobs) : []) {
    const index = todo[source];
    const hash = hashes[index];
    found.set(index, kernels);
    if (hash !== undefined) cache?.set(hash, kernels);
  }
  cache?.save();
  return sources.map((_, index) => found.get(index) ?? found.get(first.get(hashes[index]!)!)!);
}

/** All hashes, or those of sources that could be the same. */
function hashesOf(sources: readonly KernelSource[], all: boolean): (string | undefined)[] {
  const sizes = sources.map(sizeOf);
  const counts = new Map<number, number>();
  for (const size of sizes) counts.set(size, (counts.get(size) ?? 0) + 1);
  return sources.map((source, index) => (all || counts.get(sizes[index])! > 1 ? hashOf(source) : undefined));
}
