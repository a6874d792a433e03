import { Kind, type TypeId } from '../btf/index.js';
import type { ModuleEffect, ProgramEffect, Subject } from './change.js';
import type { Changes, Pair } from './pair.js';
import { isComposite, isEnum } from './side.js';

/** Of what the type is: fields are relocated, arguments are not. */
export type Use = 'field' | 'argument';

/** Adds how a reference to a type, such as that of a member, differs: nothing, or one or two changes. */
export function compareTypes(
  pair: Pair,
  a: TypeId,
  b: TypeId,
  subject: Subject,
  name: string,
  use: Use,
  out: Changes,
): void {
  const exact = pair.isExact(a, b);
  if (exact && pair.isSamePlace(a, b)) return;
  const sizes = [pair.a.size(a), pair.b.size(b)] as const;
  const sameSize = sizes[0] === sizes[1];
  const bare = exact || pair.isBare(a, b);
  if (!exact && bare) {
    out.add(subject, 'requalified', name, [pair.textOfA(a), pair.textOfB(b)], ['none', 'none']);
    if (pair.isSamePlace(a, b)) return;
  }
  const effects = effectsOf(pair, a, b, use, sameSize);
  if (!sameSize && (bare || isOfSameElements(pair, a, b))) {
    const [program, module] = effects;
    out.add(subject, 'resized', name, sizes, [program === 'none' ? 'follows' : program, module]);
  } else {
    out.add(subject, 'retyped', name, texts(pair, a, b, exact), effects);
  }
}

/** Of a type whose name stayed, what the name stands for now. */
function texts(pair: Pair, a: TypeId, b: TypeId, exact: boolean): [string, string] {
  const from = pair.textOfA(a);
  const to = pair.textOfB(b);
  if (!exact && from !== to) return [from, to];
  return [`${from} (${pair.textOfA(pair.a.skip(a, true))})`, `${to} (${pair.textOfB(pair.b.skip(b, true))})`];
}

function isOfSameElements(pair: Pair, left: TypeId, right: TypeId): boolean {
  const { a, b } = pair;
  left = a.skip(left, false);
  right = b.skip(right, false);
  if (a.kind(left) !== Kind.ARRAY || b.kind(right) !== Kind.ARRAY) return false;
  return pair.isExact(a.types.words[a.at(left) + 3]!, b.types.words[b.at(right) + 3]!);
}

function effectsOf(
  pair: Pair,
  a: TypeId,
  b: TypeId,
  use: Use,
  sameSize: boolean,
): [ProgramEffect, ModuleEffect] {
  const same = sameSize && pair.isDeep(a, b) && pair.isSamePlace(a, b);
  if (same) return ['none', 'none'];
  if (use === 'argument') return ['call', 'call'];
  const program = fieldEffect(pair, a, b);
  if (!sameSize) return [program, 'layout'];
  return [program, program === 'call' ? 'call' : 'type'];
}

/** What CO-RE makes of a field whose type changed (libbpf's bpf_core_fields_are_compat and bpf_core_calc_relo). */
function fieldEffect(pair: Pair, left: TypeId, right: TypeId): ProgramEffect {
  const { a, b } = pair;
  for (;;) {
    const x = a.skip(left, true);
    const y = b.skip(right, true);
    const kind = a.kind(x);
    if (isComposite(kind) && isComposite(b.kind(y))) return pair.isDeep(x, y) ? 'none' : 'type';
    if (isEnum(kind) && isEnum(b.kind(y))) return enumEffect(pair, x, y);
    if (kind !== b.kind(y)) return 'kind';
    switch (kind) {
      case 0:
        return 'none';
      case Kind.PTR: {
        if (pair.isDeep(x, y)) return 'none';
        const isCall = isFunction(pair, a.types.third(x), b.types.third(y));
        return isCall ? 'call' : 'type';
      }
      case Kind.FLOAT:
        return a.size(x) === b.size(y) ? 'none' : 'size';
      case Kind.INT: {
        if (bitOffset(pair.a, x) !== 0 || bitOffset(pair.b, y) !== 0) return 'kind';
        return a.size(x) === b.size(y) && a.isSigned(x) === b.isSigned(y) ? 'none' : 'size';
      }
      case Kind.ARRAY:
        left = a.types.words[a.at(x) + 3]!;
        right = b.types.words[b.at(y) + 3]!;
        break;
      case Kind.FUNC_PROTO:
        return 'call';
      default:
        return 'kind';
    }
  }
}

function enumEffect({ a, b }: Pair, x: TypeId, y: TypeId): ProgramEffect {
  const [left, right] = [a.name(x), b.name(y)];
  if (left !== right && left !== 0 && right !== 0) return 'kind';
  if (a.size(x) !== b.size(y)) return 'size';
  return left === right && left !== 0 ? 'none' : 'type';
}

function isFunction({ a, b }: Pair, x: TypeId, y: TypeId): boolean {
  return a.kind(a.skip(x, true)) === Kind.FUNC_PROTO && b.kind(b.skip(y, true)) === Kind.FUNC_PROTO;
}

function bitOffset(side: Pair['a'], int: TypeId): number {
  return (side.types.words[side.at(int) + 3]! >>> 16) & 0xff;
}
