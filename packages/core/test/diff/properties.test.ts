import { readFileSync } from 'node:fs';
import { Btf, type BtfType, type TypeId } from '@btfkit/core/btf';
import { dedup } from '@btfkit/core/dedup';
import { type Change, type Difference, diff } from '@btfkit/core/diff';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { program, randomFrom, unit, units } from '../dedup/graphs.mjs';
import { build, type Type, told } from './types.js';

type Random = (below: number) => number;

const seeds = fc.integer({ min: 0, max: 0x7fffffff });
const holds = (property: (seed: number) => void, numRuns = 150) =>
  fc.assert(fc.property(seeds, property), { seed: 20241117, numRuns });

const fixture = (path: string) =>
  Btf.parse(readFileSync(new URL(`../../../../fixtures/${path}`, import.meta.url)), { name: path });
const real = [
  fixture('module/mini-vmlinux.btf'),
  fixture('functions/features.clang19-dw5-x86_64.true_signature.btf'),
  fixture('functions/variables.clang14-dw5-x86_64.global_var.btf'),
];

const typesOf = (btf: Btf): Type[] =>
  Array.from({ length: btf.endId - 1 }, (_, i) => structuredClone(btf.type(i + 1)) as Type);

/** The type with its references mapped. */
function mapped(type: Type, map: (id: TypeId) => TypeId): Type {
  const copy = structuredClone(type) as BtfType & Record<string, unknown>;
  for (const key of ['type', 'element', 'index', 'returns']) {
    if (typeof copy[key] === 'number') copy[key] = map(copy[key]);
  }
  for (const key of ['members', 'params', 'variables']) {
    const rows = copy[key] as { type: TypeId }[] | undefined;
    if (rows !== undefined) copy[key] = rows.map(row => ({ ...row, type: map(row.type) }));
  }
  return copy as Type;
}

