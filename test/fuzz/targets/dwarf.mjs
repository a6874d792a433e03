import { Btf } from '../../../packages/core/dist/btf/index.js';
import { memorySource } from '../../../packages/core/dist/bytes/index.js';
import { Elf } from '../../../packages/core/dist/elf/index.js';
import { ALL_FEATURES, Encoder } from '../../../packages/core/dist/encode/index.js';
import { isRefusal } from '../attempt.mjs';
import { dwarf } from '../mutators/dwarf.mjs';
import { files, fixture } from '../seeds.mjs';

const open = bytes => Elf.open(memorySource(bytes, 'fuzz.o'));
const base = Btf.parse(fixture('module/mini-vmlinux.btf'));
// One for all cases: what went wrong with one file may not be felt by the next.
const shared = new Encoder(base);
const good = fixture('dwarf/arrays.gcc12-dw5-x86_64.o');
let expected;

/** Encodes objects, with the features that their length chooses, and on a base; what comes out is sound BTF. */
export default {
  name: 'dwarf',
  mutators: dwarf,
  seeds: () => files(['dwarf', 'functions', 'units'], /\.(o|elf)$/, 8000),
  async run(bytes) {
    expected ??= await shared.encode(open(good));
    const features = bytes.length % 2 === 0 ? new Set(ALL_FEATURES) : undefined;
    const onBase = await shared.encode(open(bytes), { features }).catch(error => error);
    const again = await shared.encode(open(good));
    if (Buffer.compare(again, expected) !== 0) throw new Error('the next file feels it');
    if (onBase instanceof Error && !isRefusal(onBase)) throw onBase;
    const made = await new Encoder().encode(open(bytes), { features });
    try {
      Btf.parse(made);
      if (onBase instanceof Error) throw onBase;
      Btf.parse(onBase, { base });
    } catch (error) {
      // Not the input's fault, which was encoded.
      throw new Error(`unsound output: ${error.message}`);
    }
  },
};
