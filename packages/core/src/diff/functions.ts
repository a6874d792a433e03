import { Kind, type TypeId } from '../btf/index.js';
import { inverse, matchNames } from './matching.js';
import type { Changes, Pair } from './pair.js';
import type { Side } from './side.js';
import { compareTypes } from './type-changes.js';
import { typeText } from './type-text.js';

interface Parameter {
  readonly name: number;
  /** `...` for the rest of a variadic function. */
  readonly text: string;
  readonly type: TypeId;
}

const LINKAGES = ['static', 'global', 'extern'];

export function linkageText(linkage: number): string {
  return LINKAGES[linkage] ?? `linkage ${linkage}`;
}

function parametersOf(side: Side, prototype: TypeId): Parameter[] {
  const { words } = side.types;
  const found: Parameter[] = [];
  if (side.kind(prototype) !== Kind.FUNC_PROTO) return found;
  const at = side.at(prototype);
  const end = at + 3 + 2 * side.vlen(prototype);
  for (let row = at + 3; row < end; row += 2) {
    const type = words[row + 1]!;
    const name = side.names.number(words[row]!);
    const isRest = type === 0 && name === 0 && row + 2 === end;
    found.push({ name, text: isRest ? '...' : side.string(words[row]!), type });
  }
  return found;
}

/** Numbers of the names of a function's parameters. */
export function parameterNames(side: Side, func: TypeId): number[] {
  return parametersOf(side, side.types.third(func)).map(parameter => parameter.name);
}

/** Adds what differs in two functions: linkage, result, parameters. */
export function compareFunctions(pair: Pair, a: TypeId, b: TypeId, out: Changes): void {
  const linkages = [linkageText(pair.a.vlen(a)), linkageText(pair.b.vlen(b))] as const;
  if (linkages[0] !== linkages[1]) {
    out.add('func', 'retyped', '', linkages, ['none', linkages[1] === 'static' ? 'existence' : 'none']);
  }
  const prototypes = [pair.a.types.third(a), pair.b.types.third(b)] as const;
  const [x, y] = prototypes;
  compareTypes(pair, pair.a.types.third(x), pair.b.types.third(y), 'result', '', 'argument', out);
  compareParameters(pair, parametersOf(pair.a, x), parametersOf(pair.b, y), out);
}

function compareParameters(
  pair: Pair,
  left: readonly Parameter[],
  right: readonly Parameter[],
  out: Changes,
): void {
  const match = matchNames(
    left.map(parameter => parameter.name),
    right.map(parameter => parameter.name),
  );
  const back = inverse(match, right.length);
  const isRenamed = (i: number) =>
    i < left.length &&
    i < right.length &&
    match[i]! < 0 &&
    back[i]! < 0 &&
    pair.isExact(left[i]!.type, right[i]!.type);
  const partner = (j: number) => (back[j]! >= 0 ? back[j]! : isRenamed(j) ? j : -1);
  const order = right.map((_, j) => partner(j)).filter(i => i >= 0);
  const sorted = order.toSorted((x, y) => x - y);

  left.forEach((parameter, i) => {
    if (match[i]! >= 0 || isRenamed(i)) return;
    out.add('parameter', 'went', parameter.text, [textOf(pair.a, parameter), null], ['call', 'call']);
  });
  let rank = 0;
  right.forEach((parameter, j) => {
    const i = partner(j);
    if (i < 0) {
      out.add('parameter', 'appeared', parameter.text, [null, textOf(pair.b, parameter)], ['call', 'call']);
      return;
    }
    const before = left[i]!;
    if (back[j]! < 0) {
      out.add('parameter', 'renamed', parameter.text, [before.text, parameter.text], ['none', 'none']);
    }
    // Those behind one that appeared or went have moved too, but that is told already.
    if (sorted[rank++] !== i) out.add('parameter', 'moved', parameter.text, [i, j], ['call', 'call']);
    compareTypes(pair, before.type, parameter.type, 'parameter', parameter.text, 'argument', out);
  });
}

function textOf(side: Side, parameter: Parameter): string {
  return parameter.text === '...' ? '...' : typeText(side, parameter.type);
}
