import type { CheckTargetOptions } from '@btfkit/core/core-check';
import { type Elf, SHF_EXECINSTR, SHT_SYMTAB } from '@btfkit/core/elf';
import { Kallsyms } from '@btfkit/core/kernel';

/** The symbols of a kernel that is an ELF file, as /proc/kallsyms would have them; undefined where it was stripped. */
export function elfSymbols(elf: Elf): CheckTargetOptions | undefined {
  if (elf.isRelocatable || !elf.sections.some(({ type }) => type === SHT_SYMTAB)) return undefined;
  return {
    kallsyms: () => new Kallsyms(lines(elf)),
    kallsymsName: 'its symbol table',
    isWithoutModules: true,
  };
}

function lines(elf: Elf): Uint8Array {
  const symbols = elf.symbols()!;
  const found: string[] = [];
  for (let symbol = 1; symbol < symbols.length; symbol++) {
    const section = elf.sections[symbols.shndx[symbol]];
    const name = symbols.name(symbol);
    if (section === undefined || symbols.shndx[symbol] === 0 || !/^[!-~]+$/.test(name)) continue;
    found.push(`0 ${(section.flags & SHF_EXECINSTR) === 0 ? 'd' : 't'} ${name}\n`);
  }
  return new TextEncoder().encode(found.join(''));
}