/** The same types in another order. */
function shuffled(btf: Btf, random: Random): Btf {
  const types = typesOf(btf);
  const order = types.map((_, i) => i);
  for (let i = order.length - 1; i > 0; i--) {
    const j = random(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  const position = new Map(order.map((old, i) => [old + 1, i + 1]));
  return build(order.map(old => mapped(types[old]!, id => position.get(id) ?? 0)));
}

/** What diff(b, a) tells of a change that diff(a, b) tells; effects are of one direction. */
function mirrored({ subject, what, name, from, to }: Change): string {
  const other = { appeared: 'went', went: 'appeared', tagged: 'untagged', untagged: 'tagged' };
  const name2 = what === 'renamed' ? from : name;
  return [subject, other[what as keyof typeof other] ?? what, name2, to, from].join(' ');
}
const plain = ({ subject, what, name, from, to }: Change) => [subject, what, name, from, to].join(' ');
const lines = (differences: readonly Difference[], line: (change: Change) => string) =>
  differences
    .flatMap(({ kind, name, changes }) => changes.map(change => `${kind} ${name} ${line(change)}`))
    .sort();

describe('nothing differs', () => {
  test('between a program and its deduplicated, shuffled self', () => {
    holds(seed => {
      const random = randomFrom(seed);
      const btf = units(random, program(random, false));
      expect(told(diff(btf, btf))).toEqual([]);
      const small = Btf.parse(dedup(btf));
      expect(told(diff(btf, small))).toEqual([]);
      expect(told(diff(shuffled(small, random), btf))).toEqual([]);
    });
  });

  test('between real types and their shuffled selves', () => {
    for (const btf of real) {
      holds(seed => {
        expect(told(diff(btf, shuffled(btf, randomFrom(seed))))).toEqual([]);
      }, 10);
    }
  });
});

describe('differences', () => {
  test('of A and B mirror those of B and A', () => {
    let some = 0;
    holds(seed => {
      const random = randomFrom(seed);
      const variants = random(2) === 0;
      const one = unit(random, program(random, variants));
      const other = unit(random, program(random, variants));
      const there = diff(one, other);
      expect(lines(diff(other, one), mirrored)).toEqual(lines(there, plain));
      some += there.length;
    });
    expect(some).toBeGreaterThan(150);
  });

  test('do not depend on ids', () => {
    holds(seed => {
      const random = randomFrom(seed);
      const one = Btf.parse(dedup(units(random, program(random, false))));
      const other = Btf.parse(dedup(units(random, program(random, false))));
      expect(told(diff(shuffled(one, random), shuffled(other, random)))).toEqual(told(diff(one, other)));
    });
  });
});

/** One change to one type, with what is to be told of it; undefined where the type has nothing to change so. */
type Editor = (type: Type, random: Random) => { type: Type; told: string } | undefined;

const fresh = 'a_new_name';
const editors: Readonly<Record<string, Editor>> = {
  'a member appears': type => {
    if (type.kind !== 'STRUCT') return undefined;
    const members = [...type.members, { name: fresh, type: 0, bitOffset: 8 * type.size, bitfieldSize: 0 }];
    return { type: { ...type, members }, told: `appeared member ${fresh}  -> void: none, none` };
  },
  'a member goes': (type, random) => {
    if (type.kind !== 'STRUCT' && type.kind !== 'UNION') return undefined;
    const index = random(type.members.length + 1);
    const gone = type.members[index];
    if (!gone?.name) return undefined;
    const members = type.members.toSpliced(index, 1);
    return { type: { ...type, members }, told: `went member ${gone.name}` };
  },
  'a member gets another name': (type, random) => {
    if (type.kind !== 'STRUCT' && type.kind !== 'UNION') return undefined;
    const index = random(type.members.length + 1);
    const old = type.members[index];
    if (!old?.name) return undefined;
    const members = type.members.with(index, { ...old, name: fresh });
    const told = `renamed member ${fresh} ${old.name} -> ${fresh}: existence, existence`;
    return { type: { ...type, members }, told };
  },
  'a member moves': (type, random) => {
    if (type.kind !== 'STRUCT' && type.kind !== 'UNION') return undefined;
    const index = random(type.members.length + 1);
    const old = type.members[index];
    if (!old?.name) return undefined;
    const bitOffset = old.bitOffset + 8;
    const members = type.members.with(index, { ...old, bitOffset });
    return {
      type: { ...type, members },
      told: `moved member ${old.name} ${old.bitOffset} -> ${bitOffset}: follows, layout`,
    };
  },
  'an enumerator gets another value': (type, random) => {
    if (type.kind !== 'ENUM') return undefined;
    const index = random(type.values.length + 1);
    const old = type.values[index];
    if (old === undefined) return undefined;
    const values = type.values.with(index, { ...old, value: old.value + 1000 });
    return {
      type: { ...type, values },
      told: `value enumerator ${old.name} ${old.value} -> ${old.value + 1000}`,
    };
  },
  'an enumerator appears': type => {
    if (type.kind !== 'ENUM') return undefined;
    const values = [...type.values, { name: fresh, value: 77 }];
    return { type: { ...type, values }, told: `appeared enumerator ${fresh}  -> 77: none, none` };
  },
  'a parameter appears': (type, random) => {
    if (type.kind !== 'FUNC_PROTO') return undefined;
    const params = type.params.toSpliced(random(type.params.length + 1), 0, { name: fresh, type: 0 });
    return { type: { ...type, params }, told: `appeared parameter ${fresh}  -> void: call, call` };
  },
  'a parameter gets another name': (type, random) => {
    if (type.kind !== 'FUNC_PROTO') return undefined;
    const index = random(type.params.length + 1);
    const old = type.params[index];
    if (!old?.name) return undefined;
    const params = type.params.with(index, { ...old, name: fresh });
    return {
      type: { ...type, params },
      told: `renamed parameter ${fresh} ${old.name} -> ${fresh}: none, none`,
    };
  },
};

/** Ids that a type refers to. */
function references(type: Type): TypeId[] {
  const ids: TypeId[] = [];
  mapped(type, id => {
    ids.push(id);
    return id;
  });
  return ids;
}

/** By id - 1: under which name an edit is told, a type's own, or of a prototype that of the one function that has it. */
function owners(types: readonly Type[]): (string | undefined)[] {
  const users = types.map((): Type[] => []);
  for (const type of types) for (const id of references(type)) users[id - 1]?.push(type);
  return types.map((type, i) => {
    if (type.kind !== 'FUNC_PROTO') return type.name === '' ? undefined : type.name;
    const [user, ...others] = users[i]!;
    return user?.kind === 'FUNC' && others.length === 0 ? user.name : undefined;
  });
}

describe('one edit of real types is that one difference', () => {
  for (const [title, edit] of Object.entries(editors)) {
    test(title, () => {
      let made = 0;
      for (const btf of real) {
        const types = typesOf(btf);
        // Tags count members and parameters, and would move with them.
        const tagged = new Set(types.flatMap(type => (type.kind === 'DECL_TAG' ? [type.type] : [])));
        const names = owners(types);
        const isOnly = (name: string) => types.filter(type => type.name === name).length === 1;
        types.forEach((type, i) => {
          const name = names[i];
          const edited = edit(type, randomFrom(i));
          if (name === undefined || edited === undefined || tagged.has(i + 1) || !isOnly(name)) return;
          const [head, ...changes] = told(diff(btf, build(types.with(i, edited.type))));
          expect(head).toMatch(new RegExp(` ${name}$`));
          expect(changes).toEqual([expect.stringContaining(edited.told)]);
          made++;
        });
      }
      expect(made).toBeGreaterThan(0);
    });
  }
});
