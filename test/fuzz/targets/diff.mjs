import { Btf } from '../../../packages/core/dist/btf/index.js';
import { diff, summarizeDiff } from '../../../packages/core/dist/diff/index.js';
import { judgeAsLibbpf } from '../../../packages/core/dist/verify/index.js';
import { soundBtf } from '../mutators/btf.mjs';
import { files } from '../seeds.mjs';

/** Without those that stand on a base. */
const seeds = () => files(['dwarf', 'units'], /\.btf$/, 1500).filter(bytes => judgeAsLibbpf(bytes).accepted);
let others;

/** Compares mutated types with themselves, and with others, both ways. */
export default {
  name: 'diff',
  mutators: soundBtf,
  seeds,
  run(bytes) {
    others ??= seeds().map(seed => Btf.parse(seed));
    const parsed = Btf.parse(bytes);
    const own = diff(parsed, Btf.parse(bytes));
    if (own.length > 0) throw new Error(`differs from itself: ${JSON.stringify(own[0]).slice(0, 300)}`);
    const other = others[bytes.reduce((sum, byte) => (sum * 31 + byte) >>> 0, 0) % others.length];
    const there = diff(parsed, other);
    const back = diff(other, parsed);
    // An enum without a name is told by one of its enumerators.
    const named = differences =>
      new Set(differences.filter(({ kind }) => kind !== 'enum').map(({ kind, name }) => `${kind} ${name}`));
    const [to, fro] = [named(there), named(back)];
    for (const name of to) if (!fro.has(name)) throw new Error(`${name} differs one way only`);
    JSON.stringify(summarizeDiff(there));
  },
};
