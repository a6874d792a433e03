import { IntEncoding, Kind } from '../../btf/index.js';
import { typesAgree } from '../functions/agreement.js';
import type { FunctionRows } from '../functions/function-rows.js';
import type { Names } from '../names.js';
import type { Store } from '../store.js';
import { declare } from './c-type.js';
import type { Contrast } from './explanation.js';
import { NodeTypes } from './node-types.js';

/** A row of FunctionRows, as `Functions.agree` compares it. */
interface Prototype {
  readonly result: number;
  readonly parameters: readonly { readonly name: number; readonly type: number }[];
  readonly isVariadic: boolean;
  /** See FunctionRows. */
  readonly wide: number;
}

/** In what the prototypes of two rows differ: what `Functions.agree` finds. */
export function contrasts(
  rows: FunctionRows,
  store: Store,
  names: Names,
  first: number,
  second: number,
): Contrast[] {
  const types = new NodeTypes(store, names);
  const a = prototypeOf(rows, first);
  const b = prototypeOf(rows, second);
  const found: Contrast[] = [];
  const none = { parameter: null, name: null };
  /** `place`: 0 for the result, else the parameter's number. */
  const compare = (place: number, left: number, right: number) => {
    const isWider = isWide(a.wide, place) !== isWide(b.wide, place);
    if (typesAgree(store, left, right) && !isWider) return undefined;
    const texts = [left, right].map(node => declare(types.at(node)));
    if (texts[0] !== texts[1]) return { first: texts[0]!, second: texts[1]! };
    // Types of one name.
    const detail = ({ wide }: Prototype, node: number) =>
      isWider ? (isWide(wide, place) ? 'an enum of 8 bytes' : 'an enum of 4 bytes') : detailOf(store, node);
    return { first: `${texts[0]} (${detail(a, left)})`, second: `${texts[1]} (${detail(b, right)})` };
  };
  const result = compare(0, a.result, b.result);
  if (result !== undefined) found.push({ what: 'result', ...none, ...result });
  const counts = [a, b].map(({ parameters }) => parameters.length);
  if (counts[0] !== counts[1])
    found.push({ what: 'parameters', ...none, first: String(counts[0]), second: String(counts[1]) });
  if (a.isVariadic !== b.isVariadic) {
    const text = ({ isVariadic }: Prototype) => (isVariadic ? '...' : 'no ...');
    found.push({ what: 'variadic', ...none, first: text(a), second: text(b) });
  }
  for (let i = 0; i < Math.min(counts[0]!, counts[1]!); i++) {
    const { name, type } = a.parameters[i]!;
    const differ = compare(i + 1, type, b.parameters[i]!.type);
    if (differ !== undefined)
      found.push({ what: 'parameter', parameter: i + 1, name: names.text(name), ...differ });
  }
  return found;
}

function prototypeOf(rows: FunctionRows, row: number): Prototype {
  const parameters: { readonly name: number; readonly type: number }[] = [];
  for (let i = rows.first[row]!; i < rows.first[row + 1]!; i++)
    parameters.push({ name: rows.parameterName[i]!, type: rows.parameterType[i]! });
  const last = parameters[parameters.length - 1];
  const isVariadic = last !== undefined && last.name === 0 && last.type === 0;
  if (isVariadic) parameters.pop();
  return { result: rows.result[row]!, parameters, isVariadic, wide: rows.wide[row]! };
}

function isWide(wide: number, place: number): boolean {
  const bit = place === 0 ? 0 : 1 + ((place - 1) % 30);
  return ((wide >>> bit) & 1) === 1;
}

/** What tells a type from another of the same name. */
function detailOf(store: Store, node: number): string {
  while (node !== 0 && store.name(node) === 0 && store.third(node) < node) node = store.third(node);
  if (node === 0 || store.kind(node) !== Kind.INT) return 'another type of that name';
  const encoding = store.payload(node, 0) >>> 24;
  const words = [`${store.third(node)} bytes`];
  if ((encoding & IntEncoding.SIGNED) !== 0) words.push('signed');
  if ((encoding & IntEncoding.BOOL) !== 0) words.push('bool');
  return words.join(', ');
}
