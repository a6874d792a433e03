/** A kernel's release in numbers: 5.15.66 is [5, 15, 66]. */
export type KernelNumbers = readonly [major: number, minor: number, patch: number];

/** The numbers in front of a release as KERNELVERSION or uname has it, "v5.15.66-rc1"; undefined for what is none. */
export function kernelNumbers(release: string | undefined): KernelNumbers | undefined {
  const match = /^v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(?!\d)/.exec(release ?? '');
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
}

/** Negative, 0 or positive, as `a` is older than `b`. */
export function compareKernels(a: KernelNumbers, b: KernelNumbers): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

/** Is it this release or newer? False where it is not known. */
export function isFrom(release: string | undefined, major: number, minor: number): boolean {
  const numbers = kernelNumbers(release);
  return numbers !== undefined && compareKernels(numbers, [major, minor, 0]) >= 0;
}

/** 125 of "1.25", "v1.25" or "125", as kernels count; undefined for what is no version of pahole. */
export function paholeNumber(text: string): number | undefined {
  const [, major, minor, plain] = /^v?(?:(\d)\.(\d{1,2})|(\d{3}))$/.exec(text.trim()) ?? [];
  if (plain !== undefined) return Number(plain);
  // pahole-version.sh puts the two together: 1.9 would be 19.
  return major === undefined ? undefined : Number(major) * 100 + Number(minor);
}

/** "1.25" of 125. */
export function paholeText(version: number): string {
  return `${Math.floor(version / 100)}.${version % 100}`;
}
