// What the threads of pool.ts run: one task, whose result they post.
import { parentPort, workerData } from 'node:worker_threads';
import { runTask, type Task } from './encode/tasks.js';

async function run(task: Task): Promise<void> {
  const { value, transfer } = await runTask(task);
  parentPort?.postMessage(value, transfer);
}

void run(workerData);
