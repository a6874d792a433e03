// Writes answers.jsonl: what libbpf (1.8, git f7081a6b) shows of some of the values of random-values.mjs, found by their
// seeds. With a number as third argument, compares that many more seeds on the spot and keeps nothing.
// usage: node make-answers.mjs LITTLE BIG [COUNT [FIRST]], commands built from libbpf-values.c for machines of either byte
// order ("qemu-s390x ./libbpf-values-s390x"); - for none
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { randomValues } from './random-values.mjs';
import { shown } from './shown.mjs';

const [little, big, count, first = '1000'] = process.argv.slice(2);
const VALUES = 8;
const seeds = Array.from({ length: Number(count ?? 60) }, (_, i) => (count ? Number(first) : 0) + i);

function ask(command, requests, bigEndian) {
  const parts = requests.flatMap(({ bytes, id, data, pointerSize, options }) => {
    const indent = Buffer.from(options.indent ?? '');
    const flags =
      Number(options.compact) +
      2 * Number(options.skipNames) +
      4 * Number(options.emitZeroes) +
      8 * Number(options.emitStrings);
    const indentLength = options.indent === undefined ? 0xffffffff : indent.length;
    const words = [bytes.length, pointerSize ?? 0, id, flags, options.indentLevel, indentLength, data.length];
    const head = Buffer.alloc(4 * words.length);
    const write = bigEndian ? head.writeUInt32BE : head.writeUInt32LE;
    for (const [i, word] of words.entries()) write.call(head, word, 4 * i);
    return [head, bytes, indent, data];
  });
  const [program, ...args] = command.split(' ');
  const run = spawnSync(program, args, { input: Buffer.concat(parts), maxBuffer: 1 << 30 });
  let at = 0;
  return requests.map(() => {
    const [result, length] = [0, 4].map(i => run.stdout[bigEndian ? 'readInt32BE' : 'readInt32LE'](at + i));
    const text = run.stdout.subarray(at + 8, at + 8 + length).toString();
    at += 8 + length;
    return { result, text };
  });
}

function answersOf(command, bigEndian) {
  if (command === '-') return [];
  return seeds.map(seed => {
    const { bytes, values } = randomValues(seed, VALUES, bigEndian);
    return {
      seed,
      bigEndian,
      answers: ask(
        command,
        values.map(value => ({ bytes, ...value })),
        bigEndian,
      ),
    };
  });
}

const answers = [...answersOf(little, false), ...answersOf(big, true)];
if (count === undefined) {
  const lines = answers
    .filter(({ seed, bigEndian }) => !bigEndian || seed < 20)
    .map(answer => `${JSON.stringify(answer)}\n`);
  writeFileSync(new URL('answers.jsonl', import.meta.url), lines.join(''));
} else {
  const wrong = answers.filter(({ seed, bigEndian, answers: theirs }) => {
    const { btf, values } = randomValues(seed, VALUES, bigEndian);
    return JSON.stringify(values.map(value => shown(btf, value))) !== JSON.stringify(theirs);
  });
  const seen = wrong.map(({ seed, bigEndian }) => `${seed}${bigEndian ? ' big-endian' : ''}`);
  console.log(
    `${answers.length * VALUES} values, ${wrong.length} seeds differ${seen.length ? `: ${seen}` : ''}`,
  );
}
