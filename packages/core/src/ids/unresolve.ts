import { type Btf, Kind } from '../btf/index.js';
import { FormatError } from '../bytes/index.js';
import type { BtfIdSet8, BtfIds } from './model.js';

/** Pairs that were sorted: no symbol tells any more which is whose. */
export function isResolved(set: BtfIdSet8): boolean {
  return set.count > 0 && set.ids.some(id => id !== 0);
}

/** Whether `unresolved` needs the BTF: where all flags of a set are the same, it does not matter whose is which. */
export function needsTypes({ sets }: BtfIds): boolean {
  return sets.some(set => set.kind === 'set8' && isResolved(set) && !isUniform(set));
}

function isUniform({ pairFlags }: BtfIdSet8): boolean {
  return pairFlags.every(flags => flags === pairFlags[0]);
}

/**
 * `.BTF_ids` with its flags at their symbols again, as before ids were filled in: what `transformKfuncs` and resolving
 * against other BTF want. `btf` is what the ids were looked up in; it can be left out unless `needsTypes`. What is
 * unresolved stays. FormatError for a set that was resolved against something else.
 */
export function unresolved(ids: BtfIds, btf?: Btf): BtfIds {
  const bytes = ids.bytes.slice();
  const words = new DataView(bytes.buffer);
  const sets = ids.sets.map(set => {
    if (set.kind !== 'set8' || !isResolved(set)) return set;
    const pairFlags = isUniform(set) ? set.pairFlags : unsorted(ids, set, btf!);
    const before: BtfIdSet8 = { ...set, count: 0, ids: new Uint32Array(set.length), pairFlags };
    words.setUint32(set.offset, 0, ids.littleEndian);
    for (const [i, flags] of pairFlags.entries()) {
      const at = set.offset + 8 + 8 * i;
      words.setUint32(at, 0, ids.littleEndian);
      words.setUint32(at + 4, flags, ids.littleEndian);
    }
    return before;
  });
  return { ...ids, bytes, sets };
}

/** Flags in the order of the symbols. */
function unsorted({ ids }: BtfIds, set: BtfIdSet8, btf: Btf): Uint32Array {
  const left = Array.from(set.ids, (id, i) => ({ name: nameOf(btf, id), flags: set.pairFlags[i]! }));
  const pairFlags = set.pairFlags.slice();
  for (let i = 0; i < set.length; i++) {
    const symbol = ids.find(({ offset }) => offset === set.offset + 8 + 8 * i);
    const mine = left.findIndex(({ name }) => name === symbol?.name);
    // Those that no type had are together, without a name.
    const found = mine >= 0 ? mine : left.findIndex(({ name }) => name === undefined);
    if (found < 0) {
      throw new FormatError(
        `set8 ${set.name} was resolved against other BTF: start from the file before resolve_btfids`,
        { section: '.BTF_ids', offset: set.offset },
      );
    }
    pairFlags[i] = left.splice(found, 1)[0]!.flags;
  }
  return pairFlags;
}

/** Undefined for an id that was never found; empty for what is no function, as in other BTF. */
function nameOf(btf: Btf, id: number): string | undefined {
  if (id === 0) return undefined;
  return id < btf.endId && btf.kind(id) === Kind.FUNC ? btf.typeName(id) : '';
}
