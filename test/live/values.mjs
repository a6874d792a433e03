// What the words of a blob are changed to.
import { infoOf, kflagOf, kindOf, vlenOf } from '../../packages/core/dist/btf/index.js';

export const U32 = 0xffffffff;

/** What the words of a role become: (next, blob, the old word, the record) => the new one. */
export const VALUES = {
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

export const pick = (next, list) => list[next(list.length)];

export const ODD_CHARACTERS = [
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
  // Around the length at which a line of the log is cut.
  'n'.repeat(1000),
  'n'.repeat(1100),
  'a\x00b',
];

export function oddName(next, blob) {
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
