import type { TypeId } from '../btf/index.js';
import { ENTITY_KINDS, type EntityKind } from './change.js';
import { ENTITIES } from './definitions.js';
import { enumeratorNames } from './enums.js';
import { fieldsOf } from './fields.js';
import { parameterNames } from './functions.js';
import { pairAlike } from './matching.js';
import type { Meanings } from './meanings.js';
import type { Names } from './names.js';
import type { Pair } from './pair.js';
import type { Side } from './side.js';

/** Types that are to be told of: 0 where a side has none. */
export interface Match {
  readonly kind: EntityKind;
  readonly a: TypeId;
  readonly b: TypeId;
}

/** Kinds by number, and all types of a name in order of id. */
class Chains {
  private readonly heads: Uint32Array;
  private readonly next: Uint32Array;

  constructor(side: Side, names: Names) {
    const { endId } = side.types;
    for (let id = 1; id < endId; id++) side.name(id);
    this.heads = new Uint32Array(names.end);
    this.next = new Uint32Array(endId);
    for (let id = endId - 1; id > 0; id--) {
      if (ENTITIES[side.kind(id)] === undefined) continue;
      const name = side.name(id);
      this.next[id] = this.heads[name]!;
      this.heads[name] = id;
    }
  }

  /** The type of that name if there is only one, 0 if there is none, undefined for several. */
  only(name: number): TypeId | undefined {
    const id = this.heads[name] ?? 0;
    return this.next[id] === 0 ? id : undefined;
  }

  of(name: number): TypeId[] {
    const found: TypeId[] = [];
    for (let id = this.heads[name] ?? 0; id !== 0; id = this.next[id]!) found.push(id);
    return found;
  }
}

/**
 * The named types of both sides' own layers that are not the same, matched by name and kind. Of several of one name those
 * that are equal are no difference; of the rest those that have most in common are the same one, else they are so in order.
 * A type that the other side has in a base, unchanged, is none either. With `wanted`, only types of these names.
 */
export function findMatches(pair: Pair, wanted?: ReadonlySet<number>): Match[] {
  const chainsOfA = new Chains(pair.a, pair.names);
  const chainsOfB = new Chains(pair.b, pair.names);
  const matches: Match[] = [];
  const seen = new Uint8Array(pair.names.end);
  // The empty name.
  seen[0] = 1;
  const look = (side: Side, id: TypeId) => {
    if (ENTITIES[side.kind(id)] === undefined) return;
    const name = side.name(id);
    if (seen[name] !== 0 || (wanted !== undefined && !wanted.has(name))) return;
    seen[name] = 1;
    const a = chainsOfA.only(name);
    const b = chainsOfB.only(name);
    if (a !== undefined && b !== undefined) matchOne(pair, a, b, matches);
    else matchName(pair, chainsOfA.of(name), chainsOfB.of(name), matches);
  };
  for (let id: number = pair.a.btf.startId; id < pair.a.btf.endId; id++) look(pair.a, id);
  for (let id: number = pair.b.btf.startId; id < pair.b.btf.endId; id++) look(pair.b, id);
  return matches;
}

/** The only types of a name, 0 for none: the short way of nearly all. */
function matchOne(pair: Pair, a: TypeId, b: TypeId, matches: Match[]): void {
  const left = kindOf(pair.a, a);
  const right = kindOf(pair.b, b);
  const isOwnOfA = a >= pair.a.btf.startId;
  const isOwnOfB = b >= pair.b.btf.startId;
  if (left !== undefined && left === right) {
    if (pair.isSameDefinition(a, b)) return;
    if (isOwnOfA && isOwnOfB) {
      matches.push({ kind: left, a, b });
      return;
    }
  }
  if (left !== undefined && isOwnOfA) matches.push({ kind: left, a, b: 0 });
  if (right !== undefined && isOwnOfB) matches.push({ kind: right, a: 0, b });
}

/** What a type is in a report; nothing for an enum without enumerators, which is declared forward. */
function kindOf(side: Side, id: TypeId): EntityKind | undefined {
  const kind = ENTITIES[side.kind(id)];
  return kind === 'enum' && side.vlen(id) === 0 ? undefined : kind;
}

function matchName(pair: Pair, a: readonly TypeId[], b: readonly TypeId[], matches: Match[]): void {
  for (const kind of ENTITY_KINDS) {
    const left = new Definitions(pair.a, pair.meaningsOfA, kind, a);
    const right = new Definitions(pair.b, pair.meaningsOfB, kind, b);
    const onlyInA = left.without(right);
    const onlyInB = right.without(left);
    for (const [x, y] of matchUnequal(pair, kind, onlyInA, onlyInB)) matches.push({ kind, a: x, b: y });
  }
}

/** The definitions of one name and kind in one side. */
class Definitions {
  /** By number: the first type of that definition. */
  private readonly all = new Map<number, TypeId>();
  private readonly startId: TypeId;

  constructor(side: Side, meanings: Meanings, kind: EntityKind, ids: readonly TypeId[]) {
    this.startId = side.btf.startId;
    for (const id of ids) {
      if (kindOf(side, id) !== kind) continue;
      const number = meanings.definition(id);
      // Own types are the higher ones.
      const known = this.all.get(number);
      if (known === undefined || known < this.startId) this.all.set(number, id);
    }
  }

  /** The own ones that the other side has nowhere. */
  without(other: Definitions): TypeId[] {
    return [...this.all].flatMap(([number, id]) => (id < this.startId || other.all.has(number) ? [] : [id]));
  }
}

function matchUnequal(
  pair: Pair,
  kind: EntityKind,
  a: readonly TypeId[],
  b: readonly TypeId[],
): [TypeId, TypeId][] {
  if (a.length <= 1 && b.length <= 1) {
    return a.length + b.length === 0 ? [] : [[a[0] ?? 0, b[0] ?? 0]];
  }
  const pairs = pairAlike(
    a.map(id => elementNames(pair.a, kind, id)),
    b.map(id => elementNames(pair.b, kind, id)),
  );
  const restOfA = a.filter((_, i) => !pairs.some(([x]) => x === i));
  const restOfB = b.filter((_, j) => !pairs.some(([, y]) => y === j));
  const matched = pairs.map(([i, j]): [TypeId, TypeId] => [a[i]!, b[j]!]);
  const rest = Array.from({ length: Math.max(restOfA.length, restOfB.length) }, (_, i): [TypeId, TypeId] => [
    restOfA[i] ?? 0,
    restOfB[i] ?? 0,
  ]);
  return [...matched, ...rest];
}

function elementNames(side: Side, kind: EntityKind, id: TypeId): number[] {
  if (kind === 'struct' || kind === 'union') return fieldsOf(side, id).map(field => field.name);
  if (kind === 'enum') return enumeratorNames(side, id);
  if (kind === 'func') return parameterNames(side, id);
  return [];
}
