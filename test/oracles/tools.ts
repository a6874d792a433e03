import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const executable = join(root, 'packages/cli/bin/btfkit.cjs');
export const fixtures = join(root, 'fixtures');
/** Recorded answers of the kernel, libbpf, bpftool and pahole, and the scripts that compare with them. */
export const shared = process.env.BTFKIT_SHARED ?? join(root, '../shared');
const kernels = process.env.BTFKIT_KERNELS ?? join(root, 'kernels');

const runs = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;

/** What a test may need that is not always there. */
const conditions = {
  shared: () => existsSync(join(shared, 'tools/score.py')) || 'no folder of recorded answers (BTFKIT_SHARED)',
  python3: () => runs('python3', '--version') || 'no python3',
  bpftool: () => runs('bpftool', 'version') || 'no bpftool',
  pahole: () => runs('pahole', '--version') || 'no pahole',
  xz: () => runs('xz', '--version') || 'no xz',
  gcc: () => runs('gcc', '--version') || 'no gcc',
  binutils: () => ['readelf', 'objcopy', 'ld', 'nm'].every(name => runs(name, '--version')) || 'no binutils',
  llvmObjcopy: () => runs('llvm-objcopy', '--version') || 'no llvm-objcopy',
  elflint: () => runs('eu-elflint', '--version') || 'no eu-elflint (elfutils)',
  root: () => process.getuid?.() === 0 || 'not root',
  linux: () => process.platform === 'linux' || 'not Linux',
  slow: () => process.env.BTFKIT_SLOW === '1' || 'minutes long, BTFKIT_SLOW=1 runs it',
};

/** Whether to skip, and what to add to the title so that the report says why. */
export function needs(...wanted: (keyof typeof conditions)[]): { skip: boolean; why: string } {
  const missing = wanted.map(name => conditions[name]()).filter(answer => answer !== true);
  return { skip: missing.length > 0, why: missing.length > 0 ? ` (skipped: ${missing.join(', ')})` : '' };
}

/** A folder that goes away after the tests of the file. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'oracles-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  return folder;
}

export function btfkit(...args: string[]): Buffer {
  return execFileSync(process.execPath, [executable, ...args], {
    maxBuffer: 1 << 30,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Two BTF files, and what both stand on. */
export interface Comparison {
  readonly ours: string;
  readonly theirs: string;
  readonly base?: string;
}

// One interpreter for all of them: reads argument lists as JSON, prints what differs as a JSON list of texts.
const compareAll = `
import contextlib, io, json, runpy, sys
answers = []
script, lists = json.load(sys.stdin)
for arguments in lists:
    sys.argv = [script, *arguments]
    said, status = io.StringIO(), 0
    with contextlib.redirect_stdout(said):
        try: runpy.run_path(script, run_name='__main__')
        except SystemExit as end: status = end.code
    answers.append((said.getvalue()[-2000:] or f'status {status}') if status else '')
json.dump(answers, sys.stdout)
`;

/** For each pair, in words, how its data types differ; no entry where they do not. */
export function typesThatDiffer(pairs: readonly Comparison[]): string[] {
  return compare(pairs, ['--types-only']);
}

/** For each pair, in words, why it is not isomorphic: functions, variables and tags count too. */
export function whatDiffers(pairs: readonly Comparison[]): string[] {
  return compare(pairs, []);
}

function compare(pairs: readonly Comparison[], options: readonly string[]): string[] {
  const lists = pairs.map(({ ours, theirs, base }) => [
    ours,
    theirs,
    ...options,
    ...(base === undefined ? [] : ['--base', base]),
  ]);
  const input = JSON.stringify([join(shared, 'tools/btfcanon.py'), lists]);
  const said = execFileSync('python3', ['-c', compareAll], { input, encoding: 'utf8', maxBuffer: 1 << 28 });
  const answers: string[] = JSON.parse(said);
  return pairs.flatMap(({ ours }, index) => (answers[index] ? [`${basename(ours)}: ${answers[index]}`] : []));
}

export interface Kernel {
  readonly release: string;
  readonly vmlinux: string;
  /** The folder of its modules. */
  readonly modules: string;
}

/** What bench/fetch-kernels.mjs has fetched. */
export function fetchedKernels(): Kernel[] {
  if (!existsSync(kernels)) return [];
  return readdirSync(kernels)
    .map(release => ({
      release,
      vmlinux: join(kernels, release, 'usr/lib/debug/boot', `vmlinux-${release}`),
      modules: join(kernels, release, 'usr/lib/debug/lib/modules', release),
    }))
    .filter(({ vmlinux }) => existsSync(vmlinux));
}
