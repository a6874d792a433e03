import { Btf } from '../../../packages/core/dist/btf/index.js';
import { memorySource } from '../../../packages/core/dist/bytes/index.js';
import { applyCore, BpfObject, CoreTarget, MinimalBtf } from '../../../packages/core/dist/core-relo/index.js';
import { loadBtf } from '../../../packages/core/dist/input/index.js';
import { elfWith } from '../mutators/elf.mjs';
import { files, fixture } from '../seeds.mjs';

const open = bytes => BpfObject.open(memorySource(bytes, 'fuzz.o'));
const types = name => loadBtf(memorySource(fixture(name), name), { references: false });
let kernels;

/** Relocates objects against two kernels, and makes the smallest BTF of these; then takes them as kernels. */
export default {
  name: 'core',
  mutators: elfWith(name => /^\.BTF|^\.?(text|tp|kprobe|raw)|\/|\.ext$/.test(name)),
  seeds: () => files(['core', 'core-check', 'kernel-roots/programs', 'fuzz/seeds'], /\.o$/, 14_000),
  async run(bytes) {
    kernels ??= await Promise.all(['core/kernel-el.o', 'core-check/kernel-new.o'].map(types));
    const object = open(bytes);
    for (const { btf } of kernels) {
      const target = new CoreTarget(btf);
      const { bytes: relocated, relocations } = applyCore(object, target);
      if (relocated.length !== bytes.length) throw new Error('the object has another size');
      const again = applyCore(open(bytes), target);
      if (Buffer.compare(again.bytes, relocated) !== 0) throw new Error('twice it is another');
      const minimal = new MinimalBtf(target);
      if (minimal.add(object).length > 0) continue;
      const small = new CoreTarget(Btf.parse(minimal.build()));
      const there = applyCore(object, small).relocations;
      if (there.length !== relocations.length) throw new Error('other relocations against the smallest BTF');
    }
    if (object.btf === null) return;
    const own = new CoreTarget(object.btf);
    applyCore(object, own);
    applyCore(open(fixture('core/program-el.o')), own);
  },
};
