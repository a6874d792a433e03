// Inputs that are made of fixtures: split BTF with a base of its own, a module with both, and texts of a build.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Btf } from '../../packages/core/dist/btf/index.js';
import { memorySource } from '../../packages/core/dist/bytes/index.js';
import { distill } from '../../packages/core/dist/distill/index.js';
import { Elf, rewrittenBytes, writeSections } from '../../packages/core/dist/elf/index.js';

const fixture = name =>
  Uint8Array.from(readFileSync(fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url))));

function embedded(bytes, changes) {
  const elf = Elf.open(memorySource(bytes, 'module.ko'));
  return rewrittenBytes(elf.source, writeSections(elf, changes));
}

/** Contents by name. */
export function contents() {
  const kernel = Btf.parse(fixture('module/mini-vmlinux.btf'));
  const plain = fixture('module/btfkit_demo.btf');
  const { split, base } = distill(Btf.parse(plain, { base: kernel }));
  const module = fixture('module/btfkit_demo.ko');
  return {
    'split.btf': split,
    'base.btf': base,
    'plain.ko': embedded(module, [{ name: '.BTF', content: plain }]),
    'module.ko': embedded(module, [
      { name: '.BTF', content: split },
      { name: '.BTF.base', content: base },
    ]),
    'implicit.o': fixture('kfuncs/implicit.o'),
    'Module.symvers':
      '0x00000002\tmodule_layout\tvmlinux\tEXPORT_SYMBOL\t\n0x1234abcd\tvfs_read\tvmlinux\tEXPORT_SYMBOL_GPL\tVFS\n',
    config:
      '# Linux/x86 6.12.0 Kernel Configuration\nCONFIG_SMP=y\nCONFIG_DEBUG_INFO_BTF_MODULES=y\n# CONFIG_X is not set\n',
  };
}

/** Those that are damaged; the others are for calls to stand on. */
export const madeFixtures = Object.keys(contents())
  .filter(name => name !== 'implicit.o')
  .map(name => `made/${name}`);

/** Writes them into a folder. */
export function make(folder) {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(contents())) writeFileSync(join(folder, name), content);
}
