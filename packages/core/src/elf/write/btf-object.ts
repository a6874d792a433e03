import { ET_REL, SHF_ALLOC, SHT_PROGBITS, SHT_STRTAB } from '../constants.js';
import type { Elf } from '../elf.js';
import { NameTable } from './name-table.js';
import { SectionTable, setWord } from './section-table.js';

/**
 * The relocatable object that brings BTF into the link of vmlinux: of class, byte order, machine and flags of `like`, with
 * a loaded, read-only `.BTF` and no symbols. The bytes are those that the kernel's scripts/gen-btf.sh makes with the
 * compiler and GNU objcopy.
 */
export function btfObject(like: Elf, btf: Uint8Array): Uint8Array {
  const { is64, littleEndian } = like;
  const names = new NameTable(new Uint8Array(1));
  const nameOffset = names.offsetOf('.shstrtab');
  const btfName = names.offsetOf('.BTF');
  const headerSize = is64 ? 64 : 52;
  const nameStart = headerSize + btf.length;
  const word = is64 ? 8 : 4;
  const tableStart = Math.ceil((nameStart + names.bytes.length) / word) * word;

  const table = new SectionTable(new Uint8Array(0), is64, littleEndian);
  table.resize(3);
  table.set(1, {
    nameOffset: btfName,
    type: SHT_PROGBITS,
    flags: SHF_ALLOC,
    offset: headerSize,
    size: btf.length,
    align: 1,
  });
  table.set(2, {
    nameOffset,
    type: SHT_STRTAB,
    offset: nameStart,
    size: names.bytes.length,
    align: 1,
  });

  const bytes = new Uint8Array(tableStart + table.bytes.length);
  // e_ident: class, byte order, version and ABI.
  bytes.set(like.source.read(0, 16));
  const view = new DataView(bytes.buffer);
  view.setUint16(16, ET_REL, littleEndian);
  view.setUint16(18, like.machine, littleEndian);
  view.setUint32(20, 1, littleEndian);
  setWord(view, is64 ? 40 : 32, tableStart, is64, littleEndian);
  const tail = is64 ? 48 : 36;
  view.setUint32(tail, like.flags, littleEndian);
  view.setUint16(tail + 4, headerSize, littleEndian);
  view.setUint16(tail + 10, table.bytes.length / 3, littleEndian);
  view.setUint16(tail + 12, 3, littleEndian);
  view.setUint16(tail + 14, 2, littleEndian);
  bytes.set(btf, headerSize);
  bytes.set(names.bytes, nameStart);
  bytes.set(table.bytes, tableStart);
  return bytes;
}
