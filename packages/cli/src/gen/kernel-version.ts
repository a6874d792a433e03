import { isFrom, kernelNumbers } from '@btfkit/core/kbuild';

export { isFrom, isModule, releaseOf } from '@btfkit/core/kbuild';

/** The first two numbers of a release, as KERNELVERSION and `--kernel` have it; undefined for what is none. */
export function parseRelease(
  version: string | undefined,
): readonly [major: number, minor: number] | undefined {
  const numbers = kernelNumbers(version);
  return numbers && [numbers[0], numbers[1]];
}

/** Whether the kernel's resolve_btfids finds kfuncs by their sets, and annotates them itself. */
export function isAfter72(version: string | undefined): boolean {
  return isFrom(version, 7, 3);
}
