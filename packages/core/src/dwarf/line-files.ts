import { FormatError, locate } from '../bytes/index.js';
import { type Elf, loadRelocated } from '../elf/index.js';
import { Form } from './constants.js';
import type { DebugInfo } from './debug-info.js';
import { type Encoding, formSize, Step } from './forms.js';
import { readSized } from './unit-window.js';
import type { Unit } from './units.js';

/** DW_LNCT_*: what an entry of a DWARF 5 table says (section 6.2.4.1). */
const Content = { path: 1, directory_index: 2 } as const;
/** Header bytes up to the end of header_length, at most. */
const MAX_HEAD = 24;

/** A way to read `.debug_line`. */
interface LineSection {
  readonly size: number;
  read(offset: number, length: number): Uint8Array;
}

/** A directory or file of a table. */
interface Entry {
  readonly path: string;
  readonly directory: number;
}

/**
 * Names of source files, by the numbers that DW_AT_decl_file has: from the headers in `.debug_line` of DWARF 2 to 5
 * (section 6.2.4). The line programs behind them are not looked at.
 */
export class LineFiles {
  private readonly info: DebugInfo;
  private readonly section: LineSection | undefined;
  private readonly tables = new Map<number, readonly string[]>();

  /** FormatError for a section that cannot be decompressed or relocated. */
  static async open(elf: Elf, info: DebugInfo): Promise<LineFiles> {
    const section = elf.debugSection('line');
    if (section === undefined || section.size === 0) return new LineFiles(info, undefined);
    if (!elf.isRelocatable && !elf.isCompressed(section)) {
      elf.checkInFile(section);
      const read = (offset: number, length: number) => elf.source.read(section.offset + offset, length);
      return new LineFiles(info, { size: section.size, read });
    }
    const bytes = await loadRelocated(elf, section);
    const read = (offset: number, length: number) => bytes.subarray(offset, offset + length);
    return new LineFiles(info, { size: bytes.length, read });
  }

  private constructor(info: DebugInfo, section: LineSection | undefined) {
    this.info = info;
    this.section = section;
  }

  /**
   * Path of file number `index` in the table at `offset`, the DW_AT_stmt_list of `unit`: relative to the unit's
   * DW_AT_comp_dir unless it is absolute. `undefined` where the file has no such table or the table no such number.
   * FormatError for a header that is malformed.
   */
  path(unit: Unit, offset: number, index: number): string | undefined {
    let table = this.tables.get(offset);
    if (table === undefined) {
      table = this.section === undefined ? [] : this.readTable(this.section, unit, offset);
      this.tables.set(offset, table);
    }
    return table[index] || undefined;
  }

  private readTable(section: LineSection, unit: Unit, offset: number): readonly string[] {
    const { file, littleEndian } = this.info;
    const where = { file, section: '.debug_line', offset };
    if (!(offset < section.size)) throw new FormatError('the section ends before this table', where);
    const head = new Cursor(
      section.read(offset, Math.min(MAX_HEAD, section.size - offset)),
      littleEndian,
      where,
    );
    let offsetSize = 4;
    let length = head.number(4);
    if (length === 0xffffffff) {
      offsetSize = 8;
      length = head.number(8);
    }
    const end = head.at + length;
    const version = head.number(2);
    if (version < 2 || version > 5)
      throw new FormatError(`line table version ${version}; 2 to 5 are known`, where);
    const addressSize = version >= 5 ? head.number(1) : unit.addressSize;
    if (version >= 5) head.number(1);
    const size = head.number(offsetSize) + head.at;
    if (size > end || offset + end > section.size) {
      throw new FormatError(`a line table header of ${size} bytes runs past its end`, where);
    }
    const cursor = new Cursor(section.read(offset, size), littleEndian, where);
    // minimum_instruction_length, from version 4 on maximum_operations_per_instruction, default_is_stmt, line_base, line_range
    cursor.at = head.at + (version >= 4 ? 5 : 4);
    cursor.skip(cursor.number(1) - 1);
    const encoding = { version, offsetSize, addressSize };
    return version >= 5 ? this.files(cursor, encoding) : oldFiles(cursor);
  }

  private files(cursor: Cursor, encoding: Encoding): string[] {
    const directories = this.entries(cursor, encoding).map(({ path }) => path);
    return this.entries(cursor, encoding).map(({ path, directory }) =>
      // Directory 0 is that of the compilation.
      joined(directory === 0 ? '' : directories[directory], path),
    );
  }

