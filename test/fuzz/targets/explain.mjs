import { memorySource } from '../../../packages/core/dist/bytes/index.js';
import { Elf } from '../../../packages/core/dist/elf/index.js';
import { Explainer } from '../../../packages/core/dist/encode/index.js';
import { dwarf } from '../mutators/dwarf.mjs';
import { files } from '../seeds.mjs';

/** Explains functions of objects: those that symbols name, and one that is not there. */
export default {
  name: 'explain',
  mutators: dwarf,
  seeds: () => files(['functions', 'units'], /\.(o|elf)$/, 10_000),
  async run(bytes) {
    const elf = Elf.open(memorySource(bytes, 'fuzz.o'));
    const symbols = elf.symbols();
    const names = ['nothing'];
    for (let index = 1; index < (symbols?.length ?? 0) && names.length < 12; index++) {
      if (symbols.typeOf(index) === 2) names.push(symbols.name(index));
    }
    await new Explainer().explain(elf, names);
  },
};
