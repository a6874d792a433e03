// Runs a target in a thread of its own. workerData: { target, shared }, and for fuzzing { seed, from, until }; the target
// is named by its path from here without .mjs.
// shared.state: [case number, input length, time of day in ms modulo 2^31 at which the case began]; shared.input: the
// input, so that it is known where a case never ends.
import { parentPort, workerData } from 'node:worker_threads';
import { attempt } from './attempt.mjs';
import { mutantOf } from './mutate.mjs';

const { shared, seed, from, until } = workerData;
const { default: target } = await import(new URL(`${workerData.target}.mjs`, import.meta.url));
const state = new Int32Array(shared.state);
const room = new Uint8Array(shared.input);

async function run(number, bytes) {
  room.set(bytes);
  Atomics.store(state, 1, bytes.length);
  Atomics.store(state, 0, number);
  Atomics.store(state, 2, Date.now() & 0x7fffffff);
  return attempt(target, bytes);
}

async function fuzz() {
  const seeds = target.seeds();
  const known = new Set();
  let number = from;
  for (; number === from || Date.now() < until; number++) {
    const bytes = mutantOf(target, seeds, seed, number);
    const found = await run(number, bytes);
    if (found === undefined || known.has(found.signature)) continue;
    known.add(found.signature);
    parentPort.postMessage({ find: { ...found, seed, number, bytes } });
  }
  parentPort.postMessage({ done: number - from });
}

if (seed !== undefined) await fuzz();
else {
  parentPort.on('message', async bytes => {
    parentPort.postMessage({ outcome: await run(0, bytes) });
  });
}
