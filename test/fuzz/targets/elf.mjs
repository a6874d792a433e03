import { memorySource } from '../../../packages/core/dist/bytes/index.js';
import { Elf, findNote, layOutSections, loadRelocated } from '../../../packages/core/dist/elf/index.js';
import { isRefusal } from '../attempt.mjs';
import { elf } from '../mutators/elf.mjs';
import { files, fixture } from '../seeds.mjs';

/** Sections, symbols and relocations: a refusal of one says nothing of the others. */
export default {
  name: 'elf',
  mutators: elf,
  seeds: () => [
    ...files(['dwarf', 'units'], /\.o$/, 6000),
    fixture('fuzz/seeds/probe.bpfeb.o'),
    fixture('inputs/btfkit_demo.ko'),
  ],
  async run(bytes) {
    const attempt = async body => {
      try {
        return await body();
      } catch (error) {
        if (!isRefusal(error)) throw error;
        return undefined;
      }
    };
    const parsed = Elf.open(memorySource(bytes, 'fuzz.o'));
    for (const table of ['symbols', 'dynamicSymbols']) {
      const symbols = await attempt(() => parsed[table]());
      await attempt(() => {
        for (let index = 0; index < (symbols?.length ?? 0); index++) symbols.name(index);
      });
      symbols?.find('main');
    }
    layOutSections(parsed);
    findNote(parsed, 'Linux', 0x101);
    for (const section of parsed.sections) {
      await attempt(() => section.name);
      await attempt(() => parsed.bytes(section));
      await attempt(() => loadRelocated(parsed, section));
    }
  },
};
