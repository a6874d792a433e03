/**
 * How kernels have their BTF made: which flags they pass to which pahole, and what is known of each pair.
 *
 * ```ts
 * import { expectationsOf, flagRows } from '@btfkit/core/kbuild';
 *
 * flagRows('5.15.60', 125).map(row => row.flags); // => ['--btf_gen_floats']
 * const [worst] = expectationsOf('5.15.60', 125);
 * worst.check; // => 'S01'
 * worst.add; // => '--skip_encoding_btf_enum64'
 * ```
 */
export { type Expectation, expectationsOf } from './expectations.js';
export { encodedSince } from './features.js';
export {
  type BuildDesign,
  DESIGNS,
  designOf,
  FEATURE_FLAGS,
  FLAGS,
  type FlagRow,
  flagRows,
  oldestPahole,
} from './flags.js';
export { isModule, releaseOf } from './release.js';
export {
  compareKernels,
  isFrom,
  type KernelNumbers,
  kernelNumbers,
  paholeNumber,
  paholeText,
} from './version.js';
