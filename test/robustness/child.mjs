// Runs the cases that its parent names, one after another, through the command's own entry. Standard output and standard
// error are files that both know. usage: child.mjs STDOUT-FILE STDERR-FILE SCRATCH-FOLDER HELPER-FOLDER
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { main, standIn } from '../../packages/cli/bundle/main.js';
import { damage, fixtures } from './cases.mjs';
import { make } from './made.mjs';
import { verbs } from './verbs.mjs';

const [outFile, errorFile, scratch, help] = process.argv.slice(2);
const LONGEST_OUTPUT = 1 << 25;
const cache = new Map();
make(help);

function read(fixture) {
  if (!cache.has(fixture)) cache.set(fixture, readFileSync(placeOf(fixture)));
  return cache.get(fixture);
}

function placeOf(fixture) {
  return fixture.startsWith('made/') ? join(help, fixture.slice(5)) : join(fixtures, fixture);
}

function take(file) {
  const { size } = statSync(file);
  if (size === 0) return '';
  // All of a long one would count as memory of the verb.
  const text = size > LONGEST_OUTPUT ? '(long)' : readFileSync(file, 'utf8');
  truncateSync(file);
  return text;
}

/** The captured kernel that the file belongs to, a copy of our own. */
function rootOf(fixture) {
  const [, name, rest] = fixture.match(/^kernel-roots\/([^/]+)\/(.*)/);
  const root = join(help, name);
  if (!existsSync(root)) cpSync(join(fixtures, 'kernel-roots', name), root, { recursive: true });
  return { root, file: join(root, rest) };
}

/** What is on standard output: nothing, text, one JSON document, or what should be one. */
function kindOf(text, isJson) {
  if (text === '') return 'nothing';
  if (!isJson) return 'text';
  try {
    // As in bpftool's, names keep their control characters.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are meant
    JSON.parse(text.replace(/[\x00-\x09\x0b-\x1f]/g, '?'));
    return 'json';
  } catch {
    return 'broken json';
  }
}

async function runVerb({ fixture, verb }, bytes) {
  const { args, tool, isRoot, isChanged } = verbs[verb];
  const ofRoot = isRoot ? rootOf(fixture) : undefined;
  const input = ofRoot?.file ?? join(scratch, 'input');
  for (const name of readdirSync(scratch)) rmSync(join(scratch, name));
  mkdirSync(dirname(input), { recursive: true });
  writeFileSync(input, bytes);
  const line = args({ input, output: join(scratch, 'output'), root: ofRoot?.root, help });
  const status = await (tool === undefined ? main(line) : standIn(tool, line));
  const made = readdirSync(scratch).filter(name => name !== 'input');
  const isAsBefore = readFileSync(input).equals(bytes);
  if (ofRoot !== undefined) copyFileSync(placeOf(fixture), input);
  return {
    status,
    errors: take(errorFile),
    out: kindOf(take(outFile), line.includes('--json')),
    made,
    isSpoilt: !isAsBefore && (status !== 0 || isChanged !== true),
  };
}

function megabytes() {
  return process.resourceUsage().maxRSS / 1024;
}

process.on('message', async ({ probe, seed, from, to, step, pairs }) => {
  if (probe) {
    for (const pair of probe) {
      process.send({ begun: 'whole', ...pair });
      process.send({ probed: { ...pair, ...(await runVerb(pair, read(pair.fixture))) } });
    }
    process.send({ finished: true });
    return;
  }
  for (let number = from; number < to; number += step) {
    const { fixture, verb, bytes } = damage(seed, number, pairs, read);
    process.send({ begun: number, fixture, verb });
    const result = await runVerb({ fixture, verb }, bytes);
    process.send({ done: number, fixture, verb, ...result, megabytes: megabytes() });
  }
  process.send({ finished: true });
});
