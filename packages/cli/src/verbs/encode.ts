import { statSync } from 'node:fs';
import type { EncodeOptions } from '@btfkit/core/encode';
import { type Command, InvalidArgumentError } from 'commander';
import type { Encoded, FileSettings } from '../encode/file-encoder.js';
import type { Job } from '../encode/output-paths.js';
import type { Failure } from '../exit.js';
import { addBaseOption, type InputOptions, parseJobs } from '../options.js';

interface VerbOptions extends InputOptions {
  readonly output?: string;
  readonly outDir?: string;
  readonly keepPaths?: true;
  readonly features?: string;
  readonly langExclude?: string;
  readonly jobs?: number;
  readonly cache: boolean;
  readonly json?: true;
  readonly embed?: true;
  readonly distill?: true;
  readonly explain?: string[];
}

export function define(program: Command): void {
  const verb = program
    .command('encode')
    .description('turn DWARF into deduplicated BTF')
    .argument('<elf...>', 'vmlinux, modules, objects, compressed or not')
    .option('-o, --output <file>', 'where to write, for one input; - for standard output')
    .option('--out-dir <dir>', 'write DIR/NAME.btf; NAME is without .ko and what names a compression')
    .option('--keep-paths', 'mirror the folders of the inputs in --out-dir')
    .option('--embed', 'put the BTF into the ELF files themselves, as .BTF')
    .option('--features <list>', 'what to encode, by the names of pahole --btf_features')
    .option('--distill', 'on --base: make it independent of that very base, and write OUTPUT.base too')
    .option('--lang-exclude <list>', 'leave out units of these languages, such as rust,c++11')
    .option('-j, --jobs <n>', 'threads; the bytes are the same with any number', parseJobs)
    .option('--no-cache', 'load the base anew, and do not keep it for the next call')
    .option('--explain <func>', 'say why a function is in the BTF or not; several by commas', parseNames)
    .option('--json', 'one JSON document with the numbers of units, types and bytes, or the explanations');
  addBaseOption(verb)
    .addHelpText(
      'after',
      `
Without -o, --out-dir and --embed the BTF of ELF is written to ELF.btf beside it. The base is loaded once for all inputs.
A file that cannot be encoded is reported, the others go on, and the status is 3.

--embed adds .BTF to the ELF file or replaces it, with --distill .BTF.base too (without, one that is there goes). Nothing
else in the file changes: sections keep their indices and places. The new file takes the old one's place and mode when it
is complete; other hard links keep the old one. A signed module is refused, and so is a compressed one: embed, strip if you
like, then sign, then compress. Where .BTF is part of the loaded image, as in a finished vmlinux, only BTF of the same size
can replace it.

Features: a list names all that are wanted, one that begins with + what is wanted beside the default.
  default           encode_force (leave out variables that BTF cannot name), var (per-CPU variables), float, decl_tag,
                    type_tag, enum64, optimized_func, consistent_func (leave out functions whose types differ between
                    units), decl_tag_kfuncs (tag what the sets of kfuncs in .BTF_ids name)
  global_var        the variables of all sections
  attributes        type attributes of kfuncs' arena pointers
  true_signature    functions with changed signatures, under their symbols' names
  layout            a section that says how large each kind is
  distilled_base    as --distill, where there is a base
  reproducible_build, which every output is
  all               all of them

The base: a large one is kept as it was loaded, for the next calls, in the user's cache folder ($XDG_CACHE_HOME/btfkit,
~/.cache/btfkit, ~/Library/Caches/btfkit, %LOCALAPPDATA%\\btfkit): 10 MB for a kernel, the last 8 used. BTFKIT_CACHE names
another folder, BTFKIT_CACHE=off or --no-cache has nothing read or written there.

With --explain no BTF is written, unless -o, --out-dir or --embed says where to. FUNC is a name in C, or that of a symbol such as
foo.isra.0. The status is 1 when a function is not in the BTF.

Threads: one for each CPU when there are many inputs or a large vmlinux, else one.

Examples:
  $ btfkit encode vmlinux -o vmlinux.btf
  $ btfkit encode drivers/net/*.ko --base vmlinux.btf --out-dir btf
  $ btfkit encode nf_tables.ko.xz --base /sys/kernel/btf/vmlinux -o - | btfkit dump - --base /sys/kernel/btf/vmlinux
  $ btfkit encode --embed --base vmlinux drivers/net/*.ko
  $ btfkit encode vmlinux --explain vfs_statfs,skb_put
  $ btfkit encode my.ko --base /sys/kernel/btf/vmlinux --explain my_kfunc --json
  $ btfkit encode vmlinux --lang-exclude rust --features encode_force,var,enum64,consistent_func`,
    )
    .action(run);
}

