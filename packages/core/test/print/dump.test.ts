import { Btf, BtfBuilder, builtinLayout, swapByteOrder } from '@btfkit/core/btf';
import { printJson, printRaw, type Sink } from '@btfkit/core/print';
import { describe, expect, test } from 'vitest';
import { addEveryKind, everyKind } from '../btf/every-kind.js';

function collect(print: (sink: Sink) => void): string {
  const chunks: Uint8Array[] = [];
  // Chunks are only lent.
  print(chunk => chunks.push(chunk.slice()));
  return Buffer.concat(chunks).toString();
}

const raw = (btf: Btf, ids?: Iterable<number>) => collect(sink => printRaw(btf, sink, ids));
const json = (btf: Btf, ids?: Iterable<number>) => collect(sink => printJson(btf, sink, ids));

/** What `bpftool btf dump file F format raw` (7.8.0) prints of these types, kinds from 20 on being UNKNOWN to it. */
const everyKindRaw = `[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
[2] PTR '(anon)' type_id=4
[3] ARRAY '(anon)' type_id=1 index_type_id=1 nr_elems=4294967295
[4] STRUCT 'flags' size=16 vlen=2
	'a' type_id=1 bits_offset=0 bitfield_size=3
	'(anon)' type_id=5 bits_offset=16777215
[5] UNION '(anon)' size=8 vlen=1
	'next' type_id=2 bits_offset=4294967288
[6] ENUM 'small' encoding=SIGNED size=4 vlen=2
	'MINUS' val=-1
	'LOWEST' val=-2147483648
[7] FWD 'later' fwd_kind=union
[8] TYPEDEF 'number' type_id=1
[9] VOLATILE '(anon)' type_id=8
[10] CONST '(anon)' type_id=9
[11] RESTRICT '(anon)' type_id=2
[12] FUNC 'main' type_id=13 linkage=global
[13] FUNC_PROTO '(anon)' ret_type_id=0 vlen=2
	'argc' type_id=1
	'(anon)' type_id=0
[14] VAR 'counter' type_id=1, linkage=extern
[15] DATASEC '.data' size=8 vlen=1
	type_id=14 offset=4 size=4 (VAR 'counter')
[16] FLOAT 'double' size=8
[17] DECL_TAG 'user' type_id=4 component_idx=0
[18] TYPE_TAG 'address_space(1)' type_id=1
[19] ENUM64 'wide' encoding=UNSIGNED size=8 vlen=3
	'ALL' val=18446744073709551615ULL
	'TOP' val=9223372036854775808ULL
	'ONE' val=1ULL
[20] ENUM64 'deep' encoding=SIGNED size=8 vlen=1
	'DEPTH' val=-5000000000LL
[21] UNKNOWN '(anon)'
[22] UNKNOWN '(anon)'
[23] UNKNOWN 'inline.text'
`;

describe('raw', () => {
  const btf = addEveryKind(new BtfBuilder()).parse();

  test('every kind', () => expect(raw(btf)).toBe(everyKindRaw));

  test('the byte order and the layout section do not show', () => {
    expect(raw(Btf.parse(swapByteOrder(btf)))).toBe(everyKindRaw);
    expect(raw(addEveryKind(new BtfBuilder({ layout: builtinLayout() })).parse())).toBe(everyKindRaw);
  });

  test('only some types', () => {
    expect(raw(btf, [16, 2])).toBe("[16] FLOAT 'double' size=8\n[2] PTR '(anon)' type_id=4\n");
    expect(raw(btf, [])).toBe('');
  });

  test('a split layer prints its own types, with names from the base', () => {
    const builder = new BtfBuilder({ base: btf });
    builder.add({ kind: 'DATASEC', name: '.bss', size: 4, variables: [{ type: 14, offset: 0, size: 4 }] });
    builder.add({ kind: 'DATASEC', name: '', size: 4, variables: [{ type: 0, offset: 0, size: 4 }] });
    const split = builder.parse();
    const own =
      "[24] DATASEC '.bss' size=4 vlen=1\n\ttype_id=14 offset=0 size=4 (VAR 'counter')\n" +
      "[25] DATASEC '(anon)' size=4 vlen=1\n\ttype_id=0 offset=0 size=4 (UNKNOWN '(anon)')\n";
    expect(raw(split)).toBe(own);
    expect(raw(split, [16, 24, 25])).toBe(`[16] FLOAT 'double' size=8\n${own}`);
  });

  test('numbers of every length', () => {
    const builder = new BtfBuilder();
    const sizes = Array.from({ length: 10 }, (_, i) => [10 ** i - 1, 10 ** i]).flat();
    for (const size of [...sizes, 0x7fffffff, 0x80000000, 0xffffffff])
      builder.add({ kind: 'FLOAT', name: 'f', size });
    const printed = [...raw(builder.parse()).matchAll(/size=(\d+)/g)].map(([, size]) => Number(size));
    expect(printed).toEqual([...sizes, 0x7fffffff, 0x80000000, 0xffffffff]);
  });

  test('encodings and linkages that have no name', () => {
    const builder = new BtfBuilder();
    for (const encoding of [0, 2, 3, 4]) {
      builder.add({ kind: 'INT', name: 'i', size: 1, encoding, bitOffset: 7, bits: 1 });
    }
    builder.add({ kind: 'VAR', name: 'v', type: 1, linkage: 3 });
    builder.add({ kind: 'FUNC_PROTO', name: '', returns: 0, params: [] });
    builder.add({ kind: 'FUNC', name: 'f', type: 6, linkage: 3 });
    builder.add({ kind: 'FUNC', name: 'g', type: 6, linkage: 0 });
    const text = raw(builder.parse());
    expect([...text.matchAll(/encoding=(\S+)|linkage=(\S+)/g)].map(([, e, l]) => e ?? l)).toEqual([
      '(none)',
      'CHAR',
      'UNKN',
      'BOOL',
      '(unknown)',
      '(unknown)',
      'static',
    ]);
  });

  test('output longer than a chunk comes in order, whatever the length of names', () => {
    const builder = new BtfBuilder();
    let expected = '';
    for (let i = 1; i <= 300; i++) {
      // 70,000 bytes: longer than any buffer that a chunk is made in.
      const name = String.fromCharCode(97 + (i % 26)).repeat(i === 150 ? 70_000 : i * 7);
      builder.add({ kind: 'FLOAT', name, size: i });
      expected += `[${i}] FLOAT '${name}' size=${i}\n`;
    }
    const btf = builder.parse();
    expect(raw(btf)).toBe(expected);
    expect(JSON.parse(json(btf)).types).toHaveLength(300);
    expect(JSON.parse(json(btf)).types[149].name).toBe('u'.repeat(70_000));
  });
});

