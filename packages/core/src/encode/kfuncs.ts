import { type Elf, SHT_PROGBITS, type SymbolTable } from '../elf/index.js';

/** Flags of a kfunc (include/linux/btf.h). */
export const KfuncFlag = {
  fastcall: 1 << 12,
  arenaResult: 1 << 13,
  arenaFirst: 1 << 14,
  arenaSecond: 1 << 15,
} as const;

/** BTF_SET8_KFUNCS of a set's own flags: its functions are kfuncs. */
const SET8_KFUNCS = 1;
const SET8_PREFIX = '__BTF_ID__set8__';
const FUNCTION_PREFIX = '__BTF_ID__func__';

/** A function that a set8 of kfuncs names. */
export interface Kfunc {
  readonly name: string;
  /** KF_* of its entry. */
  readonly flags: number;
}

/** An entry of a set8. */
export interface SetEntry extends Kfunc {
  /** Name of the set, and its own BTF_SET8_KFUNCS: are these kfuncs? */
  readonly set: string;
  readonly isKfunc: boolean;
}

/**
 * The kfuncs of a file: what stands in those sets of `.BTF_ids` that are marked as sets of kfuncs, whether or not ids
 * were filled in. Of one that is in several sets, the flags of the last symbol count. Empty where there is no
 * `.BTF_ids`. After pahole's btf_encoder__collect_kfuncs. FormatError for a section that is cut off.
 */
export function readKfuncs(elf: Elf, table: SymbolTable): Kfunc[] {
  const found = new Map<string, Kfunc>();
  for (const { name, flags, isKfunc } of readSets(elf, table)) if (isKfunc) found.set(name, { name, flags });
  return [...found.values()];
}

/** The entries of all set8 in `.BTF_ids`, in the order of their symbols. Same errors. */
export function readSets(elf: Elf, table: SymbolTable): SetEntry[] {
  const section = elf.section('.BTF_ids');
  if (section === undefined || section.type !== SHT_PROGBITS || elf.isCompressed(section)) return [];
  const bytes = elf.bytes(section);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const inSection: { readonly name: string; readonly from: number; readonly size: number }[] = [];
  for (let i = 1; i < table.length; i++) {
    if (table.shndx[i] !== section.index) continue;
    const from = elf.isRelocatable ? table.valueLo[i]! : (table.valueLo[i]! - section.addrLo) >>> 0;
    inSection.push({ name: table.name(i), from, size: table.size[i]! });
  }
  const word = (at: number) => (at + 4 <= bytes.length ? view.getUint32(at, elf.littleEndian) : 0);
  const sets = inSection.filter(({ name }) => name.startsWith(SET8_PREFIX));
  const entries: SetEntry[] = [];
  for (const { name: symbol, from } of inSection) {
    const name = functionName(symbol);
    // Each entry is an id and its flags.
    if (name === undefined || from + 8 > bytes.length) continue;
    for (const set of sets) {
      if (from < set.from || from >= set.from + set.size) continue;
      const isKfunc = (word(set.from + 4) & SET8_KFUNCS) !== 0;
      entries.push({ name, flags: word(from + 4), set: set.name.slice(SET8_PREFIX.length), isKfunc });
    }
  }
  return entries;
}

/** `foo` of `__BTF_ID__func__foo__12`. */
function functionName(symbol: string): string | undefined {
  if (!symbol.startsWith(FUNCTION_PREFIX)) return undefined;
  const name = symbol.slice(FUNCTION_PREFIX.length);
  const end = name.lastIndexOf('_');
  return end > 0 && name[end - 1] === '_' ? name.slice(0, end - 1) : undefined;
}
