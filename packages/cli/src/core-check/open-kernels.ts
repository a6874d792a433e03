import { Btf } from '@btfkit/core/btf';
import { type ByteSource, FormatError, memorySource } from '@btfkit/core/bytes';
import { type CheckModule, CheckTarget } from '@btfkit/core/core-check';
import { DistillError } from '@btfkit/core/distill';
import { btfSections, loadBtf, type OpenedInput, openInput } from '@btfkit/core/input';
import { type Kernel, namesAreWhole } from '@btfkit/core/kernel';
import { failureOf, Status } from '../exit.js';
import { fileSource } from '../files.js';
import { openKernel } from '../kernel/open.js';
import { isBtf, type KernelSource, kernelEntries, labelsOf, type ModuleFile, releaseOf } from './sources.js';
import { elfSymbols } from './symbols.js';
import { isTar } from './tar.js';

/** A kernel of a source that cannot be read: others of an archive may be sound. */
export interface UnreadKernel {
  readonly labels: readonly string[];
  /** One line. */
  readonly error: string;
}

/** A kernel that was read. */
export interface OpenedKernel {
  /** What an archive adds to the labels of its source. */
  readonly labels: readonly string[];
  /** With vmlinux alone. */
  readonly target: CheckTarget;
  /** With its modules as well; undefined where there turn out to be none. */
  withModules?(): Promise<CheckTarget | undefined>;
  /** What was passed over. Complete when `withModules` has returned. */
  readonly notes: string[];
}

/** Archives in archives. */
const DEEPEST = 4;

/** Reads the kernels of a source one after the other. */
export async function* openKernels(source: KernelSource): AsyncIterable<OpenedKernel | UnreadKernel> {
  yield* orUnread([], () => openSource(source));
}

/** What is wrong with an input ends what `kernels` gives. */
async function* orUnread(
  labels: readonly string[],
  kernels: () => AsyncIterable<OpenedKernel | UnreadKernel>,
): AsyncIterable<OpenedKernel | UnreadKernel> {
  try {
    yield* kernels();
  } catch (error) {
    const { status, message } = failureOf(error);
    if (status !== Status.INPUT) throw error;
    yield { labels, error: message };
  }
}

async function* openSource(source: KernelSource): AsyncIterable<OpenedKernel | UnreadKernel> {
  if (source.is === 'root') {
    yield await openRoot(openKernel({ root: source.path }, false), source.modules);
    return;
  }
  const file = fileSource(source.path);
  try {
    const { part } = source;
    const content =
      part === undefined ? file : partOf(file, part.offset, part.size, source.path, source.labels);
    yield* openContent(content, [], source, 0);
  } finally {
    file.close();
  }
}

function partOf(
  file: ByteSource,
  offset: number,
  size: number,
  path: string,
  labels: readonly string[],
): ByteSource {
  return memorySource(file.read(offset, size), `${path}!${labels.at(-1)}`);
}

async function* openContent(
  source: ByteSource,
  labels: readonly string[],
  from: KernelSource,
  depth: number,
): AsyncIterable<OpenedKernel | UnreadKernel> {
  const opened = await openInput(source);
  const content = opened.source;
  if (opened.kind === 'raw' && isTar(content.read(0, Math.min(512, content.size)))) {
    if (depth === DEEPEST)
      throw new FormatError(`more than ${DEEPEST} archives in each other`, { file: source.name });
    const entries = kernelEntries(content);
    if (entries.length === 0) throw new FormatError('no BTF in this archive', { file: source.name });
    for (const { name, offset, size } of entries) {
      // One file alone says no more than its archive.
      const inner = entries.length === 1 ? labels : [...labels, ...labelsOf(name)];
      const entry = memorySource(content.read(offset, size), `${source.name}!${name}`);
      yield* orUnread(inner, () => openContent(entry, inner, from, depth + 1));
    }
    return;
  }
  if (from.isFound && isSomethingElse(opened)) return;
  const blob = (await btfSections(opened)).btf;
  const btf = Btf.parse(blob, { name: source.name, references: false });
  const pointerSize = opened.elf === undefined ? undefined : opened.elf.is64 ? 8 : 4;
  const notes: string[] = [];
  const symbols = opened.elf === undefined ? undefined : elfSymbols(opened.elf);
  const options = { pointerSize, release: releaseOf([...from.labels, ...labels]), ...symbols };
  yield {
    labels,
    notes,
    target: new CheckTarget(btf, options),
    ...(from.modules.length > 0 && {
      withModules: async () =>
        new CheckTarget(btf, { ...options, modules: await readModules(from.modules, btf, notes) }),
    }),
  };
}

/** What stands in folders beside kernels: texts that are compressed, debug files of modules and programs. */
function isSomethingElse({ kind, elf, source }: OpenedInput): boolean {
  if (elf !== undefined)
    return elf.section('.BTF') === undefined && !/(^|\/)vmlinu[xz][^/]*$/.test(source.name);
  return kind === 'raw' && source.size >= 2 && !isBtf(source.read(0, 2));
}

async function readModules(files: readonly ModuleFile[], base: Btf, notes: string[]): Promise<CheckModule[]> {
  const modules: CheckModule[] = [];
  for (const { name, path } of files) {
    const source = fileSource(path);
    try {
      const { btf, distilledBase } = await loadBtf(source, { base });
      if (distilledBase !== undefined || namesAreWhole(btf)) modules.push({ name, btf });
      else notes.push(`passed over: ${path} was made for another kernel`);
    } catch (error) {
      if (!(error instanceof FormatError) && !(error instanceof DistillError)) throw error;
      notes.push(`passed over: ${error.message}`);
    } finally {
      source.close();
    }
  }
  return modules;
}

/** What it would tell is not known where it cannot be read. */
async function configOf(kernel: Kernel, notes: string[]): Promise<string | null> {
  try {
    return await kernel.config();
  } catch (error) {
    const { status, message } = failureOf(error);
    if (status !== Status.INPUT) throw error;
    notes.push(`passed over: ${message}`);
    return null;
  }
}

/** A machine, this one or a captured one. */
async function openRoot(kernel: Kernel, extra: readonly ModuleFile[]): Promise<OpenedKernel> {
  const { btf, notes: passed } = await kernel.vmlinux();
  const notes = [...passed];
  const kallsyms = kernel.kallsyms();
  const options = {
    kallsyms: kallsyms === null ? null : () => kallsyms,

    release: kernel.release,
    config: await configOf(kernel, notes),
  };
  return {
    labels: [],
    notes,
    target: new CheckTarget(btf, options),
    async withModules() {
      const own = await kernel.modulesWithBtf();
      const modules = [
        ...own
          .filter(module => module.from !== 'vmlinux')
          .map(module => ({ name: module.name, btf: module.btf })),
        ...(await readModules(extra, btf, notes)),
      ];
      return modules.length === 0 ? undefined : new CheckTarget(btf, { ...options, modules });
    },
  };
}
