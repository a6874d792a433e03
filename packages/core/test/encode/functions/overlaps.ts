import type { Btf } from '@btfkit/core/btf';
import { expect } from 'vitest';
import { reference } from '../signatures.js';

// The kernel refuses a DATASEC with a variable that begins before the one in front of it ends (btf_datasec_check_meta).
// pahole writes such: weak definitions beside the strong one, what the linker dropped, aliases. We leave some out, so that
// none overlap, and as few as possible.

interface Place {
  readonly section: string;
  readonly offset: number;
  readonly end: number;
  /** The VAR in words, with its tags. */
  readonly variable: string;
}

function placesOf(btf: Btf): Place[] {
  const tags = new Map<number, string[]>();
  for (let id = btf.startId; id < btf.endId; id++) {
    const type = btf.type(id);
    if (type.kind === 'DECL_TAG') tags.set(type.type, [...(tags.get(type.type) ?? []), type.name]);
  }
  const places: Place[] = [];
  for (let id = btf.startId; id < btf.endId; id++) {
    const section = btf.type(id);
    if (section.kind !== 'DATASEC') continue;
    for (const { type, offset, size } of section.variables) {
      const variable = btf.type(type);
      if (variable.kind !== 'VAR') throw new Error(`${variable.kind} in a DATASEC`);
      const words = `${variable.name} ${variable.linkage} ${reference(btf, variable.type)}`;
      places.push({
        section: section.name,
        offset,
        end: offset + size,
        variable: [words, ...(tags.get(type) ?? [])].join(' @'),
      });
    }
  }
  return places;
}

const overlap = (a: Place, b: Place) => a.section === b.section && a.offset < b.end && b.offset < a.end;

export function overlaps(btf: Btf): boolean {
  const places = placesOf(btf);
  return places.some((a, i) => places.slice(i + 1).some(b => overlap(a, b)));
}

/** Are `mine` the variables of `theirs` but for overlaps, as many as there can be beside each other? */
export function expectWithoutOverlaps(mine: Btf, theirs: Btf): void {
  const kept = placesOf(mine);
  expect(kept.filter((a, i) => kept.slice(i + 1).some(b => overlap(a, b)))).toEqual([]);
  const left = placesOf(theirs);
  for (const place of kept) {
    const at = left.findIndex(one => JSON.stringify(one) === JSON.stringify(place));
    expect(at, `${place.variable} of ours among pahole's`).toBeGreaterThanOrEqual(0);
    left.splice(at, 1);
  }
  expect(left.filter(one => !kept.some(other => overlap(one, other)))).toEqual([]);
  for (let id = mine.startId; id < mine.endId; id++) {
    const type = mine.type(id);
    if (type.kind !== 'DATASEC') continue;
    const ends = kept.filter(({ section }) => section === type.name).map(({ end }) => end);
    expect(type.size).toBe(Math.max(...ends));
    expect(type.variables.map(({ offset }) => offset)).toEqual(
      type.variables.map(({ offset }) => offset).sort((a, b) => a - b),
    );
  }
}
