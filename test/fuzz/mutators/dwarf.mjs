// Mutations of objects with DWARF: those of ELF files, of the debug sections' content, and of references between DIEs.
import { elfWith, onElf } from './elf.mjs';

const DIES = 11;

/**
 * Words of .debug_info that can be references are made to mean what others mean: types of themselves, members of a
 * function. Each byte can be the first of one, so some are not what they seem.
 */
const references = onElf((next, bytes, { little, sections }) => {
  const info = sections.find(({ name }) => name === '.debug_info');
  if (info === undefined || info.size < 2 * DIES || info.offset + info.size > bytes.length) return;
  const view = new DataView(bytes.buffer, info.offset, info.size);
  const candidate = () => {
    for (let tries = 0; tries < 60; tries++) {
      const at = DIES + next(info.size - DIES - 4);
      const value = view.getUint32(at, little);
      if (value >= DIES && value < info.size) return { at, value };
    }
    return undefined;
  };
  for (let times = 1 + next(6); times > 0; times--) {
    const one = candidate();
    const other = candidate();
    if (one && other) view.setUint32(one.at, other.value, little);
  }
});

export const dwarf = [...elfWith(name => name.startsWith('.debug_')), ...Array(8).fill(references)];
