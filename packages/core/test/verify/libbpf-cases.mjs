// BTF blobs with something wrong, made from a seed: the same blob for the same seed, for ever, as libbpf-answers.jsonl
// holds what libbpf answers to some of them.
import { Btf, BtfBuilder, builtinLayout, swapByteOrder } from '@btfkit/core/btf';
import { randomFrom } from '../dedup/graphs.mjs';

const int = { kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 };
const member = (name, type) => ({ name, type, bitOffset: 0, bitfieldSize: 0 });

/** A type of each kind that libbpf knows; ids count from `id`. */
function types(id) {
  return [
    { ...int, name: `int${id}` },
    { kind: 'PTR', name: '', type: id + 3 },
    { kind: 'ARRAY', name: '', element: id, index: id, length: 7 },
    {
      kind: 'STRUCT',
      name: 'list',
      size: 8,
      kflag: true,
      members: [member('next', id + 1), member('prev', 0)],
    },
    { kind: 'UNION', name: '', size: 8, kflag: false, members: [member('word', id)] },
    { kind: 'ENUM', name: 'color', size: 4, signed: true, values: [{ name: 'RED', value: -1 }] },
    { kind: 'FWD', name: 'later', target: 'struct' },
    { kind: 'TYPEDEF', name: 'number', type: id },
    { kind: 'VOLATILE', name: '', type: id + 7 },
    { kind: 'CONST', name: '', type: id + 8 },
    { kind: 'RESTRICT', name: '', type: id + 1 },
    { kind: 'FUNC', name: 'main', type: id + 12, linkage: 1 },
    {
      kind: 'FUNC_PROTO',
      name: '',
      returns: id,
      params: [
        { name: 'argc', type: id },
        { name: '', type: 0 },
      ],
    },
    { kind: 'VAR', name: 'counter', type: id, linkage: 1 },
    { kind: 'DATASEC', name: '.data', size: 4, variables: [{ type: id + 13, offset: 0, size: 4 }] },
    { kind: 'FLOAT', name: 'double', size: 8 },
    { kind: 'DECL_TAG', name: 'user', type: id + 3, component: -1, attribute: false },
    { kind: 'TYPE_TAG', name: 'rcu', type: id, attribute: false },
    { kind: 'ENUM64', name: 'wide', size: 8, signed: false, values: [{ name: 'ALL', value: 1n }] },
  ];
}

function blob(options, more = []) {
  const builder = new BtfBuilder(options);
  for (const type of [...types(builder.nextId), ...more]) builder.add(type);
  return builder.build();
}

/** Of kinds that libbpf knows from a layout section, if at all. */
const locations = [
  { kind: 'LOC_PARAM', name: '', size: 8, flags: 0, values: [1, 2] },
  { kind: 'LOC_PROTO', name: 'there', params: [1] },
];

/** Blobs as they should be, each with what it stands on. */
function wholes() {
  const bases = [null, Btf.parse(blob({})), Btf.parse(blob({ layout: builtinLayout(23) }, locations))];
  return bases.flatMap(base => {
    const under = { base: base ?? undefined };
    const layout = builtinLayout(23);
    return [
      blob(under),
      blob({ ...under, headerLength: 32 }),
      blob({ ...under, layout: builtinLayout() }),
      blob({ ...under, layout }, locations),
      blob({ ...under, layout, littleEndian: false }),
      blob({ ...under, layout, littleEndian: false }, locations),
      blob(under, locations),
      ...(base === null ? [] : [new BtfBuilder(under).build()]),
    ].map(bytes => ({ bytes, base }));
  });
}

const HEADER_WORDS = [4, 8, 12, 16, 20, 24, 28];

/** A value near one that matters somewhere. */
function telling(random, near) {
  const values = [0, 1, 23, 24, 28, 31, 32, 0x7fffffff, 0xffffffff, 0xfffffffc, random(2 ** 16), ...near];
  const step = [0, 0, 0, 1, -1, 4, -4, 2][random(8)];
  return (values[random(values.length)] + step) >>> 0;
}

