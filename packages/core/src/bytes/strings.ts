import { FormatError, type Where } from './errors.js';

const utf8 = new TextDecoder();

/**
 * The NUL-terminated string at `offset` of a string table. Throws FormatError when it starts or runs past the end.
 */
export function readCString(table: Uint8Array, offset: number, where: Where = {}): string {
  const end = offset < table.length ? table.indexOf(0, offset) : -1;
  if (end < 0) {
    throw new FormatError(`string runs past the string table of ${table.length} bytes`, { offset, ...where });
  }
  if (end - offset > 64) return utf8.decode(table.subarray(offset, end));
  let text = '';
  for (let i = offset; i < end; i++) {
    const byte = table[i];
    if (byte >= 0x80) return utf8.decode(table.subarray(offset, end));
    text += String.fromCharCode(byte);
  }
  return text;
}

/** Is the NUL-terminated string at `offset` equal to `wanted` (bytes without NUL)? False when out of range. */
export function cStringEquals(table: Uint8Array, offset: number, wanted: Uint8Array): boolean {
  const end = offset + wanted.length;
  if (!(end < table.length) || table[end] !== 0) return false;
  for (let i = 0; i < wanted.length; i++) if (table[offset + i] !== wanted[i]) return false;
  return true;
}

/** The last part of a path, as any system writes it. */
export function fileName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}
