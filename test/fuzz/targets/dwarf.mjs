import { Btf } from '../../../packages/core/dist/btf/index.js';
import { memorySource } from '../../../packages/core/dist/bytes/index.js';
import { Elf } from '../../../packages/core/dist/elf/index.js';
import { ALL_FEATURES, Encoder } from '../../../packages/core/dist/encode/index.js';
import { dwarf } from '../mutators/dwarf.mjs';
import { files } from '../seeds.mjs';

/** Encodes objects; what comes out is sound BTF. */
export default {
  name: 'dwarf',
  mutators: dwarf,
  seeds: () => files(['dwarf', 'functions', 'units'], /\.(o|elf)$/, 8000),
  async run(bytes) {
    const features = bytes.length % 2 === 0 ? new Set(ALL_FEATURES) : undefined;
    const made = await new Encoder().encode(Elf.open(memorySource(bytes, 'fuzz.o')), { features });
    try {
      Btf.parse(made);
    } catch (error) {
      // Not the input's fault.
      throw new Error(`unsound output: ${error.message}`);
    }
  },
};
