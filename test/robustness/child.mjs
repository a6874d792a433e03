// Runs the cases that its parent names, one after another, through the command's own entry. Standard error is a file
// that both know. usage: child.mjs STDERR-FILE SCRATCH-FOLDER
import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '../../packages/cli/bundle/main.js';
import { damage, fixtures, verbs } from './cases.mjs';

const [errorFile, scratch] = process.argv.slice(2);
const input = join(scratch, 'input');
const output = join(scratch, 'output');
const cache = new Map();

function read(fixture) {
  if (!cache.has(fixture)) cache.set(fixture, readFileSync(join(fixtures, fixture)));
  return cache.get(fixture);
}

function takeErrors() {
  if (statSync(errorFile).size === 0) return '';
  const text = readFileSync(errorFile, 'utf8');
  truncateSync(errorFile);
  return text;
}

async function runVerb(verb, bytes) {
  writeFileSync(input, bytes);
  rmSync(output, { force: true });
  const status = await main(verbs[verb](input, output));
  const made = readdirSync(scratch).filter(name => name !== 'input');
  return { status, errors: takeErrors(), made };
}

function megabytes() {
  return process.resourceUsage().maxRSS / 1024;
}

process.on('message', async ({ probe, seed, from, to, step, pairs }) => {
  if (probe) {
    const results = [];
    for (const fixture of probe) {
      for (const verb of Object.keys(verbs)) {
        const { status } = await runVerb(verb, read(fixture));
        results.push({ fixture, verb, status });
      }
    }
    process.send({ results });
    return;
  }
  for (let number = from; number < to; number += step) {
    const { fixture, verb, bytes } = damage(seed, number, pairs, read);
    process.send({ begun: number, fixture, verb });
    const result = await runVerb(verb, bytes);
    process.send({ done: number, fixture, verb, ...result, megabytes: megabytes() });
  }
  process.send({ finished: true });
});
