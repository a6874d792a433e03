// Asks the running kernel and our judge about mutated blobs, and prints where they disagree. Needs root, and `npm run build`.
// usage: node test/live/mutate.mjs [--count 20000] [--seed N] [--show 10] [--only NUMBER] [--save DIR]
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argumentsOf } from '../../scripts/arguments.mjs';
import { compareCase } from './compare.mjs';
import { whyNotComparable } from './judge.mjs';

const { values: options } = argumentsOf(import.meta.url, {
  options: {
    count: { type: 'string', default: '20000' },
    /** Another one each time unless said. */
    seed: { type: 'string', default: String(Date.now() % 1e9) },
    /** How many disagreements are printed. */
    show: { type: 'string', default: '10' },
    /** One case of the seed, whether or not there is a disagreement. */
    only: { type: 'string' },
    /** A folder for the blobs that are printed. */
    save: { type: 'string' },
  },
});
const [seed, count, show] = [options.seed, options.count, options.show].map(Number);

const answerText = ({ errno, message }) => (errno === 0 ? 'accepted' : `${errno} ${JSON.stringify(message)}`);

/** The first lines of two logs that differ, where verdict, errno and message are the same. */
function logDifference(ours, theirs) {
  const [a, b] = [ours.log.split('\n'), theirs.log.split('\n')];
  const line = a.findIndex((text, i) => text !== b[i]);
  const at = line < 0 ? a.length : line;
  return `    log line ${at + 1}: kernel ${JSON.stringify(b[at])}\n    log line ${at + 1}: ours   ${JSON.stringify(a[at])}\n`;
}

function print({ number, origin, changes, bytes, ours, theirs }) {
  const [kernel, judge] = [answerText(theirs), answerText(ours)];
  let text = `case ${number}: ${bytes.length} bytes, ${origin}, ${changes.join(' + ') || 'unchanged'}\n`;
  text += `    kernel ${kernel}\n    ours   ${judge}\n`;
  if (kernel === judge && ours.log !== theirs.log.replace(/\n$/, '')) text += logDifference(ours, theirs);
  process.stdout.write(`${text}    node test/live/mutate.mjs --seed ${seed} --only ${number}\n`);
  if (options.save === undefined) return;
  mkdirSync(options.save, { recursive: true });
  writeFileSync(join(options.save, `${seed}-${number}.btf`), bytes);
}

const unavailable = whyNotComparable();
if (unavailable !== null) {
  console.error(unavailable);
  process.exitCode = 3;
} else if (options.only !== undefined) {
  print(compareCase(seed, Number(options.only), { logs: true }));
} else {
  let found = 0;
  for (let number = 0; number < count; number++) {
    const answers = compareCase(seed, number);
    if (answers.differs && found++ < show) print(answers);
  }
  console.log(`${count} mutations, seed ${seed}: ${found} disagreements`);
  process.exitCode = found > 0 ? 1 : 0;
}
