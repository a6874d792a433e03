// Split BTF with its base and a target to move to, made from a seed: the same for the same seed, for ever, as
// answers.jsonl holds what libbpf makes of some of them.
import { Btf, BtfBuilder, builtinLayout } from '@btfkit/core/btf';
import { randomFrom } from '../dedup/graphs.mjs';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'ab', 'bb', 'cab', 'é'];
const BASE_KINDS = (
  'INT INT FLOAT PTR PTR ARRAY STRUCT STRUCT STRUCT UNION ENUM ENUM64 FWD TYPEDEF TYPEDEF CONST VOLATILE RESTRICT ' +
  'FUNC_PROTO TYPE_TAG FUNC VAR'
).split(' ');
const SPLIT_KINDS = (
  'PTR PTR PTR ARRAY STRUCT STRUCT STRUCT UNION TYPEDEF CONST VOLATILE FUNC_PROTO FUNC VAR DATASEC DECL_TAG TYPE_TAG ' +
  'ENUM FWD INT FLOAT RESTRICT ENUM64'
).split(' ');
/** The kinds that a distilled base may have. */
const DISTILLED_KINDS = 'INT FLOAT ENUM STRUCT STRUCT UNION FWD FWD'.split(' ');
const integer = { kind: 'INT', size: 4, encoding: 1, bitOffset: 0, bits: 32 };
const NOT_VALUES = ['FUNC', 'VAR', 'DATASEC', 'DECL_TAG'];

/**
 * What is given to libbpf and to us, as blobs: `split` stands on `base`, `target` on nothing. Where `distilled` is
 * true, `base` is made up to look like a distilled one, and `split` is to be relocated as it is.
 */
export function caseOf(seed) {
  const random = randomFrom(seed);
  const distilled = random(4) === 0;
  const kinds = distilled ? DISTILLED_KINDS : BASE_KINDS;
  // One base in eight that should be distilled has a type that it should not have.
  const odd = distilled && random(8) === 0 ? ['PTR', 'ENUM64', 'TYPEDEF'] : [];
  const base = types(random, 4 + random(20), [...kinds, ...odd], undefined, !distilled || random(8) === 0);
  const split = types(random, random(14), SPLIT_KINDS, base, true);
  return { distilled, base: base.bytes, split: split.bytes, target: targetOf(random, base).bytes };
}

const blobOptions = random => ({
  littleEndian: random(4) > 0,
  headerLength: random(3) === 0 ? 32 : 24,
  layout: random(10) === 0 ? builtinLayout() : [],
});

/** Types that refer to each other and to the base at random, `count` and one more. */
function types(random, count, kinds, base, anonymous) {
  const pick = list => list[random(list.length)];
  const builder = new BtfBuilder({ base, ...blobOptions(random) });
  const start = builder.nextId;
  const end = start + 1 + count;
  // Where the distilled base stays empty, libbpf forgets the types that go into the split BTF: this one never is.
  const first = base === undefined ? { ...integer, name: 'z' } : { kind: 'PTR', name: '', type: 1 };
  const chosen = [first.kind, ...Array.from({ length: count }, () => pick(kinds))];
  const kindOf = id => (id === 0 ? 'VOID' : id < start ? base.type(id).kind : chosen[id - start]);
  const before = (id, kind) => Array.from({ length: id }, (_, i) => i).filter(i => kindOf(i) === kind);
  chosen.forEach((kind, i) => {
    if (kind === 'FUNC' && before(start + i, 'FUNC_PROTO').length === 0) chosen[i] = 'FUNC_PROTO';
  });
  // Half of what a split BTF refers to is its base's; functions and variables are seldom referred to.
  const referenceBelow = limit => {
    const id = base !== undefined && random(2) === 0 ? random(start) : random(limit);
    return NOT_VALUES.includes(kindOf(id)) && random(30) > 0 ? 0 : id;
  };
  const nameFor = kind => {
    const rarely = ['INT', 'FLOAT', 'FWD'].includes(kind) ? 60 : 4;
    return anonymous && random(rarely) === 0 ? '' : pick(NAMES);
  };
  builder.add(first);
  for (let id = start + 1; id < end; id++) {
    const kind = chosen[id - start];
    // Only members may lead forward: libbpf goes round cycles of typedefs for ever.
    const reference = () => referenceBelow(kind === 'STRUCT' ? end : id);
    builder.add(typeOf(random, kind, nameFor(kind), reference, before, id));
  }
  return spoilt(random, builder.parse());
}

