import type { Btf } from '@btfkit/core/btf';
import type { EncodeOptions } from '@btfkit/core/encode';
import { buildDwarf, type Die, type FileSpec } from '../dwarf/builder.js';
import { unitDie } from '../dwarf/types.js';
import { encodeBytes } from './encode.js';
import { type Signatures, signatures } from './signatures.js';

/** The BTF of hand-made DWARF. */
export async function encodeDwarf(spec: FileSpec, options?: EncodeOptions, base?: Btf): Promise<Btf> {
  return encodeBytes(buildDwarf(spec), 'test.elf', base, options);
}

/** Likewise in words, of one unit of DWARF 5 that has these DIEs. */
export async function encodeDies(dies: readonly Die[], spec: Partial<FileSpec> = {}): Promise<Signatures> {
  return signatures(await encodeDwarf({ units: [{ die: unitDie(...dies) }], ...spec }));
}
