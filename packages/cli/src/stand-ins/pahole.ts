import { statSync } from 'node:fs';
import { Elf } from '@btfkit/core/elf';
import { failureOf, Status, UsageError } from '../exit.js';
import { fileSource } from '../files.js';
import { writeError, writeOut } from '../output.js';
import { type PaholeCall, parsePahole, supportedFeatures, UnsupportedFeature } from './pahole-arguments.js';

/** What kernels choose their flags by; the environment can say otherwise. */
const VERSION = 'v1.31';
/** argp's EX_USAGE, and pahole's EXIT_FAILURE. */
const USAGE = 64;
const FAILURE = 1;

/** Runs `btfkit layout` with these arguments, and returns its status. */
export type LayoutVerb = (args: readonly string[]) => Promise<number>;

/**
 * Stands in for pahole in a kernel build: `pahole -J …` edits the file as pahole does, or writes what
 * --btf_encode_detached names. Returns what the process is to end with.
 */
export async function pahole(args: readonly string[], layout: LayoutVerb): Promise<number> {
  const warn = (line: string) => writeError(`${line}\n`);
  try {
    const call = parsePahole(args, warn);
    switch (call.action) {
      case 'version':
        writeOut(`${version()}\n`);
        return Status.DONE;
      case 'numeric version':
        writeOut(`${version().replace(/^v|\./g, '')}\n`);
        return Status.DONE;
      case 'features':
        writeOut(`${supportedFeatures()}\n`);
        return Status.DONE;
      case 'encode':
        return await encode(call);
      default:
        return await show(call, layout);
    }
  } catch (error) {
    if (error instanceof UnsupportedFeature) {
      writeError(`${error.message}\n${supportedFeatures()}\n`);
      return FAILURE;
    }
    writeError(`pahole: ${failureOf(error).message}\n`);
    if (!(error instanceof UsageError)) return FAILURE;
    writeError(
      'btfkit-pahole knows what kernel builds pass, and STRUCT FILE; docs/kernel-build.md lists it\n',
    );
    return USAGE;
  }
}

/** One line, as builds make a number of it. */
function version(): string {
  return process.env.BTFKIT_PAHOLE_VERSION ?? VERSION;
}

async function encode(call: PaholeCall): Promise<number> {
  if (call.files.length === 0) throw new UsageError('no file to encode');
  const [{ cachePlace }, { parseLanguages }, { encodeOne }, { compileLess }] = await Promise.all([
    import('../encode/base-cache.js'),
    import('../encode/selection.js'),
    import('../encode/run.js'),
    import('../optimizer.js'),
  ]);
  compileLess(statSync(call.files[0]!, { throwIfNoEntry: false })?.size);
  const embed = call.detached === undefined;
  const settings = {
    base: call.base,
    cache: cachePlace(call.base),
    excludedLanguages: parseLanguages(call.excludedLanguages),
    features: call.features,
    // pahole distills only what it puts into the file.
    distill: embed && call.features.has('distilled_base') && call.base.length > 0,
    embed,
  };
  let status: number = Status.DONE;
  for (const input of call.files) {
    if (!hasDwarf(input)) {
      if (call.verbose) writeError(`${input}: no DWARF, nothing to encode\n`);
      continue;
    }
    const job = { input, output: call.detached ?? input };
    const result = await encodeOne(job, settings, call.threads, undefined);
    if ('message' in result) {
      writeError(`pahole: ${result.message}\n`);
      status = FAILURE;
    } else if (call.verbose) for (const note of result.notes) writeError(`${note}\n`);
  }
  return status;
}

/** pahole leaves a file without DWARF alone, and a build goes on: a module can be all assembly. */
function hasDwarf(path: string): boolean {
  const source = fileSource(path);
  try {
    return Elf.open(source).debugSection('info') !== undefined;
  } finally {
    source.close();
  }
}

/** The struct view: that of `btfkit layout`. */
async function show({ structs, files, base, layout }: PaholeCall, run: LayoutVerb): Promise<number> {
  const [file, ...more] = files;
  if (file === undefined || more.length > 0) throw new UsageError('STRUCT FILE is wanted, or -J and a file');
  const bases = base.flatMap(path => ['--base', path]);
  return (await run([file, ...structs, ...layout, ...bases])) === Status.DONE ? Status.DONE : FAILURE;
}