  /** A table of version 5: what its entries consist of, how many there are, and the entries. */
  private entries(cursor: Cursor, encoding: Encoding): Entry[] {
    const formats: { readonly content: number; readonly form: number }[] = [];
    for (let left = cursor.number(1); left > 0; left--)
      formats.push({ content: cursor.uleb(), form: cursor.uleb() });
    const entries: Entry[] = [];
    const count = cursor.uleb();
    // Entries of no bytes would make any count plausible.
    if (count > cursor.left) throw cursor.error(`a table of ${count} entries in ${cursor.left} bytes`);
    for (let i = 0; i < count; i++) {
      let path = '';
      let directory = 0;
      for (const { content, form } of formats) {
        if (content === Content.path) path = this.text(cursor, form, encoding);
        else if (content === Content.directory_index) directory = cursor.constant(form);
        else cursor.skipForm(form, encoding);
      }
      entries.push({ path, directory });
    }
    return entries;
  }

  private text(cursor: Cursor, form: number, { offsetSize }: Encoding): string {
    const { str, lineStr } = this.info;
    switch (form) {
      case Form.string:
        return cursor.string();
      case Form.line_strp:
        return cursor.stringIn(lineStr, offsetSize, '.debug_line_str');
      case Form.strp:
        return cursor.stringIn(str, offsetSize, '.debug_str');
      default:
        throw cursor.error(`form 0x${form.toString(16)} where a path was expected`);
    }
  }
}

/** Versions 2 to 4: directories from 1 on, an empty one at their end, and files likewise. */
function oldFiles(cursor: Cursor): string[] {
  const directories = [''];
  for (let path = cursor.string(); path !== ''; path = cursor.string()) directories.push(path);
  const files = [''];
  for (let path = cursor.string(); path !== ''; path = cursor.string()) {
    files.push(joined(directories[cursor.uleb()], path));
    cursor.uleb();
    cursor.uleb();
  }
  return files;
}

function joined(directory: string | undefined, path: string): string {
  return !directory || path.startsWith('/') ? path : `${directory}/${path}`;
}

/** Reads values one behind the other. FormatError where the bytes end. */
class Cursor {
  at = 0;
  private readonly bytes: Uint8Array;
  private readonly little: boolean;
  private readonly where: { readonly file: string; readonly section: string; readonly offset: number };

  constructor(bytes: Uint8Array, little: boolean, where: Cursor['where']) {
    this.bytes = bytes;
    this.little = little;
    this.where = where;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  error(problem: string, at = this.at): FormatError {
    return new FormatError(problem, { ...this.where, offset: this.where.offset + at });
  }

  skip(length: number): void {
    if (!(length <= this.left)) throw this.error('the header of a line table is cut off');
    this.at += length;
  }

  number(size: number): number {
    const from = this.at;
    this.skip(size);
    return readSized(this.bytes, from, size, this.little);
  }

  uleb(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.number(1);
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw this.error('a LEB128 number of more than 10 bytes');
  }

  string(): string {
    const from = this.at;
    const end = this.bytes.indexOf(0, from);
    this.skip((end < 0 ? this.bytes.length : end) + 1 - from);
    return decode(this.bytes.subarray(from, end));
  }

  stringIn(table: Uint8Array, offsetSize: number, name: string): string {
    const from = this.at;
    const offset = this.number(offsetSize);
    const end = offset < table.length ? table.indexOf(0, offset) : -1;
    if (end < 0) throw this.error(`string offset 0x${offset.toString(16)} is outside ${name}`, from);
    return decode(table.subarray(offset, end));
  }

  constant(form: number): number {
    switch (form) {
      case Form.udata:
        return this.uleb();
      case Form.data1:
        return this.number(1);
      case Form.data2:
        return this.number(2);
      default:
        throw this.error(`form 0x${form.toString(16)} where the number of a directory was expected`);
    }
  }

  skipForm(form: number, encoding: Encoding): void {
    const size = locate(this.where, () => formSize(form, encoding));
    if (size >= 0) this.skip(size);
    else if (size === Step.leb) this.uleb();
    else if (size === Step.string) this.string();
    else if (size === Step.block) this.skip(this.uleb());
    else if (size === Step.block1) this.skip(this.number(1));
    else throw this.error(`form 0x${form.toString(16)} in a line table`);
  }
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
