import type { InputOptions } from '../options.js';

export interface VerifyOptions extends InputOptions {
  readonly as?: 'program' | 'module' | 'vmlinux' | 'libbpf';
  readonly kernel?: string;
  readonly endian?: 'little' | 'big' | 'target';
  readonly log?: true;
  readonly live?: true;
  readonly json?: true;
}
