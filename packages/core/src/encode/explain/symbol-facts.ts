import {
  type Elf,
  layOutSections,
  SHN_ABS,
  SHN_COMMON,
  SHN_UNDEF,
  STB_GLOBAL,
  STB_LOCAL,
  STB_WEAK,
  STT_FILE,
  STT_FUNC,
  STT_NOTYPE,
  STT_OBJECT,
  STT_SECTION,
  type SymbolTable,
} from '../../elf/index.js';
import { PIECES } from '../symbols.js';
import type { Address, SymbolFacts } from './explanation.js';

const BINDINGS = new Map([
  [STB_LOCAL, 'local'],
  [STB_GLOBAL, 'global'],
  [STB_WEAK, 'weak'],
]);
const TYPES = new Map([
  [STT_NOTYPE, 'NOTYPE'],
  [STT_OBJECT, 'OBJECT'],
  [STT_FUNC, 'FUNC'],
  [6, 'TLS'],
  [10, 'IFUNC'],
]);
/** Names at one address are aliases; markers such as `_stext` come in dozens. */
const MAX_ALIASES = 5;
const DOT = 0x2e;

/** A symbol, with its address as DWARF has it. */
export interface FoundSymbol {
  readonly facts: SymbolFacts;
  /** `undefined` for one that is not defined here. */
  readonly address: Address | undefined;
}

/** The symbols of some functions, and what is known of addresses. */
export class SymbolFinder {
  readonly table: SymbolTable | undefined;
  private readonly elf: Elf;
  /** Of a relocatable file: where its sections are put (layOutSections). */
  private readonly sections: Uint32Array;

  /** FormatError for a malformed symbol table. */
  constructor(elf: Elf) {
    this.elf = elf;
    this.table = elf.symbols();
    this.sections = layOutSections(elf);
  }

  /** Symbols of each name, with or without something behind a dot. */
  find(names: readonly string[]): Map<string, FoundSymbol[]> {
    const found = new Map(names.map(name => [name, [] as FoundSymbol[]]));
    const wanted = names.map(name => ({ name, bytes: new TextEncoder().encode(name) }));
    const { table } = this;
    const symbols: { readonly index: number; readonly name: string }[] = [];
    for (let i = 1; table !== undefined && i < table.length; i++) {
      const { strings, nameOffset } = table;
      const from = nameOffset[i]!;
      const type = table.typeOf(i);
      if (type === STT_SECTION || type === STT_FILE) continue;
      // Variables in functions have a number behind their name.
      const isCode = type !== STT_OBJECT;
      const of = wanted.find(({ bytes }) => beginsWith(strings, from, bytes, isCode));
      if (of !== undefined) symbols.push({ index: i, name: of.name });
    }
    const aliases = this.aliases(symbols.map(({ index }) => index));
    for (const { index, name } of symbols) found.get(name)!.push(this.describe(index, name, aliases));
    return found;
  }

  /** Names of all functions' symbols, without what stands behind a dot, and of symbols without a type. */
  *names(): Iterable<string> {
    const { table } = this;
    for (let i = 1; table !== undefined && i < table.length; i++) {
      const type = table.typeOf(i);
      if ((type === STT_FUNC || type === STT_NOTYPE) && table.nameOffset[i]! < table.strings.length)
        yield table.name(i).replace(/\..*/s, '');
    }
  }

  /** Names of functions' symbols at an address as DWARF has it. */
  functionsAt({ lo, hi }: Address): string[] {
    const { table } = this;
    const names: string[] = [];
    for (let i = 1; table !== undefined && i < table.length && names.length < MAX_ALIASES; i++) {
      if (table.typeOf(i) !== STT_FUNC || table.shndx[i] === SHN_UNDEF) continue;
      const address = this.addressOf(i);
      if (address.lo === lo && address.hi === hi) names.push(table.name(i));
    }
    return names;
  }

