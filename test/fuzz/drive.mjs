// Starts targets in threads and watches them: a case that does not end, or eats all memory, ends the thread.
import { Worker } from 'node:worker_threads';
import { MOST } from './mutate.mjs';

/** Seconds after which a case is said to hang: on a busy machine many times what one may take. */
const HANGS = 10;
const HEAP_MEGABYTES = 512;

class Thread {
  constructor(target, work = {}, heap = HEAP_MEGABYTES) {
    this.shared = { state: new SharedArrayBuffer(12), input: new SharedArrayBuffer(MOST) };
    this.state = new Int32Array(this.shared.state);
    this.ended = false;
    this.worker = new Worker(new URL('worker.mjs', import.meta.url), {
      workerData: { target, shared: this.shared, ...work },
      resourceLimits: { maxOldGenerationSizeMb: heap },
    });
  }

  /**
   * Calls `onMessage` until that returns something, which is the result; { died } where the thread does not live so long.
   */
  wait(onMessage, hangs) {
    const { worker } = this;
    return new Promise(resolve => {
      const end = result => {
        clearInterval(watch);
        worker.off('message', hear).off('error', fail);
        resolve(result);
      };
      const die = died => {
        this.ended = true;
        end({ died });
      };
      const hear = message => {
        const result = onMessage(message);
        if (result !== undefined) end(result);
      };
      const fail = error => {
        const isMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
        die({ kind: isMemory ? 'memory' : 'dies', signature: error.code ?? error.name, what: error.stack });
      };
      const watch = setInterval(() => {
        const since = ((Date.now() & 0x7fffffff) - Atomics.load(this.state, 2)) / 1000;
        if (!this.hasBegun() || since < hangs) return;
        worker.terminate();
        die({ kind: 'hangs', signature: 'hangs', what: `no end after ${hangs} s` });
      }, 200);
      worker.on('message', hear).on('error', fail);
    });
  }

  hasBegun() {
    return Atomics.load(this.state, 2) !== 0;
  }

  /** Number and bytes of the case that runs. */
  current() {
    const bytes = new Uint8Array(this.shared.input).slice(0, Atomics.load(this.state, 1));
    return { number: Atomics.load(this.state, 0), bytes };
  }

  stop() {
    this.ended = true;
    return this.worker.terminate();
  }
}

/**
 * Fuzzes a target, named as the worker has it, for some seconds, from case `from` of `seed` on. Returns { cases, finds }, a find being
 * { kind, signature, what, seed, number, bytes }, one for each signature.
 */
export async function fuzz(target, { seed, seconds, from = 0, hangs = HANGS, heap = HEAP_MEGABYTES }) {
  const until = Date.now() + seconds * 1000;
  const finds = new Map();
  const add = find => finds.has(find.signature) || finds.set(find.signature, find);
  let cases = 0;
  for (let start = from; start === from || Date.now() < until; ) {
    const thread = new Thread(target, { seed, from: start, until }, heap);
    const { died, done } = await thread.wait(({ find, done }) => (find ? void add(find) : { done }), hangs);
    await thread.stop();
    if (died === undefined) {
      cases += done;
      break;
    }
    if (!thread.hasBegun()) throw new Error(`${target} does not start: ${died.what}`);
    const { number, bytes } = thread.current();
    add({ ...died, seed, number, bytes });
    cases += number + 1 - start;
    start = number + 1;
  }
  return { cases, finds: [...finds.values()] };
}

/** Runs a target on inputs one after another. */
export class Replay {
  constructor(target) {
    this.target = target;
  }

  /** Undefined where all is well; otherwise { kind, signature, what }. */
  async run(bytes) {
    if (this.thread === undefined || this.thread.ended) this.thread = new Thread(this.target);
    const { thread } = this;
    Atomics.store(thread.state, 2, 0);
    const waiting = thread.wait(message => ({ outcome: message.outcome }), HANGS);
    thread.worker.postMessage(bytes);
    const { outcome, died } = await waiting;
    return died ?? outcome;
  }

  async end() {
    await this.thread?.stop();
  }
}

/** A smaller input with the same find, by leaving out pieces and then setting bytes to 0. */
export async function shrink(target, find, seconds = 30) {
  const replay = new Replay(target);
  const until = Date.now() + seconds * 1000;
  let { bytes } = find;
  const accept = async candidate => {
    const found = await replay.run(candidate);
    if (found?.signature !== find.signature) return false;
    bytes = candidate;
    return true;
  };
  for (let size = bytes.length >> 1; size > 0 && Date.now() < until; size >>= 1) {
    for (let at = 0; at < bytes.length && Date.now() < until; ) {
      const rest = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + size)]);
      if (!(await accept(rest))) at += size;
    }
  }
  for (let size = 64; size > 0 && Date.now() < until; size >>= 2) {
    for (let at = 0; at < bytes.length && Date.now() < until; at += size) {
      const piece = bytes.subarray(at, at + size);
      if (piece.some(byte => byte !== 0)) await accept(bytes.slice().fill(0, at, at + size));
    }
  }
  await replay.end();
  return bytes;
}
