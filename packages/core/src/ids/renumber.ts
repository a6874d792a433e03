import type { TypeId } from '../btf/index.js';
import { type BtfIdSet, type BtfIdSet8, type BtfIds, memberSize } from './model.js';

/**
 * The content of a resolved `.BTF_ids` after its types got other ids: sorted, made self-contained, or remapped onto a
 * kernel. `typeId` gives the new id for an old one. Sets are sorted again, flags moving with their ids; words that were not
 * resolved stay 0.
 */
export function renumberIds(ids: BtfIds, typeId: (id: TypeId) => TypeId): Uint8Array {
  const bytes = ids.bytes.slice();
  const words = new DataView(bytes.buffer);
  const { littleEndian } = ids;
  const inSets = new Set<number>();
  for (const set of ids.sets) {
    const size = memberSize(set);
    for (let i = 1; i <= set.length; i++) inSets.add(set.offset + i * size);
    writeMembers(words, set, set.ids.map(moved), littleEndian);
  }
  for (const { offset, id } of ids.ids) {
    if (!inSets.has(offset)) words.setUint32(offset, moved(id), littleEndian);
  }
  return bytes;

  function moved(id: number): number {
    return id === 0 ? 0 : typeId(id);
  }
}

function writeMembers(
  words: DataView,
  set: BtfIdSet | BtfIdSet8,
  ids: Uint32Array,
  littleEndian: boolean,
): void {
  const size = memberSize(set);
  const order = Array.from(ids.keys()).sort((a, b) => ids[a]! - ids[b]! || a - b);
  for (const [place, from] of order.entries()) {
    const at = set.offset + (place + 1) * size;
    words.setUint32(at, ids[from]!, littleEndian);
    if (set.kind === 'set8') words.setUint32(at + 4, set.pairFlags[from]!, littleEndian);
  }
}
