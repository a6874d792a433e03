import { readCString } from '../bytes/index.js';
import { type DieReader, Slot, UnitType } from '../dwarf/index.js';

/** Throws FormatError for the DIE of a unit, at `start`, whose types are in a file of their own. */
export function refuseSplit(reader: DieReader, shape: number, at: number, start: number): void {
  if (reader.unit!.type !== UnitType.skeleton && !reader.has(shape, Slot.dwoName)) return;
  const name = reader.string(shape, at, Slot.dwoName);
  const dwo = name === undefined ? 'a .dwo file' : readCString(name.bytes, name.at);
  throw reader.error(
    start,
    `a skeleton unit: its types are in ${dwo}, which is not read; compile without -gsplit-dwarf`,
  );
}
