import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const LIMITS = { seconds: 10, megabytes: 512 };

/** A verb that succeeds on a whole fixture. */
export interface Pair {
  readonly fixture: string;
  readonly verb: string;
}

export interface Outcome extends Pair {
  readonly done: number;
  readonly status: number;
  readonly errors: string;
  /** Files beside the input afterwards. */
  readonly made: readonly string[];
  /** Peak memory of the process so far. */
  readonly megabytes: number;
}

interface Message extends Partial<Outcome> {
  readonly begun?: number;
  readonly finished?: boolean;
  readonly results?: readonly (Pair & { status: number })[];
}

/** What must hold of every run on a damaged input; undefined, or what does not. */
export function complaint({
  status,
  errors,
  made,
  megabytes,
}: Omit<Outcome, 'done' | keyof Pair>): string | undefined {
  if (![0, 1, 3].includes(status)) return `status ${status}: ${errors}`;
  if (status === 3 && !/^btfkit: [^\n]+\n$/.test(errors)) return `not one line on standard error: ${errors}`;
  if (status !== 0 && made.length > 0) return `status ${status}, but ${made.join(', ')} is there`;
  if (made.some(name => name !== 'output')) return `left behind: ${made.join(', ')}`;
  if (megabytes > LIMITS.megabytes) return `${megabytes.toFixed(0)} MB`;
  return undefined;
}

/** A child that runs cases one after another. `onMessage` gets all it says; the promise ends when it has finished. */
function inChild(request: object, onMessage: (message: Message) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'robustness-'));
  const scratch = join(folder, 'scratch');
  mkdirSync(scratch);
  const errorFile = join(folder, 'stderr');
  const stderr = openSync(errorFile, 'a');
  const child: ChildProcess = fork(
    fileURLToPath(new URL('child.mjs', import.meta.url)),
    [errorFile, scratch],
    { execArgv: ['--max-old-space-size=384'], stdio: ['ignore', 'ignore', stderr, 'ipc'] },
  );
  closeSync(stderr);
  let current = 'starting';
  return new Promise<void>((resolve, reject) => {
    const late = () => {
      child.kill('SIGKILL');
      reject(new Error(`no answer in ${LIMITS.seconds} s: ${current}`));
    };
    // The probe's one message stands for hundreds of runs.
    let timer = setTimeout(late, LIMITS.seconds * 6000);
    child.on('message', (message: Message) => {
      clearTimeout(timer);
      timer = setTimeout(late, LIMITS.seconds * 1000);
      if (message.begun !== undefined)
        current = `case ${message.begun}: ${message.verb} of ${message.fixture}`;
      onMessage(message);
      if (message.finished || message.results) {
        resolve();
        child.kill();
      }
    });
    child.on('exit', (code, signal) => reject(new Error(`ended by itself (${code ?? signal}): ${current}`)));
    child.send(request);
  }).finally(() => rmSync(folder, { recursive: true }));
}

/** Every verb's status on every whole fixture. */
export async function probe(
  fixtures: readonly string[],
  children = 2,
): Promise<(Pair & { status: number })[]> {
  const shares = Array.from({ length: children }, (_, child) =>
    fixtures.filter((_, index) => index % children === child),
  );
  const results: (Pair & { status: number })[] = [];
  await Promise.all(
    shares.map(share => inChild({ probe: share }, message => results.push(...(message.results ?? [])))),
  );
  // In an order that does not depend on which child was faster: cases are drawn by position.
  const key = ({ fixture, verb }: Pair) => `${fixture} ${verb}`;
  return results.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Runs the cases of a seed in this many children; the lines that say what went wrong. */
export async function runCases(seed: number, count: number, pairs: readonly Pair[], children = 2) {
  const complaints: string[] = [];
  const statuses = new Map<number, number>();
  const check = (outcome: Message) => {
    if (outcome.done === undefined) return;
    statuses.set(outcome.status!, (statuses.get(outcome.status!) ?? 0) + 1);
    const problem = complaint(outcome as Outcome);
    if (problem) complaints.push(`case ${outcome.done}: ${outcome.verb} of ${outcome.fixture}: ${problem}`);
  };
  const ranges = Array.from({ length: children }, (_, from) => ({
    seed,
    from,
    to: count,
    step: children,
    pairs,
  }));
  const ends = await Promise.allSettled(ranges.map(range => inChild(range, check)));
  for (const end of ends) if (end.status === 'rejected') complaints.push(String(end.reason.message));
  return { complaints, statuses };
}
