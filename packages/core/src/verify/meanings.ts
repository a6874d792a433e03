import type { Breach } from './breach.js';

/** What a breach means to somebody who has to do with the blob, in a sentence. */
export function meaningOf({ problem }: Breach): string {
  return problem;
}
