import type { Worker } from 'node:worker_threads';

/** What a thread posts. */
export interface TaskResult {
  readonly value: unknown;
  /** Memory of `value` to hand over instead of copying it. */
  readonly transfer?: ArrayBuffer[] | undefined;
}

/** Threads that run one task each (see pool-worker.ts), and end. */
export class Pool {
  private readonly threads = new Set<Worker>();

  /** Starts at once, whether or not the caller waits. */
  run<Value>(task: object): Promise<Value> {
    // Loaded only where there are threads: most runs are over before it would be.
    const threads = process.getBuiltinModule('node:worker_threads');
    const thread = new threads.Worker(new URL('./pool-worker.js', import.meta.url), {
      workerData: task,
      // Few objects live for long here, and what is larger is kept outside of this.
      resourceLimits: { maxYoungGenerationSizeMb: 2 },
    });
    this.threads.add(thread);
    return new Promise((resolve, reject) => {
      thread.once('message', (value: Value) => {
        this.end(thread);
        resolve(value);
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
