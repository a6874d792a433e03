import type { Btf } from '@btfkit/core/btf';
import { Tag } from '@btfkit/core/dwarf';
import { describe, expect, test } from 'vitest';
import type { Die, UnitSpec } from '../dwarf/builder.js';
import {
  char,
  declaration,
  func,
  int,
  member,
  parameter,
  pointer,
  struct,
  typedef,
  union,
  unitDie,
} from '../dwarf/types.js';
import { encodeDwarf } from './dwarf.js';
import { deduplicated } from './raw.js';
import { sameGraphs, signatures } from './signatures.js';

// One name for several types: what comes of it is what libbpf's deduplication makes of the units' types.

async function compare(units: readonly UnitSpec[]): Promise<Btf> {
  const ours = await encodeDwarf({ units });
  const theirs = deduplicated(units);
  expect(signatures(ours).types).toEqual(signatures(theirs).types);
  expect(sameGraphs(ours, theirs)).toBe(true);
  return ours;
}

const structs = (btf: Btf) => signatures(btf).types.filter(line => /^(struct|union) \w+(\/|;)/.test(line));

describe('in several units', () => {
  /** A unit with a struct of members `id` of a type and `next`, and what refers to it. */
  const unit = (id: Die, user: string): UnitSpec => {
    const node = struct('node', 16);
    const to = pointer(node);
    node.children.push(member('id', id, 0), member('next', to, 8));
    return { die: unitDie(id, node, to, struct(user, 8, member('first', to, 0))) };
  };

  test('two that refer to themselves, and what refers to them', async () => {
    const btf = await compare([unit(int(), 'a'), unit(char(), 'b'), unit(int(), 'c'), unit(char(), 'b')]);
    expect(structs(btf)).toEqual([
      'struct a/8 {struct node * first@0}',
      'struct b/8 {struct node * first@0}',
      'struct c/8 {struct node * first@0}',
      'struct node/16 {char id@0; struct node * next@64}',
      'struct node/16 {int id@0; struct node * next@64}',
    ]);
    const types = Array.from({ length: btf.endId }, (_, id) => btf.type(id));
    expect(types.filter(type => type.kind === 'PTR')).toHaveLength(2);
  });

  test('a struct that has the same words in two units and means different things by them', async () => {
    const btf = await compare([unit(int(), 'list'), unit(char(), 'list')]);
    expect(structs(btf).filter(line => line.startsWith('struct list/'))).toHaveLength(2);
  });

  test('a declaration stays one where several definitions could be meant', async () => {
    const forward = declaration('node');
    const vague: UnitSpec = { die: unitDie(forward, typedef('handle', pointer(forward)), pointer(forward)) };
    const to = vague.die.children[1]!.attributes[1]![2] as Die;
    vague.die.children.push(to);
    const btf = await compare([unit(int(), 'a'), vague, unit(char(), 'b')]);
    expect(structs(btf)).toContain('struct node;');
    expect(structs(await compare([unit(int(), 'a'), vague, unit(int(), 'b')]))).not.toContain('struct node;');
  });

  // libbpf leaves the declaration where a struct has its name, although it can mean the union alone.
  test('a struct and a union of one name, and a declaration of the union', async () => {
    const type = int();
    const forward = declaration('node', Tag.union_type);
    const units = [
      { die: unitDie(type, struct('node', 4, member('a', type, 0)), pointer(forward), forward) },
      { die: unitDie(union('node', 4)) },
    ];
    const ours = structs(await encodeDwarf({ units }));
    expect(ours).toEqual(['struct node/4 {int a@0}', 'union node/4 {}']);
    expect(structs(deduplicated(units))).toEqual([...ours, 'union node;']);
  });

  test('hundreds of names', { timeout: 20_000 }, async () => {
    const many = (id: Die): UnitSpec => {
      const all = Array.from({ length: 300 }, (_, i) => struct(`s${i}`, 16));
      const links = all.map(one => pointer(one));
      all.forEach((one, i) => {
        one.children.push(member('id', id, 0), member('next', links[(i + 1) % all.length]!, 8));
      });
      return { die: unitDie(id, ...all, ...links) };
    };
    const units = [many(int()), many(char()), many(int())];
    const btf = await encodeDwarf({ units });
    expect(structs(btf)).toHaveLength(600);
    expect(sameGraphs(btf, deduplicated(units))).toBe(true);
  });
});

