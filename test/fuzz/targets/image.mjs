import { gzipSync } from 'node:zlib';
import { Btf } from '../../../packages/core/dist/btf/index.js';
import { memorySource } from '../../../packages/core/dist/bytes/index.js';
import { btfSections, openInput } from '../../../packages/core/dist/input/index.js';
import {
  arm64Image,
  btfOf,
  bzImage,
  elfWith,
  zboot,
  zImage,
} from '../../../packages/core/test/input/images.mjs';
import { elf } from '../mutators/elf.mjs';
import { files, fixture } from '../seeds.mjs';

/** Opens whatever users name as input: kernel images, compressed files, ELF files, raw BTF. */
export default {
  name: 'image',
  mutators: elf,
  seeds: () => {
    const btf = btfOf('answer');
    const file = elfWith(btf, btfOf('base'));
    const bare = arm64Image(btf);
    return [
      ...files(['inputs'], /^vmlinuz/, 40_000),
      fixture('inputs/btfkit_demo.ko.xz'),
      ...[btf, file, bare, bzImage(gzipSync(file)), zboot(gzipSync(bare)), zImage(gzipSync(bare))],
    ];
  },
  async run(bytes) {
    const input = await openInput(memorySource(bytes, 'fuzz'));
    const { btf, base } = await btfSections(input);
    Btf.parse(btf, { base: base && Btf.parse(base), references: false });
  },
};
