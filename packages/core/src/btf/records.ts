import { FormatError } from '../bytes/errors.js';
import { kindOf, MAX_KIND, MAX_VLEN, vlenOf } from './kinds.js';
import { type LayoutEntry, type Shapes, unknownKind } from './shapes.js';

export interface Records {
  /** Word index of each record. */
  readonly offsets: Uint32Array;
  /** Word index where walking stopped: the end of the words, or a record that cannot be stepped over. */
  readonly end: number;
}

/**
 * Where each record begins, up to the first one that is of no known kind or not all there. One pass; the only thing
 * that trusts vlen, after it was checked against the end.
 */
export function walkRecords(words: Uint32Array, shapes: Shapes): Records {
  const { known, extra, element } = shapes;
  const offsets = new Uint32Array(Math.floor(words.length / 3));
  let count = 0;
  let at = 0;
  while (at + 3 <= words.length) {
    const info = words[at + 1]!;
    // kindOf and vlenOf, written out: this loop is most of what opening a blob costs, and runs before it is optimised.
    const kind = (info >>> 24) & MAX_KIND;
    if (known[kind] === 0) break;
    const next = at + 3 + extra[kind]! + (info & MAX_VLEN) * element[kind]!;
    if (next > words.length) break;
    offsets[count++] = at;
    at = next;
  }
  return { offsets: offsets.subarray(0, count), end: at };
}

/** As `walkRecords`, of words that are whole records. Throws FormatError. */
export function indexTypes(
  words: Uint32Array,
  shapes: Shapes,
  layout: readonly LayoutEntry[],
  startId: number,
): Uint32Array {
  const { offsets, end } = walkRecords(words, shapes);
  const left = words.length - end;
  if (left === 0) return offsets;
  const where = { section: 'types', offset: end * 4, typeId: startId + offsets.length };
  if (left < 3) {
    throw new FormatError(`${left * 4} bytes after the last type`, { section: 'types', offset: end * 4 });
  }
  const info = words[end + 1]!;
  const kind = kindOf(info);
  if (shapes.known[kind] === 0) throw unknownKind(kind, layout, where.offset, where.typeId);
  const length = 3 + shapes.extra[kind]! + vlenOf(info) * shapes.element[kind]!;
  throw new FormatError(
    `record of kind ${kind} with vlen ${vlenOf(info)} needs ${length * 4} bytes, ${left * 4} are left`,
    where,
  );
}
