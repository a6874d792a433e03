/**
 * Finds any of a few hundred literals in a stream of bytes in one pass (Aho and Corasick, 1975), a table look-up for
 * each byte whatever it is: the time depends on the length of the log alone.
 */
export class Literals {
  /** State after a state and a class of byte: `next[state * classes + class]`. */
  readonly next: Uint16Array;
  /** Class of each byte; 0 for bytes that no literal has. */
  readonly classOf: Uint8Array;
  readonly classes: number;
  /** By state: index into `ends`, 0 where no literal ends. */
  readonly endAt: Uint16Array;
  /** Indices of the literals that end at once. */
  readonly ends: readonly (readonly number[])[];

  constructor(literals: readonly string[]) {
    const encoder = new TextEncoder();
    const all = literals.map(literal => encoder.encode(literal));
    this.classOf = new Uint8Array(256);
    let classes = 1;
    for (const bytes of all) {
      for (const byte of bytes) if (this.classOf[byte] === 0) this.classOf[byte] = classes++;
    }
    this.classes = classes;
    const { next, found } = trie(all, this.classOf, classes);
    closeTrie(next, found, classes);
    this.next = Uint16Array.from(next);
    this.endAt = new Uint16Array(found.length);
    const ends: number[][] = [[]];
    for (const [state, indices] of found.entries()) {
      if (indices.length > 0) this.endAt[state] = ends.push(indices) - 1;
    }
    this.ends = ends;
  }
}

function trie(all: readonly Uint8Array[], classOf: Uint8Array, classes: number) {
  const next: number[] = new Array(classes).fill(0);
  const found: number[][] = [[]];
  for (const [index, bytes] of all.entries()) {
    let state = 0;
    for (const byte of bytes) {
      const at = state * classes + classOf[byte]!;
      if (next[at] === 0) {
        next[at] = found.push([]) - 1;
        for (let i = 0; i < classes; i++) next.push(0);
      }
      state = next[at]!;
    }
    found[state]!.push(index);
  }
  return { next, found };
}

/** Breadth first: where a state has no way on, it goes on as its longest proper suffix does. */
function closeTrie(next: number[], found: number[][], classes: number): void {
  const suffix = new Uint16Array(found.length);
  const queue: number[] = [];
  for (let c = 0; c < classes; c++) if (next[c] !== 0) queue.push(next[c]!);
  for (let i = 0; i < queue.length; i++) {
    const state = queue[i]!;
    const back = suffix[state]!;
    found[state]!.push(...found[back]!);
    for (let c = 0; c < classes; c++) {
      const at = state * classes + c;
      const fallback = next[back * classes + c]!;
      if (next[at] === 0) next[at] = fallback;
      else {
        suffix[next[at]!] = fallback;
        queue.push(next[at]!);
      }
    }
  }
}
