import type { Btf } from '../btf/index.js';
import { findAnonymousEnums } from './anonymous-enums.js';
import { type Difference, ENTITY_KINDS, type EntityKind } from './change.js';
import { compareDefinitions } from './definitions.js';
import { findMatches, type Match } from './groups.js';
import { Changes, Pair } from './pair.js';
import type { Side } from './side.js';
import { summaryText } from './type-text.js';

export interface DiffOptions {
  /** Only types of these names; an anonymous enum goes by its first enumerator. */
  readonly names?: readonly string[] | undefined;
}

/**
 * What changed from `a` to `b`, by meaning: types are matched by name and kind, and equal when they say the same in names,
 * whatever their ids. Of split BTF only the own layer is compared. The result is in the order of kinds, then of names.
 *
 * Not compared: declarations without definition, anonymous structs that nothing named leads to, and kinds that came after
 * ENUM64. Both blobs are ones whose references were checked when they were parsed. Throws FormatError for types without
 * end.
 */
export function diff(a: Btf, b: Btf, options: DiffOptions = {}): Difference[] {
  return [...differences(a, b, options)];
}

/** As `diff`, one after the other: those of two kernels take much memory. */
export function* differences(a: Btf, b: Btf, { names }: DiffOptions = {}): Iterable<Difference> {
  const pair = new Pair(a, b);
  const wanted = names && new Set(names);
  const all = [
    ...findMatches(pair, wanted && numbersOf(pair, wanted)).map(match => named(pair, match, false)),
    ...findAnonymousEnums(pair).map(match => named(pair, match, true)),
  ];
  const order = new Map(ENTITY_KINDS.map((kind, index) => [kind, index]));
  all.sort(
    (x, y) =>
      order.get(x.kind)! - order.get(y.kind)! ||
      (x.name < y.name ? -1 : x.name > y.name ? 1 : 0) ||
      Number(x.anonymous) - Number(y.anonymous),
  );
  for (const match of all) {
    if (wanted !== undefined && !wanted.has(match.name)) continue;
    const difference = differenceOf(pair, match);
    if (difference.changes.length > 0) yield difference;
  }
}

interface NamedMatch extends Match {
  readonly name: string;
  readonly anonymous: boolean;
}

/** An anonymous enum goes by its first enumerator. */
function named(pair: Pair, match: Match, anonymous: boolean): NamedMatch {
  const [side, id] = match.b === 0 ? ([pair.a, match.a] as const) : ([pair.b, match.b] as const);
  const name = anonymous ? side.string(side.types.words[side.at(id) + 3]!) : side.text(id);
  return { ...match, name, anonymous };
}

/** Numbers of those of the names that either side has. */
function numbersOf({ a, b }: Pair, wanted: ReadonlySet<string>): Set<number> {
  const find = (side: Side) => [...wanted].flatMap(name => side.btf.findAll(name).map(id => side.name(id)));
  return new Set([...find(a), ...find(b)]);
}

function differenceOf(pair: Pair, match: NamedMatch): Difference {
  const { kind, a, b } = match;
  if (a !== 0 && b !== 0) {
    return { ...match, what: 'changed', changes: compareDefinitions(pair, kind, a, b) };
  }
  const out = new Changes();
  if (a === 0) {
    out.add(kind, 'appeared', '', [null, summaryText(pair.b, b)], ['none', 'none']);
    return { ...match, what: 'appeared', changes: out.list };
  }
  out.add(kind, 'went', '', [summaryText(pair.a, a), null], effectsOfLoss(kind));
  return { ...match, what: 'went', changes: out.list };
}

function effectsOfLoss(kind: EntityKind) {
  if (kind === 'datasec') return ['none', 'none'] as const;
  return [kind === 'func' ? 'attach' : 'existence', 'existence'] as const;
}
