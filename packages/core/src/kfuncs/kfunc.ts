import { type Btf, Kind, type TypeId } from '../btf/index.js';
import type { BtfIdSet8, BtfIds } from '../ids/index.js';

/** Flags of a kfunc (include/linux/btf.h). */
export const KfuncFlag = {
  fastcall: 1 << 12,
  arenaResult: 1 << 13,
  arenaFirst: 1 << 14,
  arenaSecond: 1 << 15,
  implicitArgs: 1 << 16,
} as const;

/** BTF_SET8_KFUNCS of a set's own flags. */
const SET8_KFUNCS = 1;

/** A function of this BTF that programs may call. */
export interface Kfunc {
  readonly name: string;
  readonly id: TypeId;
  /** KF_* */
  readonly flags: number;
}

/** What the tag says that a kfunc carries. */
export const KFUNC_TAG = 'bpf_kfunc';

/**
 * The functions that a `bpf_kfunc` tag names, in the order of the tags, with their flags from the set8 that they are
 * in; 0 where they are in none (Linux 7.2's tools/bpf/resolve_btfids/main.c, collect_kfuncs and find_kfunc_flags).
 */
export function taggedKfuncs(btf: Btf, ids: BtfIds): Kfunc[] {
  const flags = flagsByName(ids);
  const kfuncs: Kfunc[] = [];
  for (let tag = btf.startId; tag < btf.endId; tag++) {
    if (btf.kind(tag) !== Kind.DECL_TAG || btf.kflag(tag)) continue;
    if (btf.words[btf.at(tag) + 3] !== 0xffffffff || btf.typeName(tag) !== KFUNC_TAG) continue;
    const id = btf.sizeOrType(tag);
    // A base is not ours to change.
    if (id < btf.startId || btf.kind(id) !== Kind.FUNC) continue;
    const name = btf.typeName(id);
    const known = flags.get(name);
    if (known !== undefined) kfuncs.push({ name, id, flags: known });
  }
  return kfuncs;
}

/**
 * The functions that sets of kfuncs name, tagged or not, in the order of the sets; the flags of one that is in several
 * are put together (resolve_btfids after Linux 7.2). `disagreeing`: whose flags differ from set to set.
 */
export function listedKfuncs(
  btf: Btf,
  ids: BtfIds,
): { kfuncs: Kfunc[]; disagreeing: { name: string; flags: number; others: number }[] } {
  const found = new Map<string, { name: string; id: TypeId; flags: number }>();
  const disagreeing: { name: string; flags: number; others: number }[] = [];
  for (const set of set8sOf(ids)) {
    if ((set.flags & SET8_KFUNCS) === 0) continue;
    for (const { name, flags } of entriesOf(ids, set)) {
      const known = found.get(name);
      if (known === undefined) {
        const id = btf.findAll(name, Kind.FUNC).find(id => id >= btf.startId);
        if (id !== undefined) found.set(name, { name, id, flags });
        continue;
      }
      if (known.flags !== flags) disagreeing.push({ name, flags: known.flags, others: flags });
      known.flags |= flags;
    }
  }
  return { kfuncs: [...found.values()], disagreeing };
}

/** Of all functions that `.BTF_ids` names; 0 for one in no set8. That of the first set in the tool's order counts. */
function flagsByName(ids: BtfIds): Map<string, number> {
  const flags = new Map<string, number>();
  for (const set of set8sOf(ids)) {
    for (const entry of entriesOf(ids, set)) if (!flags.has(entry.name)) flags.set(entry.name, entry.flags);
  }
  for (const { kind, name } of ids.ids) if (kind === 'func' && !flags.has(name)) flags.set(name, 0);
  return flags;
}

/** In the order in which resolve_btfids goes through its tree of sets: backwards by name. */
function set8sOf({ sets }: BtfIds): BtfIdSet8[] {
  return sets
    .filter(set => set.kind === 'set8')
    .sort((a, b) => (a.name < b.name ? 1 : a.name > b.name ? -1 : 0));
}

function* entriesOf({ ids }: BtfIds, { offset, length, pairFlags }: BtfIdSet8) {
  for (const id of ids) {
    const index = (id.offset - offset - 8) / 8;
    if (id.kind !== 'func' || index < 0 || index >= length || !Number.isInteger(index)) continue;
    yield { name: id.name, flags: pairFlags[index]! };
  }
}
