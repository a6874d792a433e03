import type { InputOptions } from '../options.js';

/** Who reads the BTF. */
export type JudgeName = 'program' | 'module' | 'vmlinux' | 'libbpf';

export interface VerifyOptions extends InputOptions {
  readonly as?: JudgeName;
  readonly kernel?: string;
  readonly endian?: 'little' | 'big' | 'target';
  readonly log?: true;
  readonly live?: true;
  readonly json?: true;
}
