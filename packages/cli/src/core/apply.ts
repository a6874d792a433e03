import { applyCore, type BpfObject, type Relocation } from '@btfkit/core/core-relo';
import type { MissingTypeError } from '@btfkit/core/kernel';
import { Reported, Status, UsageError } from '../exit.js';
import { writeWhole } from '../files.js';
import { compileLess } from '../optimizer.js';
import { asText, writeError, writeJson } from '../output.js';
import { checkPlaces } from '../places.js';
import type { KernelTarget } from './kernel-target.js';
import { jsonRow, relocationText, tally } from './report.js';
import { loadTarget, openObject, type TargetOptions } from './target.js';

export type { ModuleOption } from './target.js';

export interface ApplyOptions extends Omit<TargetOptions, 'target'> {
  readonly target?: string;
  /** In the place of a target and modules. */
  readonly root?: string;
  readonly output: string;
  readonly json?: true;
}

export async function apply(path: string, options: ApplyOptions): Promise<void> {
  const { output, json } = options;
  const { target: kernel, base = [], module = [] } = options;
  checkPlaces({
    inputs: [path, kernel, ...base, ...module.map(({ input }) => input)],
    outputs: [output],
    json,
  });
  compileLess(0);
  const object = openObject(path);
  const { target, file, modules, notes, missing } = await targetOf(object, options);
  const { bytes, relocations, skipped } = applyCore(object, target);
  const odd = relocations.filter(({ outcome }) => outcome !== 'patched');
  const blind = new Map<Relocation, MissingTypeError>();
  for (const one of odd) {
    const why = missing(one, relocations);
    if (why !== undefined) blind.set(one, why);
  }
  const isRefused = blind.size > 0 || odd.some(({ outcome }) => outcome === 'refused');
  // libbpf gives up the whole object, but loads none for big-endian machines at all: of these the rest is of use.
  const isWritten = !isRefused || (blind.size === 0 && !object.littleEndian);
  if (isWritten) writeWhole(output, bytes);
  writeError(asText(notes.map(note => `note: ${note}`)));
  for (const one of odd) {
    const why = blind.get(one);
    writeError(relocationText(one) + (why === undefined ? '' : `    ${why.message}\n`));
  }
  if (odd.length > 0) writeError(summary(path, relocations, isWritten));
  if (blind.size > 0) writeError(`btfkit: ${path}: not written: a type may be of a module without BTF\n`);
  if (json) {
    writeJson({
      object: path,
      target: file,
      modules,
      notes,
      output: isWritten ? output : null,
      ...tally(relocations),
      skipped: skipped.length,
      relocations: relocations.map(one => {
        const why = blind.get(one);
        return { ...jsonRow(one), ...(why && { missing: why.modules }) };
      }),
    });
  }
  if (isRefused) throw new Reported(Status.NO);
}

/** What the options name: inputs, or a kernel that is looked into. */
async function targetOf(object: BpfObject, options: ApplyOptions): Promise<KernelTarget> {
  const { target: file, root, module = [], base } = options;
  if (root === undefined) {
    if (file === undefined) throw new UsageError('--target or --root has to say which kernel');
    const target = await loadTarget({ target: file, base, module });
    const modules = Object.fromEntries(module.map(({ name, input }) => [name, input]));
    return { target, file, modules, notes: [], missing: () => undefined };
  }
  if (file !== undefined || module.length > 0 || base !== undefined) {
    throw new UsageError('--root finds the kernel and its modules: no --target, --module or --base with it');
  }
  const [{ openKernel }, { kernelTarget }] = await Promise.all([
    import('../kernel/open.js'),
    import('./kernel-target.js'),
  ]);
  return kernelTarget(openKernel({ root }, false), object);
}

function summary(path: string, relocations: readonly Relocation[], isWritten: boolean): string {
  const { patched, poisoned, refused } = tally(relocations);
  const consequence = isWritten
    ? 'made unloadable, the rest is written'
    : 'libbpf would not load this object';
  const refusals = refused > 0 ? `, ${refused} refused: ${consequence}` : '';
  return `btfkit: ${path}: ${relocations.length} relocations: ${patched} patched, ${poisoned} poisoned${refusals}\n`;
}
