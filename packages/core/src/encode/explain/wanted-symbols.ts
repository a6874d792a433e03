import { readCString } from '../../bytes/index.js';
import { forEachString, type Symbols } from '../symbols.js';

/** What `symbols` says of the functions of some names alone. */
export function symbolsOf(symbols: Symbols, names: ReadonlySet<string>): Symbols {
  const rows: number[] = [];
  const functions: string[] = [];
  let row = 0;
  forEachString(symbols.functions, at => {
    const name = readCString(symbols.functions, at);
    if (names.has(name)) {
      rows.push(row);
      functions.push(name);
    }
    row++;
  });
  const isPicked = new Set(rows);
  const suffixed: string[] = [];
  row = 0;
  forEachString(symbols.suffixed, at => {
    while (symbols.suffix[row] === 0) row++;
    if (isPicked.has(row++)) suffixed.push(readCString(symbols.suffixed, at));
  });
  const pick = <T extends Uint8Array | Uint32Array>(column: T) =>
    column.filter((_, i) => isPicked.has(i)) as T;
  return {
    ...symbols,
    functions: joined(functions),
    addressLo: pick(symbols.addressLo),
    addressHi: pick(symbols.addressHi),
    suffix: pick(symbols.suffix),
    suffixed: joined(suffixed),
    last: rows.indexOf(symbols.last),
    kfuncs: symbols.kfuncs.filter(({ name }) => names.has(name)),
    objectSizes: new Float64Array(0),
  };
}

function joined(strings: readonly string[]): Uint8Array {
  return new TextEncoder().encode(strings.map(text => `${text}\0`).join(''));
}
