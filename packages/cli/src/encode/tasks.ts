import { Elf } from '@btfkit/core/elf';
import {
  type PartData,
  type PartRequest,
  readPart,
  transferList,
  type UnitWorkers,
} from '@btfkit/core/encode';
import { fileSource } from '../files.js';
import type { Pool, TaskResult } from '../pool.js';
import { type Outcome, type Queue, work } from './queue.js';

/** What a thread is given to do. */
export type Task =
  | { readonly name: 'encodeFiles'; readonly queue: Queue }
  /** Reads a range of the units of the ELF file at `path`. */
  | { readonly name: 'readPart'; readonly path: string; readonly request: PartRequest };

/** Has a thread take files from the queue until none is left. */
export function encodeInThread(pool: Pool, queue: Queue): Promise<readonly Outcome[]> {
  return pool.run({ name: 'encodeFiles', queue } satisfies Task);
}

/** Threads that each read a part of the ELF file at `path`. */
export function unitThreads(pool: Pool, path: string, count: number): UnitWorkers {
  const read = (request: PartRequest) =>
    pool.run<PartData | undefined>({ name: 'readPart', path, request } satisfies Task);
  return { count, read };
}

/** What the thread does. */
export async function runTask(task: Task): Promise<TaskResult> {
  if (task.name === 'encodeFiles') return { value: await work(task.queue) };
  const part = await readPart(Elf.open(fileSource(task.path)), task.request);
  return { value: part, transfer: part && transferList(part) };
}
