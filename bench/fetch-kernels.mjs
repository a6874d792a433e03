// Fetches Debian's kernels with DWARF into kernels/RELEASE, for benches and for the comparison with pahole.
// usage: node bench/fetch-kernels.mjs [VERSION | PACKAGE]…     default: 6.12 6.1
// VERSION (6.12, or a whole release such as 6.12.117+deb12) takes the newest cloud-amd64 package of that version that
// apt knows; PACKAGE is a name such as linux-image-6.12.117+deb12-cloud-amd64-dbg, with =VERSION if wanted.
// Needs apt-get and dpkg, no root. A kernel that is there already is left alone. Each takes 300 MB to fetch, 1.8 GB of disk.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { argumentsOf } from '../scripts/arguments.mjs';

const kernels = fileURLToPath(new URL('../kernels', import.meta.url));
const suffix = '-cloud-amd64-dbg';

/** The newest package that has the DWARF of a kernel of this version. */
function packageOf(version) {
  const pattern = `^linux-image-${version.replace(/[.+]/g, '\\$&')}([.+-].*)?${suffix}$`;
  const lines = execFileSync('apt-cache', ['search', '--names-only', pattern], { encoding: 'utf8' }).split(
    '\n',
  );
  // linux-image-6.12-cloud-amd64-dbg is an empty package that depends on the newest one.
  const names = lines.map(line => line.split(' ')[0]).filter(name => /^linux-image-\d+\.\d+\./.test(name));
  const [newest] = names.sort(new Intl.Collator('en', { numeric: true }).compare).reverse();
  if (newest === undefined) throw new Error(`apt knows no ${suffix.slice(1)} package of Linux ${version}`);
  return newest;
}

function fetchKernel(wanted) {
  const target = wanted.startsWith('linux-image-') ? wanted : packageOf(wanted);
  const name = target.split('=')[0];
  const folder = join(kernels, name.slice('linux-image-'.length).replace(/-dbg$/, ''));
  if (!existsSync(folder)) {
    mkdirSync(kernels, { recursive: true });
    const scratch = mkdtempSync(join(kernels, '.fetch-'));
    try {
      execFileSync('apt-get', ['download', '-qq', '-o', 'APT::Sandbox::User=root', target], {
        cwd: scratch,
        stdio: ['ignore', 'inherit', 'inherit'],
      });
      const [archive] = readdirSync(scratch);
      execFileSync('dpkg', ['-x', join(scratch, archive), join(scratch, 'tree')]);
      renameSync(join(scratch, 'tree'), folder);
    } finally {
      rmSync(scratch, { recursive: true });
    }
  }
  console.log(folder);
}

const wanted = argumentsOf(import.meta.url, { allowPositionals: true }).positionals;
try {
  for (const one of wanted.length > 0 ? wanted : ['6.12', '6.1']) fetchKernel(one);
} catch (error) {
  console.error(`fetch-kernels: ${error.message}`);
  process.exitCode = 1;
}
