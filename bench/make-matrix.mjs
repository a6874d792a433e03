// What the bench of `core check` works on, made from one kernel's BTF: more kernels like it, with fields that moved or
// have another name, and BPF objects that read fields of many structs.
// usage: node bench/make-matrix.mjs FOLDER BTF [KERNELS [OBJECTS]]     default: 40 kernels, 50 objects
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Btf, Kind } from '../packages/core/dist/btf/index.js';
import { argumentsOf } from '../scripts/arguments.mjs';

/** Numbers from 0 up to 1, the same on each run (mulberry32). */
function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Ids of structs with a name and members. */
function structsOf(btf) {
  const found = [];
  for (let id = btf.startId; id < btf.endId; id++) {
    if (btf.kind(id) === Kind.STRUCT && btf.vlen(id) > 0 && btf.typeName(id) !== '') found.push(id);
  }
  return found;
}

/** Copies of a blob: in one of `every` structs the members from some place on move by 8 bytes, in as many one is renamed. */
function variants(bytes, count, every) {
  return Array.from({ length: count }, (_, seed) => {
    const copy = new Uint8Array(bytes);
    if (seed === 0) return copy;
    const btf = Btf.parse(copy, { references: false });
    const next = random(seed);
    for (const id of structsOf(btf)) {
      const at = btf.at(id);
      const members = btf.vlen(id);
      if (next() * every < 1) {
        for (let i = Math.floor(next() * members); i < members; i++) btf.words[at + 5 + 3 * i] += 64;
        btf.words[at + 2] += 8;
      }
      // The struct's own name is some other string.
      if (next() * every < 1) btf.words[at + 3 + 3 * Math.floor(next() * members)] = btf.words[at];
    }
    return copy;
  });
}

/** Integers and pointers of a struct, without bitfields. */
function plainMembers(btf, id) {
  return btf.type(id).members.flatMap(({ name, type, bitfieldSize }) => {
    while (['TYPEDEF', 'CONST', 'VOLATILE'].includes(btf.type(type).kind)) type = btf.type(type).type;
    const { kind, size } = btf.type(type);
    if (name === '' || bitfieldSize > 0 || (kind !== 'INT' && kind !== 'PTR')) return [];
    const declared =
      kind === 'PTR'
        ? `void *${name}`
        : `unsigned ${{ 1: 'char', 2: 'short', 4: 'int', 8: 'long long' }[size]} ${name}`;
    return /undefined|^unsigned .* (int|new|class|__int128)$/.test(declared) ? [] : [{ name, declared }];
  });
}

/** C of a program that reads `fields` fields, each guarded or not. */
function source(btf, structs, fields, next) {
  const declarations = new Map();
  const lines = [];
  while (lines.length < fields) {
    const id = structs[Math.floor(next() * structs.length)];
    const name = btf.typeName(id);
    const members = plainMembers(btf, id);
    if (members.length === 0 || declarations.has(name)) continue;
    const taken = members.filter(() => next() < 0.5).slice(0, 8);
    if (taken.length === 0) continue;
    declarations.set(
      name,
      `struct ${name} { ${taken.map(({ declared }) => `${declared};`).join(' ')} } core;`,
    );
    for (const { name: member } of taken) {
      const field = `((struct ${name} *)from)->${member}`;
      const exists = next() < 0.3 ? `if (__builtin_preserve_field_info(${field}, 2)) ` : '';
      lines.push(`  ${exists}sum += read(&${field});`);
    }
  }
  return `#define core __attribute__((preserve_access_index))
${[...declarations.values()].join('\n')}
static long (*probe)(void *, unsigned, const void *) = (void *)113;
static long read(const void *from) { long value = 0; probe(&value, 1, from); return value; }
__attribute__((section("raw_tp/sched_switch"), used)) int program(void *from)
{
  long sum = 0;
${lines.join('\n')}
  return sum;
}
char _license[] __attribute__((section("license"), used)) = "GPL";
`;
}

/**
 * Writes `kernels` blobs into FOLDER/kernels and `objects` objects into FOLDER/objects, compiled with clang (CLANG names
 * another one). Returns their paths.
 */
export function makeMatrix(folder, btfPath, { kernels, objects, fields = 100 }) {
  const bytes = new Uint8Array(readFileSync(btfPath));
  const btf = Btf.parse(bytes);
  const [kernelFolder, objectFolder] = ['kernels', 'objects'].map(name => join(folder, name));
  for (const path of [kernelFolder, objectFolder]) mkdirSync(path, { recursive: true });
  const kernelPaths = variants(bytes, kernels, 50).map((blob, index) => {
    const path = join(kernelFolder, `6.12.${index}.btf`);
    writeFileSync(path, blob);
    return path;
  });
  const structs = structsOf(btf);
  const objectPaths = Array.from({ length: objects }, (_, index) => {
    const [c, o] = ['c', 'o'].map(ending => join(objectFolder, `program-${index}.${ending}`));
    writeFileSync(c, source(btf, structs, fields, random(1000 + index)));
    execFileSync(process.env.CLANG ?? 'clang', ['-target', 'bpf', '-O2', '-g', '-w', '-c', c, '-o', o]);
    return o;
  });
  return { kernels: kernelPaths, kernelFolder, objects: objectPaths };
}

if (process.argv[1] === import.meta.filename) {
  const { positionals } = argumentsOf(import.meta.url, { allowPositionals: true });
  const [folder, btf, kernels = '40', objects = '50'] = positionals;
  if (btf === undefined) throw new Error('FOLDER and BTF are wanted (--help shows the usage)');
  makeMatrix(folder, btf, { kernels: Number(kernels), objects: Number(objects) });
}
