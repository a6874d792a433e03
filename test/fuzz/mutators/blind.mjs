// Mutations that know nothing of the format. Each takes (next, bytes, seeds) and returns bytes of its own; `next(n)` is a
// number below n.
import { flip } from '../../robustness/cases.mjs';

/** Words that lengths and counts are tested against. */
const WORDS = [
  0, 1, 2, 3, 4, 7, 8, 12, 16, 24, 31, 32, 33, 64, 127, 128, 255, 256, 1023, 1024, 4095, 4096, 0x7fff, 0x8000,
  0xffff, 0x10000, 0xffffff, 0x1000000, 0x7fffffff, 0x80000000, 0xfffffffc, 0xfffffffe, 0xffffffff,
];

export const pick = (next, list) => list[next(list.length)];
const anywhere = (next, bytes) => next(bytes.length + 1);
const shortLength = next => 1 + next(pick(next, [4, 16, 64, 512]));

export const concat = (...parts) => {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};

/** Changes the number of `width` bytes at `at`, in place: to one of WORDS, by a little, or to any other. */
export function editNumber(next, bytes, at, width, little) {
  if (at < 0 || at + width > bytes.length) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Numbers of 8 bytes are edited in one half.
  if (width === 8) {
    const high = next(4) === 0;
    editNumber(next, bytes, at + (high === little ? 4 : 0), 4, little);
    return;
  }
  const read = { 1: 'getUint8', 2: 'getUint16', 4: 'getUint32' }[width];
  const write = { 1: 'setUint8', 2: 'setUint16', 4: 'setUint32' }[width];
  const old = view[read](at, little);
  const how = next(4);
  let value = next(bytes.length + 1);
  if (how === 0) value = pick(next, WORDS);
  else if (how === 1) value = old + (1 + next(16)) * (next(2) ? 1 : -1);
  else if (how === 2) value = old ^ (1 << next(8 * width));
  view[write](at, value, little);
}

function bits(next, bytes) {
  const result = bytes.slice();
  if (result.length > 0) for (let times = 1 + next(4); times > 0; times--) flip(next, result);
  return result;
}

function number(next, bytes) {
  const result = bytes.slice();
  const width = pick(next, [1, 2, 4, 8]);
  const at = next(2) ? anywhere(next, bytes) & -width : anywhere(next, bytes);
  editNumber(next, result, at, width, next(4) > 0);
  return result;
}

function cut(next, bytes) {
  return bytes.slice(0, next(2) ? anywhere(next, bytes) : Math.max(0, bytes.length - shortLength(next)));
}

function remove(next, bytes) {
  const from = anywhere(next, bytes);
  return concat(bytes.subarray(0, from), bytes.subarray(from + shortLength(next)));
}

function repeat(next, bytes) {
  const from = anywhere(next, bytes);
  const piece = bytes.subarray(from, from + shortLength(next));
  const pieces = Array.from({ length: 1 + next(4) }, () => piece);
  const at = next(2) ? from : anywhere(next, bytes);
  return concat(bytes.subarray(0, at), ...pieces, bytes.subarray(at));
}

function fill(next, bytes) {
  const at = anywhere(next, bytes);
  return bytes.slice().fill(pick(next, [0, 1, 0x7f, 0x80, 0xff]), at, at + shortLength(next));
}

function move(next, bytes) {
  const from = anywhere(next, bytes);
  return bytes.slice().copyWithin(anywhere(next, bytes), from, from + shortLength(next));
}

/** The beginning of one and the end of another, or a piece of another in the midst. */
function splice(next, bytes, seeds) {
  const other = pick(next, seeds);
  if (next(2)) return concat(bytes.subarray(0, anywhere(next, bytes)), other.subarray(anywhere(next, other)));
  const at = anywhere(next, bytes);
  const from = anywhere(next, other);
  const piece = other.subarray(from, from + shortLength(next));
  return concat(bytes.subarray(0, at), piece, bytes.subarray(at + (next(2) ? piece.length : 0)));
}

export const blind = [bits, bits, number, number, number, cut, remove, repeat, fill, move, splice];
