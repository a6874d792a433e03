// Ours against the running kernel, one mutated blob after another.
import { askKernel } from '../../packages/cli/dist/live/ask.js';
import { mutatedBlob } from './cases.mjs';
import { judge } from './judge.mjs';

/**
 * What is to agree: verdict, errno, last line and the whole log; but not the log of a blob that is accepted, which
 * costs more than all the rest, unless `logs` asks for it.
 */
function differs(ours, theirs, logs) {
  if (ours.errno !== theirs.errno || ours.message !== theirs.message) return true;
  return (logs || !theirs.accepted) && ours.log !== theirs.log.replace(/\n$/, '');
}

/** Both answers to a blob: { ours, theirs, differs }. */
export function compare(bytes, { logs }) {
  const theirs = askKernel(bytes, { log: logs });
  const ours = judge(bytes);
  return { ours, theirs, differs: differs(ours, theirs, logs) };
}

/** Case `number` of `seed`, with both answers: { number, origin, changes, bytes, ours, theirs, differs }. */
export function compareCase(seed, number, { logs = number % 8 === 0 } = {}) {
  const blob = mutatedBlob(seed, number);
  return { number, ...blob, ...compare(blob.bytes, { logs }) };
}
