/**
 * Decompression of what kernels, modules and ELF sections are compressed with. Output is bounded by a limit, memory
 * grows as output comes, and anything malformed is a FormatError.
 *
 * ```ts
 * const method = detectCompression(bytes); // 'gzip', 'xz', 'zstd', … or undefined
 * if (method) bytes = await decompress(method, bytes);
 * ```
 */
export { type Compression, type DecompressOptions, decompress, detectCompression } from './decompress.js';
export { type InflateOptions, inflate } from './inflate.js';
export { unlz4Legacy } from './lz4.js';
export { unlzma } from './lzma-alone.js';
export { DEFAULT_LIMIT } from './output.js';
export { type UnxzOptions, unxz } from './xz.js';
export { type UnzstdOptions, unzstd } from './zstd.js';
