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
import { linkedUnits, randomUnits } from './random-units.js';
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

/** Seeds whose units do not become what libbpf makes of them. */
async function differing(count: number, unitsOf: (seed: number) => UnitSpec[]): Promise<number[]> {
  const differ: number[] = [];
  for (let seed = 1; seed <= count; seed++) {
    const units = unitsOf(seed);
    const ours = await encodeDwarf({ units });
    const theirs = deduplicated(units);
    if (signatures(ours).types.join() !== signatures(theirs).types.join() || !sameGraphs(ours, theirs)) {
      differ.push(seed);
    }
  }
  return differ;
}

// Where all of that comes together, what libbpf makes of it depends on the order of the types in each unit.
test.each(['declared', 'both', 'nested'] as const)('units at random, names may be %s', async beside => {
  expect(await differing(300, seed => randomUnits(seed, beside))).toEqual([]);
});

test('units at random that refer to each other', async () => {
  expect(await differing(200, linkedUnits)).toEqual([]);
});
