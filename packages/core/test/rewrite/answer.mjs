// Our answers to the cases that libbpf answered in answers.jsonl: short digests of what follows the header.
import { createHash } from 'node:crypto';
import { Btf } from '@btfkit/core/btf';
import { convert } from '@btfkit/core/convert';
import { sortByName } from '@btfkit/core/rewrite';
import { rulesOf } from '@btfkit/core/verify';
import { afterHeader } from '../distill/answer.mjs';
import { caseOf } from '../distill/cases.mjs';

/** The releases that libbpf has other stand-ins for. */
export const SANITIZED = ['4.20', '5.1', '5.5', '5.12', '5.15', '5.16', '5.19', '6.8', '7.0', '7.1'];

/** What libbpf does beyond these is ours alone. */
const OWN_RULES = new Set(
  'unknown parameter wideInt declAttribute typeAttribute lateTag enumSize bitFieldEnum structFlag bitField forwardUnion entries dots length'.split(
    ' ',
  ),
);

/** What libbpf's probes find of a release, a letter each as in libbpf-rewrite.c. @param {string} release */
export function featuresOf(release) {
  const { maxKind, funcLinkage, sectionNames, headerSize } = rulesOf(release);
  const has = [
    ['F', maxKind >= 13],
    ['g', funcLinkage],
    ['d', maxKind >= 15],
    ['f', maxKind >= 16],
    ['D', maxKind >= 17],
    ['T', maxKind >= 18],
    ['e', maxKind >= 19],
    ['q', sectionNames !== 'identifier'],
    ['l', headerSize === 32],
  ];
  return `-${has.map(([letter, is]) => (is ? letter : '')).join('')}`;
}

/** @param {Uint8Array} bytes */
export function digest(bytes) {
  return createHash('sha256').update(afterHeader(bytes)).digest('hex').slice(0, 16);
}

/**
 * A line of answers.jsonl. `sanitized` has an answer for each of SANITIZED, null where we do more than libbpf.
 * @typedef {{ seed: number, base: string, split: string, sanitized: (string | null)[] }} Answer
 */

/** @param {number} seed @returns {Answer} */
export function answerOf(seed) {
  const { base, split } = caseOf(seed);
  const lower = Btf.parse(base);
  return {
    seed,
    base: digest(sortByName(lower).bytes),
    split: digest(sortByName(Btf.parse(split, { base: lower })).bytes),
    sanitized: SANITIZED.map(release => {
      const { bytes, losses } = convert(lower, { rules: rulesOf(release), reader: 'program' });
      return losses.some(({ name }) => OWN_RULES.has(name)) ? null : digest(bytes);
    }),
  };
}
