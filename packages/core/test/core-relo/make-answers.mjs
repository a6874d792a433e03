// Writes answers.json: what libbpf (1.8, git f7081a6b) makes of the objects of fixtures/core, by object and target.
// usage: node make-answers.mjs LIBBPF_CORE, LIBBPF_CORE built from libbpf-core.c
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = name => fileURLToPath(new URL(name, import.meta.url));
const objects = ['program-el.o', 'refused-el.o'];
const targets = ['kernel-el.o', 'refusing-kernel-el.o', 'program-el.o'];
const pairs = objects.flatMap(object => targets.map(target => ({ object, target })));
const input = pairs.map(({ object, target }) =>
  [object, target].map(name => here(`../../../../fixtures/core/${name}`)).join(' '),
);
const run = spawnSync(process.argv[2], { input: `${input.join('\n')}\n`, encoding: 'utf8' });
const lines = run.stdout.trim().split('\n');
const answers = pairs.map((pair, i) => ({ ...pair, ...JSON.parse(lines[i]) }));
writeFileSync(here('answers.json'), `${JSON.stringify(answers, null, 2)}\n`);
