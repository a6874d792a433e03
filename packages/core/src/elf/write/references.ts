import { FormatError } from '../../bytes/index.js';
import {
  SHF_INFO_LINK,
  SHT_CREL,
  SHT_DYNSYM,
  SHT_GROUP,
  SHT_REL,
  SHT_RELA,
  SHT_SYMTAB,
  STT_SECTION,
} from '../constants.js';
import type { Elf } from '../elf.js';
import type { Section } from '../section.js';

/** Which of the sections that go are named by a section symbol, whose index has to stay one. */
export type Kept = ReadonlySet<number>;

/** FormatError when what stays in the file needs one of the sections that go. */
export function checkRemovable(elf: Elf, gone: ReadonlySet<number>): Kept {
  const refuse = (index: number, whose: string): never => {
    const section = elf.sections[index]!.label;
    throw new FormatError(`it cannot be removed: ${whose} refers to it`, { file: elf.source.name, section });
  };
  const kept = new Set<number>();
  for (const section of elf.sections) {
    if (gone.has(section.index)) continue;
    for (const index of sectionsNeeded(elf, section)) if (gone.has(index)) refuse(index, section.label);
    if (section.type !== SHT_SYMTAB && section.type !== SHT_DYNSYM) continue;
    const symbols = elf.symbolTable(section);
    for (let i = 1; i < symbols.length; i++) {
      const index = symbols.shndx[i]!;
      if (!gone.has(index)) continue;
      if (symbols.typeOf(i) !== STT_SECTION) refuse(index, `symbol ${symbols.name(i)}`);
      kept.add(index);
    }
  }
  return kept;
}

function sectionsNeeded(elf: Elf, section: Section): number[] {
  const { type, flags, link, info } = section;
  if (type === SHT_GROUP) return [link, ...membersOf(elf, section)];
  const isRelocation = type === SHT_REL || type === SHT_RELA || type === SHT_CREL;
  return isRelocation || (flags & SHF_INFO_LINK) !== 0 ? [link, info] : [link];
}

/** gABI, "Section Groups": a word of flags, then the members' indices. */
function membersOf(elf: Elf, group: Section): number[] {
  const bytes = elf.bytes(group);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const members: number[] = [];
  for (let at = 4; at + 4 <= bytes.length; at += 4) members.push(view.getUint32(at, elf.littleEndian));
  return members;
}