/** One change to a blob; the result may be of another length. `ends`: numbers that ids and offsets may run into. */
export function damaged(bytes, random, ends) {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  const little = copy[0] === 0x9f;
  if (copy.length < 32) return copy.subarray(0, random(copy.length + 1));
  const word = at => view.getUint32(at, little);
  const put = (at, value) => view.setUint32(at, value, little);
  const [headerLength, typeOffset, typeLength, stringOffset, stringLength] = HEADER_WORDS.map(word);
  const types = headerLength + typeOffset;
  const inTypes = () => types + 4 * random(Math.max(1, typeLength >> 2));
  const within = (at, size, act) => at >= 0 && at + size <= copy.length && act(at);
  const fields = HEADER_WORDS.map(word);

  switch (random(12)) {
    case 0:
      put(HEADER_WORDS[random(headerLength < 32 ? 5 : 7)], telling(random, fields));
      break;
    case 1:
    case 2:
    case 3:
      within(inTypes(), 4, at => put(at, telling(random, ends)));
      break;
    case 4:
      // The kind, which is the high byte of some word; or vlen, the low three.
      within(inTypes(), 4, at =>
        put(at, ((word(at) & 0xffffff) | ([random(24), random(128)][random(2)] << 24)) >>> 0),
      );
      break;
    case 5:
      within(inTypes(), 4, at => put(at, ((word(at) & 0xff000000) | (telling(random, []) & 0xffffff)) >>> 0));
      break;
    case 6:
      copy[random(copy.length)] = random(256);
      break;
    case 7:
      return copy.subarray(0, [random(copy.length + 1), copy.length - random(8)][random(2)]);
    case 8: {
      // A longer or shorter header before the same sections.
      const length = [24, 25, 28, 30, 31, 32, 36, 40, 9, 13, 20, 22, 0][random(13)];
      const longer = new Uint8Array(length + copy.length - Math.min(headerLength, copy.length));
      longer.set(copy.subarray(0, Math.min(length, headerLength)));
      longer.set(copy.subarray(headerLength), length);
      if (random(3) === 0 && length > 24) longer[24 + random(length - 24)] = 1 + random(255);
      if (length >= 8) new DataView(longer.buffer).setUint32(4, length, little);
      return longer;
    }
    case 9:
      // A section that ends elsewhere, or strings with another first or last byte.
      if (random(2) === 0)
        put([12, 20][random(2)], ([typeLength, stringLength][random(2)] + random(9) - 4) >>> 0);
      else
        within(
          headerLength + stringOffset + [0, stringLength - 1][random(2)],
          1,
          at => (copy[at] = random(2)),
        );
      break;
    case 10:
      if (headerLength >= 32)
        within(
          headerLength + word(24) + random(word(28) + 1),
          1,
          at => (copy[at] = [4, 5, 128, 252, random(256)][random(5)]),
        );
      else copy[random(32)] ^= 1 << random(8);
      break;
    case 11: {
      // A kind that only the layout section knows, with long rows and many elements.
      const kind = [0, 20, 22][random(3)];
      if (headerLength >= 32)
        within(headerLength + word(24) + 4 * kind, 2, at =>
          copy.set([random(3) * 2, [4, 6, 128, 252][random(4)]], at),
        );
      within(types + 4, 4, at => put(at, (kind << 24) | [0, 1, 2, 0xffffff][random(4)]));
      break;
    }
  }
  return copy;
}

let whole;

/** { bytes, base }: a blob with up to three things wrong, and what it stands on, or null. */
export function caseOf(seed) {
  whole ??= wholes();
  const random = randomFrom(seed * 7919 + 1);
  const { bytes, base } = whole[random(whole.length)];
  const strings = Btf.parse(bytes, { base: base ?? undefined }).strings.end;
  const ends = [19, 20, 21, 22, 38, 40, 42, 43, strings];
  let out = bytes;
  for (let left = random(12) === 0 ? 0 : 1 + random(3); left > 0; left--) out = damaged(out, random, ends);
  return { bytes: out, base };
}

/** The same for a blob of somewhere else. */
export function caseFrom(bytes, base, seed) {
  const random = randomFrom(seed * 7919 + 1);
  const btf = Btf.parse(bytes, { base: base ?? undefined });
  const ends = [btf.endId, btf.strings.end, btf.startId, btf.strings.start];
  let out = random(3) === 0 ? swapByteOrder(btf) : bytes;
  for (let left = 1 + random(3); left > 0; left--) out = damaged(out, random, ends);
  return { bytes: out, base };
}
