import type { SetEntry } from '../kfuncs.js';
import type { KfuncFacts } from './explanation.js';

/** KF_* by bit (include/linux/btf.h). */
const FLAGS = [
  'KF_ACQUIRE',
  'KF_RELEASE',
  'KF_RET_NULL',
  undefined,
  'KF_TRUSTED_ARGS',
  'KF_SLEEPABLE',
  'KF_DESTRUCTIVE',
  'KF_RCU',
  'KF_ITER_NEW',
  'KF_ITER_NEXT',
  'KF_ITER_DESTROY',
  'KF_RCU_PROTECTED',
  'KF_FASTCALL',
  'KF_ARENA_RET',
  'KF_ARENA_ARG1',
  'KF_ARENA_ARG2',
  'KF_IMPLICIT_ARGS',
];

/** What the set8 of a file say of a function; `null` where none names it. */
export function kfuncFacts(entries: readonly SetEntry[], name: string): KfuncFacts | null {
  const own = entries.filter(entry => entry.name === name);
  if (own.length === 0) return null;
  const sets = own.map(({ set, isKfunc, flags }) => ({
    name: set,
    isMarked: isKfunc,
    flags,
    flagNames: namesOf(flags),
  }));
  return { sets };
}

function namesOf(flags: number): string[] {
  const names: string[] = [];
  for (let bit = 0; bit < 32; bit++)
    if (((flags >>> bit) & 1) === 1) names.push(FLAGS[bit] ?? `0x${(2 ** bit).toString(16)}`);
  return names;
}
