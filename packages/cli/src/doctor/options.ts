import type { Known } from '@btfkit/core/doctor';
import { paholeNumber } from '@btfkit/core/kbuild';
import { UsageError } from '../exit.js';

/** Options of `doctor PATH…`. */
export interface DoctorOptions {
  readonly log?: string[];
  readonly kernel?: string;
  readonly pahole?: string;
  readonly base?: string[];
  readonly json?: true;
}

/** The release that --kernel says. Throws UsageError. */
export function saidKernel(kernel: string | undefined): Known<string> | undefined {
  if (kernel === undefined) return undefined;
  if (!/^v?\d+\.\d+/.test(kernel))
    throw new UsageError(`--kernel ${kernel}: a release such as 5.15 is wanted`);
  return { value: kernel.replace(/^v/, ''), from: '--kernel' };
}

/** The version that --pahole says. Throws UsageError. */
export function saidPahole(pahole: string | undefined): Known<number> | undefined {
  if (pahole === undefined) return undefined;
  const value = paholeNumber(pahole);
  if (value === undefined) throw new UsageError(`--pahole ${pahole}: a version such as 1.25 is wanted`);
  return { value, from: '--pahole' };
}
