import { Btf } from '../../../packages/core/dist/btf/index.js';
import { FormatError } from '../../../packages/core/dist/bytes/index.js';
import { dedup, merge } from '../../../packages/core/dist/dedup/index.js';
import { DistillError, distill, relocate } from '../../../packages/core/dist/distill/index.js';
import { program, randomFrom, unit, units } from '../../../packages/core/test/dedup/graphs.mjs';
import { isRefusal } from '../attempt.mjs';
import { soundBtf } from '../mutators/btf.mjs';
import { files } from '../seeds.mjs';

const madeFrom = seed => program(randomFrom(seed), false);
const base = Btf.parse(dedup(merge([1, 2, 3].map(seed => unit(randomFrom(seed), madeFrom(seed))))));
/** Split BTF, with types that the base has and others. */
const split = seed => unit(randomFrom(seed), madeFrom(1 + (seed % 6)), base).bytes;
const whole = seed => units(randomFrom(seed), program(randomFrom(seed), true)).bytes;

/** The types on a base or none; undefined where they are not sound there. */
function parsed(bytes, options) {
  try {
    return Btf.parse(bytes, options);
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/** What we wrote has to be sound, whatever it was made of. */
function readBack(bytes, options) {
  try {
    return Btf.parse(bytes, options);
  } catch (error) {
    throw new Error(`unsound output: ${error.message}`);
  }
}

/** Distils, and moves back onto the same base. */
function thereAndBack(types) {
  try {
    const made = distill(types);
    const moved = relocate(readBack(made.split, { base: readBack(made.base) }), base);
    readBack(moved.split, { base });
  } catch (error) {
    if (!(error instanceof DistillError) || error.message.includes('\n')) throw error;
  }
}

/** Deduplicates raw BTF, on its own and as split BTF; distils the latter. Refuses what is sound in neither way. */
export default {
  name: 'dedup',
  mutators: soundBtf,
  seeds: () => [
    ...files(['dwarf', 'functions', 'units'], /\.btf$/, 1000),
    ...Array.from({ length: 60 }, (_, seed) => split(seed)),
    ...Array.from({ length: 20 }, (_, seed) => whole(seed)),
  ],
  run(bytes) {
    const alone = parsed(bytes, {});
    if (alone) readBack(dedup(alone));
    const onBase = parsed(bytes, { base });
    if (onBase) {
      readBack(dedup(onBase), { base });
      thereAndBack(onBase);
    }
    if (!alone && !onBase) throw new FormatError('sound in neither way');
  },
};
