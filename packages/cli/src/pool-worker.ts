// What the threads of pool.ts run: one task, whose result they post.
import { parentPort, workerData } from 'node:worker_threads';
import { Elf } from '@btfkit/core/elf';
import { readPart, transferList } from '@btfkit/core/encode';
import { work } from './encode/queue.js';
import { fileSource } from './files.js';
import type { Task } from './pool.js';

async function run({ name, task }: Task): Promise<void> {
  if (name === 'encodeFiles') {
    parentPort?.postMessage(await work(task));
    return;
  }
  const part = await readPart(Elf.open(fileSource(task.path)), task.request);
  parentPort?.postMessage(part, part && transferList(part));
}

void run(workerData);
