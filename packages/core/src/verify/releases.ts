import { CHANGES, FIRST } from './changes.js';
import type { KernelRules } from './rules.js';

/** Releases of Linux that have BTF, oldest first. */
export const RELEASES: readonly string[] = [
  ...numbered(4, 18, 20),
  ...numbered(5, 0, 19),
  ...numbered(6, 0, 19),
  ...numbered(7, 0, 3),
];

export const NEWEST_RELEASE = RELEASES.at(-1)!;

function numbered(major: number, first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, i) => `${major}.${first + i}`);
}

/**
 * The release that "6.12.117", "v6.12-rc3" or "6.18.44-fc" is of: "6.12". Of one that is newer than all that are
 * known, the newest; undefined for one before BTF, and for what is no version.
 */
export function releaseOf(version: string): string | undefined {
  const parts = /^v?(\d{1,4})\.(\d{1,4})(?![\d])/.exec(version);
  if (parts === null) return undefined;
  const release = `${Number(parts[1])}.${Number(parts[2])}`;
  if (RELEASES.includes(release)) return release;
  return compareReleases(release, NEWEST_RELEASE) > 0 ? NEWEST_RELEASE : undefined;
}

/** Negative, 0 or positive, as the one release is older than the other. */
export function compareReleases(a: string, b: string): number {
  const [aMajor, aMinor] = a.split('.').map(Number);
  const [bMajor, bMinor] = b.split('.').map(Number);
  return aMajor! - bMajor! || aMinor! - bMinor!;
}

/** The rules of one of `RELEASES`. */
export function rulesOf(release: string): KernelRules {
  const applied = CHANGES.filter(({ since }) => compareReleases(since, release) <= 0);
  return Object.assign({}, FIRST, ...applied.map(({ rules }) => rules), { release });
}

/**
 * All releases, those together that have the same rules, oldest first: a blob need only be judged once for each.
 */
export function releaseGroups(): { readonly releases: readonly string[]; readonly rules: KernelRules }[] {
  const groups: { releases: string[]; rules: KernelRules }[] = [];
  for (const release of RELEASES) {
    const isNew = groups.length === 0 || CHANGES.some(({ since }) => since === release);
    if (isNew) groups.push({ releases: [release], rules: rulesOf(release) });
    else groups.at(-1)!.releases.push(release);
  }
  return groups;
}
