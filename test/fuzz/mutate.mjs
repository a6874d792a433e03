// Cases of a target, each determined by a seed and its number alone. Not guided by coverage: with V8's block counts read
// after each case, 3 to 8 times fewer cases ran and no more blocks were reached in the same time.
import { random } from '../robustness/cases.mjs';
import { blind, pick } from './mutators/blind.mjs';

/** No case is bigger. */
export const MOST = 1 << 20;

export function mutantOf(target, seeds, seed, number) {
  const next = random(Math.imul(seed, 0x85ebca6b) ^ Math.imul(number + 1, 0xc2b2ae35));
  let bytes = pick(next, seeds);
  // Most blind mutations are noticed at once, and what is behind is not seen.
  const hasBlind = target.mutators.length === 0 || next(4) === 0;
  for (let times = 1 + next(next(2) ? 2 : 8); times > 0; times--) {
    const isBlind = target.mutators.length === 0 || (hasBlind && next(2) === 0);
    bytes = pick(next, isBlind ? blind : target.mutators)(next, bytes, seeds);
  }
  return bytes.length > MOST ? bytes.slice(0, MOST) : bytes;
}
