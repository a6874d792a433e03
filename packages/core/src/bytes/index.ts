/**
 * Byte sources, and errors that say where: what every format in btfkit stands on.
 *
 * ```ts
 * import { FormatError, memorySource } from '@btfkit/core/bytes';
 *
 * const source = memorySource(Uint8Array.of(0x9f, 0xeb, 1, 0), 'a.btf');
 * source.read(2, 2); // => Uint8Array.of(1, 0)
 *
 * let error;
 * try {
 *   source.read(3, 4);
 * } catch (caught) {
 *   error = caught;
 * }
 * error instanceof FormatError; // => true
 * error.message; // => 'a.btf: offset 0x3: 4 bytes wanted, the file ends at 0x4'
 * ```
 */
export { FormatError, locate, locateAsync, oneLine, type Where } from './errors.js';
export { type ByteSource, checkRange, memorySource } from './source.js';
export { cStringEquals, fileName, readCString } from './strings.js';
