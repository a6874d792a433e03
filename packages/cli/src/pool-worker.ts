// What the threads of pool.ts run: one task, whose result they post.
import { parentPort, workerData } from 'node:worker_threads';
import type { CheckTask } from './core-check/tasks.js';
import type { Task } from './encode/tasks.js';
import type { TaskResult } from './pool.js';

async function runTask(task: Task | CheckTask): Promise<TaskResult> {
  // Each of these brings much code with it.
  if (task.name === 'checkKernels') return (await import('./core-check/tasks.js')).runTask(task);
  return (await import('./encode/tasks.js')).runTask(task);
}

async function run(task: Task | CheckTask): Promise<void> {
  const { value, transfer } = await runTask(task);
  parentPort?.postMessage(value, transfer);
}

void run(workerData);
