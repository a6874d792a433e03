import { Worker } from 'node:worker_threads';
import type { PartData, PartRequest } from '@btfkit/core/encode';
import type { Outcome, Queue } from './encode/queue.js';

/** What a thread can do, and what comes of it. */
export interface Tasks {
  /** Reads a range of the units of the ELF file at `path`. */
  readPart: {
    readonly task: { readonly path: string; readonly request: PartRequest };
    readonly result: PartData | undefined;
  };
  encodeFiles: { readonly task: Queue; readonly result: readonly Outcome[] };
}

export type Task = {
  [Name in keyof Tasks]: { readonly name: Name; readonly task: Tasks[Name]['task'] };
}[keyof Tasks];

/** Threads that run one task each, and end. */
export class Pool {
  private readonly threads = new Set<Worker>();

  /** Starts at once, whether or not the caller waits. */
  run<Name extends keyof Tasks>(name: Name, task: Tasks[Name]['task']): Promise<Tasks[Name]['result']> {
    const thread = new Worker(new URL('./pool-worker.js', import.meta.url), {
      workerData: { name, task },
      // Few objects live for long here, and what is larger is kept outside of this.
      resourceLimits: { maxYoungGenerationSizeMb: 2 },
    });
    this.threads.add(thread);
    return new Promise((resolve, reject) => {
      thread.once('message', (result: Tasks[Name]['result']) => {
        this.end(thread);
        resolve(result);
      });
      thread.once('error', reject);
      thread.once('exit', code => reject(new Error(`a thread ended with code ${code} before its task`)));
    });
  }

  /** Ends the threads that still run. */
  close(): void {
    for (const thread of this.threads) this.end(thread);
  }

  private end(thread: Worker): void {
    this.threads.delete(thread);
    void thread.terminate();
  }
}
