import { Attr, Form, Tag } from '@btfkit/core/dwarf';
import { describe, expect, test } from 'vitest';
import { buildDwarf, Die, type FileSpec } from '../dwarf/builder.js';
import { Bytes } from '../dwarf/bytes.js';
import { array, enumeration, int, member, pointer, struct, typedef, unitOf } from '../dwarf/types.js';
import { complaint, one } from './complaint.js';
import { encodeBytes } from './encode.js';

// Input made to take long, to nest deep, or to go in circles.

const many = (dies: readonly Die[]): FileSpec => ({ units: [{ die: unitOf(dies) }] });

describe('types that are made of themselves', () => {
  const cycle = (...tags: number[]) => {
    const dies = tags.map(tag => new Die(tag, tag === Tag.typedef ? [[Attr.name, Form.strp, 't']] : []));
    dies.forEach((die, i) => {
      die.attributes.push([Attr.type, Form.ref4, dies[(i + 1) % dies.length]!]);
    });
    return dies;
  };
  test.each([
    ['typedef', [Tag.typedef]],
    ['const', [Tag.const_type]],
    ['pointer', [Tag.pointer_type]],
    ['pointer, const, typedef', [Tag.pointer_type, Tag.const_type, Tag.typedef]],
    ['atomic', [Tag.atomic_type, Tag.atomic_type]],
    ['array', [Tag.array_type]],
    ['prototype', [Tag.subroutine_type, Tag.pointer_type]],
  ])('%s', async (_, tags) => {
    expect((await complaint(one(...cycle(...tags)))).problem).toMatch(/a type that is made of itself/);
  });

  test('a struct without a name that holds itself', async () => {
    const whole = struct('', 8);
    whole.children.push(member('m', whole, 0));
    expect((await complaint(one(whole))).problem).toMatch(/a type that is made of itself/);
  });

  // C cannot say it, but nothing is wrong with the BTF: the verifier of the kernel refuses such structs.
  test('a struct with a name that holds itself is a struct', async () => {
    const whole = struct('s', 8);
    whole.children.push(member('m', whole, 0));
    expect((await encodeBytes(buildDwarf(one(whole)), 'x')).endId).toBe(2);
  });
});

describe('nesting', () => {
  const chain = (length: number) => {
    const dies = [int()];
    for (let i = 0; i < length; i++) dies.push(pointer(dies.at(-1)));
    return dies;
  };

  test('100,000 pointers to pointers, as compilers would order them', async () => {
    expect((await encodeBytes(buildDwarf(many(chain(100_000))), 'x')).endId).toBe(100_002);
  });

  test('100,000 pointers to pointers, the last one first', async () => {
    const error = await complaint(many(chain(100_000).reverse()));
    expect(error.problem).toMatch(/types nest deeper than 1000/);
  });

  test('100,000 blocks in blocks, of a kind that is read and of one that is not', async () => {
    for (const tag of [Tag.lexical_block, Tag.subprogram, Tag.namespace]) {
      let die = new Die(tag);
      for (let i = 0; i < 100_000; i++) die = new Die(tag, [], [die]);
      expect((await complaint(one(die))).problem).toMatch(/DIEs nest deeper than 500/);
    }
    let die = new Die(Tag.call_site);
    for (let i = 0; i < 100_000; i++) die = new Die(Tag.call_site, [], [die]);
    expect((await encodeBytes(buildDwarf(one(die)), 'x')).endId).toBe(1);
  });

  test('100,000 structs in structs', async () => {
    let die = struct('s', 4);
    for (let i = 0; i < 100_000; i++) die = struct(`s${i}`, 4, die);
    expect((await complaint(one(die))).problem).toMatch(/types nest deeper than 250/);
  });
});

describe('counts that are lies', () => {
  test('an array of 4 G elements, one of 2^60', async () => {
    const type = int();
    const huge = array(type, [[Attr.upper_bound, Form.data8, 2 ** 60]]);
    const btf = await encodeBytes(
      buildDwarf(one(type, huge, array(type, [[Attr.count, Form.data4, 0xffffffff]]))),
      'x',
    );
    expect(btf.endId).toBeGreaterThan(2);
  });

  // 32 KB in which every DIE is a struct, a member or an enumerator: columns grow with what is there.
  test('a small section takes little memory', async () => {
    const dies: Die[] = [];
    for (let i = 0; i < 2500; i++) dies.push(i % 2 ? enumeration('', 4, { A: i }) : struct('', 4));
    const bytes = buildDwarf(one(...dies));
    await encodeBytes(bytes, 'x');
    global.gc?.();
    const before = process.memoryUsage().arrayBuffers;
    await encodeBytes(bytes, 'x');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
  });

  test('tens of thousands of units that share one table take as long as they are', async () => {
    const started = performance.now();
    const header = new Bytes(true).int(9, 4).int(5, 2).int(1, 1).int(8, 1).int(0, 4).int(1, 1).done();
    const units = new Bytes(true);
    for (let i = 0; i < 20_000; i++) units.raw(header);
    const table = new Bytes(true);
    for (let code = 1; code < 2000; code++) table.uleb(code).raw([0x11, 0, 0, 0]);
    const sections = { '.debug_info': units.done(), '.debug_abbrev': table.int(0, 1).done() };
    await encodeBytes(buildDwarf({ units: [], sections }), 'x');
    expect(performance.now() - started).toBeLessThan(3000);
  });

  test('units that each begin their table one declaration later', async () => {
    const units = new Bytes(true);
    for (let i = 0; i < 1300; i++)
      units
        .int(9, 4)
        .int(5, 2)
        .int(1, 1)
        .int(8, 1)
        .int(i * 5, 4)
        .int(1, 1);
    const table = new Bytes(true);
    for (let i = 0; i < 50_000; i++) table.uleb(1 + (i % 100)).raw([0x11, 0, 0, 0]);
    const sections = { '.debug_info': units.done(), '.debug_abbrev': table.int(0, 1).done() };
    const error = await complaint({ units: [], sections });
    expect(error.message).toMatch(/\.debug_abbrev: offset 0x\w+: abbreviation tables that overlap/);
  });
});

test('typedefs of one name, thousands of them', async () => {
  const type = int();
  const all = Array.from({ length: 5000 }, () => typedef('t', type));
  expect((await encodeBytes(buildDwarf(one(type, ...all)), 'x')).endId).toBe(3);
});
