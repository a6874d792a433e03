import { DEFAULT_FEATURES, type Feature } from '@btfkit/core/encode';
import { encodedSince, isFrom } from '@btfkit/core/kbuild';

/** What the build of a kernel asks of the newest pahole; the default where the release is not known. */
export function featuresOf(version: string | undefined): ReadonlySet<Feature> {
  if (version === undefined) return DEFAULT_FEATURES;
  const known = Object.entries(encodedSince).filter(([, [major, minor]]) => isFrom(version, major, minor));
  return new Set(known.map(([feature]) => feature as Feature));
}
