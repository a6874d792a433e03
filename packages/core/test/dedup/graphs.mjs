// Type graphs to deduplicate, made from a seed: the same graph for the same seed, for ever, as answers.jsonl holds what
// libbpf makes of some of them.
import { Btf, BtfBuilder } from '@btfkit/core/btf';
import { dedup, merge } from '@btfkit/core/dedup';

/** A function that gives the next number below n. */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return n => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    let x = state ^ (state >>> 15);
    x = Math.imul(x, 0x2c1b3c6d) >>> 0;
    x ^= x >>> 12;
    return (x >>> 0) % n;
  };
}

const NAMES = ['a', 'b', 'c', 'd'];
const KINDS = (
  'INT PTR PTR PTR ARRAY STRUCT STRUCT UNION ENUM ENUM FWD TYPEDEF TYPEDEF CONST FUNC_PROTO FUNC FLOAT ENUM64 ' +
  'TYPE_TAG DECL_TAG VAR VOLATILE'
).split(' ');
const NOT_VALUES = ['VAR', 'DATASEC', 'DECL_TAG'];

const int = { kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 };
const member = (name, type) => ({ name, type, bitOffset: 0, bitfieldSize: 0 });
const composite = (kind, name, size, members) => ({ kind, name, size, kflag: false, members });

/** `count` types that refer to each other at random, with few names, so that much is nearly the same. */
export function soup(random, count, base) {
  const pick = list => list[random(list.length)];
  const builder = new BtfBuilder({ base });
  const start = builder.nextId;
  const kinds = Array.from({ length: count }, () => pick(KINDS));
  kinds.forEach((kind, i) => {
    if (kind === 'FUNC' && !kinds.slice(0, i).includes('FUNC_PROTO')) kinds[i] = 'PTR';
  });
  const kindOf = id => (id === 0 ? 'VOID' : id < start ? base.type(id).kind : kinds[id - start]);
  const own = list => kinds.flatMap((kind, i) => (list.includes(kind) ? [start + i] : []));
  const named = own(['STRUCT', 'UNION', 'TYPEDEF']);
  const prototypes = own(['FUNC_PROTO']);
  const optionalName = () => (random(5) === 0 ? '' : pick(NAMES));

  const make = (kind, i) => {
    const id = start + i;
    // What is not a struct or a typedef is referred to backwards only: C has no other cycles.
    const reference = () => {
      const target = named.length > 0 && random(3) === 0 ? pick(named) : random(id);
      return NOT_VALUES.includes(kindOf(target)) ? 0 : target;
    };
    const many = (most, one) => Array.from({ length: random(most) }, (_, j) => one(j));
    const values = make => many(3, j => ({ name: `E${j}`, value: make(random(2)) }));
    const name = optionalName();
    switch (kind) {
      case 'INT':
        return { ...int, name: pick(['int', 'char']), encoding: random(2) };
      case 'FLOAT':
        return { kind, name: pick(['float', 'double']), size: 4 };
      case 'PTR':
      case 'CONST':
      case 'VOLATILE':
        return { kind, name: '', type: reference() };
      case 'TYPEDEF':
        return { kind, name: pick(NAMES), type: reference() };
      case 'TYPE_TAG':
        return { kind, name: 'tag', type: reference(), attribute: false };
      case 'DECL_TAG': {
        const type = named.length > 0 ? pick(named) : reference();
        return { kind, name: pick(['t', 'u']), type, component: -1, attribute: false };
      }
      case 'ARRAY':
        return { kind, name: '', element: reference(), index: reference(), length: random(2) };
      case 'STRUCT':
      case 'UNION':
        return composite(
          kind,
          name,
          8,
          many(4, j => member(`m${j}`, reference())),
        );
      case 'ENUM':
        return { kind, name, size: 4, signed: false, values: values(Number) };
      case 'ENUM64':
        return { kind, name, size: 8, signed: false, values: values(BigInt) };
      case 'FWD':
        return { kind, name: pick(NAMES), target: random(4) > 0 ? 'struct' : 'union' };
      case 'FUNC_PROTO': {
        const params = many(3, j => ({ name: `p${j}`, type: reference() }));
        return { kind, name: '', returns: reference(), params };
      }
      case 'FUNC':
        return { kind, name: pick(['f', 'g']), linkage: 0, type: pick(prototypes.filter(p => p < id)) };
      case 'VAR':
        return { kind, name: pick(['v', 'w']), type: reference(), linkage: 0 };
    }
  };
  kinds.forEach((kind, i) => {
    builder.add(make(kind, i));
  });
  return builder.parse();
}

