import { isDeepStrictEqual } from 'node:util';
import {
  coreRelo,
  funcInfo,
  lineInfo,
  parseBtfExt,
  renumberBtfExt,
  swapBtfExt,
  writeBtfExt,
} from '../../../packages/core/dist/ext/index.js';
import { ext } from '../mutators/ext.mjs';
import { fixture, sectionsOf } from '../seeds.mjs';

/** Parses .BTF.ext, looks at every record, writes it, swaps it, and renumbers it. */
export default {
  name: 'ext',
  mutators: ext,
  seeds: () =>
    sectionsOf([fixture('fuzz/seeds/probe.bpfeb.o'), fixture('fuzz/seeds/probe.bpfel.o')], '.BTF.ext'),
  run(bytes) {
    const parsed = parseBtfExt(bytes);
    for (const [table, view] of [
      [parsed.funcInfo, funcInfo],
      [parsed.lineInfo, lineInfo],
      [parsed.coreRelo, coreRelo],
    ]) {
      for (let index = 0; index < table.starts.at(-1); index++) view(table, index);
    }
    const same = value => value;
    if (!isDeepStrictEqual(parseBtfExt(writeBtfExt(parsed)), parsed))
      throw new Error('written and read it is another');
    if (!isDeepStrictEqual(renumberBtfExt(parsed, same, same), parsed))
      throw new Error('renumbering changes more');
    writeBtfExt(swapBtfExt(parsed));
  },
};
