/** Options of `doctor PATH…`. */
export interface DoctorOptions {
  readonly log?: string[];
  readonly kernel?: string;
  readonly pahole?: string;
  readonly base?: string[];
  readonly json?: true;
}

/** 125 of "1.25", "v1.25" or "125"; undefined for what is no version of pahole. */
export function paholeNumber(text: string): number | undefined {
  const [, major, minor, plain] = /^v?(?:(\d)\.(\d{1,3})|(\d{3}))$/.exec(text) ?? [];
  if (plain !== undefined) return Number(plain);
  return major === undefined ? undefined : Number(major) * 100 + Number(minor);
}
