// A small blob for each change between kernel releases that the release before it answers otherwise.
import { BtfBuilder, builtinLayout } from '@btfkit/core/btf';

const int = { kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 };
const pointer = type => ({ kind: 'PTR', name: '', type });
const constant = type => ({ kind: 'CONST', name: '', type });
const typeTag = (name, type, attribute = false) => ({ kind: 'TYPE_TAG', name, type, attribute });
const declTag = (name, type, component = -1) => ({
  kind: 'DECL_TAG',
  name,
  type,
  component,
  attribute: false,
});
const array = (element, length) => ({ kind: 'ARRAY', name: '', element, index: 1, length });
const func = (name, type, linkage = 0) => ({ kind: 'FUNC', name, type, linkage });
const proto = (returns, ...types) => ({
  kind: 'FUNC_PROTO',
  name: '',
  returns,
  params: types.map((type, i) => ({ name: `p${i}`, type })),
});
const variable = (name, type) => ({ kind: 'VAR', name, type, linkage: 0 });
const section = (name, ...types) => ({
  kind: 'DATASEC',
  name,
  size: 64,
  variables: types.map((type, i) => ({ type, offset: 8 * i, size: 8 })),
});
/** Members are [type, byte offset]. */
const struct = (name, size, ...members) => ({
  kind: 'STRUCT',
  name,
  size,
  kflag: false,
  members: members.map(([type, at], i) => ({ name: `f${i}`, type, bitOffset: 8 * at, bitfieldSize: 0 })),
});
const enumeration = (size, signed = false, count = 1) => ({
  kind: 'ENUM',
  name: 'e',
  size,
  signed,
  values: Array.from({ length: count }, () => ({ name: 'A', value: 1 })),
});
const lock = struct('bpf_spin_lock', 4);

/** Of the types, which get the ids from 1 on. */
function blob(types, options) {
  const builder = new BtfBuilder(options);
  for (const type of types) builder.add(type);
  return builder.build();
}

/**
 * What BPF_BTF_LOAD is asked: { change, before, after, bytes }. The change is the first release with it and the rules
 * that are other from there on. The answers, an errno and the last line of the log, are those of the verifiers in the
 * sources of both releases, not of ours; of releases whose sources were not at hand, those of the next with the same
 * rules.
 */