describe('json', () => {
  const btf = addEveryKind(new BtfBuilder()).parse();
  const types = JSON.parse(json(btf)).types;

  test('has the same types as the text', () => {
    const heads = types.map(
      (type: { id: number; kind: string; name: string }) => `[${type.id}] ${type.kind} '${type.name}'`,
    );
    expect(heads).toEqual(everyKindRaw.split('\n').flatMap(line => line.match(/^\[\d+\] \w+ '[^']*'/) ?? []));
    expect(types).toHaveLength(everyKind.length);
  });

  test('fields are those of bpftool -j', () => {
    expect(json(btf, [1, 3, 4, 15])).toBe(
      '{"types":[{"id":1,"kind":"INT","name":"int","size":4,"bits_offset":0,"nr_bits":32,"encoding":"SIGNED"},' +
        '{"id":3,"kind":"ARRAY","name":"(anon)","type_id":1,"index_type_id":1,"nr_elems":4294967295},' +
        '{"id":4,"kind":"STRUCT","name":"flags","size":16,"vlen":2,"members":[' +
        '{"name":"a","type_id":1,"bits_offset":0,"bitfield_size":3},' +
        '{"name":"(anon)","type_id":5,"bits_offset":16777215}]},' +
        '{"id":15,"kind":"DATASEC","name":".data","size":8,"vlen":1,"vars":[{"type_id":14,"offset":4,"size":4}]}]}\n',
    );
    expect(json(btf, [12, 13, 14, 17])).toBe(
      '{"types":[{"id":12,"kind":"FUNC","name":"main","type_id":13,"linkage":"global"},' +
        '{"id":13,"kind":"FUNC_PROTO","name":"(anon)","ret_type_id":0,"vlen":2,"params":[' +
        '{"name":"argc","type_id":1},{"name":"(anon)","type_id":0}]},' +
        '{"id":14,"kind":"VAR","name":"counter","type_id":1,"linkage":"extern"},' +
        '{"id":17,"kind":"DECL_TAG","name":"user","type_id":4,"component_idx":0}]}\n',
    );
    expect(json(btf, [])).toBe('{"types":[]}\n');
  });

  test('64-bit numbers keep all their digits', () => {
    expect(json(btf, [19, 20])).toContain(
      '[{"name":"ALL","val":18446744073709551615},{"name":"TOP","val":9223372036854775808},{"name":"ONE","val":1}]',
    );
    expect(json(btf, [20])).toContain('{"name":"DEPTH","val":-5000000000}');
  });

  test("an unsigned ENUM's value goes through 64 bits, as bpftool's does", () => {
    const builder = new BtfBuilder();
    const values = [0, 0x7fffffff, 0x80000000, 0xffffffff].map(value => ({ name: 'v', value }));
    builder.add({ kind: 'ENUM', name: '', size: 4, signed: false, values });
    builder.add({ kind: 'ENUM', name: '', size: 4, signed: true, values });
    const values_ = [...json(builder.parse()).matchAll(/"val":(-?\d+)/g)].map(([, digits]) => digits);
    expect(values_).toEqual([
      ...['0', '2147483647', '18446744071562067968', '18446744073709551615'],
      ...['0', '2147483647', '-2147483648', '-1'],
    ]);
    expect([...raw(builder.parse()).matchAll(/val=(-?\d+)/g)].map(([, digits]) => digits)).toEqual([
      ...['0', '2147483647', '2147483648', '4294967295'],
      ...['0', '2147483647', '-2147483648', '-1'],
    ]);
  });

  test('names that JSON has to escape', () => {
    const builder = new BtfBuilder();
    const name = 'a"b\\c\td\ne\rf\fg\bh\'ä';
    builder.add({ kind: 'FWD', name, target: 'struct' });
    expect(json(builder.parse())).toContain('"a\\"b\\\\c\\td\\ne\\rf\\fg\\bh\'ä"');
    expect(JSON.parse(json(builder.parse())).types[0].name).toBe(name);
    expect(raw(builder.parse())).toBe(`[1] FWD '${name}' fwd_kind=struct\n`);
  });
});
