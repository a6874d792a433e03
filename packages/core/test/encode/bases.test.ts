import { expect, test } from 'vitest';
import { encodeDwarf } from './dwarf.js';
import { randomUnits } from './random-units.js';
import { deduplicated } from './raw.js';
import { sameGraphs, signatures } from './signatures.js';

// Modules whose names mean what they mean in the base, something else, or are declared only, on one side or on both:
// what comes of it is what libbpf's deduplication against that base makes of the module's units.

test.each(['declared', 'both', 'nested'] as const)(
  'units at random on a base of such units, names may be %s',
  async beside => {
    const differ: number[] = [];
    for (let seed = 1; seed <= 400; seed++) {
      const units = randomUnits(seed, beside);
      const cut = 1 + (seed % (units.length - 1));
      const base = await encodeDwarf({ units: units.slice(0, cut) });
      const module = units.slice(cut);
      const ours = await encodeDwarf({ units: module }, {}, base);
      const theirs = deduplicated(module, base);
      if (signatures(ours).types.join() !== signatures(theirs).types.join() || !sameGraphs(ours, theirs)) {
        differ.push(seed);
      }
    }
    expect(differ).toEqual([]);
  },
);
