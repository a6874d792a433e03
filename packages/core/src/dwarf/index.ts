/**
 * DWARF 2 to 5: units, abbreviations and DIEs, read through a window.
 *
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { memorySource, readCString } from '@btfkit/core/bytes';
 * import { DebugInfo, DieReader, Shapes, Slot, Tag } from '@btfkit/core/dwarf';
 * import { Elf } from '@btfkit/core/elf';
 *
 * const path = 'fixtures/module/btfkit_demo.ko';
 * const info = await DebugInfo.open(Elf.open(memorySource(readFileSync(path), path)));
 * const shapes = new Shapes();
 * const reader = new DieReader(info, shapes);
 *
 * const structs = [];
 * for (const unit of info.units()) {
 *   reader.enter(unit);
 *   reader.attributes(reader.abbreviation()); // the DIE of the unit itself
 *   for (let shape = reader.abbreviation(); shape !== 0; shape = reader.abbreviation()) {
 *     const at = reader.attributes(shape);
 *     const name = reader.string(shape, at, Slot.name);
 *     if (shapes.tag[shape] === Tag.structure_type && name) structs.push(readCString(name.bytes, name.at));
 *     reader.skipChildren(shape, at);
 *   }
 * }
 * structs[0]; // => 'kernel_symbol'
 * structs.includes('list_head'); // => true
 * ```
 */

export { NO_REFERENCE } from './attribute-reader.js';
export * from './constants.js';
export { DebugInfo, type UnitSection } from './debug-info.js';
export { DieReader } from './die-reader.js';
export { type Encoding as UnitEncoding, formSize, Step } from './forms.js';
export { LineFiles } from './line-files.js';
export { Locations } from './locations.js';
export { PLAN_INDEX_SHIFT, PLAN_LEAD, PLAN_SIZE_SHIFT, PLAN_STRIDE, PLAN_WIDTH_SHIFT, Row } from './plans.js';
export { Shapes } from './shapes.js';
export { ABSENT, SLOT_STRIDE, SLOW, Slot } from './slots.js';
export { readUnit, type Unit } from './units.js';
