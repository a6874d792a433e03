import { basename, dirname, join } from 'node:path';
import { Btf } from '@btfkit/core/btf';
import { fileSource } from './files.js';
import type { InputOptions } from './options.js';

export interface LoadOptions extends InputOptions {
  /** As in ParseOptions. */
  readonly references?: boolean;
}

/** Reads the BTF of any kind of input, on its bases. */
export async function loadInput(path: string, options: LoadOptions = {}): Promise<Btf> {
  let base: Btf | undefined;
  for (const layer of options.base ?? sysfsBases(path)) base = readLayer(layer, base, options);
  return readLayer(path, base, options);
}

function readLayer(path: string, base: Btf | undefined, options: LoadOptions): Btf {
  const source = fileSource(path);
  const bytes = source.read(0, source.size);
  source.close();
  return Btf.parse(bytes, { base, name: path, references: options.references });
}

/** A module's BTF in sysfs stands on vmlinux beside it, NAME.inline on NAME. */
function sysfsBases(path: string): string[] {
  if (dirname(path) !== '/sys/kernel/btf') return [];
  const name = basename(path);
  const bases = name === 'vmlinux' ? [] : ['vmlinux'];
  const module = name.match(/^(.+)\.inline$/)?.[1];
  if (module !== undefined && module !== 'vmlinux') bases.push(module);
  return bases.map(base => join(dirname(path), base));
}
