import { Kind, type TypeId } from '../btf/index.js';
import { compareEnumerators } from './enums.js';
import { type Field, fieldsOf } from './fields.js';
import { inverse, matchNames } from './matching.js';
import type { Changes, Pair } from './pair.js';
import { compareTypes } from './type-changes.js';
import { typeText } from './type-text.js';

/** Adds what differs in the members of two structs or unions; `prefix` stands before their names. */
export function compareMembers(pair: Pair, a: TypeId, b: TypeId, prefix: string, out: Changes): void {
  const left = fieldsOf(pair.a, a);
  const right = fieldsOf(pair.b, b);
  const match = matchNames(
    left.map(field => field.name),
    right.map(field => field.name),
  );
  const back = inverse(match, right.length);
  const renamed = matchRenamed(pair, left, right, match, back);

  // In B's order; what went stands where it was in A.
  let done = 0;
  const tellGone = (until: number) => {
    for (; done < until; done++) {
      if (match[done]! >= 0 || renamed.has(done)) continue;
      const field = left[done]!;
      const effects = ['existence', 'existence'] as const;
      const name = prefix + pair.a.string(field.nameOff);
      out.add('member', 'went', name, [typeText(pair.a, field.type), null], effects, field.offset);
    }
  };
  const origin = new Map([...renamed].map(([i, j]) => [j, i]));
  right.forEach((field, j) => {
    const name = prefix + pair.b.string(field.nameOff);
    const i = back[j]! >= 0 ? back[j]! : origin.get(j);
    if (i === undefined) {
      out.add(
        'member',
        'appeared',
        name,
        [null, typeText(pair.b, field.type)],
        ['none', 'none'],
        field.offset,
      );
      return;
    }
    tellGone(i);
    const before = left[i]!;
    if (back[j]! < 0) {
      const old = prefix + pair.a.string(before.nameOff);
      out.add('member', 'renamed', name, [old, name], ['existence', 'existence'], field.offset);
    }
    compareFields(pair, before, field, name, out);
  });
  tellGone(left.length);
}

function compareFields(pair: Pair, a: Field, b: Field, name: string, out: Changes): void {
  if (a.offset !== b.offset) {
    out.add('member', 'moved', name, [a.offset, b.offset], ['follows', 'layout'], b.offset);
  }
  if (a.bits !== b.bits) {
    const program = a.bits > 0 && b.bits > 0 ? 'follows' : 'size';
    out.add('member', 'bitfield', name, [a.bits, b.bits], [program, 'layout'], b.offset);
  }
  compareContents(pair, a.type, b.type, name, out);
}

/** As `compareTypes`; of anonymous types on both sides, what differs in them. */
function compareContents(pair: Pair, a: TypeId, b: TypeId, name: string, out: Changes): void {
  const inner = pair.isExact(a, b) ? undefined : anonymousIn(pair, a, b);
  if (inner === undefined || pair.isExact(inner.a, inner.b)) {
    compareTypes(pair, a, b, 'member', name, 'field', out);
    return;
  }
  const before = out.list.length;
  const sizes = [pair.a.size(a), pair.b.size(b)] as const;
  if (sizes[0] !== sizes[1]) out.add('member', 'resized', name, sizes, ['follows', 'layout']);
  const path = name + inner.suffix;
  if (inner.isEnum) compareEnumerators(pair, inner.a, inner.b, `${path}.`, out);
  else compareMembers(pair, inner.a, inner.b, `${path}.`, out);
  if (out.list.length > before) return;
  if (pair.isBare(a, b)) compareTypes(pair, a, b, 'member', name, 'field', out);
  else out.add('member', 'regrouped', name, [null, null], ['none', 'none']);
}

interface Anonymous {
  readonly a: TypeId;
  readonly b: TypeId;
  readonly isEnum: boolean;
  /** `[]` for each array around them. */
  readonly suffix: string;
}

/** The anonymous structs, unions or enums that both are, or are arrays of. */
function anonymousIn({ a: sideA, b: sideB }: Pair, a: TypeId, b: TypeId): Anonymous | undefined {
  let suffix = '';
  for (;;) {
    a = sideA.skip(a, false);
    b = sideB.skip(b, false);
    if (sideA.kind(a) !== Kind.ARRAY || sideB.kind(b) !== Kind.ARRAY) break;
    suffix += '[]';
    a = sideA.types.words[sideA.at(a) + 3]!;
    b = sideB.types.words[sideB.at(b) + 3]!;
  }
  if (sideA.isAnonymousEnum(a) && sideB.isAnonymousEnum(b)) return { a, b, isEnum: true, suffix };
  if (sideA.kind(a) !== sideB.kind(b)) return undefined;
  if (!sideA.isAnonymousComposite(a) || !sideB.isAnonymousComposite(b)) return undefined;
  return { a, b, isEnum: false, suffix };
}

/** As `compareContents`, for what a typedef or a variable is of: the anonymous type is its own. */
export function compareTarget(
  pair: Pair,
  a: TypeId,
  b: TypeId,
  subject: 'typedef' | 'var',
  out: Changes,
): void {
  const inner = pair.isExact(a, b) ? undefined : anonymousIn(pair, a, b);
  if (inner === undefined || inner.suffix !== '') {
    compareTypes(pair, a, b, subject, '', 'field', out);
    return;
  }
  const before = out.list.length;
  const sizes = [pair.a.size(a), pair.b.size(b)] as const;
  if (sizes[0] !== sizes[1]) out.add(subject, 'resized', '', sizes, ['follows', 'layout']);
  if (inner.isEnum) compareEnumerators(pair, inner.a, inner.b, '', out);
  else compareMembers(pair, inner.a, inner.b, '', out);
  if (out.list.length > before) return;
  if (pair.isBare(a, b)) compareTypes(pair, a, b, subject, '', 'field', out);
  else out.add(subject, 'regrouped', '', [null, null], ['none', 'none']);
}

/**
 * Members that have another name: of those without a partner, at the same offset and of the same type; then, where all
 * has moved, between neighbours that are partners. From indices in A to indices in B.
 */
function matchRenamed(
  pair: Pair,
  a: readonly Field[],
  b: readonly Field[],
  match: Int32Array,
  back: Int32Array,
): Map<number, number> {
  const renamed = new Map<number, number>();
  const open = new Map<number, number[]>();
  b.forEach((field, j) => {
    if (back[j]! >= 0) return;
    const there = open.get(field.offset);
    if (there === undefined) open.set(field.offset, [j]);
    else there.push(j);
  });
  if (open.size === 0) return renamed;
  const taken = new Set<number>();
  const isLike = (x: Field, y: Field) => x.bits === y.bits && pair.isExact(x.type, y.type);
  const take = (i: number, j: number) => {
    renamed.set(i, j);
    taken.add(j);
  };
  a.forEach((field, i) => {
    if (match[i]! >= 0) return;
    const j = open.get(field.offset)?.find(other => !taken.has(other) && isLike(field, b[other]!));
    if (j !== undefined) take(i, j);
  });
  a.forEach((field, i) => {
    if (match[i]! >= 0 || renamed.has(i) || i === 0 || i === a.length - 1) return;
    const [before, after] = [match[i - 1]!, match[i + 1]!];
    if (before < 0 || after !== before + 2) return;
    const j = before + 1;
    if (back[j]! < 0 && !taken.has(j) && isLike(field, b[j]!)) take(i, j);
  });
  return renamed;
}
