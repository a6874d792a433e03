import { memorySource } from '@btfkit/core/bytes';
import { DebugInfo, DieReader, Shapes } from '@btfkit/core/dwarf';
import { Elf } from '@btfkit/core/elf';
import { buildDwarf, type FileSpec } from './builder.js';

/** A reader at the DIE of the first unit. */
export async function open(spec: FileSpec): Promise<{ info: DebugInfo; reader: DieReader }> {
  const info = await DebugInfo.open(Elf.open(memorySource(buildDwarf(spec), 'test.elf')));
  const reader = new DieReader(info, new Shapes());
  reader.enter(info.units()[0]!);
  return { info, reader };
}
