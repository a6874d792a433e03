import { memorySource } from '../../../packages/core/dist/bytes/index.js';
import { Elf } from '../../../packages/core/dist/elf/index.js';
import { readBtfIds } from '../../../packages/core/dist/ids/index.js';
import { elfSymbols } from '../mutators/elf.mjs';
import { fixture } from '../seeds.mjs';

/** Reads .BTF_ids with its symbols. */
export default {
  name: 'ids',
  mutators: elfSymbols,
  seeds: () => [fixture('inputs/btfkit_demo.ko'), fixture('module/btfkit_demo.ko')],
  run(bytes) {
    readBtfIds(Elf.open(memorySource(bytes, 'fuzz.ko')));
  },
};
