import {
  Btf,
  BtfBuilder,
  builtinLayout,
  countTypes,
  summarize,
  swapByteOrder,
} from '../../../packages/core/dist/btf/index.js';
import { findBtfBlob } from '../../../packages/core/dist/input/index.js';
import { neededTypes, printJson, printRaw } from '../../../packages/core/dist/print/index.js';
import { btf } from '../mutators/btf.mjs';
import { files, fixture, sectionsOf } from '../seeds.mjs';

/** Kinds that only a layout section makes known, in either byte order. */
function withLayout(littleEndian) {
  const builder = new BtfBuilder({ littleEndian, layout: builtinLayout(23) });
  const param = builder.add({ kind: 'LOC_PARAM', name: '', size: 8, flags: 0x18, values: [0xffffffff, 16] });
  const proto = builder.add({ kind: 'LOC_PROTO', name: '', params: [param, 0] });
  const locations = [{ func: 1, locProto: proto, offset: 0x40 }];
  builder.add({ kind: 'LOCSEC', name: 'inline.text', locations });
  return builder.build();
}

/** Parses raw BTF, looks at every type, prints it and swaps it twice. */
export default {
  name: 'btf',
  mutators: btf,
  seeds: () => [
    ...files(['dwarf', 'functions', 'units'], /\.btf$/, 1500),
    withLayout(true),
    withLayout(false),
    ...sectionsOf([fixture('fuzz/seeds/probe.bpfeb.o'), fixture('fuzz/seeds/probe.bpfel.o')], '.BTF'),
  ],
  run(bytes) {
    findBtfBlob(bytes);
    const parsed = Btf.parse(bytes);
    countTypes(bytes);
    for (let id = 0; id < parsed.endId; id++) parsed.type(id);
    parsed.findAll('int');
    summarize(parsed);
    printRaw(parsed, () => {});
    printJson(parsed, () => {});
    for (const _ of neededTypes(parsed, [parsed.endId - 1]));
    const again = swapByteOrder(Btf.parse(swapByteOrder(parsed)));
    if (Buffer.compare(again, bytes) !== 0) throw new Error('swapped twice it is another');
  },
};
