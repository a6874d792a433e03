import { availableParallelism } from 'node:os';
import { Pool } from '../pool.js';
import { ProgressLine } from '../progress.js';
import type { CheckTask } from './tasks.js';
import { type SourceResult, type Work, work } from './work.js';

/** From so many kernels on a second thread is done before it would be too late to start it. */
const FEWEST_FOR_THREADS = 6;
const PERIOD = 100;

/** Has threads check objects against all sources; in the order of the sources. */
export async function checkAll(data: Work, jobs: number | undefined): Promise<SourceResult[]> {
  const { length } = data.sources;
  const threads = Math.min(jobs ?? (length < FEWEST_FOR_THREADS ? 1 : availableParallelism()), length);
  const progress = new ProgressLine();
  const show = () => progress.show(`${Atomics.load(data.counters, 1)} of ${length} kernels`);
  try {
    const results = threads > 1 ? await inThreads(data, threads, show) : await work(data, show);
    return results.sort((a, b) => a.source - b.source);
  } finally {
    progress.clear();
  }
}

async function inThreads(data: Work, threads: number, show: () => void): Promise<SourceResult[]> {
  const pool = new Pool();
  const timer = setInterval(show, PERIOD);
  try {
    const task: CheckTask = { name: 'checkKernels', work: data };
    const runs = Array.from({ length: threads }, () => pool.run<SourceResult[]>(task));
    return (await Promise.all(runs)).flat();
  } finally {
    clearInterval(timer);
    pool.close();
  }
}
