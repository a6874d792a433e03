import { FormatError } from '../../bytes/index.js';
import { SHF_COMPRESSED, SHN_LORESERVE, SHT_NOBITS, SHT_NULL, SHT_PROGBITS } from '../constants.js';
import type { Elf } from '../elf.js';
import type { Section } from '../section.js';
import { NameTable } from './name-table.js';
import { contentRange, endOfUnknown, type Occupied } from './occupied.js';
import { byOffset, type Piece, type Rewrite } from './rewrite.js';
import { type SectionFields, SectionTable, setWord } from './section-table.js';

/** The largest page of any machine; it bounds the padding that a broken header asks for. */
const MAX_ALIGN = 1 << 16;

/** A section that gets content. */
export interface Target {
  readonly index: number;
  readonly name: string;
  readonly content: Uint8Array;
  readonly type?: number | undefined;
  readonly flags?: number | undefined;
  readonly align?: number | undefined;
  /** As it is in the file; undefined for a new one. */
  readonly old: Section | undefined;
}

function isWithoutContent({ type }: Section): boolean {
  return type === SHT_NOBITS || type === SHT_NULL;
}

/** What is to change. */
export interface Plan {
  readonly elf: Elf;
  readonly occupied: Occupied;
  readonly nameSection: Section;
  readonly targets: readonly Target[];
  /** Indices of the sections that are removed. */
  readonly gone: ReadonlySet<number>;
  /** Number of old sections that keep a header; new ones follow. */
  readonly kept: number;
}

/** Does the content go where the old one is, with no header to change? */
export function isSameInPlace({ content, type, flags, align, old }: Target, occupied: Occupied): boolean {
  if (old === undefined || isWithoutContent(old) || old.size !== content.length) return false;
  if ((old.flags & SHF_COMPRESSED) !== 0 || occupied.neighbour(old) !== undefined) return false;
  const isSame = (wanted: number | undefined, is: number) => wanted === undefined || wanted === is;
  return isSame(type, old.type) && isSame(flags, old.flags) && isSame(align, old.addralign);
}

/** Gives each section its place: what can stay stays, the rest follows by index, then the section header table. */
export function layOut({ elf, occupied, nameSection, targets, gone, kept }: Plan): Rewrite {
  const { start, end: tableEnd } = occupied.sectionTable;
  const table = new SectionTable(elf.source.read(start, tableEnd - start), elf.is64, elf.littleEndian);
  const count = kept + targets.filter(({ old }) => old === undefined).length;
  table.resize(kept);
  for (const index of gone) if (index < kept) table.clear(index);
  table.resize(count);

  const names = new NameTable(elf.bytes(nameSection));
  for (const { index, name, old } of targets)
    if (old === undefined) table.set(index, { nameOffset: names.offsetOf(name) });
  const { index, label } = nameSection;
  const all = [...targets, { index, name: label, content: names.bytes, old: nameSection }];

  if (names.bytes.length > nameSection.size) checkNames(elf, nameSection);

  const movable = new Set(gone);
  for (const { old } of all) if (old !== undefined && !occupied.isLoaded(old)) movable.add(old.index);
  if (!movable.has(index) && names.bytes.length !== nameSection.size)
    throw new FormatError('part of the loaded image: it cannot take another name', { section: label });

  const end = endOfKept(elf, occupied, movable);
  const pieces: Piece[] = [];
  let next = end;
  for (const target of all.sort((a, b) => a.index - b.index)) {
    const { content, old } = target;
    let offset = old?.offset ?? 0;
    if (old === undefined || (movable.has(old.index) && !fits(target, old, end, occupied))) {
      offset = alignUp(next, alignOf(target));
      next = offset + content.length;
    }
    pieces.push({ offset, bytes: content });
    table.set(target.index, { ...fieldsOf(target), offset, size: content.length });
  }
  const tableStart = alignUp(next, elf.is64 ? 8 : 4);
  const header = newHeader(elf, tableStart, count, table);
  pieces.push({ offset: 0, bytes: header }, { offset: tableStart, bytes: table.bytes });
  const size = Math.max(tableStart + table.bytes.length, occupied.leastSize);
  return { size, kept: end, pieces: byOffset(pieces) };
}

/** FormatError when a section has its name behind the table's end, where new names would give it one. */
function checkNames({ sections }: Elf, { size }: Section): void {
  const nameless = sections.find(({ nameOffset }) => nameOffset > 0 && nameOffset >= size);
  if (nameless === undefined) return;
  const problem = `its name is at ${nameless.nameOffset}, the section name table has ${size} bytes`;
  throw new FormatError(problem, { section: `section ${nameless.index}` });
}

/** Up to where the old file stays. */
function endOfKept(elf: Elf, occupied: Occupied, movable: ReadonlySet<number>): number {
  const known = [occupied.sectionTable];
  for (const index of movable) {
    const range = contentRange(elf.sections[index]!);
    if (range !== undefined) known.push(range);
  }
  return endOfUnknown(elf.source, occupied.endWithout(movable), known);
}

/** Is the old content among what stays, large enough, and nobody else's? */
function fits({ content, align }: Target, old: Section, end: number, occupied: Occupied): boolean {
  const range = contentRange(old);
  if (range === undefined || range.end > end || content.length > old.size) return false;
  return old.offset % (align || 1) === 0 && occupied.neighbour(old) === undefined;
}

function fieldsOf({ type, flags, align, old }: Target): SectionFields {
  if (old === undefined) return { type: type ?? SHT_PROGBITS, flags: flags ?? 0, align: align ?? 1 };
  const isCompressed = (old.flags & SHF_COMPRESSED) !== 0;
  return {
    type: type ?? (isWithoutContent(old) ? SHT_PROGBITS : undefined),
    flags: flags ?? (isCompressed ? (old.flags & ~SHF_COMPRESSED) >>> 0 : undefined),
    align,
  };
}

/** FormatError where it would have us pad without end. */
function alignOf({ name, align, old }: Target): number {
  const alignment = Math.max(1, align ?? old?.addralign ?? 1);
  if (alignment <= MAX_ALIGN && (alignment & (alignment - 1)) === 0) return alignment;
  throw new FormatError(`aligned to ${alignment} bytes, expected a power of two up to ${MAX_ALIGN}`, {
    section: name,
  });
}

function alignUp(offset: number, align: number): number {
  return Math.ceil(offset / align) * align;
}

/** The ELF header for a section header table of `count` rows, the first of which has what the header has no room for. */
function newHeader(
  { source, is64, littleEndian }: Elf,
  tableStart: number,
  count: number,
  table: SectionTable,
): Uint8Array {
  const bytes = new Uint8Array(is64 ? 64 : 52);
  source.readInto(0, bytes);
  const view = new DataView(bytes.buffer);
  setWord(view, is64 ? 40 : 32, tableStart, is64, littleEndian);
  const countAt = is64 ? 60 : 48;
  const isMany = count >= SHN_LORESERVE;
  if (isMany) table.set(0, { size: count });
  else if (view.getUint16(countAt, littleEndian) === 0) table.set(0, { size: 0 });
  view.setUint16(countAt, isMany ? 0 : count, littleEndian);
  return bytes;
}
