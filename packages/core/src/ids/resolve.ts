import { type Btf, Kind } from '../btf/index.js';
import { FormatError } from '../bytes/index.js';
import type { BtfId, BtfIdSet, BtfIdSet8, BtfIds, IdKind } from './model.js';
import { isResolved } from './unresolve.js';

/** resolve_btfids' ADDR_CNT: how many lists may have one name. */
const MOST_USES = 100;

const KINDS: readonly IdKind[] = ['struct', 'union', 'typedef', 'func'];
const KIND_NAMES = new Map<number, IdKind>([
  [Kind.STRUCT, 'struct'],
  [Kind.UNION, 'union'],
  [Kind.TYPEDEF, 'typedef'],
  [Kind.FUNC, 'func'],
]);

export interface ResolvedIds {
  /** The new content of `.BTF_ids`, as long as the old. */
  readonly bytes: Uint8Array;
  /** Names that no type has, in resolve_btfids' order; their ids are 0. */
  readonly unresolved: readonly { readonly kind: IdKind; readonly name: string }[];
  /** Names that several types have: the first id was taken, another is `other`. */
  readonly multiple: readonly {
    readonly kind: IdKind;
    readonly name: string;
    readonly id: number;
    readonly other: number;
  }[];
}

/** A name that is asked for, and where. */
interface Wanted {
  readonly kind: IdKind;
  readonly name: string;
  readonly uses: BtfId[];
  id: number;
}

/**
 * Finds the type ids that belong into `.BTF_ids`, and sorts its sets, the flags of set8 pairs moving along
 * (tools/bpf/resolve_btfids/main.c: symbols_resolve, symbols_patch, sets_patch). What was resolved before stays: then
 * flags stand with their ids and no longer with their symbols, which that tool does not see. Throws FormatError for a
 * name in more than 100 lists, for a second set of one name, and for flags that cannot be told whose they are.
 */
export function resolveIds(ids: BtfIds, btf: Btf): ResolvedIds {
  const wanted = collect(ids);
  const multiple = lookUp(wanted, btf);
  const bytes = ids.bytes.slice();
  const words = new DataView(bytes.buffer);
  for (const { uses, id } of wanted.values()) {
    for (const { offset } of uses) words.setUint32(offset, id, ids.littleEndian);
  }
  checkNames(ids.sets);
  for (const set of ids.sets) writeSet(words, set, ids.littleEndian);
  const unresolved = KINDS.flatMap(kind =>
    [...wanted.values()].filter(name => name.kind === kind && name.id === 0).sort(byNameBackwards),
  );
  return { bytes, unresolved: unresolved.map(({ kind, name }) => ({ kind, name })), multiple };
}

const key = (kind: IdKind, name: string) => `${kind} ${name}`;

function collect(ids: BtfIds): Map<string, Wanted> {
  const wanted = new Map<string, Wanted>();
  for (const id of ids.ids) {
    const { kind, name, offset } = id;
    const known = wanted.get(key(kind, name));
    if (known === undefined) wanted.set(key(kind, name), { kind, name, uses: [id], id: 0 });
    else {
      known.uses.push(id);
      if (known.uses.length > MOST_USES) {
        throw new FormatError(`symbol ${name} is in more than ${MOST_USES} lists`, {
          section: '.BTF_ids',
          offset,
        });
      }
    }
  }
  return wanted;
}

/** Types in the order of their ids. A kind is done with when as many names were found as there are symbols of it. */
function lookUp(wanted: ReadonlyMap<string, Wanted>, btf: Btf): ResolvedIds['multiple'] {
  const multiple: { kind: IdKind; name: string; id: number; other: number }[] = [];
  const left = new Map<IdKind, number>(KINDS.map(kind => [kind, 0]));
  for (const { kind, uses } of wanted.values()) left.set(kind, left.get(kind)! + uses.length);
  for (let id = 1; id < btf.endId; id++) {
    const kind = KIND_NAMES.get(btf.kind(id));
    if (kind === undefined || left.get(kind) === 0) continue;
    const name = btf.typeName(id);
    const found = wanted.get(key(kind, name));
    if (found === undefined) continue;
    if (found.id !== 0) multiple.push({ kind, name, id: found.id, other: id });
    else {
      found.id = id;
      left.set(kind, left.get(kind)! - 1);
    }
  }
  return multiple;
}

/** The tool walks its tree of names from the last to the first. */
function byNameBackwards(a: Wanted, b: Wanted): number {
  return a.name < b.name ? 1 : a.name > b.name ? -1 : 0;
}

function checkNames(sets: readonly (BtfIdSet | BtfIdSet8)[]): void {
  const names = new Set<string>();
  for (const { name, offset } of sets) {
    if (names.has(name)) {
      throw new FormatError(`a second set of the name ${name}`, { section: '.BTF_ids', offset });
    }
    names.add(name);
  }
}

function writeSet(words: DataView, set: BtfIdSet | BtfIdSet8, littleEndian: boolean): void {
  const { offset, length } = set;
  words.setUint32(offset, length, littleEndian);
  const member = set.kind === 'set' ? 4 : 8;
  const first = offset + member;
  const ids = Int32Array.from({ length }, (_, i) => words.getInt32(first + i * member, littleEndian));
  if (set.kind === 'set') {
    ids.sort();
    for (const [i, id] of ids.entries()) words.setInt32(first + i * member, id, littleEndian);
    return;
  }
  const flags = isResolved(set) ? flagsById(set, ids) : set.pairFlags;
  const order = Array.from(ids.keys()).sort((a, b) => ids[a]! - ids[b]!);
  for (const [i, from] of order.entries()) {
    words.setInt32(first + i * member, ids[from]!, littleEndian);
    words.setUint32(first + i * member + 4, flags[from]!, littleEndian);
  }
}

/** The flags of each of `ids`, from pairs that were resolved before. */
function flagsById(set: BtfIdSet8, ids: Int32Array): Uint32Array {
  if (set.pairFlags.every(flags => flags === set.pairFlags[0])) return set.pairFlags;
  const left = Array.from(set.ids, (id, i) => ({ id, flags: set.pairFlags[i]! }));
  return Uint32Array.from(ids, id => {
    const found = left.findIndex(pair => pair.id === id);
    if (found >= 0) return left.splice(found, 1)[0]!.flags;
    throw new FormatError(
      `set8 ${set.name} was resolved against other BTF, so that its flags cannot be matched: start from the unresolved file`,
      { section: '.BTF_ids', offset: set.offset },
    );
  });
}
