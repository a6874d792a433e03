import {
  addressDifference,
  Elf,
  type Section,
  SHT_NOBITS,
  SHT_PROGBITS,
  type SymbolTable,
} from '../elf/index.js';
import type { Feature } from './features.js';
import { type Kfunc, readKfuncs } from './kfuncs.js';

/** STT_OBJECT and STT_FUNC (gABI, "Symbol Table"). */
const STT_OBJECT = 1;
const STT_FUNC = 2;

/** The section that holds the first copy of every per-CPU variable. */
export const PERCPU_SECTION = '.data..percpu';

/** Flags of a function's symbol. */
export const Suffix = { any: 1, optimized: 2 } as const;
/** What stands behind the name of a piece of a function: it cannot be traced as one. */
export const PIECES = ['.cold', '.part'];
/** What stands behind the name of one whose parameters may have changed. */
export const OPTIMIZED = ['.constprop', '.isra'];
const DOT = 0x2e;

/** What of a file's symbols concerns its BTF. Plain data: threads hand it on. Strings are each ended by a NUL byte. */
export interface Symbols {
  /** Names of functions up to the first dot, in the order of the symbol table; a row for each symbol. */
  readonly functions: Uint8Array;
  /** st_value of each in halves, and Suffix flags. */
  readonly addressLo: Uint32Array;
  readonly addressHi: Uint32Array;
  readonly suffix: Uint8Array;
  /** Whole names of those that have a suffix. */
  readonly suffixed: Uint8Array;
  /** Row of the name that comes last in byte order, -1 without any. */
  readonly last: number;
  readonly kfuncs: readonly Kfunc[];
  /** Objects in sections that variables are wanted of: names, index of the section of each, where in it, and st_size. */
  readonly objects: Uint8Array;
  readonly objectSections: Uint32Array;
  readonly objectOffsets: Float64Array;
  readonly objectSizes: Float64Array;
}

/** Sections that variables are encoded of: PROGBITS and NOBITS, which debug files have instead. */
export function variableSections(elf: Elf, features: ReadonlySet<Feature>): Section[] {
  const sections = elf.sections.filter(({ type }) => type === SHT_PROGBITS || type === SHT_NOBITS);
  if (features.has('global_var')) return sections;
  return features.has('var') ? sections.filter(({ name }) => name === PERCPU_SECTION) : [];
}

/** Reads the symbol table; of a stripped file there is nothing. FormatError for a malformed one. */
export function readSymbols(elf: Elf, features: ReadonlySet<Feature>): Symbols {
  // Opened anew: the columns of a kernel's symbols are large, and go away with this Elf.
  const table = Elf.open(elf.source).symbols();
  const functions = new FunctionSymbols(table?.length ?? 0);
  const objects = new Strings();
  const objectSections: number[] = [];
  const objectOffsets: number[] = [];
  const objectSizes: number[] = [];
  const wanted = new Map(variableSections(elf, features).map(section => [section.index, section]));
  for (let i = 1; table !== undefined && i < table.length; i++) {
    if (table.nameOffset[i]! >= table.strings.length) continue;
    const type = table.typeOf(i);
    if (type === STT_FUNC) functions.add(table, i);
    else if (type === STT_OBJECT) {
      const section = wanted.get(table.shndx[i]!);
      if (section === undefined) continue;
      objects.add(table.strings, table.nameOffset[i]!);
      objectSections.push(section.index);
      objectOffsets.push(
        elf.isRelocatable
          ? table.valueLo[i]!
          : addressDifference(table.valueLo[i]!, table.valueHi[i]!, section.addrLo, section.addrHi),
      );
      objectSizes.push(table.size[i]!);
    }
  }
  return {
    ...functions.take(),
    kfuncs: table !== undefined && features.has('decl_tag_kfuncs') ? readKfuncs(elf, table) : [],
    objects: objects.take(),
    objectSections: Uint32Array.from(objectSections),
    objectOffsets: Float64Array.from(objectOffsets),
    objectSizes: Float64Array.from(objectSizes),
  };
}

/** Collects the symbols of functions. */
class FunctionSymbols {
  private readonly names = new Strings();
  private readonly suffixed = new Strings();
  private readonly lo: Uint32Array;
  private readonly hi: Uint32Array;
  private readonly suffix: Uint8Array;
  private count = 0;
  private last = -1;
  private lastAt = 0;

  constructor(capacity: number) {
    this.lo = new Uint32Array(capacity);
    this.hi = new Uint32Array(capacity);
    this.suffix = new Uint8Array(capacity);
  }

  add({ strings, nameOffset, valueLo, valueHi }: SymbolTable, symbol: number): void {
    const from = nameOffset[symbol]!;
    let dot = from;
    while (dot < strings.length && strings[dot] !== 0 && strings[dot] !== DOT) dot++;
    let suffix = 0;
    if (strings[dot] === DOT) {
      const behind = textAt(strings, dot);
      if (PIECES.some(piece => behind.includes(piece))) return;
      suffix = Suffix.any;
      if (OPTIMIZED.some(one => behind.includes(one))) suffix |= Suffix.optimized;
      this.suffixed.add(strings, from);
    }
    const at = this.names.add(strings, from, dot);
    if (this.last < 0 || this.names.compare(at, this.lastAt) > 0) {
      this.last = this.count;
      this.lastAt = at;
    }
    this.lo[this.count] = valueLo[symbol]!;
    this.hi[this.count] = valueHi[symbol]!;
    this.suffix[this.count++] = suffix;
  }

  take() {
    return {
      functions: this.names.take(),
      addressLo: this.lo.slice(0, this.count),
      addressHi: this.hi.slice(0, this.count),
      suffix: this.suffix.slice(0, this.count),
      suffixed: this.suffixed.take(),
      last: this.last,
    };
  }
}

function textAt(strings: Uint8Array, from: number): string {
  let end = strings.indexOf(0, from);
  if (end < 0) end = strings.length;
  return String.fromCharCode(...strings.subarray(from, Math.min(end, from + 512)));
}

/** NUL-terminated strings, one behind the other. */
class Strings {
  private bytes = new Uint8Array(1024);
  private used = 0;

  /** Adds the string that begins at `from` and ends at `end`, or at a NUL before that; where it stands now. */
  add(strings: Uint8Array, from: number, end = strings.length): number {
    const start = this.used;
    for (let at = from; ; at++) {
      if (this.used === this.bytes.length) {
        const bytes = new Uint8Array(this.used * 2);
        bytes.set(this.bytes);
        this.bytes = bytes;
      }
      const byte = at < end ? strings[at]! : 0;
      this.bytes[this.used++] = byte;
      if (byte === 0) return start;
    }
  }

  /** Order of two strings by their bytes. */
  compare(a: number, b: number): number {
    const { bytes } = this;
    while (bytes[a] === bytes[b] && bytes[a] !== 0) {
      a++;
      b++;
    }
    return bytes[a]! - bytes[b]!;
  }

  take(): Uint8Array {
    return this.bytes.slice(0, this.used);
  }
}

/** Calls back with where each of NUL-terminated strings begins. */
export function forEachString(strings: Uint8Array, callback: (at: number) => void): void {
  for (let at = 0; at < strings.length; at = strings.indexOf(0, at) + 1) callback(at);
}
