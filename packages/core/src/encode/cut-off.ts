import type { DieReader } from '../dwarf/index.js';

/** What `read` gives. FormatError where it reads behind the unit: its data is cut off, or its lengths lie. */
export function orCutOff<T>(reader: DieReader, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError && !/call stack/i.test(error.message)) {
      throw reader.error(reader.pos, 'attribute data runs past the end of the unit');
    }
    throw error;
  }
}
