import { type ByteSource, FormatError } from '@btfkit/core/bytes';

/** A file in a tar archive. */
export interface TarEntry {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

const BLOCK = 512;
/** Longer names than any file system has. */
const LONGEST_NAME = 4096;
const decoder = new TextDecoder();

/** POSIX and GNU archives have `ustar` in their first header. */
export function isTar(start: Uint8Array): boolean {
  return start.length >= BLOCK && decoder.decode(start.subarray(257, 262)) === 'ustar';
}

/**
 * The files of a tar archive, in its order; folders, links and what else there is are left out. Long names are read as
 * GNU tar and POSIX (pax) write them. Throws FormatError.
 */
export function tarEntries(source: ByteSource): TarEntry[] {
  const entries: TarEntry[] = [];
  let longName: string | undefined;
  for (let at = 0; at !== source.size; ) {
    if (at + BLOCK > source.size) {
      throw new FormatError('a tar archive that was cut', { file: source.name, offset: source.size });
    }
    const header = source.read(at, BLOCK);
    if (header.every(byte => byte === 0)) break;
    const size = numberAt(header, 124, 12);
    const offset = at + BLOCK;
    if (!isTar(header) || size === undefined || !checksumFits(header) || offset + size > source.size) {
      const where = { file: source.name, offset: at };
      throw new FormatError('no sound header of a tar entry, or more bytes than there are', where);
    }
    const type = String.fromCharCode(header[156]);
    if (type === 'L' || type === 'x') {
      if (size > 2 * LONGEST_NAME)
        throw new FormatError(`a name of ${size} bytes`, { file: source.name, offset });
      const text = decoder.decode(source.read(offset, size));
      longName =
        type === 'L' ? text.replace(/\0.*$/s, '') : (text.match(/\d+ path=([^\n\0]*)/)?.[1] ?? longName);
    } else {
      if (type === '0' || type === '\0') entries.push({ name: longName ?? nameOf(header), offset, size });
      longName = undefined;
    }
    at = offset + Math.ceil(size / BLOCK) * BLOCK;
  }
  return entries;
}

function nameOf(header: Uint8Array): string {
  const name = textAt(header, 0, 100);
  const prefix = textAt(header, 345, 155);
  // GNU's own format has times where POSIX has a prefix.
  const isPosix = header[263] === 0x30;
  return isPosix && prefix !== '' ? `${prefix}/${name}` : name;
}

function textAt(header: Uint8Array, at: number, length: number): string {
  return decoder.decode(header.subarray(at, at + length)).replace(/\0.*$/s, '');
}

/** Octal digits; GNU writes what is too big for them as a binary number. */
function numberAt(header: Uint8Array, at: number, length: number): number | undefined {
  if (header[at] === 0x80) {
    let value = 0;
    for (let i = at + 1; i < at + length; i++) value = value * 256 + header[i];
    return Number.isSafeInteger(value) ? value : undefined;
  }
  const text = textAt(header, at, length).trim();
  return /^[0-7]*$/.test(text) ? Number.parseInt(text || '0', 8) : undefined;
}

/** The sum of the header's bytes, those of the sum itself counted as spaces. */
function checksumFits(header: Uint8Array): boolean {
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 32 : header[i];
  return sum === numberAt(header, 148, 8);
}
