/** DWARF to BTF. */
export { Encoder, type Encoded, type EncodeOptions } from './encoder.js';
