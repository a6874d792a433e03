import { FormatError, locate } from '../../bytes/index.js';
import { SHT_NOBITS, SHT_STRTAB } from '../constants.js';
import type { Elf } from '../elf.js';
import { readHeader } from '../header.js';
import type { Section } from '../section.js';
import { isSameInPlace, layOut, type Target } from './lay-out.js';
import { Occupied } from './occupied.js';
import { checkRemovable } from './references.js';
import { byOffset, type Rewrite } from './rewrite.js';
import { hasModuleSignature } from './signature.js';

/** A section to add, or to replace where there is one of that name. */
export interface SectionContent {
  readonly name: string;
  readonly content: Uint8Array;
  /** SHT_*. Left out: SHT_PROGBITS for a new section; an old one keeps its type, flags and alignment. */
  readonly type?: number | undefined;
  /** SHF_*, 0 where left out. */
  readonly flags?: number | undefined;
  /** Alignment in bytes, 1 where left out. */
  readonly align?: number | undefined;
}

/** A section to remove if it is there. */
export interface SectionRemoval {
  readonly name: string;
  readonly remove: true;
}

export type SectionChange = SectionContent | SectionRemoval;

/**
 * Plans the ELF file with sections added, replaced and removed; `rewritten` gives its bytes. As objcopy's --add-section,
 * --update-section and --remove-section, but that all else stays as it is: section and symbol indices, the places of
 * sections that are not changed, segments.
 *
 * New sections have the last indices. New content stands behind all that stays, unless it fits where the old content was
 * among others; the section header table comes last. A removed section that is not the last leaves an inactive header
 * (SHT_NULL), so that no index changes. Doing the same again gives the same bytes.
 *
 * FormatError for a module that is signed, a section that is part of the loaded image and would change its size or go, a
 * removed section that others refer to, several sections of one name, and headers that lead out of the file or over each
 * other.
 */
export function writeSections(elf: Elf, changes: readonly SectionChange[]): Rewrite {
  return locate({ file: elf.source.name }, () => plan(elf, changes));
}

function plan(elf: Elf, changes: readonly SectionChange[]): Rewrite {
  if (hasModuleSignature(elf.source)) {
    throw new FormatError('the module is signed, and a change would break that: embed first, sign then');
  }
  const occupied = new Occupied(elf);
  const gone = new Set<number>();
  const targets: Target[] = [];
  const added: SectionContent[] = [];
  for (const change of changes) {
    const old = find(elf, change.name);
    if ('remove' in change) {
      if (old !== undefined) gone.add(old.index);
    } else if (old === undefined) added.push(change);
    else targets.push({ ...change, index: old.index, old });
  }
  const nameSection = nameSectionOf(elf);
  if (gone.has(nameSection.index) || targets.some(({ old }) => old === nameSection))
    throw new FormatError('it has the names of all sections and cannot be changed', {
      section: nameSection.label,
    });
  const kept = gone.size === 0 ? elf.sections.length : countWithout(elf, gone, occupied);
  for (const [i, change] of added.entries()) targets.push({ ...change, index: kept + i, old: undefined });
  for (const target of targets) check(target, occupied);

  if (gone.size === 0 && targets.every(target => isSameInPlace(target, occupied))) {
    const { size } = elf.source;
    const pieces = targets.map(({ old, content }) => ({ offset: old!.offset, bytes: content }));
    return { size, kept: size, pieces: byOffset(pieces) };
  }
  return layOut({ elf, nameSection, occupied, targets, gone, kept });
}

function nameSectionOf(elf: Elf): Section {
  const section = elf.sections[readHeader(elf.source).nameTable];
  if (section?.type === SHT_STRTAB) return section;
  throw new FormatError('there is no section name table, in which a section could have its name');
}

function find(elf: Elf, name: string): Section | undefined {
  const [section, second] = elf.sectionsNamed(name);
  if (second === undefined) return section;
  throw new FormatError('several sections have this name, which of them is meant cannot be told', {
    section: name,
  });
}

/** The number of sections without those that go from the end. */
function countWithout(elf: Elf, gone: ReadonlySet<number>, occupied: Occupied): number {
  for (const index of gone) {
    const section = elf.sections[index]!;
    if (!occupied.isLoaded(section)) continue;
    throw new FormatError('it cannot be removed: it is part of the loaded image', { section: section.label });
  }
  const named = checkRemovable(elf, gone);
  let count = elf.sections.length;
  while (gone.has(count - 1) && !named.has(count - 1)) count--;
  return count;
}

function check(target: Target, occupied: Occupied): void {
  const { name, content, old } = target;
  const refuse = (problem: string) => {
    throw new FormatError(problem, { section: name });
  };
  if (old === undefined || !occupied.isLoaded(old)) return;
  if (old.type === SHT_NOBITS) refuse('part of the loaded image, and without content in this file');
  if (old.size !== content.length)
    refuse(`part of the loaded image: ${content.length} bytes cannot stand in the place of ${old.size}`);
  const neighbour = occupied.neighbour(old);
  if (neighbour !== undefined) refuse(`it cannot be replaced: it shares its bytes with ${neighbour}`);
}
