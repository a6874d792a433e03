// A target is a file in targets/: { name, seeds(), mutators, run(bytes) }. `run` returns, or throws a FormatError:
// whatever else it does is a find. `mutators` know the format and are used beside the blind ones; see mutators/.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fixtures } from '../robustness/cases.mjs';

/** Names of all targets. */
export const targets = readdirSync(fileURLToPath(new URL('targets/', import.meta.url)))
  .filter(name => name.endsWith('.mjs'))
  .map(name => name.replace(/\.mjs$/, ''))
  .sort();

/** Where the finds of a target are kept. */
export const findsFolder = target => join(fixtures, 'fuzz', target);

/** Files with the finds of a target. */
export function savedFinds(target) {
  const folder = findsFolder(target);
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}
