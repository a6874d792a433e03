import { Kind, vlenOf } from '../btf/index.js';
import { DEEPEST, endless } from './sizes.js';
import { DisambiguationHashes } from './sort-hashes.js';
import { isLink, type Types } from './types.js';

/** What a rank is when no name gives one. */
const LAST = 10;

/** One more than any id. */
const ID_ROOM = 2 ** 21;

/**
 * The ids of all types in bpftool's order for headers that stay the same: enums, integers, structs, prototypes, the
 * rest, in each by name (bpftool's sort_btf_c); less those of which nothing is written. As there, the first is left
 * out and void is not. The rest, most of a kernel's types, is what other types are made of: `isWritten` is asked of it
 * when all before it were taken. Throws FormatError for types without end.
 */
export function* sortedIds(types: Types, isWritten: (id: number) => boolean): Iterable<number> {
  const ranks = new Uint8Array(types.endId);
  const named: number[] = [];
  for (let id = 0; id < types.endId; id++) {
    const rank = rankOf(types, id);
    ranks[id] = rank;
    if (rank !== LAST) named.push(id);
  }
  yield* sorted(types, named, ranks).slice(1);
  const rest: number[] = [];
  const isFirst = named.length === 0;
  for (let id = 0; id < types.endId; id++) {
    if (ranks[id] === LAST && (isFirst || !(isSilent(types.kinds[id]!) || isWritten(id)))) rest.push(id);
  }
  yield* sorted(types, rest, ranks).slice(isFirst ? 1 : 0);
}

/** Nothing of C comes of it, nor of what it leads to. */
function isSilent(kind: number): boolean {
  return kind === Kind.FUNC || kind === Kind.VAR || kind === Kind.DATASEC;
}

function sorted(types: Types, ids: readonly number[], ranks: Uint8Array): number[] {
  const names = new Uint32Array(ids.length);
  for (let i = 0; i < ids.length; i++) names[i] = sortNameOf(types, ids[i]!);
  const places = placesOf(types, names);
  const keys = new Float64Array(ids.length);
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    keys[i] = (ranks[id]! * ID_ROOM + places.get(names[i]!)!) * ID_ROOM + id;
  }
  keys.sort();
  const result: number[] = [];
  for (let i = 0; i < keys.length; i++) result.push(keys[i]! % ID_ROOM);
  sortTies(types, result, index => Math.floor(keys[index]! / ID_ROOM));
  return result;
}

/** Of the same rank and name: by the type's own name, what it is made of, id. */
function sortTies(types: Types, ids: number[], keyAt: (index: number) => number): void {
  const hashes = new DisambiguationHashes(types);
  const compare = (a: number, b: number) =>
    types.compareNames(types.nameOff(a), types.nameOff(b)) || hashes.compare(a, b) || a - b;
  for (let from = 0, to: number; from < ids.length; from = to) {
    const key = keyAt(from);
    for (to = from + 1; to < ids.length && keyAt(to) === key; ) to++;
    if (to - from === 1) continue;
    const tied = ids.slice(from, to).sort(compare);
    for (let i = from; i < to; i++) ids[i] = tied[i - from]!;
  }
}

/** For each name which it is among them all, equal ones being one. */
function placesOf(types: Types, names: Uint32Array): Map<number, number> {
  const distinct = Uint32Array.from(new Set(names));
  sortNamesFrom(types.strings, distinct, 0, distinct.length, 0);
  const places = new Map<number, number>();
  let place = 0;
  for (let i = 0; i < distinct.length; i++) {
    if (i > 0 && types.compareNames(distinct[i - 1]!, distinct[i]!) !== 0) place++;
    places.set(distinct[i]!, place);
  }
  return places;
}

/** Multikey quicksort: names of [from, to), alike in their first `depth` bytes, by those that follow. */
function sortNamesFrom(
  strings: Uint8Array,
  names: Uint32Array,
  first: number,
  end: number,
  start: number,
): void {
  let from = first;
  let to = end;
  let depth = start;
  while (to - from > 1) {
    const pivot = strings[names[(from + to) >> 1]! + depth]!;
    let less = from;
    let more = to;
    for (let i = from; i < more; ) {
      const name = names[i]!;
      const byte = strings[name + depth]!;
      if (byte < pivot) {
        names[i++] = names[less]!;
        names[less++] = name;
      } else if (byte > pivot) {
        names[i] = names[--more]!;
        names[more] = name;
      } else i++;
    }
    sortNamesFrom(strings, names, from, less, depth);
    sortNamesFrom(strings, names, more, to, depth);
    // All of these end here.
    if (pivot === 0) return;
    from = less;
    to = more;
    depth++;
  }
}

/** btf_type_rank */
function rankOf(types: Types, first: number): number {
  const { kinds, words, records } = types;
  if (isSilent(kinds[first]!) || (kinds[first] === Kind.PTR && types.nameOff(first) === 0)) return LAST;
  let named = false;
  let id = first;
  for (let steps = 0; ; steps++) {
    if (steps > DEEPEST) throw endless(first);
    named ||= types.nameOff(id) !== 0;
    switch (kinds[id]) {
      case Kind.ENUM:
      case Kind.ENUM64:
        return named ? 1 : 0;
      case Kind.INT:
      case Kind.FLOAT:
        return 2;
      case Kind.STRUCT:
      case Kind.UNION:
        return named ? 3 : LAST;
      case Kind.FUNC_PROTO:
        return named ? 4 : LAST;
      case Kind.ARRAY:
        if (!named) return LAST;
        id = words[records[id]! + 3]!;
        break;
      default:
        if (!named || !isLink(kinds[id]!)) return LAST;
        id = words[records[id]! + 2]!;
    }
  }
}

/** btf_type_sort_name: what a type is sorted by is the name at the end of its chain. */
function sortNameOf(types: Types, first: number): number {
  const { kinds, words, records } = types;
  let id = first;
  for (let steps = 0; ; steps++) {
    if (steps > DEEPEST) throw endless(first);
    const at = records[id]!;
    switch (kinds[id]) {
      case Kind.ENUM:
      case Kind.ENUM64:
        // An anonymous enum is known by its first value.
        return id === first && words[at] === 0 && vlenOf(words[at + 1]!) > 0 ? words[at + 3]! : words[at]!;
      case Kind.ARRAY:
        id = words[at + 3]!;
        break;
      default:
        if (!isLink(kinds[id]!)) return types.nameOff(id);
        id = words[at + 2]!;
    }
  }
}
