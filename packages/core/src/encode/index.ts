/** DWARF to BTF. */
export { Encoder, type EncodeOptions } from './encoder.js';
