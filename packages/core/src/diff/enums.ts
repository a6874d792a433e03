import { Kind, type TypeId } from '../btf/index.js';
import { inverse, matchNames } from './matching.js';
import type { Changes, Pair } from './pair.js';
import type { Side } from './side.js';

interface Enumerator {
  readonly name: number;
  readonly nameOff: number;
  /** Safe integers and, of ENUM64, bigints where they are larger. */
  readonly value: bigint;
}

function enumeratorsOf(side: Side, id: TypeId): Enumerator[] {
  const { words } = side.types;
  const signed = side.kflag(id);
  const wide = side.kind(id) === Kind.ENUM64;
  const step = wide ? 3 : 2;
  const found: Enumerator[] = [];
  const at = side.at(id);
  for (let row = at + 3, end = row + step * side.vlen(id); row < end; row += step) {
    const low = words[row + 1]!;
    const bits = wide ? (BigInt(words[row + 2]!) << 32n) | BigInt(low) : BigInt(signed ? low | 0 : low);
    const value = wide && signed ? BigInt.asIntN(64, bits) : bits;
    found.push({ name: side.names.number(words[row]!), nameOff: words[row]!, value });
  }
  return found;
}

/** Numbers of the names in an enum. */
export function enumeratorNames(side: Side, id: TypeId): number[] {
  return enumeratorsOf(side, id).map(enumerator => enumerator.name);
}

/** Adds size and sign of a named enum, and what differs in its enumerators. */
export function compareEnums(pair: Pair, a: TypeId, b: TypeId, out: Changes): void {
  const sizes = [pair.a.size(a), pair.b.size(b)] as const;
  if (sizes[0] !== sizes[1]) out.add('enum', 'resized', '', sizes, ['size', 'layout']);
  const signs = [sign(pair.a, a), sign(pair.b, b)] as const;
  if (signs[0] !== signs[1]) out.add('enum', 'retyped', '', signs, ['size', 'type']);
  compareEnumerators(pair, a, b, '', out);
}

function sign(side: Side, id: TypeId): string {
  return side.kflag(id) ? 'signed' : 'unsigned';
}

/** Adds what differs in the enumerators of two enums; their order counts for nothing. */
export function compareEnumerators(pair: Pair, a: TypeId, b: TypeId, prefix: string, out: Changes): void {
  const left = enumeratorsOf(pair.a, a);
  const right = enumeratorsOf(pair.b, b);
  const match = matchNames(
    left.map(enumerator => enumerator.name),
    right.map(enumerator => enumerator.name),
  );
  const back = inverse(match, right.length);
  let done = 0;
  const tellGone = (until: number) => {
    for (; done < until; done++) {
      if (match[done]! >= 0) continue;
      const { nameOff, value } = left[done]!;
      const name = prefix + pair.a.string(nameOff);
      out.add('enumerator', 'went', name, [`${value}`, null], ['existence', 'existence']);
    }
  };
  right.forEach(({ nameOff, value }, j) => {
    const name = prefix + pair.b.string(nameOff);
    const i = back[j]!;
    if (i < 0) {
      out.add('enumerator', 'appeared', name, [null, `${value}`], ['none', 'none']);
      return;
    }
    tellGone(i);
    const before = left[i]!.value;
    if (before === value) return;
    const what = countsOn(left, i) && countsOn(right, j) ? 'renumbered' : 'value';
    out.add('enumerator', what, name, [`${before}`, `${value}`], ['value', 'value']);
  });
  tellGone(left.length);
}

/** One more than the enumerator before it, as those are that C gives a value. */
function countsOn(enumerators: readonly Enumerator[], index: number): boolean {
  const before = enumerators[index - 1];
  return before !== undefined && before.value + 1n === enumerators[index]!.value;
}
