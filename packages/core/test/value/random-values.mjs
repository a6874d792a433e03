// Types and bytes to show as values of them, made from a seed: the same for the same seed, for ever, as answers.jsonl
// holds what libbpf makes of some of them.
import { Btf, BtfBuilder, swapByteOrder } from '@btfkit/core/btf';
import { randomFrom } from '../dedup/graphs.mjs';

const NAMES = ['foo', 'bar', 'S', 'T', 'a', 'b', 'flags', 'data', '', ''];
/** Name, size in bytes, encoding. */
const INTS = [
  ['char', 1, 1],
  ['unsigned char', 1, 0],
  ['short', 2, 1],
  ['unsigned short', 2, 0],
  ['int', 4, 1],
  ['unsigned int', 4, 0],
  ['long long', 8, 1],
  ['unsigned long long', 8, 0],
  ['__int128', 16, 1],
  ['unsigned __int128', 16, 0],
  ['_Bool', 1, 4],
];
const FLOATS = [
  ['float', 4],
  ['double', 8],
  ['long double', 16],
  ['_Float16', 2],
];
const SIGNED = [0, 1, -1, 2, 127, -128, 255, 1000, -5, 0x7fffffff];
const UNSIGNED = [0, 1, 2, 255, 65535, 0xffffffff, 0x80000000, 7];
const SIGNED64 = [0n, 1n, -1n, 1n << 40n, -(1n << 33n)];
const UNSIGNED64 = [0n, 1n, 1n << 63n, 0xffffffffn, (1n << 64n) - 1n];
const INDENTS = [undefined, undefined, '', '  ', '    ', 'é-', '0123456789'.repeat(4)];

/** `count` values for one BTF: `bytes` of either byte order, `values` of { id, data, pointerSize, options }. */
export function randomValues(seed, count, bigEndian) {
  const random = randomFrom(seed);
  const types = randomTypes(random);
  const btf = types.builder.parse();
  const bytes = bigEndian ? swapByteOrder(btf) : btf.bytes;
  const pick = list => list[random(list.length)];
  const flag = () => random(2) === 1;
  const values = Array.from({ length: count }, () => {
    const { id, size } = pick(types.shown);
    const options = {
      compact: flag(),
      skipNames: flag(),
      emitZeroes: flag(),
      emitStrings: flag(),
      indentLevel: random(5) === 0 ? random(4) : 0,
      indent: pick(INDENTS),
    };
    const pointerSize = random(3) === 0 ? pick([4, 8]) : undefined;
    return { id, data: randomBytes(random, randomLength(random, size)), pointerSize, options };
  });
  return { btf: Btf.parse(bytes), bytes, values };
}

/** Mostly that of the type; sometimes less or more. */
function randomLength(random, size) {
  const how = random(10);
  if (how === 0) return random(size + 1);
  if (how === 1) return size + random(20);
  return how === 2 ? Math.max(0, size - 1 - random(8)) : size;
}

function randomBytes(random, length) {
  const [sparse, text, mixed] = [1, 2, 3];
  const how = random(5);
  return Uint8Array.from({ length }, () => {
    if (how === sparse) return random(5) === 0 ? random(256) : 0;
    if (how === text) return random(10) === 0 ? 0 : 32 + random(95);
    if (how === mixed) return [0, 0, 1, 255, 128, 65, 2][random(7)];
    return how === 4 ? 0 : random(256);
  });
}

