/**
 * DWARF 2 to 5: units, abbreviations and DIEs, read through a window.
 */
export * from './constants.js';
export { DebugInfo, type UnitSection } from './debug-info.js';
export { DieReader, NO_REFERENCE } from './die-reader.js';
export { type Encoding as UnitEncoding, formSize, Step } from './forms.js';
export { ABSENT, Shapes, SLOT_STRIDE, SLOW, Slot, Value } from './shapes.js';
export { readUnit, type Unit } from './units.js';
