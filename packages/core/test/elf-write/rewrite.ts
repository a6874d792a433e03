import { memorySource } from '@btfkit/core/bytes';
import { Elf, rewrittenBytes, type SectionChange, writeSections } from '@btfkit/core/elf';

export const open = (bytes: Uint8Array) => Elf.open(memorySource(bytes, 'test.elf'));

/** The file with the changes. */
export function changed(bytes: Uint8Array, ...changes: SectionChange[]): Uint8Array {
  const elf = open(bytes);
  return rewrittenBytes(elf.source, writeSections(elf, changes));
}

/** Everything that a section header says, and the content. */
export function sectionsOf(bytes: Uint8Array) {
  const elf = open(bytes);
  return elf.sections.map(section => ({
    name: section.name,
    type: section.type,
    flags: section.flags,
    addr: section.addr,
    offset: section.offset,
    size: section.size,
    link: section.link,
    info: section.info,
    addralign: section.addralign,
    entsize: section.entsize,
    content: [...elf.raw(section)],
  }));
}

/** As sectionsOf, without the name table, which new names go into. */
export const othersOf = (bytes: Uint8Array, ...names: string[]) =>
  sectionsOf(bytes).filter(({ name }) => name !== '.shstrtab' && !names.includes(name));

export const filled = (length: number, byte: number) => new Uint8Array(length).fill(byte);
