import { FormatError } from './errors.js';

/**
 * Random access to an input without holding it: a file, a Uint8Array, a File in a browser worker.
 * Reads are synchronous, so that streaming decoders stay plain loops.
 */
export interface ByteSource {
  /** As the user named it; opens every error message. */
  readonly name: string;
  readonly size: number;
  /**
   * Bytes [offset, offset + length). The result may share the source's memory: treat it as read-only.
   * Throws FormatError when the range leaves the source, before anything is allocated.
   */
  read(offset: number, length: number): Uint8Array;
  /** Fills all of `target` from `offset`. Same errors as read. */
  readInto(offset: number, target: Uint8Array): void;
}

/** Throws unless [offset, offset + length) lies inside `size` bytes. Safe for any number read from a file. */
export function checkRange(name: string, size: number, offset: number, length: number): void {
  if (!(offset >= 0 && length >= 0 && offset + length <= size)) {
    throw new FormatError(`${length} bytes wanted, the file ends at 0x${size.toString(16)}`, {
      file: name,
      offset,
    });
  }
}

/** Bytes as a source; `name` is what errors call it. They are not copied, and what is read of them is a view. */
export function memorySource(given: Uint8Array, name: string): ByteSource {
  const bytes = plainBytes(given);
  return {
    name,
    size: bytes.length,
    read(offset, length) {
      checkRange(name, bytes.length, offset, length);
      return bytes.subarray(offset, offset + length);
    },
    readInto(offset, target) {
      checkRange(name, bytes.length, offset, target.length);
      target.set(bytes.subarray(offset, offset + target.length));
    },
  };
}

/** The same bytes, not copied: a Buffer of Node's has a `slice` that copies nothing either, and would be written to. */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.constructor === Uint8Array) return bytes;
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
