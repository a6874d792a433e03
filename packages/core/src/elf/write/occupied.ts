import { type ByteSource, FormatError } from '../../bytes/index.js';
import { ET_REL, SHF_ALLOC, SHT_NOBITS, SHT_NULL } from '../constants.js';
import type { Elf } from '../elf.js';
import { readHeader } from '../header.js';
import type { Section } from '../section.js';

/** File offsets [start, end). */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** e_phnum that says: the number is sh_info of section 0 (gABI, PN_XNUM). */
const MANY_SEGMENTS = 0xffff;

/** What of a file is in use, and by whom: a section may only be written to where nobody else is. */
export class Occupied {
  readonly #elf: Elf;
  readonly #headers: readonly Range[];
  readonly #segments: readonly Range[];
  readonly sectionTable: Range;

  /** FormatError when a section or a segment leaves the file. */
  constructor(elf: Elf) {
    this.#elf = elf;
    const { table, segments } = readSegments(elf);
    this.#headers = [{ start: 0, end: elf.is64 ? 64 : 52 }, table];
    this.#segments = segments;
    const { sectionTable: start, sectionCount, sectionEntry } = readHeader(elf.source);
    this.sectionTable = { start, end: start + sectionCount * sectionEntry };
    for (const section of elf.sections) if (section.type !== SHT_NULL) elf.checkInFile(section);
  }

  /** Does a section belong to the image that is loaded, so that neither its place nor its size can change? */
  isLoaded(section: Section): boolean {
    if ((section.flags & SHF_ALLOC) !== 0 && this.#elf.type !== ET_REL) return true;
    const range = contentRange(section);
    return range !== undefined && this.#segments.some(segment => overlap(segment, range));
  }

  /** Who else, in words, has bytes where this section has its own. */
  neighbour(section: Section): string | undefined {
    const own = contentRange(section);
    if (own === undefined) return undefined;
    if ([...this.#headers, this.sectionTable].some(header => overlap(header, own)))
      return 'a header of the file';
    return this.#elf.sections.find(other => {
      const range = other === section ? undefined : contentRange(other);
      return range !== undefined && overlap(range, own);
    })?.label;
  }

  /** Where all ends that stays when the sections of these numbers go from their places. */
  endWithout(movable: ReadonlySet<number>): number {
    let end = 0;
    for (const range of [...this.#headers, ...this.#segments]) end = Math.max(end, range.end);
    for (const section of this.#elf.sections) {
      if (!movable.has(section.index)) end = Math.max(end, contentRange(section)?.end ?? 0);
    }
    return end;
  }

  /** The size below which a section without content would seem to leave the file. */
  get leastSize(): number {
    let least = 0;
    for (const { type, size, offset } of this.#elf.sections) {
      if (size === 0 && type !== SHT_NULL && type !== SHT_NOBITS) least = Math.max(least, offset);
    }
    return least;
  }
}

/** Where a section's content is; undefined when it has no byte in the file. */
export function contentRange({ type, offset, size }: Section): Range | undefined {
  if (type === SHT_NULL || type === SHT_NOBITS || size === 0) return undefined;
  return { start: offset, end: offset + size };
}

function overlap(a: Range, b: Range): boolean {
  return a.start < b.end && b.start < a.end;
}

/** The program header table, and what the segments have in the file (gABI, "Program Header"). */
function readSegments({ source, is64, littleEndian: little, sections }: Elf): {
  table: Range;
  segments: Range[];
} {
  const view = viewOf(source.read(0, is64 ? 64 : 52));
  const word = (of: DataView, at: number) =>
    is64 ? Number(of.getBigUint64(at, little)) : of.getUint32(at, little);
  const start = word(view, is64 ? 32 : 28);
  const stated = view.getUint16(is64 ? 56 : 44, little);
  const count = stated === MANY_SEGMENTS ? sections[0]!.info : stated;
  if (count === 0) return { table: { start: 0, end: 0 }, segments: [] };
  const row = view.getUint16(is64 ? 54 : 42, little);
  const expected = is64 ? 56 : 32;
  const fail = (problem: string) => {
    throw new FormatError(problem, { file: source.name, section: 'program header table' });
  };
  if (row !== expected) fail(`program headers of ${row} bytes, expected ${expected}`);
  const end = start + count * row;
  if (!(end <= source.size)) fail(`${count} program headers run past the end of the file`);
  const table = viewOf(source.read(start, end - start));
  const segments: Range[] = [];
  for (let i = 0, at = 0; i < count; i++, at += row) {
    const offset = word(table, at + (is64 ? 8 : 4));
    const size = word(table, at + (is64 ? 32 : 16));
    if (size === 0) continue;
    if (!(offset + size <= source.size)) fail(`segment ${i} runs past the end of the file`);
    segments.push({ start: offset, end: offset + size });
  }
  return { table: { start, end }, segments };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const WINDOW = 1 << 20;

/**
 * Where the last byte behind `from` ends that is not zero and in none of the `known` ranges; `from` without one. Such bytes
 * are somebody's whom the section headers do not tell of.
 */
export function endOfUnknown(source: ByteSource, from: number, known: readonly Range[]): number {
  const gaps: Range[] = [];
  let at = from;
  for (const { start, end } of [...known].sort((a, b) => a.start - b.start)) {
    if (start > at) gaps.push({ start: at, end: start });
    at = Math.max(at, end);
  }
  if (source.size > at) gaps.push({ start: at, end: source.size });
  for (const gap of gaps.reverse()) {
    const end = endOfContent(source, gap);
    if (end > gap.start) return end;
  }
  return from;
}

/** Where the last byte of a range ends that is not zero; its start without one. */
function endOfContent(source: ByteSource, { start, end }: Range): number {
  for (let last = end; last > start; last -= WINDOW) {
    const first = Math.max(start, last - WINDOW);
    const bytes = source.read(first, last - first);
    for (let i = bytes.length - 1; i >= 0; i--) if (bytes[i] !== 0) return first + i + 1;
  }
  return start;
}
