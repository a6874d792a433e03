import { basename, dirname, join, resolve } from 'node:path';
import { Btf } from '@btfkit/core/btf';
import { type FileSource, fileSource } from './files.js';
import type { InputOptions } from './options.js';

export interface LoadOptions extends InputOptions {
  /** As in ParseOptions. */
  readonly references?: boolean | undefined;
  /** The same for the bases; as for the input where it is left out. */
  readonly baseReferences?: boolean | undefined;
  /** The verb takes the types as they are: an input with `.BTF.base` is read on that alone. */
  readonly asTheyAre?: boolean;
}

/** Reads the BTF of any kind of input, on its bases. One with `.BTF.base` is relocated onto them. */
export async function loadInput(path: string, options: LoadOptions = {}): Promise<Btf> {
  const references = options.baseReferences ?? options.references;
  return loadLayer(path, await loadBases(options.base ?? sysfsBases(path), { references }), options);
}

/** Reads several inputs; those with the same bases share them. */
export async function loadInputs(paths: readonly string[], options: LoadOptions = {}): Promise<Btf[]> {
  const bases = new Map<string, Btf | undefined>();
  const inputs: Btf[] = [];
  for (const path of paths) {
    const layers = options.base ?? sysfsBases(path);
    const key = layers.join('\0');
    if (!bases.has(key)) bases.set(key, await loadBases(layers, options));
    inputs.push(await loadLayer(path, bases.get(key), options));
  }
  return inputs;
}

/** Reads inputs as layers that stand on each other, the lowest first; undefined for none. */
export async function loadBases(
  paths: readonly string[],
  options: LoadOptions = {},
): Promise<Btf | undefined> {
  let base: Btf | undefined;
  for (const path of paths) base = await loadLayer(path, base, { references: options.references });
  return base;
}

async function loadLayer(
  path: string,
  base: Btf | undefined,
  { references, asTheyAre }: LoadOptions,
): Promise<Btf> {
  const source = fileSource(path);
  try {
    // Raw blobs are most of what is read, and need none of the code for containers to be loaded.
    if (startsLikeBtf(source)) {
      return Btf.parse(source.read(0, source.size), { base, name: path, references });
    }
    const [{ loadBtf }, { orRefusal }] = await Promise.all([
      import('@btfkit/core/input'),
      import('./refusal.js'),
    ]);
    const relocate = asTheyAre !== true;
    return (await orRefusal(() => loadBtf(source, { base, references, relocate }))).btf;
  } finally {
    source.close();
  }
}

function startsLikeBtf(source: FileSource): boolean {
  const [first, second] = source.read(0, Math.min(source.size, 2));
  return (first === 0x9f && second === 0xeb) || (first === 0xeb && second === 0x9f);
}

/** A module's BTF in sysfs stands on vmlinux beside it, NAME.inline on NAME. */
export function sysfsBases(path: string): string[] {
  if (dirname(resolve(path)) !== '/sys/kernel/btf') return [];
  const name = basename(path);
  const bases = name === 'vmlinux' ? [] : ['vmlinux'];
  const module = name.match(/^(.+)\.inline$/)?.[1];
  if (module !== undefined && module !== 'vmlinux') bases.push(module);
  return bases.map(base => join(dirname(path), base));
}
