import {
  addressDifference,
  Elf,
  type Section,
  SHT_NOBITS,
  SHT_PROGBITS,
  type SymbolTable,
} from '../elf/index.js';

/** STT_OBJECT and STT_FUNC (gABI, "Symbol Table"). */
const STT_OBJECT = 1;
const STT_FUNC = 2;

/** The section that holds the first copy of every per-CPU variable. */
export const PERCPU_SECTION = '.data..percpu';

/** What of a file's symbols concerns its BTF. Plain data: threads hand it on. */
export interface Symbols {
  /** Names of functions, each ended by a NUL byte. */
  readonly functions: Uint8Array;
  /** Objects in the per-CPU section: names likewise, and for each its offset in the section. */
  readonly perCpu: Uint8Array;
  readonly perCpuOffsets: readonly number[];
}

/** The per-CPU section; that of a file with debug information alone (SHT_NOBITS) too. */
export function perCpuSection(elf: Elf): Section | undefined {
  return elf.sectionsNamed(PERCPU_SECTION).find(one => one.type === SHT_PROGBITS || one.type === SHT_NOBITS);
}

/** Offset of an address in the section. In ET_REL values and addresses count from the section already. */
export function offsetIn(section: Section, relocatable: boolean, lo: number, hi: number): number {
  return relocatable ? hi * 2 ** 32 + lo : addressDifference(lo, hi, section.addrLo, section.addrHi);
}

/** Reads the symbol table; of a stripped file there is nothing. FormatError for a malformed one. */
export function readSymbols(elf: Elf): Symbols {
  const functions = new Strings();
  const perCpu = new Strings();
  const perCpuOffsets: number[] = [];
  // Opened anew: the columns of a kernel's symbols are large, and go away with this Elf.
  const table = Elf.open(elf.source).symbols();
  const section = perCpuSection(elf);
  for (let i = 1; table !== undefined && i < table.length; i++) {
    if (table.nameOffset[i]! >= table.strings.length) continue;
    const type = table.typeOf(i);
    if (type === STT_FUNC) functions.add(table, i);
    else if (type === STT_OBJECT && section !== undefined && table.shndx[i] === section.index) {
      perCpu.add(table, i);
      perCpuOffsets.push(offsetIn(section, elf.isRelocatable, table.valueLo[i]!, table.valueHi[i]!));
    }
  }
  return { functions: functions.take(), perCpu: perCpu.take(), perCpuOffsets };
}

/** NUL-terminated strings, one behind the other. */
class Strings {
  private bytes = new Uint8Array(1024);
  private used = 0;

  add({ strings, nameOffset }: SymbolTable, symbol: number): void {
    for (let at = nameOffset[symbol]!; ; at++) {
      if (this.used === this.bytes.length) {
        const bytes = new Uint8Array(this.used * 2);
        bytes.set(this.bytes);
        this.bytes = bytes;
      }
      // Behind the last string there may be no NUL.
      const byte = at < strings.length ? strings[at]! : 0;
      this.bytes[this.used++] = byte;
      if (byte === 0) break;
    }
  }

  take(): Uint8Array {
    return this.bytes.slice(0, this.used);
  }
}

/** Calls back with where each of NUL-terminated strings begins. */
export function forEachString(strings: Uint8Array, callback: (at: number) => void): void {
  for (let at = 0; at < strings.length; at = strings.indexOf(0, at) + 1) callback(at);
}
