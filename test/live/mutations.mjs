// Ways to change a valid blob, so that most results break one rule and some break none. Each takes numbers from `next`.
import { infoOf, Kind } from '../../packages/core/dist/btf/index.js';
import { Blob, shapeOf } from './blob.mjs';
import { ODD_CHARACTERS, oddName, pick, U32, VALUES } from './values.mjs';

const CHANGES = {
  word(next, blob) {
    const record = pick(next, blob.records());
    const { at, role } = pick(next, blob.slots(record));
    blob.words[at] = VALUES[role](next, blob, blob.words[at], record) >>> 0;
  },
  /** A word of one role somewhere: without this the roles of long records hide the others. */
  role(next, blob) {
    const role = pick(next, Object.keys(VALUES));
    const places = blob.records().flatMap(record => blob.slots(record).map(slot => ({ ...slot, record })));
    const those = places.filter(place => place.role === role);
    if (those.length === 0) return;
    const { at, record } = pick(next, those);
    blob.words[at] = VALUES[role](next, blob, blob.words[at], record) >>> 0;
  },
  /** Any word, any bit. */
  bit(next, blob) {
    const at = next(blob.words.length);
    blob.words[at] = (blob.words[at] ^ (1 << next(32))) >>> 0;
  },
  /** Elements more or less, the count with them. */
  elements(next, blob) {
    const records = blob.records().filter(({ kind }) => shapeOf(kind).element > 0);
    if (records.length === 0) return;
    const { at, kind, vlen, length } = pick(next, records);
    const { element } = shapeOf(kind);
    if (vlen > 0 && next(2) === 0) {
      blob.words.splice(at + length - element, element);
      blob.words[at + 1]--;
    } else {
      const last = vlen > 0 ? blob.words.slice(at + length - element, at + length) : Array(element).fill(0);
      blob.words.splice(at + length, 0, ...last);
      blob.words[at + 1]++;
    }
  },
  /** A record that ends too early. */
  cutWords(next, blob) {
    const words = 1 + next(3);
    if (next(2) === 0) blob.words.length -= Math.min(words, blob.words.length);
    else blob.words.push(...blob.words.slice(0, words));
  },
  removeRecord(next, blob) {
    const { at, length } = pick(next, blob.records());
    blob.words.splice(at, length);
  },
  repeatRecord(next, blob) {
    const { at, length } = pick(next, blob.records());
    blob.words.push(...blob.words.slice(at, at + length));
  },
  swapRecords(next, blob) {
    const records = blob.records();
    const [first, second] = [pick(next, records), pick(next, records)].sort((a, b) => a.at - b.at);
    if (first === second) return;
    const taken = blob.words.slice(second.at, second.at + second.length);
    const given = blob.words.splice(first.at, first.length, ...taken);
    blob.words.splice(second.at - first.length + second.length, second.length, ...given);
  },
  /** Two to four types that lead to one another. */
  loop(next, blob) {
    const leading = blob.records().flatMap(record => {
      const slot = blob.slots(record).find(({ role }) => role === 'type');
      return slot ? [{ id: record.id, at: slot.at }] : [];
    });
    if (leading.length < 2) return;
    const ring = Array.from({ length: 1 + next(4) }, () => pick(next, leading));
    ring.forEach(({ at }, i) => {
      blob.words[at] = ring[(i + 1) % ring.length].id;
    });
  },
  /** One type in front of another, which all that meant the other then lead through. */
  wrap(next, blob) {
    const records = blob.records();
    const { id } = pick(next, records);
    const kind = pick(next, [
      Kind.PTR,
      Kind.TYPEDEF,
      Kind.CONST,
      Kind.VOLATILE,
      Kind.RESTRICT,
      Kind.TYPE_TAG,
      Kind.ARRAY,
    ]);
    const slots = records.flatMap(record =>
      blob.slots(record).filter(({ at, role }) => role === 'type' && blob.words[at] === id),
    );
    if (slots.length > 0) blob.words[pick(next, slots).at] = records.length + 1;
    const name = kind === Kind.TYPEDEF || kind === Kind.TYPE_TAG ? blob.string('wrap') : 0;
    const rest = kind === Kind.ARRAY ? [0, id, 1, 1 + next(3)] : [id];
    blob.words.push(name, infoOf(kind, 0, false), ...rest);
  },
  stringByte(next, blob) {
    const at = pick(next, [
      0,
      blob.strings.length - 1,
      next(blob.strings.length),
      next(blob.strings.length),
      next(blob.strings.length),
    ]);
    blob.strings[at] = pick(next, [
      next(256),
      0,
      pick(next, ODD_CHARACTERS).charCodeAt(0),
      pick(next, ODD_CHARACTERS).charCodeAt(0),
    ]);
  },
  oddName(next, blob) {
    const slots = blob
      .records()
      .flatMap(record =>
        blob
          .slots(record)
          .filter(({ at, role }) => role === 'name' && (next(4) === 0 || blob.words[at] !== 0)),
      );
    if (slots.length > 0) blob.words[pick(next, slots).at] = oddName(next, blob);
  },
  headerField(next, blob) {
    const at = pick(next, [0, 2, 3, 4, 4, 8, 8, 12, 12, 16, 16, 20, 20]);
    const change = pick(next, [-24, -4, -3, -1, 1, 2, 3, 4, 8, 0x1000, 0x7fffffff, 0x80000000]);
    const absolute = pick(next, [undefined, undefined, 0, U32, 24, 0x1000000, 0x1000001]);
    blob.afterwards.push(bytes => {
      const view = new DataView(bytes.buffer);
      if (bytes.length < 24) return bytes;
      if (at < 4) view.setUint8(at, view.getUint8(at) + (change & 0xff));
      else view.setUint32(at, absolute ?? view.getUint32(at, true) + change, true);
      return bytes;
    });
  },
  /** The header of a machine of the other byte order. */
  swapHeader(_next, blob) {
    blob.afterwards.push(bytes => {
      bytes.subarray(0, 2).reverse();
      for (let at = 4; at < Math.min(24, bytes.length); at += 4) bytes.subarray(at, at + 4).reverse();
      return bytes;
    });
  },
  longHeader(next, blob) {
    const more = new Uint8Array(pick(next, [1, 4, 8, 8, 8, 16, 100, 4096]));
    if (next(3) === 0) more[next(more.length)] = 1 + next(255);
    blob.afterwards.push(bytes => {
      if (bytes.length < 24) return bytes;
      const longer = Uint8Array.from([...bytes.subarray(0, 24), ...more, ...bytes.subarray(24)]);
      new DataView(longer.buffer).setUint32(4, 24 + more.length, true);
      return longer;
    });
  },
  /** Space between the sections, or before, or after them. */
  gap(next, blob) {
    const before = pick(next, [8, 16, 16]);
    const length = pick(next, [1, 2, 4, 4, 8]);
    blob.afterwards.push(bytes => {
      if (bytes.length < 24) return bytes;
      const view = new DataView(bytes.buffer);
      const at = 24 + view.getUint32(before, true);
      const longer = Uint8Array.from([
        ...bytes.subarray(0, at),
        ...new Uint8Array(length),
        ...bytes.subarray(at),
      ]);
      const moved = new DataView(longer.buffer);
      for (let field = before; field <= 16; field += 8)
        moved.setUint32(field, view.getUint32(field, true) + length, true);
      return longer;
    });
  },
  /** Strings in front of the types; no types at all; both. */
  sections(next, blob) {
    if (next(2) === 0) blob.words.length = 0;
    const [types, strings] = [blob.words.length * 4, blob.strings.length];
    const stringsFirst = next(2) === 0;
    blob.afterwards.push(bytes => {
      if (!stringsFirst || bytes.length !== 24 + types + strings) return bytes;
      const view = new DataView(bytes.buffer);
      view.setUint32(8, strings, true);
      view.setUint32(16, 0, true);
      return Uint8Array.from([
        ...bytes.subarray(0, 24),
        ...bytes.subarray(24 + types),
        ...bytes.subarray(24, 24 + types),
      ]);
    });
  },
  truncate(next, blob) {
    const length = pick(next, [undefined, undefined, 24, next(32), next(1 << 14)]);
    const less = 1 + next(16);
    blob.afterwards.push(bytes => bytes.slice(0, length ?? -less));
  },
  append(next, blob) {
    const more = Array.from({ length: 1 + next(8) }, () => pick(next, [0, 0, 255]));
    blob.afterwards.push(bytes => Uint8Array.from([...bytes, ...more]));
  },
};

/** How often each change is drawn. */
const LOTS = Object.entries({
  word: 8,
  role: 14,
  bit: 2,
  elements: 2,
  oddName: 2,
  stringByte: 2,
  loop: 2,
  wrap: 4,
  swapRecords: 1,
  removeRecord: 1,
  repeatRecord: 1,
  cutWords: 1,
  sections: 1,
  headerField: 2,
  swapHeader: 1,
  longHeader: 1,
  gap: 1,
  truncate: 1,
  append: 1,
}).flatMap(([name, lots]) => Array(lots).fill(name));

/** The bytes of a blob after one to three changes, sometimes none, and the names of those. */
export function mutate(next, original) {
  const blob = new Blob(original);
  const changes = Array.from({ length: pick(next, [0, 1, 1, 1, 1, 1, 2, 2, 3]) }, () => pick(next, LOTS));
  for (const name of changes) if (blob.records().length > 0) CHANGES[name](next, blob);
  return { bytes: blob.bytes(), changes };
}
