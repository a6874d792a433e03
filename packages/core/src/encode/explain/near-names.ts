/** More would be of no help. */
const MAX_NAMES = 8;

/** Names that were perhaps meant: those that few changes make of `wanted`, and those that begin with it or end with it. */
export function nearNames(wanted: string, names: Iterable<string>): string[] {
  const allowed = Math.max(1, Math.floor(wanted.length / 4));
  const near = new Map<string, number>();
  for (const name of names) {
    if (name === wanted || name === '' || near.has(name)) continue;
    // Something around the name costs less than as many changes: it is a family of functions.
    const isAround = wanted.length >= 4 && (name.startsWith(wanted) || name.endsWith(wanted));
    const distance = isAround ? 1 + (name.length - wanted.length) / 8 : editDistance(wanted, name, allowed);
    if (isAround || distance <= allowed) near.set(name, distance);
  }
  return [...near]
    .sort(([a, left], [b, right]) => left - right || (a < b ? -1 : 1))
    .slice(0, MAX_NAMES)
    .map(([name]) => name);
}

/** Insertions, deletions and replacements that make `b` of `a`; more than `most` where it takes more. */
function editDistance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    if (Math.min(...next) > most) return most + 1;
    row = next;
  }
  return row[b.length]!;
}
