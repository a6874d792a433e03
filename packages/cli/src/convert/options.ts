import type { InputOptions } from '../options.js';

/** Whose BTF it is. */
export type Owner = 'program' | 'module' | 'vmlinux';

export interface ConvertOptions extends InputOptions {
  readonly kernel: string;
  readonly output: string;
  readonly as?: Owner;
  readonly embed?: true;
  readonly json?: true;
}
