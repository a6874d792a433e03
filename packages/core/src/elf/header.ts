import { type ByteSource, FormatError } from '../bytes/index.js';
import { ELFCLASS32, ELFCLASS64, ELFDATA2LSB, ELFDATA2MSB, SHN_XINDEX } from './constants.js';

/** The ELF header with the indirections through section 0 resolved (gABI, "ELF Header", e_shnum and e_shstrndx). */
export interface Header {
  readonly is64: boolean;
  readonly littleEndian: boolean;
  readonly type: number;
  readonly machine: number;
  readonly flags: number;
  /** File offset, number of entries, and bytes of an entry of the section header table. */
  readonly sectionTable: number;
  readonly sectionCount: number;
  readonly sectionEntry: number;
  /** Index of the section name string table, 0 when there is none. */
  readonly nameTable: number;
}

/** Do these first bytes of a file say that it is ELF? */
export function isElf(start: Uint8Array): boolean {
  return (
    start.length >= 4 && start[0] === 0x7f && start[1] === 0x45 && start[2] === 0x4c && start[3] === 0x46
  );
}

function fail(source: ByteSource, problem: string, offset?: number): never {
  throw new FormatError(problem, { file: source.name, section: 'ELF header', offset });
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function readHeader(source: ByteSource): Header {
  const start = source.read(0, Math.min(source.size, 64));
  if (!isElf(start)) fail(source, 'no ELF file: the first bytes are not 7f 45 4c 46', 0);
  const elfClass = start[4];
  if (elfClass !== ELFCLASS32 && elfClass !== ELFCLASS64)
    fail(source, `class is ${elfClass}, expected 1 or 2`, 4);
  const data = start[5];
  if (data !== ELFDATA2LSB && data !== ELFDATA2MSB) fail(source, `byte order is ${data}, expected 1 or 2`, 5);
  const is64 = elfClass === ELFCLASS64;
  const little = data === ELFDATA2LSB;
  const headerSize = is64 ? 64 : 52;
  if (start.length < headerSize)
    fail(source, `file of ${source.size} bytes, the header alone has ${headerSize}`);

  const view = viewOf(start);
  const word = (bytes: DataView, at: number) =>
    is64 ? Number(bytes.getBigUint64(at, little)) : bytes.getUint32(at, little);
  const sectionEntry = is64 ? 64 : 40;
  const tail = is64 ? 0x30 : 0x24;
  const sectionTable = word(view, is64 ? 0x28 : 0x20);
  const entrySize = view.getUint16(tail + 10, little);
  let sectionCount = view.getUint16(tail + 12, little);
  let nameTable = view.getUint16(tail + 14, little);

  if (sectionTable === 0) {
    if (sectionCount !== 0) fail(source, `${sectionCount} sections but no section header table`, tail + 12);
  } else {
    if (entrySize !== sectionEntry)
      fail(source, `section headers of ${entrySize} bytes, expected ${sectionEntry}`, tail + 10);
    if (sectionCount === 0 || nameTable === SHN_XINDEX) {
      if (sectionTable + sectionEntry > source.size) fail(source, tableProblem(sectionTable, 1, source));
      const first = viewOf(source.read(sectionTable, sectionEntry));
      if (sectionCount === 0) sectionCount = word(first, is64 ? 32 : 20);
      if (nameTable === SHN_XINDEX) nameTable = first.getUint32(is64 ? 40 : 24, little);
    }
    if (!(sectionTable + sectionCount * sectionEntry <= source.size)) {
      fail(source, tableProblem(sectionTable, sectionCount, source));
    }
    if (nameTable !== 0 && nameTable >= sectionCount) {
      fail(source, `section name table is section ${nameTable}, there are ${sectionCount}`, tail + 14);
    }
  }
  return {
    is64,
    littleEndian: little,
    type: view.getUint16(16, little),
    machine: view.getUint16(18, little),
    flags: view.getUint32(tail, little),
    sectionTable,
    sectionCount,
    sectionEntry,
    nameTable: sectionCount === 0 ? 0 : nameTable,
  };
}

function tableProblem(at: number, count: number, source: ByteSource): string {
  const where = `section header table of ${count} entries at 0x${at.toString(16)}`;
  return `${where} runs past the end of the file at 0x${source.size.toString(16)}`;
}
