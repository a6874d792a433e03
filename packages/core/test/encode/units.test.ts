import { Attr, Form, Tag, UnitType } from '@btfkit/core/dwarf';
import { describe, expect, test } from 'vitest';
import { Die, type FileSpec, type UnitSpec } from '../dwarf/builder.js';
import {
  base,
  declaration,
  func,
  int,
  member,
  parameter,
  pointer,
  struct,
  typedef,
  unitDie,
} from '../dwarf/types.js';
import { encodeDwarf } from './dwarf.js';
import { signatures } from './signatures.js';

// Units that refer to each other: link-time optimization, dwz's partial units, type units.

const DW_AT_import = 0x18;
const DW_AT_signature = 0x69;

const across = (tag: number, target: Die) => new Die(tag, [[Attr.type, Form.ref_addr, target]]);
const typesOf = async (spec: FileSpec) => signatures(await encodeDwarf(spec)).types;
const formats: [string, Pick<UnitSpec, 'version' | 'dwarf64'> & Pick<FileSpec, 'little' | 'is64'>][] = [
  ['DWARF 5', {}],
  ['DWARF 5, 64-bit format', { dwarf64: true }],
  ['DWARF 4, big-endian', { version: 4, little: false }],
  // Its references to other units have the size of an address.
  ['DWARF 2, 64-bit machine', { version: 2 }],
  ['DWARF 2, 32-bit machine', { version: 2, is64: false }],
];

describe.each(formats)('%s', (_, { little, is64, ...unit }) => {
  test('types in a unit before and in one behind', async () => {
    const first = int();
    const last = struct('s', 4, member('m', first, 0));
    last.children[0]!.without(Attr.type).with(Attr.type, Form.ref_addr, first);
    const units = [
      unitDie(first),
      unitDie(across(Tag.pointer_type, first), across(Tag.const_type, last)),
      unitDie(last),
    ];
    expect(await typesOf({ little, is64, units: units.map(die => ({ ...unit, die })) })).toEqual([
      'int *',
      'int int 32/4 signed',
      'struct s const',
      'struct s/4 {int m@0}',
    ]);
  });

  test('a partial unit that others import', async () => {
    const shared = struct('shared', 4);
    const link = pointer(shared);
    shared.children.push(member('next', link, 0));
    const partial = new Die(Tag.partial_unit, [], [shared, link]);
    const user = (name: string) => {
      const named = typedef(name).with(Attr.type, Form.ref_addr, shared);
      return unitDie(new Die(Tag.imported_unit, [[DW_AT_import, Form.ref_addr, partial]]), named);
    };
    const type = unit.version ? UnitType.compile : UnitType.partial;
    const units = [{ ...unit, type, die: partial }, ...[user('a'), user('b')].map(die => ({ ...unit, die }))];
    expect(await typesOf({ little, is64, units })).toEqual([
      'struct shared *',
      'struct shared/4 {struct shared * next@0}',
      'typedef a = struct shared',
      'typedef b = struct shared',
    ]);
  });
});

test('types in a unit that is left out are there for those that refer to them', async () => {
  const type = int();
  const rust = new Die(Tag.compile_unit, [[Attr.language, Form.data1, 0x1c]], [type]);
  const units = [{ die: rust }, { die: unitDie(across(Tag.pointer_type, type)) }];
  const excluded = encodeDwarf({ units }, { excludedLanguages: new Set([0x1c]) });
  await expect(excluded).rejects.toThrow(
    /\.debug_info: offset 0x\w+: a reference leads here, where no type begins/,
  );
});

describe('type units', () => {
  const signature = 0x1122_3344_5566_7788n;
  const typeUnit = (name: string): UnitSpec => {
    const number = int();
    const whole = struct(name, 4, member('m', number, 0));
    const die = new Die(Tag.type_unit, [[Attr.language, Form.data1, 0x1d]], [whole, number]);
    return { die, type: UnitType.type, signature, typeDie: whole };
  };
  const user = () => unitDie(new Die(Tag.pointer_type, [[Attr.type, Form.ref_sig8, signature]]));

  test('before and behind the units that refer to them', async () => {
    const wanted = ['int int 32/4 signed', 'struct s *', 'struct s/4 {int m@0}'];
    expect(await typesOf({ units: [typeUnit('s'), { die: user() }] })).toEqual(wanted);
    expect(await typesOf({ units: [{ die: user() }, typeUnit('s')] })).toEqual(wanted);
  });

  // gcc declares the type in the unit, by its name and its signature.
  test('a declaration with the signature', async () => {
    const forward = declaration('s').with(DW_AT_signature, Form.ref_sig8, signature);
    expect(await typesOf({ units: [typeUnit('s'), { die: unitDie(forward, pointer(forward)) }] })).toEqual([
      'int int 32/4 signed',
      'struct s *',
      'struct s/4 {int m@0}',
    ]);
  });
});

describe('functions', () => {
  test('those with a symbol; a prototype for each, with its names', async () => {
    const type = int();
    const text = pointer(base('char', 1, 6));
    const dies = [
      type,
      text.attributes[0]![2] as Die,
      text,
      func('open', type, parameter('path', text), new Die(Tag.unspecified_parameters)),
      func('inlined', type, parameter('n', type)),
      func('nothing', undefined),
    ];
    const { functions } = signatures(
      await encodeDwarf({ units: [{ die: unitDie(...dies) }], functions: ['nothing', 'open', 'elsewhere'] }),
    );
    expect(functions).toEqual(['nothing 0 void ()', 'open 0 int (char * path, ...)']);
  });

  test('declarations are none', async () => {
    const declared = func('f', undefined).with(Attr.declaration, Form.flag_present);
    const { functions } = signatures(
      await encodeDwarf({ units: [{ die: unitDie(declared) }], functions: ['f'] }),
    );
    expect(functions).toEqual([]);
  });

  test('one that units do not agree on is left out', async () => {
    const unit = (name: string, size: number): UnitSpec => {
      const type = base(name, size, 5);
      return { die: unitDie(type, func('f', type, parameter('a', type)), func('g', undefined)) };
    };
    const build = async (...units: UnitSpec[]) =>
      signatures(await encodeDwarf({ units, functions: ['f', 'g'] })).functions;
    expect(await build(unit('int', 4), unit('int', 4))).toEqual(['f 0 int (int a)', 'g 0 void ()']);
    expect(await build(unit('int', 4), unit('long', 8))).toEqual(['g 0 void ()']);
  });
});
