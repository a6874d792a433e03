// Writes answers.jsonl: what libbpf (1.8, git f7081a6b) makes of some of the cases of cases.mjs, found by their seeds.
// With a number as second argument, compares that many more seeds on the spot and keeps nothing.
// usage: node make-answers.mjs LIBBPF_DISTILL [COUNT [FIRST]], LIBBPF_DISTILL built from libbpf-distill.c
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterHeader, answerOf } from './answer.mjs';
import { caseOf } from './cases.mjs';

const [oracle, count, first = '1000'] = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), 'distill-'));
const path = (seed, name) => join(scratch, `${seed}.${name}`);
const text = (seed, name) => Buffer.from(afterHeader(readFileSync(path(seed, name)))).toString('base64');

/** Runs lines of commands; the answers are 0 or what was said, with its errno before it. */
function ask(lines) {
  const run = spawnSync(oracle, { input: lines.join(''), encoding: 'utf8', maxBuffer: 1 << 28 });
  const answers = run.stdout.split('\n').slice(0, -1);
  if (answers.length !== lines.length)
    throw new Error(`${answers.length} answers to ${lines.length} questions`);
  return answers.map(line =>
    line
      .replace(/^0 .*$/, '0')
      .replace(/ libbpf: /, ' ')
      .trim(),
  );
}

const seeds = Array.from({ length: Number(count ?? 80) }, (_, i) => (count ? Number(first) : 0) + i);
for (const seed of seeds) {
  const { base, split, target } = caseOf(seed);
  writeFileSync(path(seed, 'base'), base);
  writeFileSync(path(seed, 'split'), split);
  writeFileSync(path(seed, 'target'), target);
}
const files = (seed, names) => names.map(name => path(seed, name)).join(' ');
const distilled = ask(
  seeds.map(seed => `distill ${files(seed, ['base', 'split', 'new-base', 'new-split'])}\n`),
);
const moving = seeds.map((seed, i) => {
  if (distilled[i] === '0' && !caseOf(seed).distilled) return ['new-base', 'new-split'];
  return ['base', 'split'];
});
const relocated = ask(seeds.map((seed, i) => `relocate ${files(seed, [...moving[i], 'target', 'moved'])}\n`));

const answers = seeds.map((seed, i) => ({
  seed,
  distill:
    distilled[i] === '0' ? { base: text(seed, 'new-base'), split: text(seed, 'new-split') } : distilled[i],
  relocate: relocated[i] === '0' ? text(seed, 'moved') : relocated[i],
}));
rmSync(scratch, { recursive: true });

if (count === undefined) {
  const lines = answers.map(answer => `${JSON.stringify(answer)}\n`);
  writeFileSync(new URL('answers.jsonl', import.meta.url), lines.join(''));
} else {
  const wrong = answers.filter(
    answer => JSON.stringify(answerOf(answer.seed, answer)) !== JSON.stringify(answer),
  );
  const said = new Map();
  for (const word of [...distilled, ...relocated]) {
    const kind = word
      .replace(/\d+(?!$)/g, 'N')
      .replace(/'.*?'/, "''")
      .replace(/ \d+$/, ' N');
    said.set(kind, (said.get(kind) ?? 0) + 1);
  }
  for (const [kind, times] of said) console.log(`${times} x ${kind}`);
  console.log(
    `${seeds.length} cases, ${wrong.length} differ${wrong.length ? `: ${wrong.map(w => w.seed)}` : ''}`,
  );
}