const STRUCTS = ['a', 'b', 'c', 'd', 'e', 'g', 'h'];
const SHAPES = ['int', 'ptr', 'ptr', 'ptr', 'cptr', 'arr', 'tptr', 'fn', 'emb', 'enum', 'anon'];

/** The structs of a C program; with `variants`, a quarter of the names have two definitions. */
export function program(random, variants) {
  const definition = () => ({
    kind: random(6) === 0 ? 'UNION' : 'STRUCT',
    size: 8 * (1 + random(2)),
    members: Array.from({ length: 1 + random(4) }, (_, j) => ({
      name: `m${j}`,
      shape: SHAPES[random(SHAPES.length)],
      of: STRUCTS[random(STRUCTS.length)],
    })),
  });
  const definitions = () => (variants && random(4) === 0 ? [definition(), definition()] : [definition()]);
  return { variants, definitions: new Map(STRUCTS.map(name => [name, definitions()])) };
}

/** What one unit of a program knows of it: some structs, what they refer to, and the rest declared only. */
export function unit(random, { variants, definitions }, base) {
  const builder = new BtfBuilder({ base });
  const start = builder.nextId;
  const types = [];
  const ids = new Map();
  const once = (key, make) => {
    const known = ids.get(key);
    if (known !== undefined) return known;
    const id = start + types.length;
    ids.set(key, id);
    types.push(undefined);
    types[id - start] = make();
    return id;
  };
  const seen = new Map(
    [...definitions].map(([name, list]) => [name, random(4) === 0 ? null : list[random(list.length)]]),
  );
  // Some compilers write the same array type several times.
  const repeatsArrays = variants && random(3) === 0;

  const intType = () => once('int', () => int);
  const pointer = type => once(`pointer ${type}`, () => ({ kind: 'PTR', name: '', type }));
  const struct = name =>
    once(`struct ${name}`, () => {
      const known = seen.get(name);
      if (known !== null) {
        const members = known.members.map(m => member(m.name, typeOf(m)));
        return composite(known.kind, name, known.size, members);
      }
      const target = definitions.get(name)[0].kind === 'UNION' ? 'union' : 'struct';
      return { kind: 'FWD', name, target };
    });
  const typeOf = ({ name, shape, of }) => {
    switch (shape) {
      case 'int':
        return intType();
      case 'ptr':
        return pointer(struct(of));
      case 'cptr': {
        const type = struct(of);
        return pointer(once(`const ${type}`, () => ({ kind: 'CONST', name: '', type })));
      }
      case 'arr': {
        const element = pointer(struct(of));
        const index = intType();
        const copy = repeatsArrays ? random(2) : 0;
        return once(`array ${element} ${copy}`, () => ({
          kind: 'ARRAY',
          name: '',
          element,
          index,
          length: 3,
        }));
      }
      case 'tptr':
        return once(`typedef ${of}`, () => ({ kind: 'TYPEDEF', name: `${of}_t`, type: pointer(struct(of)) }));
      case 'fn': {
        const type = pointer(struct(of));
        return pointer(
          once(`function ${type}`, () => ({
            kind: 'FUNC_PROTO',
            name: '',
            returns: intType(),
            params: [{ name: '', type }],
          })),
        );
      }
      case 'emb':
        return variants && seen.get(of) !== null && !ids.has(`struct ${of}`)
          ? struct(of)
          : pointer(struct(of));
      case 'enum': {
        const value = variants && random(8) === 0 ? 2 : 1;
        const values = random(3) === 0 ? [] : [{ name: 'X', value }];
        return once(`enum ${of}`, () => ({
          kind: 'ENUM',
          name: `${of}_enum`,
          size: 4,
          signed: false,
          values,
        }));
      }
      case 'anon': {
        const type = pointer(struct(of));
        return once(`anonymous ${type} ${name}`, () => composite('STRUCT', '', 8, [member('q', type)]));
      }
    }
  };
  for (const name of STRUCTS) if (random(2) === 0) random(2) === 0 ? struct(name) : pointer(struct(name));
  if (types.length === 0) intType();
  for (const type of types) builder.add(type);
  return builder.parse();
}

/** Several units of one program, merged; on `base` if there is one. */
export function units(random, described, base) {
  const count = 2 + random(5);
  return merge(
    Array.from({ length: count }, () => unit(random, described, base)),
    base ?? null,
  );
}

/** One graph for each seed, of either kind, half of them split BTF. */
export function graphOf(seed) {
  const random = randomFrom(seed);
  const isSplit = random(2) === 0;
  const isSoup = random(3) === 0;
  const described = program(random, true);
  const some = base => (isSoup ? soup(random, 5 + random(35), base) : units(random, described, base));
  if (!isSplit) return some(undefined);
  const base = some(undefined);
  return some(random(4) > 0 ? Btf.parse(dedup(base)) : base);
}