describe('in one unit', () => {
  test('in two functions, one of them as at file scope in another unit', async () => {
    const type = int();
    const local = (...names: string[]) =>
      struct('local', 4 * names.length, ...names.map((name, i) => member(name, type, 4 * i)));
    const first = local('a');
    const second = local('a', 'b');
    const dies = [
      type,
      func('f', undefined, parameter('p', type), first),
      func('g', undefined, parameter('p', type), second),
      typedef('one', first),
      typedef('two', second),
    ];
    const btf = await encodeDwarf({ units: [{ die: unitDie(...dies) }] });
    expect(structs(btf)).toEqual(['struct local/4 {int a@0}', 'struct local/8 {int a@0; int b@32}']);
    const id = btf.find('two', 8);
    const target = btf.type(id);
    expect(target.kind === 'TYPEDEF' && btf.type(target.type)).toMatchObject({ kind: 'STRUCT', size: 8 });
  });

  test('twice alike counts once, cycles included', async () => {
    const type = int();
    const node = () => {
      const die = struct('node', 8);
      const to = pointer(die);
      die.children.push(member('next', to, 0));
      return [die, to];
    };
    const btf = await encodeDwarf({ units: [{ die: unitDie(type, ...node(), ...node()) }] });
    expect(signatures(btf).types).toEqual([
      'int int 32/4 signed',
      'struct node *',
      'struct node/8 {struct node * next@0}',
    ]);
  });
});

/** A generator of numbers below a limit, the same for the same seed (mulberry32). */
function random(seed: number): (limit: number) => number {
  let state = seed;
  return limit => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  };
}

/**
 * Units in which each of a few names is one of two structs that lead to other names. Beside that, it may be absent
 * or declared only; or, as in two functions, be both of these structs.
 */
function randomUnits(seed: number, beside: 'declared' | 'both'): UnitSpec[] {
  const next = random(seed);
  const names = ['a', 'b', 'c', 'd'].slice(0, 2 + next(3));
  // What a variant of a name consists of is the same in all units.
  const plans = names.map(() =>
    [0, 1].map(() => Array.from({ length: 1 + next(3) }, () => ({ to: next(names.length), by: next(3) }))),
  );
  return Array.from({ length: 2 + next(3) }, () => {
    const number = int();
    const states = names.map(() => (beside === 'declared' ? next(4) : [0, 1, 4][next(3)]!));
    const tags = names.map((name, i) => {
      const state = states[i]!;
      return state === 2 || state === 3 ? declaration(name) : struct(name, 8 + (state % 4));
    });
    const others: Die[] = [];
    const fill = (whole: Die, plan: readonly { to: number; by: number }[]) => {
      plan.forEach(({ to, by }, m) => {
        const link = pointer(tags[to]!);
        others.push(link);
        const type = by === 1 ? typedef(`t${to}`, link) : link;
        if (type !== link) others.push(type);
        whole.children.push(member(`m${m}`, by === 2 ? number : type, 8 * m));
      });
    };
    names.forEach((name, i) => {
      const state = states[i]!;
      if (state === 2 || state === 3) return;
      fill(tags[i]!, plans[i]![state % 4]!);
      if (state !== 4) return;
      const local = struct(name, 9);
      others.push(local, pointer(local));
      fill(local, plans[i]![1]!);
    });
    // A name that nobody uses or defines does not stand in the unit, unless something leads there.
    const isUsed = (tag: Die, i: number) =>
      states[i] !== 3 || others.some(die => die.attributes.at(-1)?.[2] === tag);
    return { die: unitDie(number, ...tags.filter(isUsed), ...others) };
  });
}

// Where all of that comes together, what libbpf makes of it depends on the order of the types in each unit.
test.each(['declared', 'both'] as const)('units at random, names may be %s', async beside => {
  const differ: number[] = [];
  for (let seed = 1; seed <= 300; seed++) {
    const units = randomUnits(seed, beside);
    const ours = await encodeDwarf({ units });
    const theirs = deduplicated(units);
    if (signatures(ours).types.join() !== signatures(theirs).types.join() || !sameGraphs(ours, theirs)) {
      differ.push(seed);
    }
  }
  expect(differ).toEqual([]);
});
