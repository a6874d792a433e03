/** DWARF to BTF. */
export { type EncodeOptions, Encoder, type Progress } from './encoder.js';
export { ALL_FEATURES, type Feature } from './features.js';
export type { PartSettings } from './part.js';
export { type PartData, transferList } from './part-data.js';
export { type PartRequest, readPart, type UnitWorkers } from './threads.js';
