import { deflateSync } from 'node:zlib';
import { memorySource } from '../../../packages/core/dist/bytes/index.js';
import { Elf, findNote, layOutSections, loadRelocated } from '../../../packages/core/dist/elf/index.js';
import { buildElf } from '../../../packages/core/test/elf/build-elf.mjs';
import { isRefusal } from '../attempt.mjs';
import { elf } from '../mutators/elf.mjs';
import { files, fixture } from '../seeds.mjs';

/** Of either class, with a section that zlib compressed. */
function withCompressed(is64) {
  const header = new DataView(new ArrayBuffer(is64 ? 24 : 12));
  header.setUint32(0, 1, false);
  header.setUint32(is64 ? 12 : 4, 1000, false);
  const content = Buffer.concat([new Uint8Array(header.buffer), deflateSync(Buffer.alloc(1000, 'abc '))]);
  return buildElf({ is64, little: false, sections: [{ name: '.debug_str', flags: 0x800, content }] });
}

/** Sections, symbols and relocations: a refusal of one says nothing of the others. */
export default {
  name: 'elf',
  mutators: elf,
  seeds: () => [
    ...files(['dwarf', 'units', '../packages/core/test/elf/relocations'], /\.o$/, 6000),
    withCompressed(true),
    withCompressed(false),
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
