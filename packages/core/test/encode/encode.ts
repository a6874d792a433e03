import { readFileSync } from 'node:fs';
import { Btf } from '@btfkit/core/btf';
import { memorySource } from '@btfkit/core/bytes';
import { Elf } from '@btfkit/core/elf';
import { type EncodeOptions, Encoder } from '@btfkit/core/encode';

export const fixtures = new URL('../../../../fixtures/', import.meta.url);

export function load(path: string, base?: Btf): Btf {
  return Btf.parse(readFileSync(new URL(path, fixtures)), { base, name: path });
}

/** The BTF that the encoder makes of an object in memory. */
export async function encodeBytes(
  bytes: Uint8Array,
  name: string,
  base?: Btf,
  options?: EncodeOptions,
): Promise<Btf> {
  const encoded = await new Encoder(base).encode(Elf.open(memorySource(bytes, name)), options);
  return Btf.parse(encoded, { base, name });
}

/** Likewise of a fixture. */
export function encodeFixture(path: string, base?: Btf, options?: EncodeOptions): Promise<Btf> {
  return encodeBytes(readFileSync(new URL(path, fixtures)), path, base, options);
}
