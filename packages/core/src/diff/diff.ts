import type { Btf } from '../btf/index.js';
import { locate } from '../bytes/index.js';
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
export function diff(a: Btf, b: Btf, { names }: DiffOptions = {}): Difference[] {
  const pair = new Pair(a, b);
  const differences: Difference[] = [];
  const wanted = names && new Set(names);
  const add = (match: Match, anonymous: boolean) => {
    const difference = differenceOf(pair, match, anonymous);
    if (difference.changes.length === 0 || (wanted && !wanted.has(difference.name))) return;
    differences.push(difference);
  };
  for (const match of findMatches(pair, wanted && numbersOf(pair, wanted))) add(match, false);
  for (const match of findAnonymousEnums(pair)) add(match, true);
  const order = new Map(ENTITY_KINDS.map((kind, index) => [kind, index]));
  return differences.sort(
    (x, y) =>
      order.get(x.kind)! - order.get(y.kind)! ||
      (x.name < y.name ? -1 : x.name > y.name ? 1 : 0) ||
      Number(x.anonymous) - Number(y.anonymous),
  );
}

/** Numbers of those of the names that either side has. */
function numbersOf({ a, b }: Pair, wanted: ReadonlySet<string>): Set<number> {
  const find = (side: Side) => [...wanted].flatMap(name => side.btf.findAll(name).map(id => side.name(id)));
  return new Set([...find(a), ...find(b)]);
}

function differenceOf(pair: Pair, { kind, a, b }: Match, anonymous: boolean): Difference {
  const [side, id] = b === 0 ? ([pair.a, a] as const) : ([pair.b, b] as const);
  const name = anonymous ? firstEnumerator(side, id) : side.text(id);
  if (a !== 0 && b !== 0) {
    const changes = compareDefinitions(pair, kind, a, b);
    return { kind, name, anonymous, what: 'changed', a, b, changes };
  }
  const out = new Changes();
  const text = locate({ file: side.btf.name }, () => summaryText(side, id));
  if (a === 0) out.add(kind, 'appeared', '', [null, text], ['none', 'none']);
  else out.add(kind, 'went', '', [text, null], effectsOfLoss(kind));
  return { kind, name, anonymous, what: a === 0 ? 'appeared' : 'went', a, b, changes: out.list };
}

function effectsOfLoss(kind: EntityKind) {
  if (kind === 'datasec') return ['none', 'none'] as const;
  return [kind === 'func' ? 'attach' : 'existence', 'existence'] as const;
}

function firstEnumerator(side: Side, id: number): string {
  return side.btf.string(side.types.words[side.at(id) + 3]!);
}
