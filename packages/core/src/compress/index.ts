/** Decompression of what kernels, modules and ELF sections are compressed with. */
export { type InflateOptions, inflate } from './inflate.js';
export { type UnzstdOptions, unzstd } from './zstd.js';
