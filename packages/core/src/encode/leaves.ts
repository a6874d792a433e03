import { type DieReader, Tag } from '../dwarf/index.js';
import { ACTIONS, Do } from './actions.js';
import { grown } from './unit-types.js';

/** Where a DIE stands. */
export const At = {
  /** Among the children of the unit, of a function whose parameters are wanted, of anything else. */
  top: 0,
  function: 1,
  block: 2,
} as const;

/** Sorts of DIEs that are passed over in places: variables below the top level, what says something of a function. */
const LEAF = 1;
const VARIABLE = 2;
const PARAMETER = 4;
/** What says something of the function that it stands in. */
const OF_FUNCTION: ReadonlySet<number> = new Set([
  Tag.formal_parameter,
  Tag.unspecified_parameters,
  Tag.LLVM_annotation,
  Tag.GNU_annotation,
]);
/** What is passed over, by At. */
const SKIPPED = [LEAF | PARAMETER, LEAF | VARIABLE, LEAF | VARIABLE | PARAMETER];

/** Knows the DIEs that can be passed over without a look at them. */
export class Leaves {
  private readonly reader: DieReader;
  /** By shape: LEAF, VARIABLE or PARAMETER, 0 for what has to be looked at; up to shape number `known`. */
  private leaves = new Uint8Array(16);
  private known = 1;

  constructor(reader: DieReader) {
    this.reader = reader;
  }

  /** Steps over DIEs without children that say nothing here: most of what is in functions. */
  skip(place: number): void {
    const { reader, leaves } = this;
    const mask = SKIPPED[place]!;
    const { bytes, table, unitEnd } = reader;
    const { fixedSize } = reader.shapes;
    let pos = reader.pos;
    for (;;) {
      let at = pos;
      let code = bytes[at++];
      if (code >= 0x80) {
        const next = bytes[at++];
        // Codes of three bytes are rare enough to go the general way.
        if (next >= 0x80) break;
        code = (code & 0x7f) | (next << 7);
      }
      if (code >= table.length) break;
      const shape = table[code];
      if ((leaves[shape] & mask) === 0) break;
      const end = at + fixedSize[shape];
      if (end > unitEnd) break;
      pos = end;
    }
    reader.pos = pos;
  }

  /** Notes which shapes `skip` can step over, those that the last unit brought included. */
  update(): void {
    const { tag, hasChildren, fixedSize, count } = this.reader.shapes;
    if (count > this.leaves.length) this.leaves = grown(this.leaves, count * 2);
    for (; this.known < count; this.known++) {
      const shape = this.known;
      if (hasChildren[shape] !== 0 || fixedSize[shape] < 0) continue;
      const action = tag[shape] < ACTIONS.length ? ACTIONS[tag[shape]] : Do.skip;
      if (OF_FUNCTION.has(tag[shape]!)) this.leaves[shape] = PARAMETER;
      else if (action === Do.skip) this.leaves[shape] = LEAF;
      else if (action === Do.variable) this.leaves[shape] = VARIABLE;
    }
  }
}
