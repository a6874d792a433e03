import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { candidates } from './cases.mjs';
import { verbs } from './verbs.mjs';

export const LIMITS = { seconds: 10, megabytes: 512 };

/** A verb that takes a whole fixture. */
export interface Pair {
  readonly fixture: string;
  readonly verb: string;
}

/** What a run ended with. */
export interface Result {
  readonly status: number;
  readonly errors: string;
  /** What is on standard output. */
  readonly out: 'nothing' | 'text' | 'json' | 'broken json';
  /** Files beside the input afterwards. */
  readonly made: readonly string[];
  /** Was the input changed by a verb that has no leave to? */
  readonly isSpoilt: boolean;
}

export interface Outcome extends Pair, Result {
  readonly done: number;
  /** Peak memory of the process so far. */
  readonly megabytes: number;
}

interface Message extends Partial<Outcome> {
  readonly begun?: number | string;
  readonly finished?: boolean;
  readonly probed?: Pair & Result;
}

/** What a verb may do beside what all may, see verbs.mjs. */
export interface Leave {
  readonly tool?: string | undefined;
  readonly usage?: RegExp | undefined;
  readonly says?: RegExp | undefined;
  readonly saysMore?: boolean | undefined;
  readonly writesParts?: boolean | undefined;
}

/** What a failure of each tool begins with, and the statuses that say that an input is broken, or that the answer is no. */
const TOOLS = {
  btfkit: { line: /^btfkit: [^\n]+$/, broken: 3, statuses: [0, 1, 3] },
  pahole: { line: /^(pahole|btfkit): [^\n]+$/, broken: 1, statuses: [0, 1] },
  resolve_btfids: { line: /^FAILED: [^\n]+$/, broken: 255, statuses: [0, 255] },
};

/** What must hold of every run on a damaged input; undefined, or what does not. */
export function complaint(
  { status, errors, out, made, isSpoilt, megabytes }: Result & { readonly megabytes: number },
  { tool = 'btfkit', usage, says, saysMore, writesParts }: Leave = {},
): string | undefined {
  const { line, broken, statuses } = TOOLS[tool as keyof typeof TOOLS];
  if (status === 2 && usage?.test(errors)) return made.length > 0 ? `${made.join(', ')} is there` : undefined;
  if (!statuses.includes(status)) return `status ${status}: ${errors}`;
  if (status === broken) {
    const lines = errors.split('\n').slice(0, -1);
    const own = lines.filter(text => !says?.test(text) || text.startsWith('btfkit: '));
    if (own.length === 0 || (own.length > 1 && !saysMore) || !own.every(text => line.test(text)))
      return `not one line on standard error: ${errors}`;
  }
  if (/^\s+at .*:\d+:\d+\)?$/m.test(errors)) return `a stack trace: ${errors}`;
  if (status === 3 && out === 'text' && !writesParts) return 'status 3, but text on standard output';
  if (out === 'broken json') return `status ${status}, and no JSON document`;
  if (status !== 0 && made.length > 0) return `status ${status}, but ${made.join(', ')} is there`;
  if (isSpoilt) return `status ${status}, and the input was changed`;
  const stray = made.filter(name => !/^(output|input\.BTF)/.test(name));
  if (stray.length > 0) return `left behind: ${stray.join(', ')}`;
  if (megabytes > LIMITS.megabytes) return `${megabytes.toFixed(0)} MB`;
  return undefined;
}

/** What is wrong with an outcome of a verb. */
export function complaintOf(outcome: Omit<Outcome, 'done'>): string | undefined {
  return complaint(outcome, verbs[outcome.verb] as Leave);
}

/** A child that runs cases one after another. `onMessage` gets all it says; the promise ends when it has finished. */
function inChild(request: object, onMessage: (message: Message) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'robustness-'));
  const scratch = join(folder, 'scratch');
  mkdirSync(scratch);
  const files = ['stdout', 'stderr'].map(name => join(folder, name));
  const [stdout, stderr] = files.map(file => openSync(file, 'a'));
  const child: ChildProcess = fork(
    fileURLToPath(new URL('child.mjs', import.meta.url)),
    [...files, scratch, join(folder, 'help')],
    {
      execArgv: ['--max-old-space-size=384'],
      stdio: ['ignore', stdout!, stderr!, 'ipc'],
      env: { ...process.env, BTFKIT_CACHE: 'off' },
    },
  );
  closeSync(stdout!);
  closeSync(stderr!);
  let current = 'starting';
  return new Promise<void>((resolve, reject) => {
    const late = () => {
      child.kill('SIGKILL');
      reject(new Error(`no answer in ${LIMITS.seconds} s: ${current}`));
    };
    let timer = setTimeout(late, LIMITS.seconds * 1000);
    child.on('message', (message: Message) => {
      clearTimeout(timer);
      timer = setTimeout(late, LIMITS.seconds * 1000);
      if (message.begun !== undefined)
        current = `case ${message.begun}: ${message.verb} of ${message.fixture}`;
      onMessage(message);
      if (message.finished) {
        clearTimeout(timer);
        resolve();
        child.kill();
      }
    });
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      if (child.killed) return;
      const said = readFileSync(files[1]!, 'utf8');
      reject(new Error(`ended by itself (${code ?? signal}): ${current}: ${said}`));
    });
    child.send(request);
  }).finally(() => rmSync(folder, { recursive: true }));
}

/** What every verb says to whole fixtures. */
export async function probe(children = 2): Promise<(Pair & Result)[]> {
  const all = candidates();
  const shares = Array.from({ length: children }, (_, child) =>
    all.filter((_, index) => index % children === child),
  );
  const results: (Pair & Result)[] = [];
  await Promise.all(
    shares.map(share => inChild({ probe: share }, ({ probed }) => probed && results.push(probed))),
  );
  // In an order that does not depend on which child was faster: cases are drawn by position.
  const key = ({ fixture, verb }: Pair) => `${fixture} ${verb}`;
  return results.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Did the verb have an answer to the whole fixture, be it a no? */
export function isTaken({ status, verb }: Pair & Result): boolean {
  return status === 0 || (status === 1 && verbs[verb]!.tool === undefined);
}

/** Runs the cases of a seed in this many children; the lines that say what went wrong. */
export async function runCases(seed: number, count: number, pairs: readonly Pair[], children = 2) {
  const complaints: string[] = [];
  const statuses = new Map<number, number>();
  const check = (outcome: Message) => {
    if (outcome.done === undefined) return;
    statuses.set(outcome.status!, (statuses.get(outcome.status!) ?? 0) + 1);
    const problem = complaintOf(outcome as Outcome);
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
