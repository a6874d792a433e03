import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { memorySource } from '@btfkit/core/bytes';
import { Elf } from '@btfkit/core/elf';

/** A section of fixtures/fuzz/seeds/probe.c as built for one byte order; the caller's own bytes. */
export function probeSection(order: 'el' | 'eb', name: string): Uint8Array {
  const path = fileURLToPath(new URL(`../../../../fixtures/fuzz/seeds/probe.bpf${order}.o`, import.meta.url));
  const elf = Elf.open(memorySource(readFileSync(path), path));
  return Uint8Array.from(elf.bytes(elf.section(name)!));
}
