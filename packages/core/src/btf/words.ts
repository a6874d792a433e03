/** Byte order of the machine that runs this. */
export const HOST_LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/**
 * `bytes` (a multiple of 4 long) as words in host order: a view of the same memory where alignment and byte
 * order allow it, a copy otherwise.
 */
export function hostWords(bytes: Uint8Array, littleEndian: boolean): Uint32Array {
  const swap = littleEndian !== HOST_LITTLE_ENDIAN;
  if (!swap && bytes.byteOffset % 4 === 0) {
    return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
  }
  const copy = new Uint8Array(bytes);
  if (swap) swapWords(copy);
  return new Uint32Array(copy.buffer, 0, copy.length >>> 2);
}

/** `words` as bytes in the given order; shares memory where the order is the host's. */
export function wordBytes(words: Uint32Array, littleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  if (littleEndian === HOST_LITTLE_ENDIAN) return bytes;
  const copy = new Uint8Array(bytes);
  swapWords(copy);
  return copy;
}

/** Reverses each group of 4 bytes in place. */
export function swapWords(bytes: Uint8Array): void {
  for (let at = 0; at + 3 < bytes.length; at += 4) {
    const a = bytes[at]!;
    const b = bytes[at + 1]!;
    bytes[at] = bytes[at + 3]!;
    bytes[at + 1] = bytes[at + 2]!;
    bytes[at + 2] = b;
    bytes[at + 3] = a;
  }
}
