import { Kind, vlenOf } from '../btf/index.js';
import { FormatError } from '../bytes/index.js';
import { DEEPEST, endless } from './sizes.js';
import { DisambiguationHashes } from './sort-hashes.js';
import { isLink, type Types } from './types.js';

/** What a rank is when no name gives one. */
const LAST = 5;

/** Bytes of names that sorting looks at: kernels have less than a million. */
const MOST_LOOKS = 1 << 28;

/**
 * The ids of all types in bpftool's order for headers that stay the same: enums, integers, structs, prototypes, the
 * rest, in each by name (bpftool's sort_btf_c); less those of which nothing is written. As there, the first is left
 * out and void is not. The rest, most of a kernel's types, is what other types are made of: `isWritten` is asked of it
 * when all before it were taken. Throws FormatError for types without end.
 */
export function* sortedIds(types: Types, isWritten: (id: number) => boolean): Iterable<number> {
  const ranks: number[][] = Array.from({ length: LAST + 1 }, () => []);
  for (let id = 0; id < types.endId; id++) ranks[rankOf(types, id)]!.push(id);
  const sorter = new Sorter(types);
  let isFirst = true;
  for (const [rank, ids] of ranks.entries()) {
    const needsAll = rank < LAST || isFirst;
    const wanted = needsAll ? ids : ids.filter(id => !isSilent(types.kinds[id]!) && !isWritten(id));
    for (const id of sorter.sort(wanted)) {
      if (!isFirst) yield id;
      isFirst = false;
    }
  }
}

/** Nothing of C comes of it, nor of what it leads to. */
function isSilent(kind: number): boolean {
  return kind === Kind.FUNC || kind === Kind.VAR || kind === Kind.DATASEC;
}

/** Sorts by the names that types are sorted by; those of one such name by their own, what they are made of, id. */
class Sorter {
  private readonly types: Types;
  private readonly hashes: DisambiguationHashes;
  private ids = new Uint32Array();
  /** By place in `ids`. */
  private names = new Uint32Array();
  private looked = 0;

  constructor(types: Types) {
    this.types = types;
    this.hashes = new DisambiguationHashes(types);
  }

  sort(ids: readonly number[]): Uint32Array {
    this.ids = Uint32Array.from(ids);
    this.names = new Uint32Array(ids.length);
    for (let i = 0; i < ids.length; i++) this.names[i] = sortNameOf(this.types, ids[i]!);
    this.sortFrom(0, ids.length, 0);
    return this.ids;
  }

  /** Multikey quicksort: those of [first, end), alike in their first `start` bytes, by those that follow. */
  private sortFrom(first: number, end: number, start: number): void {
    const { names } = this;
    const { strings } = this.types;
    let from = first;
    let to = end;
    let depth = start;
    while (to - from > 1) {
      this.looked += to - from;
      if (this.looked > MOST_LOOKS)
        throw new FormatError('names too long and too many to sort', { section: 'types' });
      const pivot = strings[names[(from + to) >> 1]! + depth]!;
      let less = from;
      let more = to;
      for (let i = from; i < more; ) {
        const byte = strings[names[i]! + depth]!;
        if (byte < pivot) this.swap(i++, less++);
        else if (byte > pivot) this.swap(i, --more);
        else i++;
      }
      if (pivot === 0) {
        // Names of all these end here, and no byte is less.
        if (more - less > 1) this.ids.subarray(less, more).sort((a, b) => this.compareTied(a, b));
        from = more;
        continue;
      }
      // The largest part is gone on with here, so that there are few calls in each other.
      const equal = more - less;
      if (equal >= less - from && equal >= to - more) {
        this.sortFrom(from, less, depth);
        this.sortFrom(more, to, depth);
        from = less;
        to = more;
        depth++;
        continue;
      }
      this.sortFrom(less, more, depth + 1);
      if (less - from > to - more) {
        this.sortFrom(more, to, depth);
        to = less;
      } else {
        this.sortFrom(from, less, depth);
        from = more;
      }
    }
  }

  private swap(i: number, j: number): void {
    const { ids, names } = this;
    const id = ids[i]!;
    ids[i] = ids[j]!;
    ids[j] = id;
    const name = names[i]!;
    names[i] = names[j]!;
    names[j] = name;
  }

  private compareTied(a: number, b: number): number {
    const { types } = this;
    return types.compareNames(types.nameOff(a), types.nameOff(b)) || this.hashes.compare(a, b) || a - b;
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
