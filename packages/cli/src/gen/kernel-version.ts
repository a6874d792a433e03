/** The first two numbers of a release as KERNELVERSION and `--kernel` have it; undefined for what is none. */
export function parseRelease(
  version: string | undefined,
): readonly [major: number, minor: number] | undefined {
  const [, major, minor] = version?.match(/^v?(\d+)\.(\d+)/) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor)];
}

/** Whether the kernel's resolve_btfids finds kfuncs by their sets, and annotates them itself. */
export function isAfter72(version: string | undefined): boolean {
  return isFrom(version, 7, 3);
}

export function isFrom(version: string | undefined, major: number, minor: number): boolean {
  const release = parseRelease(version);
  return release !== undefined && (release[0] > major || (release[0] === major && release[1] >= minor));
}
