import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  btfkit,
  fetchedKernels,
  needs,
  scratchFolder,
  shared,
  typesThatDiffer,
  whatDiffers,
} from './tools.js';

// Real kernels, fetched by bench/fetch-kernels.mjs: isomorphic to what pahole's newest was recorded to make of them. Other
// releases are compared with the installed pahole, which may be older and choose other functions: in their data types.

const scratch = scratchFolder();
const kernels = fetchedKernels();
const golden = join(shared, 'golden');

if (kernels.length === 0)
  test.skip('real kernels (skipped: none under kernels/; bench/fetch-kernels.mjs fetches some)');

describe.each(kernels)('$release', ({ release, vmlinux, modules }) => {
  const recorded = join(golden, `vmlinux-${release}.btf.xz`);
  const isRecorded = existsSync(recorded);
  const { skip, why } = isRecorded
    ? needs('slow', 'shared', 'python3', 'xz')
    : needs('slow', 'shared', 'python3', 'pahole');

  /** pahole's BTF of this vmlinux: as recorded, or made now. */
  function theirs(): string {
    const path = join(scratch, `${release}.theirs.btf`);
    if (existsSync(path)) return path;
    if (isRecorded) writeFileSync(path, execFileSync('xz', ['-dc', recorded], { maxBuffer: 1 << 28 }));
    else execFileSync('pahole', ['-J', '--btf_gen_floats', `--btf_encode_detached=${path}`, vmlinux]);
    return path;
  }

  test.skipIf(skip)(`vmlinux${why}`, { timeout: 600_000 }, () => {
    const one = join(scratch, `${release}.btf`);
    const two = join(scratch, `${release}.j2.btf`);
    btfkit('encode', vmlinux, '-j', '1', '-o', one);
    btfkit('encode', vmlinux, '-j', '2', '-o', two);
    expect(readFileSync(one).equals(readFileSync(two))).toBe(true);
    const differ = isRecorded ? whatDiffers : typesThatDiffer;
    expect(differ([{ ours: one, theirs: theirs() }])).toEqual([]);
  });

  const list = join(golden, 'modules/list.txt');
  const listed = existsSync(list)
    ? readFileSync(list, 'utf8')
        .trim()
        .split('\n')
        .map(line => line.split(' ') as [string, string])
    : [];
  const here = listed.length > 0 && listed.every(([, path]) => existsSync(join(modules, path)));
  const answer = here ? why : ' (skipped: no recorded BTF for modules of this kernel)';
  test.skipIf(skip || !here)(`modules on the recorded vmlinux BTF${answer}`, { timeout: 900_000 }, () => {
    const paths = listed.map(([, path]) => join(modules, path));
    btfkit('encode', ...paths, '--base', theirs(), '--out-dir', scratch);
    const pairs = listed.map(([name]) => ({
      ours: join(scratch, `${name}.btf`),
      theirs: join(golden, 'modules', `${name}.btf`),
      base: theirs(),
    }));
    expect(whatDiffers(pairs)).toEqual([]);
  });
});
