/**
 * Decompression of what kernels, modules and ELF sections are compressed with. Output is bounded by a limit, memory
 * grows as output comes, and anything malformed is a FormatError.
 *
 * ```ts
 * import { decompress, detectCompression } from '@btfkit/core/compress';
 *
 * const zipped = new Blob(['module']).stream().pipeThrough(new CompressionStream('gzip'));
 * const bytes = new Uint8Array(await new Response(zipped).arrayBuffer());
 * const method = detectCompression(bytes); // => 'gzip'
 * new TextDecoder().decode(await decompress(method, bytes)); // => 'module'
 * ```
 */
export { type Compression, type DecompressOptions, decompress, detectCompression } from './decompress.js';
export { type InflateOptions, inflate } from './inflate.js';
export { unlz4Legacy } from './lz4.js';
export { unlzma } from './lzma-alone.js';
export { DEFAULT_LIMIT } from './output.js';
export { type UnxzOptions, unxz } from './xz.js';
export { type UnzstdOptions, unzstd } from './zstd.js';
