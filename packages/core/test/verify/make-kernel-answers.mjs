// Writes kernel-answers.jsonl: what the running kernel answers to small blobs, most of them mutated. Needs root, koffi
// and `npm run build`.
// usage: node make-kernel-answers.mjs [SEED [COUNT]]
//
// The blobs are some with references to the kernel's own structs and, of COUNT cases of test/live/cases.mjs, those that
// say something new: of each kind of refusal the smallest few, and some that are accepted. The first line of the file is
// about the kernel: its release, and which of the structs that the blobs refer to it has, and can let go of. Then a line
// for each blob (raw deflate, base64): errno, message and, of some, the whole log.
import { readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { deflateRawSync } from 'node:zlib';
import { Btf, BtfBuilder } from '@btfkit/core/btf';
import { judgeProgram, kernelTypesOf, releaseOf, rulesOf } from '@btfkit/core/verify';
import { mutatedBlob } from '../../../../test/live/cases.mjs';
import { askKernel } from '../../../cli/dist/live/ask.js';

const [seed = 1, count = 60_000] = process.argv.slice(2).map(Number);

/** How many are kept of a kind of answer, and of special ones. */
const KEPT = 7;
const MOST = { accepted: 50, reference: 25 };
/** The longest log that is kept, in lines. */
const LOG_LINES = 20;
const UNSAID = 'The verifier gives no message for this.';

const running = releaseOf(release());
const types = kernelTypesOf(Btf.parse(readFileSync('/sys/kernel/btf/vmlinux'), { references: false }));

/** Our verdict, and which of the kernel's structs and destructors it asked for that are there. */
function judge(bytes) {
  const structs = new Set();
  const destructors = new Set();
  const noting = (set, name, isThere) => isThere && set.add(name) !== undefined;
  const { meaning } = judgeProgram(bytes, {
    rules: rulesOf(running),
    littleEndian: true,
    kernelTypes: {
      has: name => noting(structs, name, types.has(name)),
      hasDestructor: name => noting(destructors, name, types.hasDestructor(name)),
    },
  });
  return { meaning, structs, destructors };
}

/** What kind of answer it is: our meaning tells problems apart, the message has the kind of the type. */
function keyOf({ errno, message, meaning }) {
  if (errno === 0) return 'accepted';
  if (meaning.endsWith(UNSAID)) return `${errno} ${meaning.slice(meaning.indexOf('. '))}`;
  return `${errno} ${/^\[\d+\] ([A-Z_\d]+) /.exec(message)?.[1]} ${meaning}`;
}

/** A struct with a pointer of this tag to a struct of this name. */
function reference(tag, name) {
  const builder = new BtfBuilder();
  const target = builder.add({ kind: 'STRUCT', name, size: 8, kflag: false, members: [] });
  const tagged = builder.add({ kind: 'TYPE_TAG', name: tag, type: target, attribute: false });
  const type = builder.add({ kind: 'PTR', name: '', type: tagged });
  const members = [{ name: 'held', type, bitOffset: 0, bitfieldSize: 0 }];
  builder.add({ kind: 'STRUCT', name: 'holder', size: 8, kflag: false, members });
  return builder.build();
}

/** Mutated blobs seldom refer to the kernel's structs: some that do, the rest by number. */
const references = ['kptr', 'kptr_untrusted', 'percpu_kptr', 'uptr', 'user'].flatMap(tag =>
  ['task_struct', 'cgroup', 'bpf_cpumask', 'list_head', 'own_struct'].map(name => reference(tag, name)),
);
const blobOf = number => references.at(number) ?? mutatedBlob(seed, number - references.length).bytes;

const size = ({ blob, message }) => blob.length + message.length;

const found = new Map();
for (let number = 0; number < references.length + count; number++) {
  const bytes = blobOf(number);
  const { errno, message } = askKernel(bytes, { log: false });
  const blob = deflateRawSync(bytes, { level: 9 }).toString('base64');
  const each = { number, blob, errno, message, ...judge(bytes) };
  const key = number < references.length ? 'reference' : keyOf(each);
  // The smallest are of interest, but say nothing where all is well.
  if (key === 'accepted' && blob.length < 160) continue;
  const few = [...(found.get(key) ?? []), each].sort((a, b) => size(a) - size(b));
  found.set(key, few.slice(0, MOST[key] ?? KEPT));
}

const kept = [...found.values()]
  .flatMap(few => few.map((each, index) => ({ ...each, withLog: index % 16 === 1 })))
  .sort((a, b) => a.number - b.number);
const rows = kept.map(({ number, blob, errno, message, withLog }) => {
  const log = withLog ? askKernel(blobOf(number), { log: true }).log : '';
  const isShort = log !== '' && log.split('\n').length <= LOG_LINES;
  return { blob, errno, message, ...(isShort ? { log } : {}) };
});
const all = set => [...new Set(kept.flatMap(each => [...each[set]]))].sort();
const kernel = { release: running, structs: all('structs'), destructors: all('destructors') };
const lines = [kernel, ...rows].map(row => `${JSON.stringify(row)}\n`);
writeFileSync(new URL('kernel-answers.jsonl', import.meta.url), lines.join(''));
console.log(`${rows.length} blobs of ${found.size} kinds`);
