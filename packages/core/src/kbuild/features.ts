import type { KernelNumbers } from './version.js';

/**
 * Since which release a kernel has its BTF encoded with a feature of pahole, or knows to read what it brings; before, the
 * feature is best left off. From flags.ts where a flag or feature of the build says so.
 */
export const encodedSince = {
  var: [5, 2, 0],
  float: [5, 13, 0],
  decl_tag: [5, 16, 0],
  type_tag: [5, 17, 0],
  enum64: [6, 0, 0],
  optimized_func: [6, 5, 0],
  consistent_func: [6, 5, 0],
  encode_force: [6, 10, 0],
  decl_tag_kfuncs: [6, 11, 0],
  attributes: [6, 16, 0],
  layout: [7, 1, 0],
} as const satisfies Readonly<Record<string, KernelNumbers>>;
