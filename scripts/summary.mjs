// Prints what a run of vitest's JSON reporter came to. usage: node scripts/summary.mjs RESULTS.json
// Prints every skipped test with its name, which says why, then "N passed, N failed, N skipped". Exits 1 unless all
// that ran passed.
import { readFileSync } from 'node:fs';
import { argumentsOf } from './arguments.mjs';

const [path] = argumentsOf(import.meta.url, { allowPositionals: true }).positionals;
if (path === undefined) throw new Error('RESULTS.json is wanted (--help shows the usage)');
const results = JSON.parse(readFileSync(path, 'utf8'));
const tests = results.testResults.flatMap(file => file.assertionResults);
const withStatus = (...wanted) => tests.filter(({ status }) => wanted.includes(status));
const skipped = withStatus('pending', 'skipped', 'todo', 'disabled');
const passed = withStatus('passed');
// A file that cannot be loaded has no tests: it counts as a failed one.
const broken = results.testResults.filter(
  file => file.status === 'failed' && file.assertionResults.length === 0,
);
const failed = withStatus('failed').length + broken.length;

for (const { fullName } of skipped) console.log(`skipped: ${fullName}`);
console.log(`${passed.length} passed, ${failed} failed, ${skipped.length} skipped`);
process.exitCode = failed === 0 && passed.length > 0 ? 0 : 1;
