// The parts of the library on their own. usage: node bench/micro.mjs [FILE]
// FILE is raw BTF, a real kernel's for figures that mean something: /sys/kernel/btf/vmlinux, or what
// `btfkit encode vmlinux -o FILE` writes. Default: the miniature kernel of the fixtures.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Btf, Kind, swapByteOrder } from '@btfkit/core/btf';
import { dedup } from '@btfkit/core/dedup';
import { printJson, printRaw } from '@btfkit/core/print';
import { bench, do_not_optimize, run, summary } from 'mitata';
import { argumentsOf } from '../scripts/arguments.mjs';

const { positionals } = argumentsOf(import.meta.url, { allowPositionals: true });
const path = positionals[0] ?? fileURLToPath(new URL('../fixtures/module/mini-vmlinux.btf', import.meta.url));
const bytes = new Uint8Array(readFileSync(path));
const parsed = Btf.parse(bytes, { name: path });
const structs = [];
for (let id = parsed.startId; id < parsed.endId; id++) {
  if (parsed.kind(id) === Kind.STRUCT && parsed.typeName(id) !== '') structs.push(parsed.typeName(id));
}

let printed = 0;
const sink = chunk => {
  printed += chunk.length;
};

summary(() => {
  bench('parse', () => do_not_optimize(Btf.parse(bytes)));
  bench('parse, first lookup by name', () =>
    do_not_optimize(Btf.parse(bytes).find(structs.at(-1), Kind.STRUCT)),
  );
});
bench(`look up ${structs.length} structs by name`, () => {
  for (const name of structs) do_not_optimize(parsed.find(name, Kind.STRUCT));
});
bench('views of all types', () => {
  for (let id = parsed.startId; id < parsed.endId; id++) do_not_optimize(parsed.type(id));
});
bench('swap the byte order', () => do_not_optimize(swapByteOrder(parsed)));
bench('print raw', () => printRaw(parsed, sink));
bench('print JSON', () => printJson(parsed, sink));
bench('deduplicate', () => do_not_optimize(dedup(parsed)));

await run();
do_not_optimize(printed);
