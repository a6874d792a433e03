// The C tool beside ours: the same file, the same run, in turn, medians.
// usage: node bench/run.mjs [BENCH…] [--runs N] [--kernel RELEASE] [--btf FILE] [--other FILE] [--sample N]
//   BENCH     any of those in the table below; all of them unless named
//   --runs    measurements of each command (default: 3, for the short ones 9)
//   --kernel  folder under kernels/ (default: the newest 6.12)
//   --btf     BTF of that vmlinux for the benches that read it (default: encoded first)
//   --other   BTF of another kernel, to bench diff with
//   --sample  pahole is called for every Nth module by size and its CPU and wall time multiplied (default 20; 1: all)
// RESOLVE_BTFIDS names the tool of that name (of a kernel's tools/bpf/resolve_btfids), to bench gen with.
// CLANG names the compiler of BPF objects for the bench check, which is left out where there is none.
// Needs bash, GNU time, pahole, bpftool (BPFTOOL names another), and a kernel fetched by bench/fetch-kernels.mjs. Exits 1 if a target is missed.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { argumentsOf } from '../scripts/arguments.mjs';
import { compare, missingTools } from './measure.mjs';

const { values, positionals } = argumentsOf(import.meta.url, {
  allowPositionals: true,
  options: {
    runs: { type: 'string' },
    btf: { type: 'string' },
    kernel: { type: 'string' },
    sample: { type: 'string', default: '20' },
    other: { type: 'string' },
  },
});

process.on('uncaughtException', error => {
  console.error(`bench: ${error.message}`);
  process.exit(1);
});

for (const name of ['runs', 'sample']) {
  const value = values[name];
  if (value !== undefined && !/^[1-9]\d*$/.test(value))
    throw new Error(`--${name} ${value}: a number from 1 on is wanted`);
}

const root = fileURLToPath(new URL('..', import.meta.url));
const newestFirst = new Intl.Collator('en', { numeric: true }).compare;

function findKernel() {
  const folder = join(root, 'kernels');
  const found = existsSync(folder) ? readdirSync(folder).sort(newestFirst).reverse() : [];
  const release = values.kernel ?? found.find(name => name.startsWith('6.12'));
  if (release === undefined) throw new Error('no kernel; fetch one: node bench/fetch-kernels.mjs 6.12');
  const debug = join(folder, release, 'usr/lib/debug');
  return {
    vmlinux: join(debug, 'boot', `vmlinux-${release}`),
    modules: join(debug, 'lib/modules', release, 'kernel'),
  };
}

function modulesBySize(folder) {
  return readdirSync(folder, { recursive: true })
    .filter(name => name.endsWith('.ko'))
    .map(name => join(folder, name))
    .sort((a, b) => statSync(a).size - statSync(b).size || (a < b ? -1 : 1));
}

const missing = missingTools();
if (missing !== undefined) throw new Error(missing);
const { vmlinux, modules } = findKernel();
const scratch = mkdtempSync(join(tmpdir(), 'bench-'));
const inScratch = name => join(scratch, name);
const btf = values.btf ?? inScratch('vmlinux.btf');
const kit = (...args) => [process.execPath, join(root, 'packages/cli/bin/btfkit.cjs'), ...args];
const pahole = ['pahole', '-J', '--btf_gen_floats', `--btf_encode_detached=${inScratch('pahole.btf')}`];
const bpftool = process.env.BPFTOOL ?? 'bpftool';
const rawDump = [bpftool, 'btf', 'dump', 'file', btf, 'format', 'raw'];
const everyNth = Number(values.sample);
const allModules = modulesBySize(modules);
const conntrack = allModules.find(path => path.endsWith('/nf_conntrack.ko'));
const sampled = allModules.filter((_, index) => index % everyNth === everyNth >> 1);

/** The first call keeps the base as it was loaded, for those that are measured. */
function oneModule(path) {
  const ours = kit('encode', path, '--base', btf, '-o', inScratch('module.btf'));
  return {
    title: `encode one module in one call: ${basename(path)}, ${Math.ceil(statSync(path).size / 1024)} KiB`,
    before: ours,
    ours,
    theirs: [...pahole, '--btf_base', btf, path],
    targets: { cpu: 1.3, megabytes: 200 },
    short: true,
  };
}

