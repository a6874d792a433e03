import { Kind, vlenOf } from '../btf/index.js';
import { endless } from './sizes.js';
import { DisambiguationHashes } from './sort-hashes.js';
import type { Types } from './types.js';

/** What a rank is when no name gives one. */
const LAST = 10;

/**
 * The ids of all types in bpftool's order for headers that stay the same: enums, integers, structs, prototypes, the
 * rest, in each by name (bpftool's sort_btf_c). Throws FormatError for types without end.
 */
export function sortedIds(types: Types): Uint32Array {
  const { endId } = types;
  const ranks = new Uint8Array(endId);
  const sortNames = new Uint32Array(endId);
  for (let id = 0; id < endId; id++) {
    ranks[id] = rankOf(types, id);
    sortNames[id] = sortNameOf(types, id);
  }
  const prefixes = prefixesOf(types, sortNames);
  const hashes = new DisambiguationHashes(types);
  const ids = Uint32Array.from({ length: endId }, (_, id) => id);
  return ids.sort((a, b) => {
    const rank = ranks[a]! - ranks[b]!;
    if (rank !== 0) return rank;
    const prefix = prefixes[a]! - prefixes[b]!;
    if (prefix !== 0) return prefix;
    return (
      types.compareNames(sortNames[a]!, sortNames[b]!) ||
      types.compareNames(types.nameOff(a), types.nameOff(b)) ||
      hashes.compare(a, b) ||
      a - b
    );
  });
}

/** The first bytes of each name as a number of the same order, to compare most names by. */
function prefixesOf({ strings }: Types, names: Uint32Array): Float64Array {
  const prefixes = new Float64Array(names.length);
  for (let id = 0; id < names.length; id++) {
    let prefix = 0;
    let at = names[id]!;
    for (let i = 0; i < 6; i++) {
      const byte = strings[at]!;
      prefix = prefix * 256 + byte;
      if (byte !== 0) at++;
    }
    prefixes[id] = prefix;
  }
  return prefixes;
}

/** btf_type_rank */
function rankOf(types: Types, first: number): number {
  const { kinds, words, records } = types;
  let named = false;
  let id = first;
  for (let steps = 0; ; steps++) {
    if (steps > types.endId) throw endless(first);
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
      case Kind.TYPE_TAG:
      case Kind.CONST:
      case Kind.PTR:
      case Kind.VOLATILE:
      case Kind.RESTRICT:
      case Kind.TYPEDEF:
      case Kind.DECL_TAG:
        if (!named) return LAST;
        id = words[records[id]! + 2]!;
        break;
      default:
        return LAST;
    }
  }
}

/** btf_type_sort_name: what a type is sorted by is the name at the end of its chain. */
function sortNameOf(types: Types, first: number): number {
  const { kinds, words, records } = types;
  let id = first;
  for (let steps = 0; ; steps++) {
    if (steps > types.endId) throw endless(first);
    const at = records[id]!;
    switch (kinds[id]) {
      case Kind.ENUM:
      case Kind.ENUM64:
        // An anonymous enum is known by its first value.
        return id === first && words[at] === 0 && vlenOf(words[at + 1]!) > 0 ? words[at + 3]! : words[at]!;
      case Kind.ARRAY:
        id = words[at + 3]!;
        break;
      case Kind.TYPE_TAG:
      case Kind.CONST:
      case Kind.PTR:
      case Kind.VOLATILE:
      case Kind.RESTRICT:
      case Kind.TYPEDEF:
      case Kind.DECL_TAG:
        id = words[at + 2]!;
        break;
      default:
        return types.nameOff(id);
    }
  }
}
