import { turn } from '../signals.js';
import { type Encoded, FileEncoder, type FileFailure, type FileSettings } from './file-encoder.js';
import type { Job } from './output-paths.js';

/** Files that several threads encode: each takes the next one when it is done with one. */
export interface Queue {
  readonly jobs: readonly Job[];
  readonly settings: FileSettings;
  /** Number of the next job, in memory that the threads share. */
  readonly next: Int32Array<SharedArrayBuffer>;
}

/** What became of job number `index`. */
export interface Outcome {
  readonly index: number;
  readonly result: Encoded | FileFailure;
}

export function newQueue(jobs: readonly Job[], settings: FileSettings): Queue {
  return { jobs, settings, next: new Int32Array(new SharedArrayBuffer(4)) };
}

/** Has no thread take another file. */
export function stop({ next, jobs }: Queue): void {
  Atomics.store(next, 0, jobs.length);
}

/** Encodes files until none is left; what became of those. Throws when the base cannot be read. */
export async function work(queue: Queue, taken?: (index: number) => void): Promise<Outcome[]> {
  const { jobs, settings, next } = queue;
  const encoder = await FileEncoder.open(settings);
  const outcomes: Outcome[] = [];
  for (;;) {
    const index = Atomics.add(next, 0, 1);
    const job = jobs[index];
    if (job === undefined) return outcomes;
    taken?.(index);
    await turn();
    outcomes.push({ index, result: await encoder.tryEncode(job) });
  }
}
