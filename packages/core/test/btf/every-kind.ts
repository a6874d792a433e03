import { type BtfBuilder, type BtfType, Linkage, type VoidType } from '@btfkit/core/btf';

type Type = Exclude<BtfType, VoidType>;

/** One type of every kind, in id order from 1 where the builder has no base; references go both ways. */
export const everyKind: readonly Type[] = [
  { kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 },
  { kind: 'PTR', name: '', type: 4 },
  { kind: 'ARRAY', name: '', element: 1, index: 1, length: 0xffffffff },
  {
    kind: 'STRUCT',
    name: 'flags',
    size: 16,
    kflag: true,
    members: [
      { name: 'a', type: 1, bitOffset: 0, bitfieldSize: 3 },
      { name: '', type: 5, bitOffset: 0xffffff, bitfieldSize: 0 },
    ],
  },
  {
    kind: 'UNION',
    name: '',
    size: 8,
    kflag: false,
    members: [{ name: 'next', type: 2, bitOffset: 0xfffffff8, bitfieldSize: 0 }],
  },
  {
    kind: 'ENUM',
    name: 'small',
    size: 4,
    signed: true,
    values: [
      { name: 'MINUS', value: -1 },
      { name: 'LOWEST', value: -0x80000000 },
    ],
  },
  { kind: 'FWD', name: 'later', target: 'union' },
  { kind: 'TYPEDEF', name: 'number', type: 1 },
  { kind: 'VOLATILE', name: '', type: 8 },
  { kind: 'CONST', name: '', type: 9 },
  { kind: 'RESTRICT', name: '', type: 2 },
  { kind: 'FUNC', name: 'main', type: 13, linkage: Linkage.GLOBAL },
  {
    kind: 'FUNC_PROTO',
    name: '',
    returns: 0,
    params: [
      { name: 'argc', type: 1 },
      { name: '', type: 0 },
    ],
  },
  { kind: 'VAR', name: 'counter', type: 1, linkage: Linkage.EXTERN },
  { kind: 'DATASEC', name: '.data', size: 8, variables: [{ type: 14, offset: 4, size: 4 }] },
  { kind: 'FLOAT', name: 'double', size: 8 },
  { kind: 'DECL_TAG', name: 'user', type: 4, component: 0, attribute: false },
  { kind: 'TYPE_TAG', name: 'address_space(1)', type: 1, attribute: true },
  {
    kind: 'ENUM64',
    name: 'wide',
    size: 8,
    signed: false,
    values: [
      { name: 'ALL', value: 0xffffffffffffffffn },
      { name: 'TOP', value: 0x8000000000000000n },
      { name: 'ONE', value: 1n },
    ],
  },
  { kind: 'ENUM64', name: 'deep', size: 8, signed: true, values: [{ name: 'DEPTH', value: -5000000000n }] },
  { kind: 'LOC_PARAM', name: '', size: 8, flags: 0x18, values: [0xffffffff, 16] },
  { kind: 'LOC_PROTO', name: '', params: [21, 0] },
  { kind: 'LOCSEC', name: 'inline.text', locations: [{ func: 12, locProto: 22, offset: 0x40 }] },
];

export function addEveryKind(builder: BtfBuilder): BtfBuilder {
  for (const type of everyKind) builder.add(type);
  return builder;
}