  /** An address as DWARF has it in words. */
  place({ lo, hi }: Address): string {
    const { elf } = this;
    if (!elf.isRelocatable) return hexadecimal(lo, hi);
    const section = elf.sections.find(
      ({ index, size }) =>
        this.sections[index]! > 0 && lo >= this.sections[index]! && lo - this.sections[index]! < size,
    );
    return section === undefined
      ? hexadecimal(lo, hi)
      : `${section.label}+${hexadecimal(lo - this.sections[section.index]!, hi)}`;
  }

  private describe(i: number, name: string, aliases: ReadonlyMap<string, readonly string[]>): FoundSymbol {
    const table = this.table!;
    const whole = table.name(i);
    const suffix = whole.slice(name.length);
    const type = table.typeOf(i);
    const isDefined = table.shndx[i] !== SHN_UNDEF;
    const section = sectionLabel(this.elf, table.shndx[i]!);
    const address = isDefined ? this.addressOf(i) : undefined;
    const role = !isDefined
      ? 'undefined'
      : type !== STT_FUNC
        ? 'other type'
        : PIECES.some(piece => suffix.includes(piece))
          ? 'piece'
          : 'function';
    return {
      address,
      facts: {
        name: whole,
        address: address === undefined ? '0x0' : this.place(address),
        size: table.size[i]!,
        binding: BINDINGS.get(table.bindingOf(i)) ?? `binding ${table.bindingOf(i)}`,
        type: TYPES.get(type) ?? `type ${type}`,
        section: isDefined ? section : null,
        role,
        suffix,
        sameAddress: (aliases.get(this.key(i)) ?? []).filter(alias => alias !== whole),
      },
    };
  }

  private addressOf(i: number): Address {
    const { valueLo, valueHi, shndx } = this.table!;
    return { lo: (valueLo[i]! + (this.sections[shndx[i]!] ?? 0)) >>> 0, hi: valueHi[i]! };
  }

  private key(i: number): string {
    const { valueLo, valueHi, shndx } = this.table!;
    return `${shndx[i]} ${valueHi[i]} ${valueLo[i]}`;
  }

  /** Names of code at the addresses of these symbols. */
  private aliases(symbols: readonly number[]): Map<string, string[]> {
    const table = this.table!;
    const found = new Map<string, string[]>();
    const low = new Set<number>();
    for (const i of symbols) {
      if (table.shndx[i] === SHN_UNDEF) continue;
      found.set(this.key(i), []);
      low.add(table.valueLo[i]!);
    }
    if (low.size === 0) return found;
    for (let i = 1; i < table.length; i++) {
      const type = table.typeOf(i);
      if (!low.has(table.valueLo[i]!) || type === STT_SECTION || type === STT_FILE) continue;
      const names = found.get(this.key(i));
      if (names === undefined || names.length > MAX_ALIASES) continue;
      const name = table.name(i);
      // What begins so, assemblers make.
      if (!/^(\$|\.L|$)/.test(name) && !names.includes(name)) names.push(name);
    }
    return found;
  }
}

/** Is the string at `from` this name, or (`dotted`) this name and something behind a dot? */
function beginsWith(strings: Uint8Array, from: number, name: Uint8Array, dotted: boolean): boolean {
  if (from >= strings.length) return false;
  for (let i = 0; i < name.length; i++) if (strings[from + i] !== name[i]) return false;
  const next = strings[from + name.length];
  return next === 0 || (dotted && next === DOT);
}

function sectionLabel(elf: Elf, index: number): string {
  if (index === SHN_ABS) return 'absolute';
  if (index === SHN_COMMON) return 'common';
  return elf.sections[index]?.label ?? `section ${index}`;
}

function hexadecimal(lo: number, hi: number): string {
  return hi === 0 ? `0x${lo.toString(16)}` : `0x${hi.toString(16)}${lo.toString(16).padStart(8, '0')}`;
}
