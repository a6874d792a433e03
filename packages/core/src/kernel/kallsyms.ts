import { FormatError } from '../bytes/index.js';
import { matchesGlob } from './glob.js';

/** A line of kallsyms. */
export interface KernelSymbol {
  readonly name: string;
  /** As nm has it: `t` and `T` code, `d` and `D` data and so on; capital: global, or exported by a module. */
  readonly type: string;
  /** Null for what is vmlinux's. */
  readonly module: string | null;
  /** What the compiler added to the name that was asked for: `.isra.0`, `.constprop.0.cold`. Empty for the very name. */
  readonly suffix: string;
}

const NEWLINE = 10;
const SPACE = 32;
const DOT = 46;

const decoder = new TextDecoder();

/**
 * /proc/kallsyms: `address type name [module]`, a line each. Lines are found in one pass over the bytes and become text
 * when they are asked for. Addresses are not looked at: without privilege they are all zero.
 */
export class Kallsyms {
  /** As messages name it. */
  readonly file: string;
  readonly count: number;
  private readonly bytes: Uint8Array;
  /** Where each line's name begins and ends. */
  private readonly starts: Uint32Array;
  private readonly ends: Uint32Array;
  private table: { readonly heads: Int32Array; readonly next: Int32Array } | undefined;

  /** Throws FormatError for a line of another form. */
  constructor(bytes: Uint8Array, file = '/proc/kallsyms') {
    this.file = file;
    this.bytes = bytes;
    const columns = findNames(bytes, file);
    this.count = columns.count;
    this.starts = columns.starts;
    this.ends = columns.ends;
  }

  /** All lines of a name, and those of the same name with a suffix that a compiler adds, in the order of the file. */
  find(name: string): KernelSymbol[] {
    const wanted = new TextEncoder().encode(name);
    if (wanted.length === 0) return [];
    this.table ??= this.link();
    const { heads, next } = this.table;
    const found: number[] = [];
    for (
      let line = heads[hashOf(wanted, 0, wanted.length) & (heads.length - 1)];
      line >= 0;
      line = next[line]
    ) {
      if (this.begins(line, wanted)) found.push(line);
    }
    return found.reverse().map(line => this.symbol(line, name.length));
  }

  /** All lines whose name fits a pattern of `*` and `?`, as libbpf's glob_match has it. */
  matching(pattern: string): KernelSymbol[] {
    const wanted = new TextEncoder().encode(pattern);
    const found: KernelSymbol[] = [];
    for (let line = 0; line < this.count; line++) {
      const { bytes, starts, ends } = this;
      if (matchesGlob(bytes, starts[line], ends[line], wanted)) found.push(this.symbol(line, null));
    }
    return found;
  }

  /** The name itself, or the name and a dot. */
  private begins(line: number, wanted: Uint8Array): boolean {
    const { bytes } = this;
    const start = this.starts[line];
    const length = this.ends[line] - start;
    if (length < wanted.length || (length > wanted.length && bytes[start + wanted.length] !== DOT))
      return false;
    for (let i = 0; i < wanted.length; i++) if (bytes[start + i] !== wanted[i]) return false;
    return true;
  }

  private symbol(line: number, asked: number | null): KernelSymbol {
    const { bytes } = this;
    const [start, end] = [this.starts[line], this.ends[line]];
    const name = decoder.decode(bytes.subarray(start, end));
    // A tab and [module] follow names of modules.
    const rest = decoder.decode(bytes.subarray(end, endOfLine(bytes, end)));
    const module = rest.match(/^[\t ]+\[([^\]]*)\]/)?.[1] ?? null;
    const suffix = asked === null ? '' : name.slice(asked);
    return { name, type: String.fromCharCode(bytes[start - 2]), module, suffix };
  }

  /** A hash table of lines, chained, by what of a name stands before its first dot. */
  private link() {
    const { bytes, starts, ends, count } = this;
    const heads = new Int32Array(tableSize(count)).fill(-1);
    const next = new Int32Array(count);
    for (let line = 0; line < count; line++) {
      const slot = hashOf(bytes, starts[line], ends[line]) & (heads.length - 1);
      next[line] = heads[slot];
      heads[slot] = line;
    }
    return { heads, next };
  }
}

function tableSize(count: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(count, 1)));
}

/** FNV-1a up to the first dot that the name does not begin with. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (byte === DOT && at > start) break;
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return hash ^ (hash >>> 15);
}

function endOfLine(bytes: Uint8Array, from: number): number {
  const end = bytes.indexOf(NEWLINE, from);
  return end < 0 ? bytes.length : end;
}

interface Columns {
  readonly count: number;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

function findNames(bytes: Uint8Array, file: string): Columns {
  // Lines of a 64-bit kernel have some 44 bytes.
  let starts = new Uint32Array((bytes.length >>> 5) + 16);
  let ends = new Uint32Array(starts.length);
  let count = 0;
  for (let at = 0; at < bytes.length; ) {
    if (count === starts.length) {
      starts = grown(starts);
      ends = grown(ends);
    }
    const start = afterAddress(bytes, at);
    const end = endOfName(bytes, start);
    if (end === start) throw malformed(bytes, at, file, count);
    starts[count] = start;
    ends[count] = end;
    count++;
    at = end;
    while (at < bytes.length && bytes[at] !== NEWLINE) at++;
    at++;
  }
  return { count, starts, ends };
}

/** Where the name begins that follows `address t `; the end of the file where the line has another form. */
function afterAddress(bytes: Uint8Array, line: number): number {
  let at = line;
  while (at < bytes.length && bytes[at] !== SPACE && bytes[at] !== NEWLINE) at++;
  const isSound = at > line && bytes[at] === SPACE && bytes[at + 1] > SPACE && bytes[at + 2] === SPACE;
  return isSound ? Math.min(at + 3, bytes.length) : bytes.length;
}

function endOfName(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length && bytes[at] > SPACE) at++;
  return at;
}

function malformed(bytes: Uint8Array, at: number, file: string, line: number): FormatError {
  const text = decoder.decode(bytes.subarray(at, Math.min(endOfLine(bytes, at), at + 60)));
  const problem = `line ${line + 1}: "${text}", expected an address, a letter and a name`;
  return new FormatError(problem, { file, offset: at });
}

function grown(column: Uint32Array): Uint32Array<ArrayBuffer> {
  const longer = new Uint32Array(column.length * 2);
  longer.set(column);
  return longer;
}
