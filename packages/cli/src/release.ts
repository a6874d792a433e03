import { NEWEST_RELEASE, RELEASES, releaseOf } from '@btfkit/core/verify';
import { UsageError } from './exit.js';
import { writeError } from './output.js';

/** The release that `--kernel` names: for newer ones the newest that is known, with a line that says so. */
export function releaseNamed(version: string): string {
  const release = releaseOf(version);
  if (release === undefined) {
    throw new UsageError(
      `--kernel ${version}: no release of Linux with BTF, which are ${RELEASES[0]} to ${NEWEST_RELEASE}`,
    );
  }
  if (!version.replace(/^v/, '').startsWith(release)) {
    writeError(`btfkit: Linux ${version} is not known yet, ${release} is the newest that is\n`);
  }
  return release;
}
