/** Numbers of the System V gABI (chapters "ELF Header", "Sections", "Symbol Table") that btfkit uses. */

export const ELFCLASS32 = 1;
export const ELFCLASS64 = 2;
export const ELFDATA2LSB = 1;
export const ELFDATA2MSB = 2;

export const ET_REL = 1;
export const ET_EXEC = 2;
export const ET_DYN = 3;

export const SHT_NULL = 0;
export const SHT_PROGBITS = 1;
export const SHT_SYMTAB = 2;
export const SHT_STRTAB = 3;
export const SHT_RELA = 4;
export const SHT_NOTE = 7;
export const SHT_NOBITS = 8;
export const SHT_REL = 9;
export const SHT_DYNSYM = 11;
export const SHT_GROUP = 17;
export const SHT_SYMTAB_SHNDX = 18;
/** Compact relocations of LLVM 19 (`-Wa,--crel`). */
export const SHT_CREL = 0x40000014;

export const SHF_ALLOC = 2;
export const SHF_EXECINSTR = 4;
export const SHF_INFO_LINK = 0x40;
export const SHF_COMPRESSED = 0x800;

export const ELFCOMPRESS_ZLIB = 1;
export const ELFCOMPRESS_ZSTD = 2;

export const SHN_UNDEF = 0;
/** First of the 256 reserved values in a 16-bit section index. */
export const SHN_LORESERVE = 0xff00;
export const SHN_XINDEX = 0xffff;
/**
 * Reserved indices as `SymbolTable.shndx` holds them: moved to the top of 32 bits, since a file with more
 * than 65,280 sections has real sections at 0xfff1 and 0xfff2.
 */
export const SHN_ABS = 0xfffffff1;
export const SHN_COMMON = 0xfffffff2;

export const STT_NOTYPE = 0;
export const STT_OBJECT = 1;
export const STT_FUNC = 2;
export const STT_SECTION = 3;
export const STT_FILE = 4;
export const STB_LOCAL = 0;
export const STB_GLOBAL = 1;
export const STB_WEAK = 2;

export const EM_SPARC = 2;
export const EM_386 = 3;
export const EM_MIPS = 8;
export const EM_SPARC32PLUS = 18;
export const EM_PPC = 20;
export const EM_PPC64 = 21;
export const EM_S390 = 22;
export const EM_ARM = 40;
export const EM_SPARCV9 = 43;
export const EM_ARC = 45;
export const EM_X86_64 = 62;
export const EM_AARCH64 = 183;
export const EM_RISCV = 243;
export const EM_BPF = 247;
export const EM_LOONGARCH = 258;

const machineNames = new Map([
  [EM_SPARC, 'sparc'],
  [EM_386, 'i386'],
  [EM_MIPS, 'mips'],
  [15, 'parisc'],
  [EM_SPARC32PLUS, 'sparc32plus'],
  [EM_PPC, 'powerpc'],
  [EM_PPC64, 'powerpc64'],
  [EM_S390, 's390'],
  [EM_ARM, 'arm'],
  [42, 'sh'],
  [EM_SPARCV9, 'sparc64'],
  [EM_X86_64, 'x86-64'],
  [94, 'xtensa'],
  [EM_AARCH64, 'aarch64'],
  [189, 'microblaze'],
  [195, 'arcv2'],
  [EM_RISCV, 'riscv'],
  [EM_BPF, 'bpf'],
  [252, 'csky'],
  [EM_LOONGARCH, 'loongarch'],
]);

/** Name of an e_machine value for messages: "x86-64 (62)", "machine 9999". */
export function machineName(machine: number): string {
  const name = machineNames.get(machine);
  return name === undefined ? `machine ${machine}` : `${name} (${machine})`;
}
