import { Btf, BtfBuilder, type TypeId } from '@btfkit/core/btf';
import { FormatError } from '@btfkit/core/bytes';
import { neededTypes } from '@btfkit/core/print';
import { expect, test } from 'vitest';

const member = (name: string, type: TypeId) => ({ name, type, bitOffset: 0, bitfieldSize: 0 });

function build() {
  const builder = new BtfBuilder();
  const struct = (name: string, ...members: TypeId[]) =>
    builder.add({
      kind: 'STRUCT',
      name,
      size: 8,
      kflag: false,
      members: members.map(type => member('m', type)),
    });
  const pointer = (type: TypeId) => builder.add({ kind: 'PTR', name: '', type });
  const int = builder.add({ kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 });
  const index = builder.add({ kind: 'INT', name: 'index', size: 8, encoding: 0, bitOffset: 0, bits: 64 });
  const inner = struct('inner', int);
  const toInner = pointer(inner);
  const typedef = builder.add({ kind: 'TYPEDEF', name: 'inner_t', type: inner });
  const toTypedef = pointer(typedef);
  const anonymous = struct('', int);
  const anonymousTypedef = builder.add({ kind: 'TYPEDEF', name: 'plain_t', type: anonymous });
  const toAnonymous = pointer(anonymousTypedef);
  const array = builder.add({ kind: 'ARRAY', name: '', element: inner, index, length: 2 });
  const toArray = pointer(array);
  const choice = builder.add({ kind: 'ENUM', name: 'choice', size: 4, signed: false, values: [] });
  const toChoice = pointer(choice);
  const proto = builder.add({
    kind: 'FUNC_PROTO',
    name: '',
    returns: toInner,
    params: [
      { name: 'by_value', type: inner },
      { name: 'choice', type: choice },
    ],
  });
  const func = builder.add({ kind: 'FUNC', name: 'f', type: proto, linkage: 0 });
  const constant = builder.add({ kind: 'CONST', name: '', type: inner });
  const variable = builder.add({ kind: 'VAR', name: 'v', type: constant, linkage: 0 });
  const section = builder.add({
    kind: 'DATASEC',
    name: '.data',
    size: 8,
    variables: [{ type: variable, offset: 0, size: 8 }],
  });
  const self = builder.nextId;
  struct('self', self + 1);
  const toSelf = pointer(self);
  const ids = {
    int,
    inner,
    toInner,
    typedef,
    toTypedef,
    anonymous,
    anonymousTypedef,
    toAnonymous,
    array,
    toArray,
  };
  return {
    builder,
    struct,
    pointer,
    ids: { ...ids, choice, toChoice, proto, func, constant, variable, section, self, toSelf },
  };
}

const { builder, struct, ids } = build();
const withPointer = struct('with_pointer', ids.toInner);
const withBoth = struct('with_both', ids.toInner, ids.inner);
const btf = builder.parse();
const needs = (...roots: TypeId[]) => [...neededTypes(btf, roots)];
const ascending = (...list: TypeId[]) => list.sort((a, b) => a - b);

test('members by value, but not what is behind a pointer', () => {
  expect(needs(ids.inner)).toEqual(ascending(ids.int, ids.inner));
  expect(needs(withPointer)).toEqual(ascending(ids.toInner, withPointer));
  expect(needs(withBoth)).toEqual(ascending(ids.int, ids.inner, ids.toInner, withBoth));
});

test('a root is needed whole, even where another root only points to it', () => {
  expect(needs(withPointer, ids.inner)).toEqual(ascending(ids.int, ids.inner, ids.toInner, withPointer));
  expect(needs(ids.inner, withPointer)).toEqual(needs(withPointer, ids.inner));
  expect(needs(ids.self)).toEqual(ascending(ids.self, ids.toSelf));
});

test('a typedef behind a pointer is declared, the struct of its name is not', () => {
  expect(needs(ids.toTypedef)).toEqual(ascending(ids.typedef, ids.toTypedef));
  expect(needs(ids.typedef)).toEqual(ascending(ids.int, ids.inner, ids.typedef));
});

test('what has no name is needed whole behind a pointer, and so are enums', () => {
  expect(needs(ids.toAnonymous)).toEqual(
    ascending(ids.int, ids.anonymous, ids.anonymousTypedef, ids.toAnonymous),
  );
  expect(needs(ids.toChoice)).toEqual(ascending(ids.choice, ids.toChoice));
});

test('elements of an array are complete, its index type is of no concern', () => {
  expect(needs(ids.toArray)).toEqual(ascending(ids.int, ids.inner, ids.array, ids.toArray));
});

test('a prototype names its structs, a variable holds one', () => {
  expect(needs(ids.func)).toEqual(ascending(ids.toInner, ids.choice, ids.proto, ids.func));
  expect(needs(ids.section)).toEqual(ascending(ids.int, ids.inner, ids.constant, ids.variable, ids.section));
});

test('void and nothing need nothing', () => {
  expect(needs(0)).toEqual([]);
  expect(needs()).toEqual([]);
});

test('a struct that holds itself and typedefs in a ring come to an end', () => {
  const ring = new BtfBuilder();
  ring.add({ kind: 'STRUCT', name: 's', size: 4, kflag: false, members: [member('m', 1)] });
  ring.add({ kind: 'TYPEDEF', name: 'a', type: 3 });
  ring.add({ kind: 'TYPEDEF', name: 'b', type: 2 });
  expect([...neededTypes(ring.parse(), [1, 2])]).toEqual([1, 2, 3]);
});

test('a chain of 200,000 pointers takes no stack', () => {
  const chain = new BtfBuilder();
  for (let i = 1; i <= 200_000; i++) chain.add({ kind: 'CONST', name: '', type: i + 1 });
  chain.add({ kind: 'FLOAT', name: 'f', size: 4 });
  expect(neededTypes(chain.parse(), [1])).toHaveLength(200_001);
});

test('references that were taken unseen are checked when they are met', () => {
  const blob = new BtfBuilder();
  blob.add({ kind: 'PTR', name: '', type: 2 });
  blob.add({ kind: 'PTR', name: '', type: 99 });
  blob.add({ kind: 'FLOAT', name: 'f', size: 4 });
  const unseen = Btf.parse(blob.build(), { references: false });
  expect([...neededTypes(unseen, [3])]).toEqual([3]);
  expect(() => neededTypes(unseen, [1])).toThrow(FormatError);
  expect(() => neededTypes(unseen, [1])).toThrow('type [2]: PTR: type id 99');
});
