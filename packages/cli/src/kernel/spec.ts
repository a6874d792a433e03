import { type Summary, summarize } from '@btfkit/core/btf';
import { oneLine } from '@btfkit/core/bytes';
import {
  type Attachment,
  isModuleName,
  type Kernel,
  type ModuleBtf,
  moduleNameOf,
  type VmlinuxBtf,
} from '@btfkit/core/kernel';
import { UsageError } from '../exit.js';
import { fileSource } from '../files.js';
import { asText, writeJson, writeOut } from '../output.js';
import { summaryText } from '../summary-text.js';
import { openKernel, type RootOptions } from './open.js';

export interface SpecOptions extends RootOptions {
  readonly json?: true;
}

/** `subject`: a module's name or file, or the name of a program's section; left out for the kernel itself. */
export async function spec(subject: string | undefined, options: SpecOptions): Promise<void> {
  const kernel = openKernel(options);
  const place = { root: options.root ?? '/', release: kernel.release ?? null };
  const attachment = subject?.includes('/') && !moduleNameOf(subject) ? kernel.attachment(subject) : null;
  if (attachment !== null) {
    const specs = await specsOf(kernel, attachment);
    if (options.json) writeJson({ ...place, section: subject, ...attachment, specs });
    else writeOut(attachmentText(attachment, specs));
    return;
  }
  const found = await specOf(kernel, subject);
  if (options.json) writeJson({ ...place, ...found });
  else writeOut(asText(specText(found)));
}

/** What BTF is used for a module, or for the kernel. */
type Spec = { readonly btf: Summary } & (
  | ({ readonly module: null } & Omit<VmlinuxBtf, 'btf'>)
  | ({ readonly module: string } & Omit<ModuleBtf, 'btf' | 'name'>)
);

async function specOf(kernel: Kernel, subject: string | undefined): Promise<Spec> {
  if (subject === undefined || subject === 'vmlinux') {
    const { btf, ...rest } = await kernel.vmlinux();
    return { module: null, ...rest, btf: summarize(btf) };
  }
  if (moduleNameOf(subject) !== undefined) return moduleSpec(await moduleFile(kernel, subject));
  if (!isModuleName(subject)) {
    throw new UsageError(`"${oneLine(subject)}" is not a module: their names have no dot or slash`);
  }
  return moduleSpec(await kernel.module(subject));
}

function moduleSpec({ btf, name, ...rest }: ModuleBtf): Spec {
  return { module: name, ...rest, btf: summarize(btf) };
}

async function moduleFile(kernel: Kernel, path: string): Promise<ModuleBtf> {
  const source = fileSource(path);
  try {
    return await kernel.moduleFile(source);
  } finally {
    source.close();
  }
}

async function specsOf(kernel: Kernel, { modules }: Attachment): Promise<Spec[]> {
  const specs: Spec[] = [];
  for (const name of modules) specs.push(moduleSpec(await kernel.module(name)));
  return specs.length > 0 ? specs : [await specOf(kernel, undefined)];
}

const ORIGINS = {
  sysfs: 'in sysfs',
  file: 'in a file of that release',
  image: 'in the image of the kernel',
  vmlinux: 'that of vmlinux alone',
} as const;

function specText(spec: Spec): string[] {
  return [...headText(spec), '', ...summaryText(spec.btf)];
}

function headText(spec: Spec): string[] {
  const { module, from, notes } = spec;
  const state = module === null || spec.state === 'unknown' ? 'loaded or not' : spec.state;
  const subject = module === null ? 'kernel' : `module   ${module}, ${state}`;
  const origin = module !== null && from === 'file' ? "in the module's file" : ORIGINS[from];
  return [subject, `BTF      ${origin}`, ...notes.map(note => `note     ${note}`)];
}

function attachmentText({ target, places, notes }: Attachment, specs: readonly Spec[]): string {
  const name = target.module === null ? target.name : `${target.module}:${target.name}`;
  const lines = [`program  ${target.program}, ${target.form}${name === '' ? '' : ` ${name}`}`];
  for (const symbol of places) lines.push(`symbol   ${symbol.name} of ${symbol.module ?? 'vmlinux'}`);
  lines.push(...notes.map(note => `note     ${note}`));
  for (const one of specs) {
    const { name: file, types } = one.btf;
    lines.push('', ...headText(one), `types    ${types} in ${file}`);
  }
  return asText(lines);
}