/** Targets are ratios to the C tool, but `megabytes`, which is our own peak memory. */
const benches = {
  vmlinux: {
    title: 'encode vmlinux, one thread',
    ours: kit('encode', vmlinux, '-j', '1', '-o', inScratch('one.btf')),
    theirs: [...pahole, vmlinux],
    targets: { cpu: 0.22, megabytes: 200 },
  },
  threads: {
    title: 'encode vmlinux, two threads',
    ours: kit('encode', vmlinux, '-j', '2', '-o', inScratch('two.btf')),
    theirs: [...pahole, '-j2', vmlinux],
    targets: { cpu: 0.35, wall: 0.35, megabytes: 200 },
  },
  modules: {
    title: `encode ${allModules.length} modules in one call (pahole: a call for each, ${sampled.length} of them made)`,
    ours: kit('encode', ...allModules, '--base', btf, '--out-dir', inScratch('modules'), '-j', '1'),
    theirs: ['bash', '-c', `for ko; do ${pahole.join(' ')} --btf_base="$0" "$ko"; done`, btf, ...sampled],
    targets: { cpu: 0.15 },
    scale: allModules.length / sampled.length,
  },
  module: [conntrack, allModules[allModules.length >> 1], allModules[0]].filter(Boolean).map(oneModule),
  dump: {
    title: 'dump the whole vmlinux BTF, raw',
    ours: kit('dump', btf, '--format', 'raw'),
    theirs: rawDump,
    targets: { cpu: 2 },
    short: true,
  },
  c: {
    title: 'dump the whole vmlinux BTF, as C',
    ours: kit('dump', btf, '--format', 'c'),
    theirs: [...rawDump.slice(0, -1), 'c'],
    targets: { cpu: 2, megabytes: 150 },
    short: true,
  },
  json: {
    title: 'dump the whole vmlinux BTF, as JSON',
    ours: kit('dump', btf, '--json'),
    theirs: [bpftool, '-j', ...rawDump.slice(1, -2)],
    targets: { cpu: 2, megabytes: 150 },
    short: true,
  },
  verify: {
    title: "verify the vmlinux BTF as a program's (bpftool: prints it, raw)",
    ours: kit('verify', btf),
    theirs: rawDump,
    targets: { cpu: 1.5 },
    short: true,
  },
  struct: {
    title: 'print one struct (bpftool: the whole blob, raw)',
    ours: kit('dump', btf, '--format', 'raw', 'list_head'),
    theirs: rawDump,
    targets: { cpu: 0.5 },
    short: true,
  },
};

const resolveBtfids = process.env.RESOLVE_BTFIDS;
if (resolveBtfids !== undefined) {
  const [ours, theirs] = ['gen', 'gen-c'].map(inScratch);
  const inPlace = 'pahole -J --btf_gen_floats --btf_base "$0" "$ko" && "$RESOLVE_BTFIDS" -b "$0" "$ko"';
  const copies = sampled.map(path => join(theirs, basename(path)));
  benches.gen = {
    title: `gen of ${allModules.length} modules in one call (pahole and resolve_btfids: for each, ${sampled.length} of them made)`,
    before: [
      'bash',
      '-c',
      'to=$1; shift; mkdir -p "$0" "$to"; cp "$@" "$0"; cp "$@" "$to"',
      ours,
      theirs,
      ...allModules,
    ],
    ours: kit('gen', ...allModules.map(path => join(ours, basename(path))), '--base', vmlinux, '-j', '1'),
    theirs: ['bash', '-c', `for ko; do ${inPlace}; done`, vmlinux, ...copies],
    targets: { cpu: 0.2 },
    scale: allModules.length / sampled.length,
  };
}

