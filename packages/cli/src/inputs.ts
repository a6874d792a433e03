import { basename, dirname, join, resolve } from 'node:path';
import { Btf } from '@btfkit/core/btf';
import { UsageError } from './exit.js';
import { type FileSource, fileSource } from './files.js';
import type { InputOptions } from './options.js';

export interface LoadOptions extends InputOptions {
  /** As in ParseOptions. */
  readonly references?: boolean;
  /** The verb takes the types as they are; with a `.BTF.base` in the input a `--base` has no part in it. */
  readonly asTheyAre?: boolean;
}

/** Reads the BTF of any kind of input, on its bases. */
export async function loadInput(path: string, options: LoadOptions = {}): Promise<Btf> {
  return loadOn(path, await loadBases(options.base ?? sysfsBases(path), options), options);
}

/** Reads several inputs; those with the same bases share them. */
export async function loadInputs(paths: readonly string[], options: LoadOptions = {}): Promise<Btf[]> {
  const bases = new Map<string, Btf | undefined>();
  const inputs: Btf[] = [];
  for (const path of paths) {
    const layers = options.base ?? sysfsBases(path);
    const key = layers.join('\0');
    if (!bases.has(key)) bases.set(key, await loadBases(layers, options));
    inputs.push(await loadOn(path, bases.get(key), options));
  }
  return inputs;
}

async function loadOn(path: string, base: Btf | undefined, options: LoadOptions): Promise<Btf> {
  const { btf, hasOwnBase } = await loadLayer(path, base, options);
  if (hasOwnBase && base !== undefined && !options.asTheyAre) {
    throw new UsageError(
      `${path} stands on its own .BTF.base; relocating it onto --base is not in this release yet, leave --base out`,
    );
  }
  return btf;
}

/** Reads inputs as layers that stand on each other, the lowest first; undefined for none. */
export async function loadBases(
  paths: readonly string[],
  options: LoadOptions = {},
): Promise<Btf | undefined> {
  let base: Btf | undefined;
  for (const path of paths) base = (await loadLayer(path, base, options)).btf;
  return base;
}

async function loadLayer(
  path: string,
  base: Btf | undefined,
  { references }: LoadOptions,
): Promise<{ btf: Btf; hasOwnBase: boolean }> {
  const source = fileSource(path);
  try {
    // Raw blobs are most of what is read, and need none of the code for containers to be loaded.
    if (startsLikeBtf(source)) {
      const btf = Btf.parse(source.read(0, source.size), { base, name: path, references });
      return { btf, hasOwnBase: false };
    }
    const { loadBtf } = await import('@btfkit/core/input');
    const { btf, distilledBase } = await loadBtf(source, { base, references });
    return { btf, hasOwnBase: distilledBase !== undefined };
  } finally {
    source.close();
  }
}

function startsLikeBtf(source: FileSource): boolean {
  const [first, second] = source.read(0, Math.min(source.size, 2));
  return (first === 0x9f && second === 0xeb) || (first === 0xeb && second === 0x9f);
}

/** A module's BTF in sysfs stands on vmlinux beside it, NAME.inline on NAME. */
function sysfsBases(path: string): string[] {
  if (dirname(resolve(path)) !== '/sys/kernel/btf') return [];
  const name = basename(path);
  const bases = name === 'vmlinux' ? [] : ['vmlinux'];
  const module = name.match(/^(.+)\.inline$/)?.[1];
  if (module !== undefined && module !== 'vmlinux') bases.push(module);
  return bases.map(base => join(dirname(path), base));
}
