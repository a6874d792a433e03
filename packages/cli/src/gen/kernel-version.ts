import type { Elf } from '@btfkit/core/elf';

/** The first two numbers of a release, as KERNELVERSION and `--kernel` have it; undefined for what is none. */
export function parseRelease(
  version: string | undefined,
): readonly [major: number, minor: number] | undefined {
  const [, major, minor] = version?.match(/^v?(\d+)\.(\d+)/) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor)];
}

/** False where the release is not known. */
export function isFrom(version: string | undefined, major: number, minor: number): boolean {
  const release = parseRelease(version);
  return release !== undefined && (release[0] > major || (release[0] === major && release[1] >= minor));
}

/** Whether the kernel's resolve_btfids finds kfuncs by their sets, and annotates them itself. */
export function isAfter72(version: string | undefined): boolean {
  return isFrom(version, 7, 3);
}

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