function parseNames(value: string, before: readonly string[] = []): string[] {
  const names = value.split(',');
  // What stands before the first dot is the name.
  if (names.some(name => /^(\.|$)/.test(name)))
    throw new InvalidArgumentError('Names of functions, by commas.');
  return [...before, ...names];
}

async function run(inputs: string[], options: VerbOptions): Promise<void> {
  const [
    { Reported, Status, say, UsageError },
    { cachePlace },
    { planOutputs },
    selection,
    { asText, writeError, writeJson },
  ] = await Promise.all([
    import('../exit.js'),
    import('../encode/base-cache.js'),
    import('../encode/output-paths.js'),
    import('../encode/selection.js'),
    import('../output.js'),
  ]);
  const { explain, output, outDir, embed } = options;
  if (explain !== undefined && output === '-')
    throw new UsageError('--explain and -o - both want standard output');
  if (options.json && options.output === '-')
    throw new UsageError('--json and -o - both want standard output');
  const features = selection.parseFeatures(options.features);
  const base = options.base ?? [];
  if (options.distill && base.length === 0) throw new UsageError('--distill wants --base');
  const distill = options.distill === true || (features.has('distilled_base') && base.length > 0);
  if (distill && options.output === '-')
    throw new UsageError('a distilled base is a second file: -o - is for one');
  const isWritten = explain === undefined || output !== undefined || outDir !== undefined || embed === true;
  const jobs = isWritten ? planOutputs(inputs, { ...options, base }) : [];
  const settings = {
    base,
    cache: options.cache ? cachePlace(base) : undefined,
    excludedLanguages: selection.parseLanguages(options.langExclude),
    features,
    distill,
    embed: embed === true,
  };
  const results = isWritten ? await encodeAll(jobs, settings, options.jobs) : [];
  let status: number = Status.DONE;
  for (const [i, result] of results.entries()) {
    if ('message' in result) status = Math.max(status, say(result));
    else writeError(asText(result.notes.map(note => `btfkit: note: ${jobs[i]!.input}: ${note}`)));
  }
  let rows: readonly object[] = results.map((result, i) => row(jobs[i]!, result));
  if (explain !== undefined) {
    const { explainInputs } = await import('../encode/explain.js');
    const explained = await explainInputs(inputs, explain, settings, rows, options.json === true);
    status = Math.max(status, explained.status);
    rows = explained.rows;
  }
  if (options.json) writeJson({ files: rows });
  if (status !== Status.DONE) throw new Reported(status);
}

async function encodeAll(
  jobs: readonly Job[],
  settings: FileSettings,
  threads: number | undefined,
): Promise<(Encoded | Failure)[]> {
  const [{ ProgressLine }, { encodeMany, encodeOne }, { compileLess }] = await Promise.all([
    import('../progress.js'),
    import('../encode/run.js'),
    import('../optimizer.js'),
  ]);
  compileLess(jobs.length === 1 ? statSync(jobs[0]!.input, { throwIfNoEntry: false })?.size : undefined);
  const line = new ProgressLine();
  try {
    if (jobs.length > 1) {
      return await encodeMany(jobs, settings, threads, done => line.show(`${done} of ${jobs.length} files`));
    }
    const progress: EncodeOptions['progress'] = ({ bytes, allBytes }) =>
      line.show(`${jobs[0]!.input}: ${Math.floor((100 * bytes) / allBytes)} %`);
    return [await encodeOne(jobs[0]!, settings, threads, progress)];
  } finally {
    line.clear();
  }
}

/** A row of the JSON document. */
function row({ input, output }: Job, result: Encoded | Failure) {
  if ('message' in result) return { input, output: null, error: result.message };
  return { input, output, ...result };
}
