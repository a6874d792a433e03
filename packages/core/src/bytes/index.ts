/** Byte sources, errors that say where, and growable columns: what every format in btfkit stands on. */
export { FormatError, locate, locateAsync, type Where } from './errors.js';
export { type ByteSource, checkRange, memorySource } from './source.js';
export { cStringEquals, readCString } from './strings.js';
