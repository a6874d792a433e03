import type { TaskResult } from '../pool.js';
import { type Work, work } from './work.js';

/** What a thread is given to do: check objects against kernels until none is left. */
export interface CheckTask {
  readonly name: 'checkKernels';
  readonly work: Work;
}

export async function runTask(task: CheckTask): Promise<TaskResult> {
  return { value: await work(task.work) };
}
