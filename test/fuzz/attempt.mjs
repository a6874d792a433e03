// One run of a target on one input, and what was wrong with it.
import { getHeapStatistics } from 'node:v8';
import { FormatError } from '../../packages/core/dist/bytes/index.js';

/** Seconds that a run may take on a machine that has nothing else to do. */
const SLOW = 1;
/** Memory outside V8's heap that a run may take, beside this many times its input. */
const MEMORY = 256 * 1024 * 1024;
const TIMES = 64;

/** Is this how input may be refused: by a FormatError of one line? */
export const isRefusal = error => error instanceof FormatError && !error.message.includes('\n');

/** The error's name and the place in our code that threw it: what makes two finds the same. */
function signatureOf(error) {
  if (!(error instanceof Error)) return String(error);
  const frame = error.stack
    ?.split('\n')
    .find(line => /packages\/(core|cli)\/|fuzz\/(targets|broken)\//.test(line));
  const place = frame?.replace(/^.*\/(?=[\w-]+\/[\w.-]+:\d+)/, '').replace(/:\d+\)?$/, '');
  return `${error.name} at ${place ?? '?'}`;
}

async function once(target, bytes) {
  // A target may not change what it is given, nor does it see what the next gets.
  const input = bytes.slice();
  const outside = getHeapStatistics().external_memory;
  const begin = process.cpuUsage();
  try {
    await target.run(input);
  } catch (error) {
    if (!isRefusal(error)) {
      return { kind: 'throws', signature: signatureOf(error), what: error?.stack ?? String(error) };
    }
  }
  const { user, system } = process.cpuUsage(begin);
  const seconds = (user + system) / 1e6;
  const taken = getHeapStatistics().external_memory - outside;
  if (taken > MEMORY + TIMES * bytes.length) {
    return { kind: 'memory', signature: 'memory', what: `${Math.round(taken / 2 ** 20)} MB` };
  }
  if (seconds > SLOW) return { kind: 'slow', signature: 'slow', what: `${seconds.toFixed(1)} s of CPU` };
  return undefined;
}

/** Undefined where all is well; otherwise { kind, signature, what }. What is slow has to be slow three times. */
export async function attempt(target, bytes) {
  let found = await once(target, bytes);
  for (let again = 0; found?.kind === 'slow' && again < 2; again++) found = await once(target, bytes);
  return found;
}
