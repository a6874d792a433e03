import { finish } from '../../../packages/cli/dist/finish.js';
import { Btf } from '../../../packages/core/dist/btf/index.js';
import { memorySource } from '../../../packages/core/dist/bytes/index.js';
import { DistillError } from '../../../packages/core/dist/distill/index.js';
import { Elf, rewrittenBytes, writeSections } from '../../../packages/core/dist/elf/index.js';
import { Encoder } from '../../../packages/core/dist/encode/index.js';
import { readBtfIds } from '../../../packages/core/dist/ids/index.js';
import { isRefusal } from '../attempt.mjs';
import { elfWith } from '../mutators/elf.mjs';
import { fixture } from '../seeds.mjs';

const designs = [
  { raw: false, annotate: false, distill: false },
  { raw: true, annotate: true, distill: false },
  { raw: true, annotate: false, distill: true },
];

/** What was made of an input that was taken has to be sound. */
function sound(body) {
  try {
    return body();
  } catch (error) {
    throw isRefusal(error) ? new Error(`unsound output: ${error.message}`) : error;
  }
}

/** The whole stage of a kernel build: encode, transform, distill, sort, resolve ids, put into the file. */
export default {
  name: 'gen',
  mutators: elfWith(name => /^\.(BTF_ids|symtab|strtab|debug_info|debug_abbrev)$/.test(name)),
  seeds: () => [fixture('kfuncs/implicit.o'), fixture('module/btfkit_demo.ko')],
  async run(bytes) {
    const elf = Elf.open(memorySource(bytes, 'fuzz.ko'));
    const encoded = await new Encoder().encode(elf);
    const ids = elf.symbols() === undefined ? undefined : readBtfIds(elf);
    for (const design of designs) {
      let done;
      try {
        done = finish(
          sound(() => Btf.parse(encoded)),
          ids,
          design,
        );
      } catch (error) {
        if (!(error instanceof DistillError)) throw error;
        continue;
      }
      sound(() => Btf.parse(done.btf, { base: done.base && Btf.parse(done.base) }));
      if (done.ids !== undefined && done.ids.length !== ids.bytes.length) throw new Error('other .BTF_ids');
      const changes = [{ name: '.BTF', content: done.btf }];
      if (done.ids !== undefined) changes.push({ name: '.BTF_ids', content: done.ids });
      const made = rewrittenBytes(elf.source, writeSections(elf, changes));
      sound(() => Elf.open(memorySource(made, 'made')));
    }
  },
};