// Kernels and objects are made of the BTF that is given; of the cells of the table bpftool makes one in 40.
const clang = process.env.CLANG ?? 'clang';
if (spawnSync(clang, ['--version']).status === 0) {
  const folder = inScratch('matrix');
  const [kernels, objects, every] = [40, 50, 40];
  const objectPaths = Array.from({ length: objects }, (_, i) => join(folder, 'objects', `program-${i}.o`));
  const cells = Array.from({ length: (kernels * objects) / every }, (_, i) => {
    return `"$0/kernels/6.12.${i % kernels}.btf" ${inScratch('min.btf')} "$0/objects/program-${i % objects}.o"`;
  });
  const makeMatrix = [
    process.execPath,
    join(root, 'bench/make-matrix.mjs'),
    folder,
    btf,
    kernels,
    objects,
  ].map(String);
  const check = kit('core', 'check', ...objectPaths, '--target', join(folder, 'kernels'), '--no-cache');
  benches.check = {
    title: `check ${objects} objects on ${kernels} kernels (bpftool: gen min_core_btf for each cell, ${cells.length} of them made)`,
    before: makeMatrix,
    ours: ['bash', '-c', '"$@" || test $? = 1', 'bash', ...check],
    theirs: ['bash', '-ec', cells.map(cell => `${bpftool} gen min_core_btf ${cell}`).join('\n'), folder],
    targets: { cpu: 0.1 },
    scale: every,
  };
}

// diff ends with status 1 where it finds something.
const other = values.other;
if (other !== undefined) {
  benches.diff = {
    title: 'diff of two kernels (bpftool: prints both, raw)',
    ours: ['bash', '-c', '"$@" || test $? = 1', 'bash', ...kit('diff', other, btf)],
    theirs: ['bash', '-c', `${bpftool} btf dump file "$0"; ${bpftool} btf dump file "$1"`, other, btf],
    targets: { cpu: 4, megabytes: 150 },
    short: true,
  };
}

const columns = ['', 'btfkit', 'C tool', 'ratio', 'target', ''];
const widths = [14, 10, 10, 7, 8, 6];
const row = cells =>
  console.log(cells.map((cell, i) => (i ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join(' '));
let missed = 0;

/** Prints one line; `value` is what the target bounds. */
function report(name, unit, ours, theirs, value, target) {
  const digits = unit === 'MB' ? 0 : 3;
  const ok = target === undefined ? '' : value <= target ? 'ok' : 'MISSED';
  if (ok === 'MISSED') missed++;
  const goal = target === undefined ? '' : unit === 'MB' ? `${target} MB` : String(target);
  row([
    `  ${name}`,
    `${ours.toFixed(digits)} ${unit}`,
    `${theirs.toFixed(digits)} ${unit}`,
    (ours / theirs).toFixed(2),
    goal,
    ok,
  ]);
}

async function runBench({ title, before, ours, theirs, targets, scale = 1, short = false }) {
  if (before !== undefined) execFileSync(before[0], before.slice(1), { stdio: 'inherit' });
  const runs = Number(values.runs ?? (short ? 9 : 3));
  const [mine, other] = await compare([ours, theirs], runs);
  const scaled = { cpu: other.cpu * scale, wall: other.wall * scale };
  console.log(`${title}; median of ${runs}${scale === 1 ? '' : `, its times × ${scale.toFixed(2)}`}`);
  row(columns);
  report('CPU time', 's', mine.cpu, scaled.cpu, mine.cpu / scaled.cpu, targets.cpu);
  report('wall time', 's', mine.wall, scaled.wall, mine.wall / scaled.wall, targets.wall);
  report('peak memory', 'MB', mine.memory, other.memory, mine.memory, targets.megabytes);
}

try {
  const wanted = positionals.length > 0 ? positionals : Object.keys(benches);
  const unknown = wanted.find(name => !Object.hasOwn(benches, name));
  if (unknown !== undefined)
    throw new Error(`no bench ${unknown}; there are ${Object.keys(benches).join(', ')}`);
  if (values.btf === undefined) {
    const [node, ...encode] = kit('encode', vmlinux, '-o', btf);
    execFileSync(node, encode, { stdio: 'inherit' });
  }
  for (const name of wanted) for (const bench of [benches[name]].flat()) await runBench(bench);
} finally {
  rmSync(scratch, { recursive: true });
}
process.exitCode = missed > 0 ? 1 : 0;
