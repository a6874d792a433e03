// Mutations of raw BTF: header words, words of records, and whole records, with the header kept in order.
import { Btf } from '../../../packages/core/dist/btf/index.js';
import { blind, concat, editNumber, pick } from './blind.mjs';

/** Records as they stand in a blob: undefined where it cannot be read at all. */
function readBtf(bytes) {
  try {
    const btf = Btf.parse(bytes, { references: false });
    const { headerLength, typeOffset, typeLength } = btf.header;
    const start = headerLength + typeOffset;
    const starts = [...btf.offsets].map(at => start + 4 * at);
    return { little: btf.littleEndian, start, end: start + typeLength, starts, types: btf.endId };
  } catch {
    return undefined;
  }
}

const onBtf = change => (next, bytes, seeds) => {
  const result = bytes.slice();
  const btf = readBtf(result);
  if (btf === undefined || btf.starts.length === 0) return pick(next, blind)(next, bytes, seeds);
  return change(next, result, btf) ?? result;
};

function header(next, bytes) {
  const result = bytes.slice();
  editNumber(next, result, 4 * (1 + next(7)), 4, bytes[0] === 0x9f);
  return result;
}

const spanOf = ({ starts, end }, index) => [starts[index], starts[index + 1] ?? end];

/** A word of a record: most are type ids or small numbers. */
const word = onBtf((next, bytes, btf) => {
  for (let times = 1 + next(3); times > 0; times--) {
    const [from, to] = spanOf(btf, next(btf.starts.length));
    const at = from + 4 * next((to - from) / 4);
    if (next(2)) editNumber(next, bytes, at, 4, btf.little);
    else new DataView(bytes.buffer).setUint32(at, next(btf.types + 2), btf.little);
  }
});

/** Kind, vlen or kflag of a record, without its length following. */
const info = onBtf((next, bytes, { little, starts }) => {
  const view = new DataView(bytes.buffer);
  const at = pick(next, starts) + 4;
  const old = view.getUint32(at, little);
  const changes = [
    () => (old & 0x80ffffff) | (next(24) << 24),
    () => old ^ 0x80000000,
    () => (old & 0xff000000) | next(8),
    () => old + (next(2) ? 1 : -1),
  ];
  view.setUint32(at, pick(next, changes)() >>> 0, little);
});

/** Writes type_len and moves what follows the types. Sections between them and the strings move along. */
function resized(bytes, { little, end }, content, from) {
  const result = concat(bytes.subarray(0, from), content, bytes.subarray(end));
  const by = result.length - bytes.length;
  const view = new DataView(result.buffer);
  const fields = view.getUint32(4, little) >= 32 && view.getUint32(28, little) > 0 ? [12, 16, 24] : [12, 16];
  for (const field of fields) view.setUint32(field, view.getUint32(field, little) + by, little);
  return result;
}

const records = onBtf((next, bytes, btf) => {
  const [from, to] = spanOf(btf, next(btf.starts.length));
  const rest = bytes.subarray(to, btf.end);
  const record = bytes.subarray(from, to);
  const copies = next(3);
  return resized(bytes, btf, concat(...Array.from({ length: copies }, () => record), rest), from);
});

/** A record of another place before or behind. */
const transplant = onBtf((next, bytes, btf) => {
  const [from, to] = spanOf(btf, next(btf.starts.length));
  const [at] = spanOf(btf, next(btf.starts.length));
  return resized(bytes, btf, concat(bytes.subarray(from, to), bytes.subarray(at, btf.end)), at);
});

export const btf = [header, word, word, word, word, info, info, records, transplant];
