import type { Btf } from './btf.js';
import { Kind, kindOf } from './kinds.js';

/** All orders of words that C takes for long and unsigned long. */
const LONGS = new Set([
  'long',
  'long int',
  'int long',
  'unsigned long',
  'long unsigned',
  'unsigned long int',
  'unsigned int long',
  'long unsigned int',
  'long int unsigned',
  'int unsigned long',
  'int long unsigned',
]);

/**
 * Bytes of the first `long`, the lowest base first, which is what libbpf takes the size of a pointer from
 * (determine_ptr_size in btf.c); undefined where there is none, as in many BPF objects.
 */
export function sizeOfLong(btf: Btf): 4 | 8 | undefined {
  const ofBase = btf.base === null ? undefined : sizeOfLong(btf.base);
  if (ofBase !== undefined) return ofBase;
  const { words, offsets, strings } = btf;
  for (const at of offsets) {
    if (kindOf(words[at + 1]!) !== Kind.INT) continue;
    const size = words[at + 2]!;
    // A name may be unchecked still.
    if ((size === 4 || size === 8) && words[at]! < strings.end && LONGS.has(strings.get(words[at]!)))
      return size;
  }
  return undefined;
}
