import { DEFAULT_FEATURES, type Feature } from '@btfkit/core/encode';
import { isFrom } from './kernel-version.js';

/** What a kernel has its BTF encoded with, or knows to read, from a release on; before, the feature stays off. */
const SINCE: readonly (readonly [feature: Feature, major: number, minor: number])[] = [
  ['var', 5, 2],
  ['float', 5, 13],
  ['decl_tag', 5, 16],
  ['type_tag', 5, 17],
  ['enum64', 6, 0],
  ['optimized_func', 6, 4],
  ['consistent_func', 6, 4],
  ['encode_force', 6, 10],
  ['decl_tag_kfuncs', 6, 11],
  ['attributes', 6, 14],
  ['layout', 7, 1],
];

/** What the build of a kernel asks of the newest pahole; the default where the release is not known. */
export function featuresOf(version: string | undefined): ReadonlySet<Feature> {
  if (version === undefined) return DEFAULT_FEATURES;
  return new Set(SINCE.flatMap(([feature, ...from]) => (isFrom(version, ...from) ? [feature] : [])));
}
