import { statSync } from 'node:fs';
import type { Btf } from '@btfkit/core/btf';
import { memorySource } from '@btfkit/core/bytes';
import { BpfObject, CoreTarget } from '@btfkit/core/core-relo';
import { fileSource } from '../files.js';
import { loadInput } from '../inputs.js';

export interface ModuleOption {
  readonly name: string;
  readonly input: string;
}

export interface TargetOptions {
  readonly target: string;
  readonly base?: string[] | undefined;
  readonly module?: readonly ModuleOption[];
}

/** Reads the kernel's BTF and its modules', few types of which will be looked at. */
export async function loadTarget({ target, base, module = [] }: TargetOptions): Promise<CoreTarget> {
  const btf = await loadInput(target, { base, references: false });
  const modules = [];
  for (const { name, input } of module) modules.push({ name, btf: await loadModule(input, btf) });
  return new CoreTarget(btf, { modules, pointerSize: pointerSizeOf(target) });
}

async function loadModule(path: string, base: Btf): Promise<Btf> {
  const [{ loadBtf }, { orRefusal }] = await Promise.all([
    import('@btfkit/core/input'),
    import('../refusal.js'),
  ]);
  const source = fileSource(path);
  try {
    return (await orRefusal(() => loadBtf(source, { base, references: false }))).btf;
  } finally {
    source.close();
  }
}

/** Of an ELF file, by its class; for others the types have to tell. */
function pointerSizeOf(path: string): number | undefined {
  // A pipe was read already.
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return undefined;
  const source = fileSource(path);
  try {
    const start = source.read(0, Math.min(5, source.size));
    const isElf = start[0] === 0x7f && start[1] === 0x45 && start[2] === 0x4c && start[3] === 0x46;
    return isElf ? { 1: 4, 2: 8 }[start[4]] : undefined;
  } finally {
    source.close();
  }
}

/** Reads an object whole: all of it is written again, or little of it is anything else than programs. */
export function openObject(path: string): BpfObject {
  const source = fileSource(path);
  try {
    return BpfObject.open(memorySource(source.read(0, source.size), path));
  } finally {
    source.close();
  }
}
