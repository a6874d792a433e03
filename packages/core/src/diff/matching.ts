/** Equal names are matched, the first of a name in A with the first in B: for each of A its index in B, or -1. */
export function matchNames(a: readonly number[], b: readonly number[]): Int32Array {
  const first = new Map<number, number>();
  const next = new Int32Array(b.length);
  for (let j = b.length - 1; j >= 0; j--) {
    next[j] = first.get(b[j]!) ?? -1;
    first.set(b[j]!, j);
  }
  return Int32Array.from(a, name => {
    const found = first.get(name) ?? -1;
    if (found >= 0) first.set(name, next[found]!);
    return found;
  });
}

/** The other direction of a match: for each of B its index in A, or -1. */
export function inverse(match: Int32Array, length: number): Int32Array {
  const result = new Int32Array(length).fill(-1);
  match.forEach((j, i) => {
    if (j >= 0) result[j] = i;
  });
  return result;
}

/** Against inputs made to have everything in common with everything. */
const MOST_CANDIDATES = 1 << 20;

/**
 * Pairs those that have most names in common, given the names in each; the result has indices. Ties go to the first of
 * both lists, in a way that is the same with the lists exchanged. Those that have nothing in common stay alone.
 */
export function pairAlike(
  a: readonly (readonly number[])[],
  b: readonly (readonly number[])[],
): [number, number][] {
  const holders = new Map<number, number[]>();
  b.forEach((names, j) => {
    for (const name of new Set(names)) {
      const known = holders.get(name);
      if (known === undefined) holders.set(name, [j]);
      else known.push(j);
    }
  });
  const scored: { i: number; j: number; points: number }[] = [];
  let left = MOST_CANDIDATES;
  a.forEach((names, i) => {
    const points = new Map<number, number>();
    for (const name of new Set(names)) {
      for (const j of holders.get(name) ?? []) if (left-- > 0) points.set(j, (points.get(j) ?? 0) + 1);
    }
    for (const [j, shared] of points) scored.push({ i, j, points: shared });
  });
  scored.sort((x, y) => y.points - x.points || x.i + x.j - (y.i + y.j) || x.i - y.i);
  const takenA = new Set<number>();
  const takenB = new Set<number>();
  return scored.flatMap(({ i, j }): [number, number][] => {
    if (takenA.has(i) || takenB.has(j)) return [];
    takenA.add(i);
    takenB.add(j);
    return [[i, j]];
  });
}
