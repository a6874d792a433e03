// Ways to change a valid blob, so that most results break one rule and some break none. Each takes numbers from `next`.
import { infoOf, Kind, kflagOf, kindOf, vlenOf } from '../../packages/core/dist/btf/index.js';
import { Blob, shapeOf } from './blob.mjs';

const U32 = 0xffffffff;

/** What the words of a role become: (next, blob, the old word, the record) => the new one. */
const VALUES = {
  name(next, blob, old) {
    const { strings } = blob;
    const far = [strings.length - 1, strings.length, strings.length + 1, 0xffffff, 0x1000000, U32];
    return pick(next, [
      0,
      old + 1,
      old - 1,
      next(strings.length),
      next(strings.length),
      oddName(next, blob),
      pick(next, far),
    ]);
  },
  info(next, _blob, old) {
    const kind = pick(next, [kindOf(old), kindOf(old), next(21), next(0x80)]);
    const vlen = pick(next, [vlenOf(old), vlenOf(old), vlenOf(old) + 1, vlenOf(old) - 1, 0, 1, 3, 0xffff]);
    const info = infoOf(kind, Math.max(vlen, 0) & 0xffff, kflagOf(old) !== (next(4) === 0));
    // The bits that older kernels keep for later.
    return next(6) === 0 ? (info | (1 << pick(next, [16, 20, 23, 29, 30]))) >>> 0 : info;
  },
  type(next, blob, old, record) {
    const records = blob.records();
    const far = [records.length + 1, records.length + 2, 0xfffff, 0x100000, 0x7fffffff, U32];
    return pick(next, [
      0,
      record.id,
      record.id + 1,
      record.id - 1,
      old + 1,
      idOfSomeKind(next, records),
      idOfSomeKind(next, records),
      1 + next(records.length),
      pick(next, far),
    ]);
  },
  size: (next, _blob, old) =>
    pick(next, [
      0,
      old + 1,
      old - 1,
      old + 4,
      old - 4,
      old * 2,
      next(20),
      1 << next(6),
      0x10000000,
      0x20000000,
      U32,
    ]),
  bits(next, _blob, old) {
    const [size, offset] = [old >>> 24, old & 0xffffff];
    const bitfield =
      ((pick(next, [0, 1, 8, 31, 32, 33, 64, 127, 128, 129, 255, next(256)]) << 24) | offset) >>> 0;
    const moved = ((size << 24) | Math.max(offset + pick(next, [-8, -1, 1, 3, 4, 8, 32, 64, 128]), 0)) >>> 0;
    return pick(next, [bitfield, bitfield, moved, moved, 0, U32, 0xfffffff8, next(512)]);
  },
  int(next, _blob, old) {
    const part = pick(next, [old & 0xff, 0, 1, 7, 8, 32, 33, 64, 65, 128, 129, 255]);
    const shift = pick(next, [0, 8, 16, 24, 28]);
    const encoding = pick(next, [0, 1, 2, 3, 4, 5, 6, 7, 8, 15]);
    return (
      pick(next, [
        part << shift,
        (old & ~0xff) | part,
        (old & ~0xff0000) | (part << 16),
        (old & 0xffffff) | (encoding << 24),
        old | (part << 8),
        old ^ (1 << next(32)),
      ]) >>> 0
    );
  },
  count: (next, _blob, old) => pick(next, [0, 1, 2, 3, old + 1, 0x10000000, 0x40000000, U32, next(100)]),
  component: (next, _blob, old, record) =>
    pick(next, [U32, 0, 1, old + 1, 0x80000000, 0xfffffffe, record.vlen, next(8), 0xffff]),
  value: (next, _blob, old) => pick(next, [0, old + 1, U32, 0x80000000, next(1000)]),
};

const pick = (next, list) => list[next(list.length)];

const ODD_CHARACTERS = [
  ...'.-$ :@09_aZ"\\\n\t\r?*[(',
  '\x01',
  '\x7f',
  '\x80',
  '\xa0',
  '\xaa',
  '\xe9',
  '\xff',
];
const KNOWN_NAMES = [
  'bpf_spin_lock',
  'bpf_list_head',
  'bpf_list_node',
  'bpf_rb_root',
  'bpf_rb_node',
  'bpf_refcount',
  'bpf_timer',
  'kptr',
  'kptr_untrusted',
  'percpu_kptr',
  'contains:a:b',
  'task_struct',
  '.data',
  '.',
  '?',
  '?.ops',
  'n'.repeat(512),
  'n'.repeat(513),
  'a\x00b',
];

function oddName(next, blob) {
  return blob.string(next(2) === 0 ? pick(next, KNOWN_NAMES) : `n${pick(next, ODD_CHARACTERS)}m`);
}

/** A type of a kind that is drawn first, so that rare kinds come as often as others. */
function idOfSomeKind(next, records) {
  const kind = pick(next, [...new Set(records.map(record => record.kind))]);
  return pick(
    next,
    records.filter(record => record.kind === kind),
  ).id;
}

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
  truncate(next, blob) {
    const [whole, little] = [next(4) === 0, 1 + next(16)];
    const anywhere = next(1 << 16);
    blob.afterwards.push(bytes => bytes.slice(0, whole ? anywhere % (bytes.length + 1) : -little));
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
  headerField: 2,
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
