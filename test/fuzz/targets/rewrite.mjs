import { Btf } from '../../../packages/core/dist/btf/index.js';
import { completed, convert } from '../../../packages/core/dist/convert/index.js';
import { DistillError, relocate } from '../../../packages/core/dist/distill/index.js';
import { sortByName, standalone } from '../../../packages/core/dist/rewrite/index.js';
import { judgeAsLibbpf, releaseGroups } from '../../../packages/core/dist/verify/index.js';
import { contents } from '../../robustness/made.mjs';
import { isRefusal } from '../attempt.mjs';
import { soundBtf } from '../mutators/btf.mjs';
import { files } from '../seeds.mjs';

const groups = releaseGroups();
const { 'split.btf': split, 'base.btf': distilledBase } = contents();

/** What we wrote has to be sound. */
function readBack(bytes, options) {
  try {
    return Btf.parse(bytes, options);
  } catch (error) {
    throw isRefusal(error) ? new Error(`unsound output: ${error.message}`) : error;
  }
}

const same = (a, b, what) => {
  if (Buffer.compare(a, b) !== 0) throw new Error(`${what} twice is not once`);
};

/** A module's distilled base in place of the one it had, and the module moved from there. */
function moveFrom(base) {
  try {
    const own = Btf.parse(split, { base });
    const moved = relocate(own, Btf.parse(distilledBase));
    readBack(moved.split, { base: Btf.parse(distilledBase) });
  } catch (error) {
    if (!isRefusal(error) && !(error instanceof DistillError)) throw error;
  }
}

/** The same types in other blobs: sorted, self-contained, for another release, moved from there and to there. */
export default {
  name: 'rewrite',
  mutators: soundBtf,
  seeds: () => [
    ...files(['dwarf', 'functions', 'units'], /\.btf$/, 1500),
    ...Array.from({ length: 20 }, () => distilledBase),
  ],
  run(bytes) {
    const parsed = Btf.parse(bytes);
    const sorted = readBack(sortByName(parsed).bytes);
    same(sortByName(sorted).bytes, sorted.bytes, 'sorted');
    const alone = readBack(standalone(parsed).bytes);
    same(standalone(alone).bytes, alone.bytes, 'standalone');
    const { rules } = groups[bytes.reduce((sum, byte) => (sum * 31 + byte) >>> 0, 0) % groups.length];
    for (const reader of ['program', 'kernel']) {
      const converted = readBack(convert(parsed, { rules, reader }).bytes);
      if (converted.endId < parsed.endId) throw new Error('types are lost');
      same(convert(converted, { rules, reader }).bytes, converted.bytes, `converted for ${rules.release}`);
      if (judgeAsLibbpf(bytes).accepted && !judgeAsLibbpf(converted.bytes).accepted)
        throw new Error(`libbpf does not take it: ${judgeAsLibbpf(converted.bytes).message}`);
    }
    const gaps = completed(parsed);
    if (gaps !== undefined) readBack(gaps);
    moveFrom(parsed);
    try {
      readBack(relocate(Btf.parse(split, { base: Btf.parse(distilledBase) }), parsed).split, {
        base: parsed,
      });
    } catch (error) {
      if (!(error instanceof DistillError)) throw error;
    }
  },
};