function typeOf(random, kind, name, reference, before, id) {
  const pick = list => list[random(list.length)];
  const many = (most, one) => Array.from({ length: random(most) }, (_, j) => one(j));
  // libbpf compares 31 bits of a size.
  const size = () => (random(30) === 0 ? 0x80000004 : pick([4, 4, 4, 8, 16]));
  switch (kind) {
    case 'INT':
      return { kind, name, size: pick([1, 4, 4]), encoding: pick([0, 1]), bitOffset: 0, bits: pick([8, 32]) };
    case 'FLOAT':
      return { kind, name, size: pick([4, 8]) };
    case 'PTR':
    case 'CONST':
    case 'VOLATILE':
    case 'RESTRICT':
      return { kind, name: '', type: reference() };
    case 'TYPEDEF':
      return { kind, name, type: reference() };
    case 'TYPE_TAG':
      return { kind, name, type: reference(), attribute: random(3) === 0 };
    case 'DECL_TAG':
      return { kind, name, type: reference(), component: random(3) - 1, attribute: random(3) === 0 };
    case 'ARRAY':
      return { kind, name: '', element: reference(), index: reference(), length: random(3) };
    case 'STRUCT':
    case 'UNION': {
      const kflag = random(3) === 0;
      const member = j => ({
        name: pick(['', 'x', 'y', 'a']),
        type: reference(),
        bitOffset: 32 * j,
        bitfieldSize: kflag ? 4 : 0,
      });
      return { kind, name, size: size(), kflag, members: many(4, member) };
    }
    case 'ENUM':
    case 'ENUM64': {
      const value = j => ({ name: pick(['A', 'B', 'a']), value: kind === 'ENUM' ? j : BigInt(j) });
      const enumSize = random(40) === 0 ? 3 : pick([4, 4, 8]);
      return { kind, name, size: enumSize, signed: random(3) === 0, values: many(3, value) };
    }
    case 'FWD':
      return { kind, name, target: random(3) > 0 ? 'struct' : 'union' };
    case 'FUNC_PROTO':
      return {
        kind,
        name: '',
        returns: reference(),
        params: many(3, () => ({ name: pick(['', 'p', 'a']), type: reference() })),
      };
    case 'FUNC':
      return { kind, name: pick(NAMES), linkage: random(3), type: pick(before(id, 'FUNC_PROTO')) };
    case 'VAR':
      return { kind, name: pick(NAMES), type: reference(), linkage: random(2) };
    case 'DATASEC': {
      const variables = before(id, 'VAR').filter(() => random(3) === 0);
      return {
        kind,
        name: '.data',
        size: 64,
        variables: variables.map(type => ({ type, offset: 8 * type, size: 4 })),
      };
    }
  }
}

/** What a compiler never does, in one blob of eight: names inside of names, a FWD with a type. */
function spoilt(random, btf) {
  if (btf.offsets.length === 0 || random(8) > 0) return btf;
  const bytes = btf.bytes.slice();
  const view = new DataView(bytes.buffer);
  const start = btf.header.headerLength + btf.header.typeOffset;
  const put = (word, value) => view.setUint32(start + 4 * word, value, btf.littleEndian);
  const at = btf.offsets[random(btf.offsets.length)];
  const forward = btf.offsets.find((_, own) => btf.type(btf.startId + own).kind === 'FWD');
  if (forward !== undefined && random(2) === 0) put(forward + 2, random(btf.endId));
  else put(at, random(btf.strings.end));
  return Btf.parse(bytes, { base: btf.base ?? undefined });
}

/** Types with the names of the base's, most of them the same: what the next kernel may look like. */
function targetOf(random, base) {
  const builder = new BtfBuilder(blobOptions(random));
  const drift = random(3);
  const list = [];
  for (let id = 1; id < base.endId; id++) {
    const type = base.type(id);
    if (!('size' in type) && type.kind !== 'FWD') continue;
    if (drift > 0 && random(12) === 0) continue;
    list.push(type);
    if (drift > 0 && random(12) === 0) list.push(type);
  }
  const order =
    drift === 0
      ? list
      : list
          .map(type => [random(100), type])
          .sort((x, y) => x[0] - y[0])
          .map(x => x[1]);
  for (const type of order) {
    while (random(4) === 0) builder.add({ kind: 'TYPEDEF', name: NAMES[random(NAMES.length)], type: 0 });
    builder.add(drift > 1 && random(6) === 0 ? changed(random, type) : without(type));
  }
  return spoilt(random, builder.parse());
}

const bare = { values: [], members: [] };
/** No references: nothing looks at them. */
const without = type => ({ ...type, ...('members' in type || 'values' in type ? bare : {}) });

function changed(random, type) {
  const { name } = type;
  const size = [1, 4, 8, 16][random(4)];
  const kflag = random(2) === 0;
  const all = [
    { kind: 'INT', name, size, encoding: random(2), bitOffset: 0, bits: 8 },
    { kind: 'STRUCT', name, size, kflag, members: [] },
    { kind: 'UNION', name, size, kflag, members: [] },
    { kind: 'ENUM', name, size, signed: kflag, values: [] },
    { kind: 'ENUM64', name, size, signed: kflag, values: [] },
    { kind: 'FWD', name, target: kflag ? 'union' : 'struct' },
    { kind: 'FLOAT', name, size },
  ];
  return random(2) === 0 ? { ...without(type), size } : all[random(all.length)];
}
