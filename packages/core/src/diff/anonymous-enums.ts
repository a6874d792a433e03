import { Kind, type TypeId } from '../btf/index.js';
import { enumeratorNames } from './enums.js';
import type { Match } from './groups.js';
import { pairAlike } from './matching.js';
import type { Meanings } from './meanings.js';
import type { Pair } from './pair.js';
import type { Side } from './side.js';

/**
 * Enums without a name that nothing refers to: C knows their enumerators all the same. The enumerators that they share
 * tell which is which. Those that a typedef or a member refers to are told of there.
 */
export function findAnonymousEnums(pair: Pair): Match[] {
  const left = new Map(anonymousEnums(pair.a, pair.meaningsOfA));
  const right = new Map(anonymousEnums(pair.b, pair.meaningsOfB));
  const a = missing(pair.a, left, right);
  const b = missing(pair.b, right, left);
  if (a.length === 0 && b.length === 0) return [];
  const usedInA = referencedTypes(pair.a);
  const usedInB = referencedTypes(pair.b);
  const pairs = pairAlike(
    a.map(id => enumeratorNames(pair.a, id)),
    b.map(id => enumeratorNames(pair.b, id)),
  );
  const pairedA = new Set(pairs.map(([i]) => i));
  const pairedB = new Set(pairs.map(([, j]) => j));
  return [
    ...pairs
      .map(([i, j]) => ({ a: a[i]!, b: b[j]! }))
      .filter(match => !usedInA[match.a] || !usedInB[match.b]),
    ...a.filter((id, i) => !pairedA.has(i) && !usedInA[id]).map(id => ({ a: id, b: 0 })),
    ...b.filter((id, j) => !pairedB.has(j) && !usedInB[id]).map(id => ({ a: 0, b: id })),
  ].map(match => ({ kind: 'enum', ...match }));
}

/** By definition, all layers; those of the own one win. */
function* anonymousEnums(side: Side, meanings: Meanings): Iterable<[number, TypeId]> {
  for (let id = 1; id < side.types.endId; id++) {
    if (side.isAnonymousEnum(id) && side.vlen(id) > 0) yield [meanings.definition(id), id];
  }
}

/** In the order of the ids, so that ties are decided alike in both directions. */
function missing(side: Side, own: Map<number, TypeId>, others: Map<number, TypeId>): TypeId[] {
  return [...own]
    .flatMap(([number, id]) => (others.has(number) || id < side.btf.startId ? [] : [id]))
    .sort((x, y) => x - y);
}

/** 1 for each type that something in the own layer refers to. */
function referencedTypes(side: Side): Uint8Array {
  const { words, endId } = side.types;
  const referenced = new Uint8Array(endId);
  for (let id: number = side.btf.startId; id < endId; id++) {
    const at = side.at(id);
    switch (side.kind(id)) {
      case Kind.STRUCT:
      case Kind.UNION:
        for (let row = at + 3, end = row + 3 * side.vlen(id); row < end; row += 3)
          referenced[words[row + 1]!] = 1;
        break;
      case Kind.FUNC_PROTO:
        referenced[words[at + 2]!] = 1;
        for (let row = at + 3, end = row + 2 * side.vlen(id); row < end; row += 2)
          referenced[words[row + 1]!] = 1;
        break;
      case Kind.ARRAY:
        referenced[words[at + 3]!] = 1;
        break;
      case Kind.PTR:
      case Kind.TYPEDEF:
      case Kind.CONST:
      case Kind.VOLATILE:
      case Kind.RESTRICT:
      case Kind.TYPE_TAG:
      case Kind.VAR:
        referenced[words[at + 2]!] = 1;
    }
  }
  return referenced;
}