export const programs = [
  {
    change: '4.20 names',
    before: '0',
    after: '22 [2] CONST named type_id=1 Invalid name',
    types: [int, { ...constant(1), name: 'named' }],
  },
  {
    change: '5.0 maxKind infoBits texts',
    before: '22 [2] Invalid kind:13',
    after: '0',
    types: [int, proto(1)],
  },
  {
    change: '5.0 maxKind infoBits texts',
    before: '22 [2] Invalid btf_info:84000001',
    after: '0',
    types: [int, { ...struct('s', 4, [1, 0]), kflag: true }],
  },
  {
    change: '5.0 maxKind infoBits texts',
    before: '22 [1] FWD (anon) type_id=0 Invalid name',
    after: '22 [1] FWD (anon) struct Invalid name',
    types: [{ kind: 'FWD', name: '', target: 'struct' }],
  },
  {
    change: '5.0 maxKind infoBits texts',
    before: '22 f0 type_id=1 bits_offset=40 Memmber bits_offset exceeds its struct size',
    after: '22 f0 type_id=1 bits_offset=40 Member bits_offset exceeds its struct size',
    types: [int, struct('s', 4, [1, 5])],
  },
  {
    change: '5.1 maxIntBits',
    before: '22 [1] INT int size=16 bits_offset=0 nr_bits=128 encoding=SIGNED nr_bits exceeds 64',
    after: '0',
    types: [{ ...int, size: 16, bits: 128 }],
  },
  { change: '5.2 maxKind', before: '22 [2] Invalid kind:14', after: '0', types: [int, variable('v', 1)] },
  {
    change: '5.3 sizesAfresh',
    before: '0',
    after: '22 f0 type_id=5 bits_offset=0 Member exceeds struct_size',
    types: [int, pointer(3), constant(4), array(1, 3), array(3, 2), struct('s', 4, [5, 0])],
  },
  {
    change: '5.3 sizesAfresh',
    before: '0',
    after: '22 type_id=5 offset=0 size=8 Invalid size',
    types: [int, pointer(3), constant(4), array(1, 3), variable('v', 3), section('.data', 5)],
  },
  {
    change: '5.4 highestType highestString',
    before: '22 Invalid string section',
    after: '0',
    types: [{ ...int, name: 'n'.repeat(65_536) }],
  },
  {
    change: '5.4 enumSizes',
    before: '22 [1] ENUM e size=8 vlen=1 Expected size:4',
    after: '0',
    types: [enumeration(8)],
  },
  {
    change: '5.4 enumSizes',
    before: '22 [1] ENUM e size=3 vlen=1 Expected size:4',
    after: '22 [1] ENUM e size=3 vlen=1 Unexpected size',
    types: [enumeration(3)],
  },
  {
    change: '5.6 funcLinkage',
    before: '22 [2] FUNC f type_id=1 vlen != 0',
    after: '0',
    types: [proto(0), func('f', 1, 1)],
  },
  {
    change: '5.6 funcLinkage',
    before: '22 [2] FUNC f type_id=1 vlen != 0',
    after: '22 [2] FUNC f type_id=1 Invalid func linkage',
    types: [proto(0), func('f', 1, 2)],
  },
  {
    change: '5.6 enumsBySize',
    before: '22 f0 type_id=1 bits_offset=0 Member exceeds struct_size',
    after: '0',
    types: [enumeration(1), struct('s', 1, [1, 0])],
  },
  {
    change: '5.12 emptySections',
    before: '22 [1] DATASEC .data size=64 vlen=0 vlen == 0',
    after: '0',
    types: [section('.data')],
  },
  {
    change: '5.13 maxKind infoBits',
    before: '22 [1] Invalid btf_info:10000000',
    after: '0',
    types: [{ kind: 'FLOAT', name: 'double', size: 8 }],
  },
  {
    change: '5.16 maxKind',
    before: '22 [2] Invalid kind:17',
    after: '0',
    types: [struct('s', 0), declTag('tag', 1)],
  },
  {
    change: '5.17 maxKind texts',
    before: '22 [2] Invalid kind:18',
    after: '0',
    types: [int, typeTag('tag', 1)],
  },
  {
    change: '5.18 funcResolved',
    before: '22 [3] PTR (anon) type_id=9 Invalid type_id',
    after: '22 [4] FUNC f type_id=1 Invalid type_id',
    types: [int, declTag('tag', 4), pointer(9), func('f', 1)],
  },
  {
    change: '5.19 chains tagsFirst',
    before: '0',
    after: "22 Type tags don't precede modifiers",
    types: [int, constant(3), typeTag('tag', 1)],
  },
  {
    change: '6.0 maxKind kflagEnums',
    before: '22 [1] Invalid kind:19',
    after: '0',
    types: [{ kind: 'ENUM64', name: 'e', size: 8, signed: false, values: [{ name: 'A', value: 1n }] }],
  },
  {
    change: '6.0 maxKind kflagEnums',
    before: '22 [1] ENUM e size=4 vlen=1 Invalid btf_info kind_flag',
    after: '0',
    types: [enumeration(4, true)],
  },
  {
    change: '6.1 nameLimit',
    before: `22 [2] TYPEDEF ${'n'.repeat(129)} type_id=1 Invalid name`,
    after: '0',
    types: [int, { kind: 'TYPEDEF', name: 'n'.repeat(129), type: 1 }],
  },
  {
    change: '6.1 wideMembers',
    before: '22 [65537] CONST (anon) type_id=1',
    after: '0',
    types: [int, struct('s', 4, [65_537, 0]), ...Array(65_534).fill(pointer(1)), constant(1)],
  },
  {
    change: '6.1 noVariableReturned',
    before: '0',
    after: '22 [3] FUNC_PROTO (anon) return=2 args=(void) Invalid return type',
    types: [int, variable('v', 1), proto(2)],
  },
  {
    change: '6.2 noVariableTaken',
    before: '0',
    after: '22 [3] FUNC_PROTO (anon) return=0 args=(2 p0) Invalid arg#1',
    types: [int, variable('v', 1), proto(0, 2)],
  },
  {
    change: '6.3 sectionsAfresh',
    before: '22 type_id=4 offset=8 size=8 Invalid type',
    after: '0',
    types: [int, section('.data', 3, 4), variable('v', 5), variable('w', 6), pointer(1), constant(1)],
  },
  {
    change: '6.4 dotsInNames',
    before: '22 [2] FUNC f.part.0 type_id=1 Invalid name',
    after: '0',
    types: [proto(0), func('f.part.0', 1)],
  },
  {
    change: '6.9 sectionNames',
    before: '22 [1] DATASEC .data "one" size=64 vlen=0 Invalid name',
    after: '0',
    types: [section('.data "one"')],
  },
  {
    change: '6.11 sectionNames',
    before: '0',
    after: '22 [1] DATASEC \tdata size=64 vlen=0 Invalid name',
    types: [section('\tdata')],
  },
  {
    change: '6.15 kflagTags',
    before: '22 [2] TYPE_TAG tag type_id=1 Invalid btf_info kind_flag',
    after: '0',
    types: [int, typeTag('tag', 1, true)],
  },
  {
    change: '6.15 kflagTags',
    before: '22 [2] DECL_TAG tag type=1 component_idx=-1 Invalid btf_info kind_flag',
    after: '0',
    types: [struct('s', 0), { ...declTag('tag', 1), attribute: true }],
  },
  {
    change: '7.1 headerSize',
    before: '7 Unsupported btf_header',
    after: '0',
    types: [int],
    options: { layout: builtinLayout() },
  },
  {
    change: '7.2 infoBits',
    before: '22 [1] Invalid btf_info:6010000',
    after: '0',
    types: [enumeration(4, false, 65_536)],
  },
  {
    change: '7.2 tagsFirst',
    before: "22 Type tags don't precede modifiers",
    after: '0',
    types: [int, constant(3), typeTag('tag', 1)],
  },

  {
    change: '6.2 fields',
    before: '0',
    after: '22 f0 type_id=1 bits_offset=0',
    types: [struct('bpf_list_head', 16), struct('s', 16, [1, 0])],
  },
  {
    change: '6.3 fields.structs',
    before: '0',
    after: '22 f0 type_id=1 bits_offset=0',
    types: [struct('bpf_rb_root', 16), struct('s', 16, [1, 0])],
  },
  {
    change: '6.4 fields.structs',
    before: '22 f2 type_id=3 bits_offset=320',
    after: '0',
    types: [
      struct('bpf_list_node', 16),
      struct('bpf_rb_node', 24),
      struct('bpf_refcount', 4),
      struct('s', 48, [1, 0], [2, 16], [3, 40]),
    ],
  },
  {
    change: '6.6 fields.listNodeSize fields.treeNodeSize',
    before: '14 f0 type_id=1 bits_offset=0',
    after: '0',
    types: [struct('bpf_list_node', 24), struct('s', 24, [1, 0])],
  },
  {
    change: '6.6 fields.listNodeSize fields.treeNodeSize',
    before: '14 f0 type_id=1 bits_offset=0',
    after: '0',
    types: [struct('bpf_rb_node', 32), struct('s', 32, [1, 0])],
  },
  {
    change: '6.7 fields.severalContains',
    before: '0',
    after: '22 [7] DECL_TAG contains:value:f0 type=5 component_idx=1',
    types: [
      lock,
      struct('bpf_list_head', 16),
      struct('bpf_list_node', 24),
      struct('value', 24, [3, 0]),
      struct('s', 24, [1, 0], [2, 8]),
      declTag('contains:value:f0', 5, 1),
      declTag('contains:value:f0', 5, 1),
    ],
  },
  {
    change: '6.10 fields.most',
    before: '7 f10 type_id=1 bits_offset=1920',
    after: '0',
    types: [
      struct('bpf_list_node', 24),
      struct('s', 264, ...Array.from({ length: 11 }, (_, i) => [1, 24 * i])),
    ],
  },
  {
    change: '6.11 fields.nested',
    before: '0',
    after: '22 f1 type_id=4 bits_offset=64',
    types: [int, lock, struct('bpf_list_head', 16), array(3, 1), struct('s', 24, [2, 0], [4, 8])],
  },
  {
    change: '6.12 fields.pointers',
    before: '0',
    after: '22 f1 type_id=4 bits_offset=64',
    types: [lock, int, typeTag('kptr', 2), pointer(3), struct('s', 16, [1, 0], [4, 8])],
  },
  {
    change: '6.12 fields.repeatableFirst',
    before: '7 f1 type_id=4 bits_offset=64',
    after: '22 f1 type_id=4 bits_offset=64',
    types: [int, lock, struct('bpf_list_node', 24), array(3, 12), struct('s', 296, [2, 0], [4, 8])],
  },
  {
    change: '6.13 fields.userPointers',
    before: '22 f1 type_id=4 bits_offset=64',
    after: '0',
    types: [lock, struct('t', 0), typeTag('uptr', 2), pointer(3), struct('s', 16, [1, 0], [4, 8])],
  },
  {
    change: '6.15 fields.structs fields.kflagTags',
    before: '0',
    after: '22 f1 type_id=2 bits_offset=32',
    types: [lock, struct('bpf_res_spin_lock', 4), struct('s', 8, [1, 0], [2, 4])],
  },
  {
    change: '7.2 fields.tagsAnywhere',
    before: '22 f1 type_id=4 bits_offset=64',
    after: '0',
    types: [lock, struct('t', 0), typeTag('user', 2), pointer(3), struct('s', 16, [1, 0], [4, 8])],
  },
  {
    change: '7.2 fields.structs fields.uniqueThroughout',
    before: '0',
    after: '7 f1 type_id=1 bits_offset=32',
    types: [struct('bpf_refcount', 4), struct('s', 8, [1, 0], [1, 4])],
  },
  {
    change: '7.2 fields.structs fields.uniqueThroughout',
    before: '0',
    after: '7 f1 type_id=2 bits_offset=32',
    types: [lock, struct('inner', 4, [1, 0]), struct('s', 8, [1, 0], [2, 4])],
  },
  {
    change: '7.3 fields.ownership',
    before: '0',
    after: '40 [3] PTR (anon) type_id=2',
    types: [struct('s', 8, [3, 0]), typeTag('kptr', 1), pointer(2)],
  },
].map(({ types, options, ...rest }) => ({ ...rest, bytes: blob(types, options) }));
