import type { Value } from './values.js';

/** Bytes of the stack, from the frame's end. */
export interface StackRange {
  readonly at: number;
  readonly size: number;
}

/** Helpers that are called a lot and write nothing to what they are given (enum bpf_func_id). */
const WRITE_NOTHING = new Set([1, 2, 3, 5, 6, 7, 8, 14, 15, 25, 35, 125, 130, 131, 132, 133, 158, 177]);
/** And those that write to one place: which registers have its address, and its size. */
const WRITE_ONCE: ReadonlyMap<number, readonly [pointer: number, size: number]> = new Map([
  [4, [1, 2]],
  [16, [1, 2]],
  [26, [3, 4]],
  [45, [1, 2]],
  [67, [2, 3]],
  [112, [1, 2]],
  [113, [1, 2]],
  [114, [1, 2]],
  [115, [1, 2]],
  [147, [2, 3]],
  [165, [1, 2]],
]);

/** What a helper writes of the caller's stack; undefined where that is not known. */
export function stackWrites(helper: number, registers: readonly Value[]): readonly StackRange[] | undefined {
  if (WRITE_NOTHING.has(helper)) return [];
  const places = WRITE_ONCE.get(helper);
  if (places === undefined) return undefined;
  const [to, size] = places.map(register => registers[register]);
  if (to.is === 'unknown') return undefined;
  if (to.is !== 'frame') return [];
  return [{ at: to.offset, size: size.is === 'constant' ? Number(size.value) : -to.offset }];
}
