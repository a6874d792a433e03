// Mutations of raw .BTF.ext: words of the header and of what stands before records.
import { editNumber, pick } from './blind.mjs';

/** Where the header's words, record sizes, section names and counts are. */
function places(bytes, little) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = [4, 8, 12, 16, 20, 24, 28];
  if (bytes.length < 32) return found;
  const header = view.getUint32(4, little);
  for (const field of [8, 16, 24]) {
    let at = header + view.getUint32(field, little);
    const end = Math.min(at + view.getUint32(field + 4, little), bytes.length);
    if (at + 4 > end) continue;
    const size = view.getUint32(at, little);
    found.push(at);
    for (at += 4; at + 8 <= end && found.length < 100; at += 8 + size * view.getUint32(at + 4, little))
      found.push(at, at + 4);
  }
  return found;
}

function word(next, bytes) {
  const result = bytes.slice();
  const little = bytes[0] !== 0xeb;
  for (let times = 1 + next(3); times > 0; times--) {
    editNumber(next, result, pick(next, places(result, little)), 4, little);
  }
  return result;
}

export const ext = [word, word, word];
