/** `6.12.3` of `6.12.3-cloud-amd64` or `vmlinux-6.12`. Null where there is none. */
function numbersOf(release: string): readonly [number, number, number] | null {
  const [, major, minor, patch = '0'] = release.match(/(?:^|[^0-9.])(\d+)\.(\d+)(?:\.(\d+))?/) ?? [];
  return major === undefined ? null : [Number(major), Number(minor), Number(patch)];
}

/** A release as a number by which releases can be compared. Null where it is none. */
export function releaseOrder(release: string): number | null {
  const numbers = numbersOf(release);
  return numbers === null ? null : numbers.reduce((sum, one) => sum * 1e4 + one, 0);
}

/** LINUX_VERSION_CODE of a release. Null where that is not known. */
export function linuxVersion(release: string | null): number | null {
  const numbers = release === null ? null : numbersOf(release);
  return numbers === null ? null : numbers[0] * 65536 + numbers[1] * 256 + Math.min(numbers[2], 255);
}
