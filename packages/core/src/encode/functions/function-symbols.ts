import type { Names } from '../names.js';
import { forEachString, Suffix, type Symbols } from '../symbols.js';

/** The symbols of functions by name: what DWARF calls `foo` may be `foo.isra.0` there. */
export class FunctionSymbols {
  /** By row: the next symbol of that name + 1, 0 for the last. */
  private readonly next: Int32Array;
  /** By name: the first symbol + 1. */
  private readonly first: Int32Array;
  private readonly symbols: Symbols;
  /** By row; 0 for those without a suffix. */
  private readonly wholeName: Int32Array;
  private readonly kfuncFlags = new Map<number, number>();
  /** The name that comes last. */
  private readonly last: number;

  constructor(symbols: Symbols, names: Names) {
    this.symbols = symbols;
    const count = symbols.addressLo.length;
    const nameOf = new Int32Array(count);
    let row = 0;
    forEachString(symbols.functions, at => {
      nameOf[row++] = names.intern(symbols.functions, at);
    });
    this.wholeName = new Int32Array(count);
    row = 0;
    forEachString(symbols.suffixed, at => {
      while (symbols.suffix[row] === 0) row++;
      this.wholeName[row++] = names.intern(symbols.suffixed, at);
    });
    for (const { name, flags } of symbols.kfuncs) this.kfuncFlags.set(names.internText(name), flags);
    this.last = symbols.last < 0 ? 0 : nameOf[symbols.last]!;
    this.first = new Int32Array(names.count);
    this.next = new Int32Array(count);
    for (let i = count - 1; i >= 0; i--) {
      this.next[i] = this.first[nameOf[i]!]!;
      this.first[nameOf[i]!] = i + 1;
    }
  }

  /** How many names there were when the symbols were read: later ones have none. */
  get nameCount(): number {
    return this.first.length;
  }

  has(name: number): boolean {
    return name < this.first.length && this.first[name] !== 0;
  }

  /** KF_* of a kfunc, `undefined` for other functions. */
  kfunc(name: number): number | undefined {
    return this.kfuncFlags.get(name);
  }

  /** Is a symbol of that name at this address? */
  isAt(name: number, lo: number, hi: number): boolean {
    return this.findAt(name, lo, hi, 0) >= 0;
  }

  /** Is one that has a suffix of optimization? */
  isOptimizedAt(name: number, lo: number, hi: number): boolean {
    return this.findAt(name, lo, hi, Suffix.optimized) >= 0;
  }

  /** Whole name of the first symbol with a suffix at this address, 0 if there is none. */
  suffixedAt(name: number, lo: number, hi: number): number {
    const row = this.findAt(name, lo, hi, Suffix.any);
    return row < 0 ? 0 : this.wholeName[row]!;
  }

  private findAt(name: number, lo: number, hi: number, suffix: number): number {
    const { addressLo, addressHi, suffix: suffixes } = this.symbols;
    for (let row = this.first[name]! - 1; row >= 0; row = this.next[row]! - 1) {
      if (addressLo[row] === lo >>> 0 && addressHi[row] === hi >>> 0 && (suffixes[row]! & suffix) === suffix)
        return row;
    }
    return -1;
  }

  /**
   * Do the symbols of a name stand at several addresses, so that the name does not say which function is meant? As
   * pahole has it (btf_encoder.c, elf_function__has_ambiguous_address), which never asks for the name that comes last.
   */
  isAmbiguous(name: number): boolean {
    if (name === this.last) return false;
    const { addressLo, addressHi } = this.symbols;
    let lo = 0;
    let hi = 0;
    for (let row = this.first[name]! - 1; row >= 0; row = this.next[row]! - 1) {
      if ((lo !== 0 || hi !== 0) && (lo !== addressLo[row] || hi !== addressHi[row])) return true;
      lo = addressLo[row]!;
      hi = addressHi[row]!;
    }
    return false;
  }
}
