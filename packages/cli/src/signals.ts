// Signals that end a process do so at once, whatever stands half-written beside its place. Here they wait: for what is
// written in one go, and for the files that threads are at. Only the main thread is told of signals, when it turns to
// its event loop.

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

let isHeld = false;

/** Has signals wait until the caller has returned and the event loop has turned; then they end the process. */
export function holdSignals(): void {
  if (isHeld) return;
  const off = listen(signal => {
    off();
    process.kill(process.pid, signal);
  });
  // Between two turns all that came is told.
  setImmediate(() => setImmediate(off));
}

/**
 * Runs `work`, which `stop` has come to its end soon. The first signal calls that, and ends the process when `work` is
 * done; a second one ends it at once.
 */
export async function stoppable<T>(stop: () => void, work: () => Promise<T>): Promise<T> {
  let pending: NodeJS.Signals | undefined;
  const end = (signal: NodeJS.Signals) => {
    off();
    process.kill(process.pid, signal);
  };
  const off = listen(signal => {
    if (pending !== undefined) end(signal);
    pending = signal;
    stop();
  });
  try {
    return await work();
  } finally {
    await turn();
    await turn();
    if (pending !== undefined) end(pending);
    off();
  }
}

/** Lets the event loop turn: signals are told. */
export function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}

/** Returns what gives the signals back. */
function listen(listener: (signal: NodeJS.Signals) => void): () => void {
  isHeld = true;
  for (const name of ENDING) process.on(name, listener);
  return () => {
    isHeld = false;
    for (const name of ENDING) process.off(name, listener);
  };
}
