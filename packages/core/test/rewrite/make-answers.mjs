// Writes answers.jsonl: what libbpf (1.8, git f7081a6b) makes of cases of ../distill/cases.mjs, found by their seeds.
// With a number as second argument, compares that many more seeds on the spot and keeps nothing.
// usage: node make-answers.mjs LIBBPF_REWRITE [COUNT], LIBBPF_REWRITE built from libbpf-rewrite.c
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { caseOf } from '../distill/cases.mjs';
import { answerOf, digest, featuresOf, SANITIZED } from './answer.mjs';

const [oracle, count] = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), 'rewrite-'));
const path = name => join(scratch, name);
const seeds = Array.from({ length: Number(count ?? 100) }, (_, i) => (count ? 10_000 : 0) + i);
const questions = [];
for (const seed of seeds) {
  const { base, split } = caseOf(seed);
  writeFileSync(path(`${seed}.base`), base);
  writeFileSync(path(`${seed}.split`), split);
  questions.push(['sort', '-', path(`${seed}.base`), path(`${seed}.sorted-base`)]);
  questions.push(['sort', path(`${seed}.base`), path(`${seed}.split`), path(`${seed}.sorted-split`)]);
  for (const release of SANITIZED) {
    questions.push(['sanitize', featuresOf(release), path(`${seed}.base`), path(`${seed}.${release}`)]);
  }
}
const input = questions.map(words => `${words.join(' ')}\n`).join('');
const { stdout } = spawnSync(oracle, { input, encoding: 'utf8', maxBuffer: 1 << 28 });
const failed = stdout.split('\n').filter(line => line !== '' && line !== '0');
if (failed.length > 0) console.log(`${failed.length} refused`);
const made = name => digest(readFileSync(path(name)));
const answers = seeds.map(seed => {
  const ours = answerOf(seed).sanitized;
  const sanitized = SANITIZED.map((release, i) => (ours[i] === null ? null : made(`${seed}.${release}`)));
  return { seed, base: made(`${seed}.sorted-base`), split: made(`${seed}.sorted-split`), sanitized };
});
rmSync(scratch, { recursive: true });
if (count === undefined) {
  const lines = answers.map(answer => `${JSON.stringify(answer)}\n`);
  writeFileSync(new URL('answers.jsonl', import.meta.url), lines.join(''));
} else {
  const differ = answers.filter(answer => JSON.stringify(answerOf(answer.seed)) !== JSON.stringify(answer));
  const compared = answers.flatMap(answer => answer.sanitized).filter(answer => answer !== null).length;
  console.log(
    `${seeds.length} sorted, ${compared} sanitized, ${differ.length} differ: ${differ.map(d => d.seed)}`,
  );
}
