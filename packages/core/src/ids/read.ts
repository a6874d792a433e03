import { FormatError, locate } from '../bytes/index.js';
import { addressDifference, type Elf, type SymbolTable } from '../elf/index.js';
import type { BtfId, BtfIdSet, BtfIdSet8, BtfIds } from './model.js';
import { PREFIX, parseSymbolName, type SymbolName } from './symbol-name.js';

const SECTION = '.BTF_ids';
/** What a set has before its members: a count, and flags in a set8. */
const SET_HEADER = { set: 4, set8: 8 } as const;
const MEMBER = { set: 4, set8: 8 } as const;

/** A symbol with its place in the section. */
interface Placed {
  readonly symbol: SymbolName;
  /** As the file has it, for messages. */
  readonly label: string;
  readonly offset: number;
  /** st_size; of a single id always 4. */
  readonly size: number;
}

/**
 * Reads `.BTF_ids` and its `__BTF_ID__*` symbols, resolved or not, from an object, a module or a vmlinux. Where the
 * file has no such section, undefined; where it has no symbols, no ids. What is wrong for resolve_btfids is wrong
 * here (tools/bpf/resolve_btfids/main.c, symbols_collect and id_patch); so are ids and sets that are not aligned or
 * lie on each other, of which that tool makes nonsense. Throws FormatError.
 */
export function readBtfIds(elf: Elf): BtfIds | undefined {
  // Of several sections the last, as resolve_btfids has it.
  const section = elf.sectionsNamed(SECTION).at(-1);
  if (section === undefined) return undefined;
  return locate({ file: elf.source.name, section: SECTION }, () => {
    const bytes = elf.bytes(section);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const symbols = elf.symbols();
    const placed = symbols === undefined ? [] : [...placedSymbols(symbols, section)];
    placed.sort((a, b) => a.offset - b.offset);
    for (const one of placed) checkPlace(one, bytes.length);
    checkOverlaps(placed);
    const reader = { view, littleEndian: elf.littleEndian };
    const ids: BtfId[] = [];
    const sets: (BtfIdSet | BtfIdSet8)[] = [];
    for (const one of placed) {
      const { symbol, offset } = one;
      if ('number' in symbol) ids.push({ ...symbol, offset, id: view.getUint32(offset, elf.littleEndian) });
      else sets.push(readSet(reader, symbol.kind, one));
    }
    return { section: section.index, littleEndian: elf.littleEndian, bytes, ids, sets };
  });
}

function* placedSymbols(
  symbols: SymbolTable,
  section: { readonly index: number; readonly addrLo: number; readonly addrHi: number },
): Generator<Placed> {
  for (let index = 1; index < symbols.length; index++) {
    if (symbols.shndx[index] !== section.index) continue;
    const label = symbols.name(index);
    if (!label.startsWith(PREFIX)) continue;
    const { valueLo, valueHi } = symbols;
    // In a linked file a symbol's value is an address; in an object the section's address is 0.
    const offset = addressDifference(valueLo[index], valueHi[index], section.addrLo, section.addrHi);
    const symbol = parseSymbolName(label);
    if (symbol === undefined) {
      throw new FormatError(
        `symbol ${label}, expected ${PREFIX}(func, struct, union or typedef)__NAME__NUMBER or ${PREFIX}(set or set8)__NAME`,
        // Not a place that a message could name where the symbol is before the section.
        offset >= 0 ? { offset } : {},
      );
    }
    yield { symbol, label, offset, size: 'number' in symbol ? 4 : symbols.size[index] };
  }
}

function checkPlace({ symbol, label, offset, size }: Placed, length: number): void {
  if (offset < 0) throw new FormatError(`symbol ${label} is ${-offset} bytes before the section`);
  if (offset + size > length) {
    throw new FormatError(`${label} has ${size} bytes, the section ends at 0x${length.toString(16)}`, {
      offset,
    });
  }
  if (offset % 4 !== 0) throw new FormatError(`${label} is not aligned to 4 bytes`, { offset });
  if ('number' in symbol) return;
  const header = SET_HEADER[symbol.kind];
  if (size < header) {
    throw new FormatError(`${label} has ${size} bytes, expected at least ${header}`, { offset });
  }
}

/** Sets may not lie on each other, nor ids on ids or on what a set begins with. `placed` is in order of offset. */
function checkOverlaps(placed: readonly Placed[]): void {
  let last: Placed | undefined;
  let lastSet: Placed | undefined;
  /** Up to where nothing may begin. */
  let taken = 0;
  for (const one of placed) {
    const header = 'number' in one.symbol ? undefined : SET_HEADER[one.symbol.kind];
    let other: Placed | undefined;
    if (one.offset < taken) other = last;
    else if (header !== undefined && lastSet !== undefined && one.offset < lastSet.offset + lastSet.size)
      other = lastSet;
    if (other !== undefined) {
      throw new FormatError(`${one.label} lies on ${other.label} at 0x${other.offset.toString(16)}`, {
        offset: one.offset,
      });
    }
    last = one;
    if (header !== undefined) lastSet = one;
    taken = one.offset + (header ?? 4);
  }
}

function readSet(
  { view, littleEndian }: { readonly view: DataView; readonly littleEndian: boolean },
  kind: 'set' | 'set8',
  { symbol, label, offset, size }: Placed,
): BtfIdSet | BtfIdSet8 {
  const word = (at: number) => view.getUint32(at, littleEndian);
  // What is left over of a member counts for nothing, as in resolve_btfids.
  const length = Math.floor((size - SET_HEADER[kind]) / MEMBER[kind]);
  const count = word(offset);
  if (count > length) {
    throw new FormatError(`${label} has a count of ${count}, its ${size} bytes hold ${length}`, { offset });
  }
  const column = (start: number) =>
    Uint32Array.from({ length }, (_, index) => word(offset + start + index * MEMBER[kind]));
  const { name } = symbol;
  if (kind === 'set') return { kind, name, offset, length, count, ids: column(4) };
  const flags = word(offset + 4);
  return { kind, name, offset, length, count, flags, ids: column(8), pairFlags: column(12) };
}
