import { readCString } from '../bytes/index.js';
import type { SymbolTable } from '../elf/index.js';

/** KSYM_NAME_LEN: no symbol of a kernel has a longer name. */
const LONGEST = 512;

/** The name of a symbol; '' where it is longer than any can be, or outside of the strings. */
export function symbolName({ strings, nameOffset }: SymbolTable, index: number): string {
  const start = nameOffset[index]!;
  const window = strings.subarray(start, start + LONGEST);
  return window.includes(0) ? readCString(window, 0) : '';
}
