import type { Elf } from '../elf/index.js';

const latin1 = new TextDecoder('latin1');

/** Of a vmlinux's .rodata, as much as is searched. */
const LONGEST_SEARCH = 64 << 20;

/** The release that a module or a vmlinux says to be of; undefined where it says none. */
export function releaseOf(elf: Elf): string | undefined {
  const modinfo = elf.section('.modinfo');
  if (modinfo !== undefined && elf.isRelocatable)
    return latin1.decode(elf.bytes(modinfo)).match(/(?:^|\0)vermagic=(\S+)/)?.[1];
  const rodata = elf.section('.rodata');
  if (rodata === undefined || rodata.size > LONGEST_SEARCH) return undefined;
  return latin1.decode(elf.bytes(rodata)).match(/Linux version (\d+\.\d+\S*)/)?.[1];
}

/** Is this a kernel module, finished by modpost? */
export function isModule(elf: Elf): boolean {
  return elf.isRelocatable && elf.section('.gnu.linkonce.this_module') !== undefined;
}
