// Writes libbpf-answers.jsonl: what libbpf (1.8, git f7081a6b) answers to the first blobs of libbpf-cases.mjs: the seed,
// errno (0 when accepted) and the message. With a number as second argument, compares that many others on the spot and
// keeps nothing; with files after that, changes of those instead.
// usage: node make-libbpf-answers.mjs LIBBPF_VERDICT [COUNT [FIRST [BTF…]]], LIBBPF_VERDICT built from libbpf-verdict.c
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { Btf } from '@btfkit/core/btf';
import { judgeAsLibbpf } from '../../dist/verify/libbpf/index.js';
import { caseFrom, caseOf } from './libbpf-cases.mjs';

const [oracle, count, first = '100000', ...files] = process.argv.slice(2);

function ask(cases) {
  let before;
  const input = cases.flatMap(({ bytes, base }) => {
    const same = base === before;
    before = base;
    const sizes = new Uint32Array([same ? 0xffffffff : (base?.bytes.length ?? 0), bytes.length]);
    return [new Uint8Array(sizes.buffer), ...(same || base === null ? [] : [base.bytes]), bytes];
  });
  const run = spawnSync(oracle, { input: Buffer.concat(input), encoding: 'utf8', maxBuffer: 2 ** 30 });
  return run.stdout
    .trimEnd()
    .split('\n')
    .map(line => {
      const [errno, message] = line.split('\t');
      return errno === 'wild'
        ? { errno, message }
        : { errno: Number(errno), message: errno === '0' ? '' : message };
    });
}

const from = count === undefined ? 0 : Number(first);
const seeds = Array.from({ length: Number(count ?? 1500) }, (_, i) => from + i);
const blobs = files.flatMap(file => {
  const bytes = new Uint8Array(readFileSync(file));
  try {
    Btf.parse(bytes);
    return [bytes];
  } catch {
    return [];
  }
});
const make = seed => (blobs.length === 0 ? caseOf(seed) : caseFrom(blobs[seed % blobs.length], null, seed));

if (count === undefined) {
  const answers = ask(seeds.map(make)).map((answer, seed) => `${JSON.stringify({ seed, ...answer })}\n`);
  if (answers.length !== seeds.length) throw new Error(`${answers.length} answers to ${seeds.length} blobs`);
  writeFileSync(new URL('libbpf-answers.jsonl', import.meta.url), answers.join(''));
} else {
  const rules = {};
  let wrong = 0;
  for (let at = 0; at < seeds.length; at += 2000) {
    const part = seeds.slice(at, at + 2000);
    const cases = part.map(make);
    const answers = ask(cases);
    if (answers.length !== part.length) throw new Error(`${answers.length} answers to ${part.length} blobs`);
    cases.forEach((each, i) => {
      const { errno, message, rule } = judgeAsLibbpf(each.bytes, { base: each.base });
      rules[rule] = (rules[rule] ?? 0) + 1;
      const theirs = answers[i];
      // A pointer that is none comes with no errno: there it is the rule that has to be told.
      const same = theirs.errno === 'wild' ? rule === 'record-wraps' : errno === theirs.errno;
      if ((same && message === theirs.message) || wrong++ >= 10) return;
      console.log(`seed ${part[i]}: ${errno} "${message}", libbpf: ${theirs.errno} "${theirs.message}"`);
    });
  }
  console.log(rules);
  console.log(`${seeds.length} blobs, ${wrong} differ`);
}
