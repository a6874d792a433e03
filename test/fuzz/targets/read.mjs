import { Btf } from '../../../packages/core/dist/btf/index.js';
import { printC } from '../../../packages/core/dist/c/index.js';
import { Layouts } from '../../../packages/core/dist/layout/index.js';
import { Values } from '../../../packages/core/dist/value/index.js';
import { isRefusal } from '../attempt.mjs';
import { btf, soundBtf } from '../mutators/btf.mjs';
import { files } from '../seeds.mjs';

const data = Uint8Array.from({ length: 4096 }, (_, i) => (i * 37) & 0xff);

/** Runs each part: what one refuses, another may show. */
function eachOf(parts) {
  let refusal;
  let done = 0;
  for (const part of parts) {
    try {
      part();
      done++;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refusal = error;
    }
  }
  if (done === 0) throw refusal;
}

/** Raw BTF as people look at it: C, layouts of structs, bytes as values. Layouts check references when they meet them. */
export default {
  name: 'read',
  mutators: [...btf, ...soundBtf],
  seeds: () => files(['dwarf', 'functions', 'units'], /\.btf$/, 1500),
  run(bytes) {
    const parsed = Btf.parse(bytes, { references: false });
    const ids = Array.from({ length: parsed.endId - 1 }, (_, i) => i + 1).slice(0, 200);
    const expand = bytes.length % 2 === 0;
    eachOf([
      () => {
        const layouts = new Layouts(parsed, { expand });
        for (const { id } of layouts.all()) {
          layouts.print(id);
          layouts.describe(id);
          layouts.printReorganized(id);
          layouts.describeReorganized(id);
          for (const _ of layouts.containers(id));
        }
        for (const _ of layouts.sizes());
        for (const _ of layouts.packable());
      },
      () => {
        const values = new Values(Btf.parse(bytes));
        for (const id of ids) {
          values.show(id, data, () => {}, { emitZeroes: expand, emitStrings: true });
          values.show(id, data.subarray(0, 7), () => {}, { compact: true, skipNames: true });
        }
      },
      () => {
        const sound = Btf.parse(bytes);
        printC(sound, () => {}, { asserts: expand, unsorted: expand });
        printC(sound, () => {}, { ids: ids.slice(-1) });
      },
    ]);
  },
};
