import { statSync } from 'node:fs';
import type { Elf } from '@btfkit/core/elf';
import type { EncodeOptions, UnitWorkers } from '@btfkit/core/encode';
import { Pool } from '../pool.js';
import { stoppable } from '../signals.js';
import { type Encoded, FileEncoder, type FileFailure, type FileSettings } from './file-encoder.js';
import type { Job } from './output-paths.js';
import { newQueue, stop, work } from './queue.js';
import { encodeInThread, unitThreads } from './tasks.js';

/** Bytes of DWARF, and files, from which on a thread more is worth its start. */
const BYTES_FOR_THREAD = 32 * 1024 * 1024;
const FILES_FOR_THREAD = 8;

/** Encodes files side by side; the results are in the order of `jobs`. Throws when the base cannot be read. */
export async function encodeMany(
  jobs: readonly Job[],
  settings: FileSettings,
  threads: number | undefined,
  progress: (begun: number) => void,
): Promise<(Encoded | FileFailure)[]> {
  const count = Math.min(jobs.length, threads ?? defaultThreads(jobs.length / FILES_FOR_THREAD));
  const pool = new Pool();
  try {
    const queue = newQueue(jobs, settings);
    const outcomes = await stoppable(
      () => stop(queue),
      async () => {
        const others = Array.from({ length: count - 1 }, () => encodeInThread(pool, queue));
        return (await Promise.all([work(queue, progress), ...others])).flat();
      },
    );
    return outcomes.sort((a, b) => a.index - b.index).map(({ result }) => result);
  } finally {
    pool.close();
  }
}

/** Encodes one file, its units side by side where that is worth it. Throws when the base cannot be read. */
export async function encodeOne(
  job: Job,
  settings: FileSettings,
  threads: number | undefined,
  progress: EncodeOptions['progress'],
): Promise<Encoded | FileFailure> {
  const pool = new Pool();
  const workers = (path: string, elf: Elf): UnitWorkers | undefined => {
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return undefined;
    // Each thread would have to hold all of it, decompressed and relocated.
    const units = elf.debugSection('info');
    if (units === undefined || elf.isRelocatable || elf.isCompressed(units)) return undefined;
    const count = threads ?? defaultThreads(units.size / BYTES_FOR_THREAD);
    return unitThreads(pool, path, count - 1);
  };
  try {
    const encoder = await FileEncoder.open(settings);
    return await encoder.tryEncode(job, { workers, progress });
  } finally {
    pool.close();
  }
}

function defaultThreads(worthwhile: number): number {
  if (worthwhile < 2) return 1;
  return Math.min(process.getBuiltinModule('node:os').availableParallelism(), Math.floor(worthwhile));
}
