#!/usr/bin/env node
// Fuzzes parsers. usage: npm run fuzz -- [TARGET…] [--seconds N] [--seed S] [--from CASE]
// Each target runs for N seconds (30). A find is made smaller and saved in fixtures/fuzz/TARGET/; the tests replay it
// from then on. Exits 1 if there is one. The same seed gives the same cases; --from goes to one at once.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argumentsOf } from '../../scripts/arguments.mjs';
import { fuzz, shrink } from './drive.mjs';
import { findsFolder, targets } from './targets.mjs';

const { values, positionals } = argumentsOf(import.meta.url, {
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '30' },
    seed: { type: 'string', default: String(Date.now() & 0x7fffffff) },
    from: { type: 'string', default: '0' },
  },
});
const [seconds, seed, from] = [values.seconds, values.seed, values.from].map(Number);
const unknown = positionals.find(name => !targets.includes(name));
if (unknown !== undefined || [seconds, seed, from].some(number => !(number >= 0))) {
  console.error(`usage: npm run fuzz -- [TARGET…] [--seconds N] [--seed S] [--from CASE]`);
  console.error(`targets: ${targets.join(', ')}`);
  process.exit(2);
}

for (const name of positionals.length > 0 ? positionals : targets) {
  const path = `targets/${name}`;
  const { cases, finds } = await fuzz(path, { seed, seconds, from });
  console.log(`${name}: ${cases} cases, seed ${seed}, ${finds.length} finds`);
  for (const find of finds) {
    const bytes = await shrink(path, find);
    const file = join(findsFolder(name), `seed-${seed}-case-${find.number}`);
    mkdirSync(findsFolder(name), { recursive: true });
    writeFileSync(file, bytes);
    console.log(
      `  case ${find.number}: ${find.kind}, ${find.bytes.length} bytes, ${bytes.length} in ${file}`,
    );
    console.log(find.what.replace(/^/gm, '    '));
    process.exitCode = 1;
  }
}
