import { FormatError } from '../bytes/index.js';
import { DebugInfo, type Unit } from '../dwarf/index.js';
import type { Elf } from '../elf/index.js';
import { CrossesUnits } from './foreign.js';
import { Names } from './names.js';
import { Part, type PartSettings } from './part.js';
import { dataOf, type PartData } from './part-data.js';
import { Store } from './store.js';

/** A range of units that a thread is asked to read. It can be posted as it is. */
export interface PartRequest extends PartSettings {
  /** Units by their place in the file: the first, and the one behind the last. */
  readonly from: number;
  readonly to: number;
}

/**
 * Threads that read units of one file beside the calling one. The host knows the file, and how a thread opens it:
 * there, `readPart` does the work, and its answer comes back with `transferList`.
 */
export interface UnitWorkers {
  readonly count: number;
  /** Starts reading at once, as the caller goes on without a pause. Each request may go to a thread of its own. */
  read(request: PartRequest): Promise<PartData | undefined>;
}

/**
 * What a thread does for a request. `undefined` when these units cannot be read by themselves, because they refer
 * to others or because something is wrong with them: the caller will find out, in the order of the file.
 */
export async function readPart(elf: Elf, request: PartRequest): Promise<PartData | undefined> {
  const info = await DebugInfo.open(elf);
  const part = new Part(info, elf, new Names(), new Store(), request);
  try {
    part.readAlone(info.units().slice(request.from, request.to));
    return dataOf(part);
  } catch (error) {
    if (error instanceof CrossesUnits || error instanceof FormatError) return undefined;
    throw error;
  }
}

/** Cuts units into at most `count` ranges of about equal bytes. */
export function splitUnits(units: readonly Unit[], count: number): Unit[][] {
  const ranges: Unit[][] = [];
  let left = byteSizeOf(units);
  let from = 0;
  while (from < units.length) {
    const share = left / Math.max(1, count - ranges.length);
    let to = from;
    let bytes = 0;
    while (to < units.length && (to === from || bytes + sizeOf(units[to]!) / 2 <= share))
      bytes += sizeOf(units[to++]!);
    if (ranges.length === count - 1) to = units.length;
    ranges.push(units.slice(from, to));
    left -= bytes;
    from = to;
  }
  return ranges;
}

export function byteSizeOf(units: readonly Unit[]): number {
  return units.reduce((sum, unit) => sum + sizeOf(unit), 0);
}

function sizeOf(unit: Unit): number {
  return unit.end - unit.start;
}
