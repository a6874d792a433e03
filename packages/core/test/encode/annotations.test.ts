import { Attr, Form, Tag } from '@btfkit/core/dwarf';
import { describe, expect, test } from 'vitest';
import { Die } from '../dwarf/builder.js';
import { func, int, member, parameter, pointer, struct, typedef, unitDie } from '../dwarf/types.js';
import { encodeDies, encodeDwarf } from './dwarf.js';
import { signatures } from './signatures.js';

const annotation = (tag: number, name: string, value: string) =>
  new Die(tag, [
    [Attr.name, Form.string, name],
    [Attr.const_value, Form.strp, value],
  ]);

/** As clang has them: children of what they are on. */
const llvm = (name: string, ...values: string[]) =>
  values.map(value => annotation(Tag.LLVM_annotation, name, value));

/** As gcc has them: DIEs of the unit, each naming the next; what they are on names the first. */
function gnu(name: string, ...values: string[]): Die[] {
  const chain = values.map(value => annotation(Tag.GNU_annotation, name, value));
  chain.slice(1).forEach((next, i) => {
    chain[i]!.with(Attr.GNU_annotation, Form.ref4, next);
  });
  return chain;
}

function on(die: Die, chain: readonly Die[]): Die {
  die.attributes.push([Attr.GNU_annotation, Form.ref4, chain[0]!]);
  return die;
}

const typeTag = 'btf_type_tag';
const declTag = 'btf_decl_tag';

describe('behind a pointer, the tag nearest to it first', () => {
  const wanted = ['int *', 'int @outer', 'int @outer @inner', 'int @outer @inner *', 'int int 32/4 signed'];

  // int __tag(outer) __tag(inner) *p: clang keeps the order of the source, gcc that of the types.
  test('clang', async () => {
    const type = int();
    const { types } = await encodeDies([type, pointer(type), pointer(type, llvm(typeTag, 'outer', 'inner'))]);
    expect(types).toEqual(wanted);
  });

  test('gcc', async () => {
    const type = int();
    const chain = gnu(typeTag, 'inner', 'outer');
    expect((await encodeDies([type, pointer(type), on(pointer(type), chain), ...chain])).types).toEqual(
      wanted,
    );
  });

  test('to void', async () => {
    expect((await encodeDies([pointer(undefined, llvm(typeTag, 'user'))])).types).toEqual([
      'void @user',
      'void @user *',
    ]);
  });

  test('gcc: pointers that share a chain, or the end of one', async () => {
    const type = int();
    const chain = gnu(typeTag, 'inner', 'outer');
    const dies = [
      type,
      on(pointer(type), chain),
      on(pointer(), chain.slice(1)),
      on(pointer(type), chain),
      ...chain,
    ];
    expect((await encodeDies(dies)).types).toEqual([
      'int @outer',
      'int @outer @inner',
      'int @outer @inner *',
      'int int 32/4 signed',
      'void @outer',
      'void @outer *',
    ]);
  });
});

describe('of declarations', () => {
  const wanted = ['first on STRUCT s -1', 'on m on STRUCT s 1', 'second on STRUCT s -1'];

  test('clang: a struct and a member', async () => {
    const type = int();
    const marked = member('b', type, 4);
    marked.children.push(...llvm(declTag, 'on m'));
    const { tags, types } = await encodeDies([
      type,
      struct('s', 8, member('a', type, 0), marked, ...llvm(declTag, 'first', 'second')),
    ]);
    expect(tags).toEqual(wanted);
    expect(types).toContain('struct s/8 {int a@0; int b@32}');
  });

  test('gcc: a struct and a member', async () => {
    const type = int();
    const chain = gnu(declTag, 'first', 'second');
    const ofMember = gnu(declTag, 'on m');
    const whole = struct('s', 8, member('a', type, 0), on(member('b', type, 4), ofMember));
    const { tags } = await encodeDies([type, on(whole, chain), ...chain, ...ofMember]);
    expect(tags).toEqual(wanted);
  });

  test('a typedef', async () => {
    const type = int();
    expect((await encodeDies([type, typedef('t', type, llvm(declTag, 'tag'))])).tags).toEqual([
      'tag on TYPEDEF t -1',
    ]);
    const chain = gnu(declTag, 'tag');
    expect((await encodeDies([type, on(typedef('t', type), chain), ...chain])).tags).toEqual([
      'tag on TYPEDEF t -1',
    ]);
  });

  const ofFunction = ['whole on FUNC f -1', 'x on FUNC f 1', 'y on FUNC f 1'];

  test('clang: a function and a parameter', async () => {
    const type = int();
    const second = parameter('b', type, llvm(declTag, 'x', 'y'));
    const { tags, functions } = await encodeDies(
      [type, func('f', type, parameter('a', type), second, ...llvm(declTag, 'whole'))],
      { functions: ['f'] },
    );
    expect(functions).toEqual(['f 0 int (int a, int b)']);
    expect(tags).toEqual(ofFunction);
  });

  test('gcc: a function and a parameter', async () => {
    const type = int();
    const whole = gnu(declTag, 'whole');
    const chain = gnu(declTag, 'x', 'y');
    const { tags } = await encodeDies(
      [
        type,
        on(func('f', type, parameter('a', type), on(parameter('b', type), chain)), whole),
        ...whole,
        ...chain,
      ],
      { functions: ['f'] },
    );
    expect(tags).toEqual(ofFunction);
  });

  test('the same in several units counts once', async () => {
    const unit = (...values: string[]) => {
      const type = int();
      return { die: unitDie(type, struct('s', 4, member('a', type, 0), ...llvm(declTag, ...values))) };
    };
    const { tags } = signatures(
      await encodeDwarf({ units: [unit('tag'), unit('tag'), unit('tag', 'more')] }),
    );
    expect(tags).toEqual(['more on STRUCT s -1', 'tag on STRUCT s -1']);
  });
});

test('annotations of other names are none of ours', async () => {
  const type = int();
  const chain = [...gnu('something', 'else'), ...gnu(declTag, 'tag')];
  chain[0]!.attributes.push([Attr.GNU_annotation, Form.ref4, chain[1]!]);
  const first = struct('s', 4, member('a', type, 0), ...llvm('something', 'else'));
  const { tags } = await encodeDies([type, first, on(struct('t', 4), chain), ...chain]);
  expect(tags).toEqual(['tag on STRUCT t -1']);
});

test('a chain that goes in circles', async () => {
  for (const kind of [typeTag, 'something']) {
    const chain = gnu(kind, 'a', 'b');
    chain[1]!.attributes.push([Attr.GNU_annotation, Form.ref4, chain[0]!]);
    await expect(encodeDies([on(pointer(), chain), ...chain])).rejects.toThrow(
      /\.debug_info: offset 0x\w+: a chain of DW_AT_GNU_annotation without end/,
    );
  }
});
