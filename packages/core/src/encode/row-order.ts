import type { UnitTypes } from './unit-types.js';

/**
 * The rows of a unit, from `first` up to `end`, in the order in which pahole gives their DIEs ids: a type behind those that
 * stand in it (dwarf_loader.c, die__process_class and the like). `undefined` where that is the order of the rows. `nested`:
 * those of `nestedIn` from there up to `nestedEnd` are the unit's.
 */
export function rowOrder(
  types: UnitTypes,
  first: number,
  end: number,
  nested: number,
  nestedEnd: number,
): Int32Array | undefined {
  if (nested === nestedEnd) return undefined;
  const { nestedIn, nestedFirst } = types;
  /** By type: its first child. */
  const childrenOf = new Map<number, number>();
  for (let i = nestedEnd - 1; i >= nested; i--) childrenOf.set(nestedIn[i]!, i);
  const order = new Int32Array(end - first);
  let count = 0;
  const visit = (from: number, to: number) => {
    for (let row = from; row < to; row++) {
      // Not deeper than the scanner lets types nest.
      for (let i = childrenOf.get(row) ?? nestedEnd; i < nestedEnd && nestedIn[i] === row; i++)
        visit(nestedFirst[i]!, i + 1 < nestedEnd ? nestedFirst[i + 1]! : end);
      order[count++] = row;
    }
  };
  visit(first, nestedFirst[nested]!);
  return order;
}