function randomTypes(random) {
  const builder = new BtfBuilder();
  const pick = list => list[random(list.length)];
  /** Types that others are made of, and their sizes. */
  const parts = [];
  const add = (type, size) => parts.push({ id: builder.add(type), size });
  const addInt = ([name, size, encoding]) =>
    add({ kind: 'INT', name, size, encoding, bitOffset: 0, bits: 8 * size }, size);
  const long = pick([4, 8, 8, 8]);
  if (random(5) > 0) addInt([pick(['long', 'unsigned long', 'long int']), long, 1]);
  for (const int of INTS) addInt(int);
  for (const [name, size] of FLOATS) add({ kind: 'FLOAT', name, size }, size);
  const characters = parts.slice(1, 3);

  const make = {
    pointer: () => add({ kind: 'PTR', name: '', type: random(10) === 0 ? 0 : pick(parts).id }, long),
    modifier: () => {
      const { id, size } = pick(parts);
      add({ kind: pick(['CONST', 'VOLATILE', 'RESTRICT']), name: '', type: id }, size);
    },
    tag: () => {
      const { id, size } = pick(parts);
      add({ kind: 'TYPE_TAG', name: 'user', type: id, attribute: random(3) === 0 }, size);
    },
    typedef: name => {
      const { id, size } = pick(parts);
      add({ kind: 'TYPEDEF', name: name || 'td', type: id }, size);
    },
    array: () => {
      const { id, size } = pick(parts);
      const length = pick([0, 1, 2, 3, 4, 7]);
      add({ kind: 'ARRAY', name: '', element: id, index: 1, length }, size * length);
    },
    string: () => {
      const length = pick([0, 1, 4, 8, 16]);
      add({ kind: 'ARRAY', name: '', element: pick(characters).id, index: 1, length }, length);
    },
    struct: name => addStruct(name),
    union: name => addStruct(name),
    smallStruct: name => addStruct(name),
    enumeration: name => {
      const signed = random(2) === 1;
      const value = () => pick(signed ? SIGNED : UNSIGNED);
      const values = Array.from({ length: random(6) }, (_, i) => ({ name: `E${i}`, value: value() }));
      const size = pick([1, 2, 4, 4, 4, 8]);
      add({ kind: 'ENUM', name, size, signed, values }, size);
    },
    enumeration64: name => {
      const signed = random(2) === 1;
      const value = () => pick(signed ? SIGNED64 : UNSIGNED64);
      const values = Array.from({ length: random(6) }, (_, i) => ({ name: `Q${i}`, value: value() }));
      const size = pick([8, 8, 4]);
      add({ kind: 'ENUM64', name, size, signed, values }, size);
    },
    callback: () => {
      const params = Array.from({ length: random(4) }, () => ({
        name: pick(NAMES),
        type: random(6) === 0 ? 0 : pick(parts).id,
      }));
      const returns = random(3) === 0 ? 0 : pick(parts).id;
      const prototype = builder.add({ kind: 'FUNC_PROTO', name: '', returns, params });
      add({ kind: 'PTR', name: '', type: prototype }, long);
    },
    forward: name => {
      const target = pick(['struct', 'union']);
      const forward = builder.add({ kind: 'FWD', name: name || 'forward', target });
      add({ kind: 'PTR', name: '', type: forward }, long);
    },
  };
  const makers = Object.values(make);

  function addStruct(name) {
    const kind = pick(['STRUCT', 'STRUCT', 'UNION']);
    const kflag = random(2) === 1;
    const members = [];
    let size = 0;
    for (let left = random(7), bit = 0; left > 0; left--) {
      const part = pick(parts);
      const isField = kflag && random(2) === 1 && part.size > 0 && part.size <= 16;
      const bitfieldSize = isField ? 1 + random(Math.min(64, 8 * part.size)) : 0;
      const bitOffset = kind === 'UNION' ? 0 : isField ? bit : aligned(bit, part.size);
      members.push({ name: pick(NAMES), type: part.id, bitOffset, bitfieldSize });
      bit = bitOffset + (bitfieldSize || 8 * part.size);
      size = Math.max(size, Math.ceil(bit / 8));
    }
    if (random(3) > 0) size = Math.ceil(size / 8) * 8;
    if (size <= 4096) add({ kind, name, size, kflag, members }, size);
  }

  /** Some structs are packed. */
  function aligned(bit, size) {
    const alignment = random(5) === 0 ? 1 : Math.min(8, size || 1);
    return 8 * alignment * Math.ceil(bit / 8 / alignment);
  }

  for (let left = 5 + random(30); left > 0; left--) pick(makers)(pick(NAMES));
  return { builder, shown: [...parts, ...addVariables(builder, pick, parts, random)] };
}

/** Variables, their section, and what has no value. */
function addVariables(builder, pick, parts, random) {
  const shown = [];
  const variables = [];
  let offset = 0;
  for (let i = 0; i < 3; i++) {
    const { id, size } = pick(parts);
    const type = builder.add({ kind: 'VAR', name: `v${i}`, type: id, linkage: random(3) });
    shown.push({ id: type, size });
    variables.push({ type, offset, size });
    offset += size;
  }
  const section = { kind: 'DATASEC', name: '.data', size: offset, variables };
  shown.push({ id: builder.add(section), size: offset });
  const prototype = builder.add({ kind: 'FUNC_PROTO', name: '', returns: 0, params: [] });
  const func = builder.add({ kind: 'FUNC', name: 'fn', type: prototype, linkage: 1 });
  const type = parts[3].id;
  const tag = builder.add({ kind: 'DECL_TAG', name: 'tag', type, component: -1, attribute: false });
  for (const id of [prototype, func, tag]) shown.push({ id, size: 8 });
  return shown;
}
