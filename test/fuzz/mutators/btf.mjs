// Mutations of raw BTF: header words, words of records, and whole records, with the header kept in order.
import { Btf, KINDS, Kind, kindOf, Third, vlenOf } from '../../../packages/core/dist/btf/index.js';
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

/** Places of a record with type ids, and those with names. */
function slots(bytes, btf, index) {
  const [at] = spanOf(btf, index);
  const info = new DataView(bytes.buffer, bytes.byteOffset).getUint32(at + 4, btf.little);
  const shape = KINDS[kindOf(info)] ?? KINDS[Kind.UNKN];
  const extra = at + 12;
  const elements = extra + 4 * shape.extra;
  const each = words =>
    Array.from({ length: Math.min(vlenOf(info), 1000) }, (_, i) =>
      words.map(word => elements + 4 * (i * shape.element + word)),
    ).flat();
  // A FUNC has to be of a FUNC_PROTO.
  const third = shape.third === Third.TYPE && kindOf(info) !== Kind.FUNC ? [at + 8] : [];
  const types = [...third, ...shape.extraTypes.map(word => extra + 4 * word), ...each(shape.elementTypes)];
  return { types, names: [at, ...each(shape.elementNames)] };
}

/** Other types and names in the same places: what comes out is sound, for the most part. */
const references = onBtf((next, bytes, btf) => {
  const view = new DataView(bytes.buffer);
  for (let times = 1 + next(4); times > 0; times--) {
    const { types, names } = slots(bytes, btf, next(btf.starts.length));
    if (types.length > 0 && next(3) > 0) view.setUint32(pick(next, types), next(btf.types), btf.little);
    else {
      const { names: others } = slots(bytes, btf, next(btf.starts.length));
      view.setUint32(pick(next, names), view.getUint32(pick(next, others), btf.little), btf.little);
    }
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

export const btf = [
  header,
  word,
  word,
  word,
  info,
  info,
  references,
  references,
  references,
  records,
  transplant,
];
/** For what only sound types come to. */
export const soundBtf = [...Array(8).fill(references), records, word, info];
