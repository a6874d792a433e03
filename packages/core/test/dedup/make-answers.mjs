// Writes answers.jsonl: what libbpf (1.8, git f7081a6b) makes of some of the graphs of graphs.mjs, found by their seeds.
// With a number as second argument, compares that many more seeds on the spot and keeps nothing.
// usage: node make-answers.mjs LIBBPF_DEDUP [COUNT [FIRST]], LIBBPF_DEDUP built from libbpf-dedup.c
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Btf } from '@btfkit/core/btf';
import { dedup } from '@btfkit/core/dedup';
import { graphOf } from './graphs.mjs';
import { listing } from './listing.mjs';

const [oracle, count, first = '1000'] = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), 'dedup-'));

function ask(graphs) {
  const lines = graphs.map((graph, i) => {
    const path = suffix => join(scratch, `${i}.${suffix}`);
    writeFileSync(path('in'), graph.bytes);
    if (graph.base) writeFileSync(path('base'), graph.base.bytes);
    return `${path('in')} ${graph.base ? path('base') : '-'} ${path('out')}\n`;
  });
  const run = spawnSync(oracle, { input: lines.join(''), encoding: 'utf8' });
  return run.stdout.trim().split('\n').map(Number);
}

const seeds = Array.from({ length: Number(count ?? 40) }, (_, i) => (count ? Number(first) : 0) + i);
const graphs = seeds.map(graphOf);
const statuses = ask(graphs);
const answers = seeds.map((seed, i) => {
  if (statuses[i] !== 0) throw new Error(`seed ${seed}: libbpf says ${statuses[i]}`);
  const base = graphs[i].base ?? undefined;
  return { seed, types: listing(Btf.parse(readFileSync(join(scratch, `${i}.out`)), { base })) };
});
rmSync(scratch, { recursive: true });

if (count === undefined) {
  writeFileSync(
    new URL('answers.jsonl', import.meta.url),
    answers.map(answer => `${JSON.stringify(answer)}\n`).join(''),
  );
} else {
  const wrong = answers.filter(({ types }, i) => {
    const mine = Btf.parse(dedup(graphs[i]), { base: graphs[i].base ?? undefined });
    return listing(mine).join('\n') !== types.join('\n');
  });
  console.log(
    `${seeds.length} graphs, ${wrong.length} differ${wrong.length ? `: ${wrong.map(w => w.seed)}` : ''}`,
  );
}
