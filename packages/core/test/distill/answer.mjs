// Our answers to the cases of cases.mjs, in the form of answers.jsonl.
import { Btf } from '@btfkit/core/btf';
import { DistillError, distill, relocate } from '@btfkit/core/distill';
import { caseOf } from './cases.mjs';

/**
 * A line of answers.jsonl: what becomes of a case, all but the headers in base64, or errno and message.
 * @typedef {{ seed: number, distill: string | { base: string, split: string }, relocate: string }} Answer
 */

/** All of a blob but its header, whose length libbpf always makes 32: types, layout, strings. */
export function afterHeader(bytes) {
  return bytes.subarray(Btf.parse(bytes, { base: anyBase, references: false }).header.headerLength);
}
const anyBase = Btf.parse(
  Uint8Array.of(0x9f, 0xeb, 1, 0, 24, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0),
);

const text = bytes => Buffer.from(afterHeader(bytes)).toString('base64');

/** What libbpf refuses without a word is compared by errno alone: `like` is its answer. */
function attempt(work, like) {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof DistillError)) throw error;
    return like === `${error.errno}` ? like : `${error.errno} ${error.problem}`;
  }
}

/** @param {number} seed @param {Partial<Answer>} like */
export function answerOf(seed, like) {
  const { distilled, ...blobs } = caseOf(seed);
  const base = Btf.parse(blobs.base);
  const split = Btf.parse(blobs.split, { base });
  const target = Btf.parse(blobs.target);
  const made = attempt(() => distill(split), like.distill);
  const isMade = typeof made !== 'string';
  const moving = isMade && !distilled ? Btf.parse(made.split, { base: Btf.parse(made.base) }) : split;
  return {
    seed,
    distill: isMade ? { base: text(made.base), split: text(made.split) } : made,
    relocate: attempt(() => text(relocate(moving, target).split), like.relocate),
  };
}
