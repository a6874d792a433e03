import { Btf, BtfBuilder, type Member } from '@btfkit/core/btf';
import { FormatError, memorySource } from '@btfkit/core/bytes';
import { applyCore, BpfObject, CoreTarget, MinimalBtf, type Relocation } from '@btfkit/core/core-relo';
import { describe, expect, test } from 'vitest';
import { fixture, objectOf, targetOf } from './files.js';

const member = (name: string, type: number, bitOffset: number): Member => ({
  name,
  type,
  bitOffset,
  bitfieldSize: 0,
});

function withInt(base?: Btf): { builder: BtfBuilder; int: number } {
  const builder = new BtfBuilder({ base });
  return {
    builder,
    int: builder.add({ kind: 'INT', name: 'int', size: 4, encoding: 1, bitOffset: 0, bits: 32 }),
  };
}

const kernel = () => withInt().builder.parse();

/** A module that has the struct `task`, with its first member there. */
function moduleOn(base: Btf, bitOffset: number): Btf {
  const { builder, int } = withInt(base);
  const members = [member('pid', int, bitOffset)];
  builder.add({ kind: 'STRUCT', name: 'task', size: 64, kflag: false, members });
  return builder.parse();
}

function relocate(target: CoreTarget, object = objectOf(fixture('program-el.o'))): readonly Relocation[] {
  return applyCore(object, target).relocations;
}
const pid = (relocations: readonly Relocation[]) =>
  relocations.find(({ spec, kind }) => kind === 'byte_off' && spec.includes('struct task.pid'))!;

describe('modules', () => {
  test('are asked where the kernel has no such type', () => {
    const main = kernel();
    const target = new CoreTarget(main, { modules: [{ name: 'nf', btf: moduleOn(main, 96) }] });
    const found = pid(relocate(target));
    expect([found.outcome, found.after]).toEqual(['patched', 12n]);
    expect(found.candidates).toEqual([
      { btf: 'nf', typeId: main.endId + 1, spec: expect.stringContaining('struct task.pid'), mismatch: null },
    ]);
  });

  test('are not asked where it has one', () => {
    const { builder, int } = withInt();
    builder.add({ kind: 'STRUCT', name: 'task', size: 8, kflag: false, members: [member('other', int, 0)] });
    const main = builder.parse();
    const found = pid(relocate(new CoreTarget(main, { modules: [{ name: 'nf', btf: moduleOn(main, 0) }] })));
    expect([found.outcome, found.reason]).toEqual(['poisoned', 'no member pid in struct task']);
  });

  test('that disagree are ambiguous', () => {
    const main = kernel();
    const modules = [0, 32].map(at => ({ name: `at${at}`, btf: moduleOn(main, at) }));
    const found = pid(relocate(new CoreTarget(main, { modules })));
    expect([found.outcome, found.errnoName]).toEqual(['refused', 'EINVAL']);
    expect(found.candidates.map(({ btf }) => btf)).toEqual(['at0', 'at32']);
  });

  test('and a split target have candidates in all layers', () => {
    const found = pid(relocate(new CoreTarget(moduleOn(kernel(), 64))));
    expect([found.outcome, found.after]).toEqual(['patched', 8n]);
  });
});

test('a target without the type is named', () => {
  expect(pid(relocate(new CoreTarget(kernel()))).reason).toBe('the target has no struct task');
});

test.each([
  [4, 0x61],
  [8, 0x79],
])('where long has %i bytes, a pointer is loaded so', (size, code) => {
  const { builder } = withInt();
  builder.add({ kind: 'INT', name: 'long int', size, encoding: 1, bitOffset: 0, bits: 8 * size });
  const pointer = builder.add({ kind: 'PTR', name: '', type: 0 });
  const members = [member('parent', pointer, 64)];
  builder.add({ kind: 'STRUCT', name: 'task', size: 16, kflag: false, members });
  const object = objectOf(fixture('program-el.o'));
  const { bytes, relocations } = applyCore(object, new CoreTarget(builder.parse()));
  const found = relocations.find(({ program }) => program.name === 'pointer')!;
  const { section, start } = found.program;
  const at = section.offset + (start + found.insn) * 8;
  expect([found.outcome, bytes[at], bytes[at + 2]]).toEqual(['patched', code, 8]);
});

/** The object with one of its strings replaced by another of the same length. */
function withString(from: string, to: string): BpfObject {
  const object = objectOf(fixture('program-el.o'));
  const bytes = Buffer.from(object.source.read(0, object.source.size));
  const at = bytes.indexOf(`\0${from}\0`);
  expect(at).toBeGreaterThan(0);
  bytes.write(to, at + 1, 'latin1');
  return BpfObject.open(memorySource(new Uint8Array(bytes), 'edited.o'));
}

test.each([
  ['0:4:-1:03', 'has a negative index'],
  ['0:4:1:0:x', 'expected numbers'],
  [':0:4:1:00', 'expected numbers'],
  ['0:4:1:0:9', 'index 9 into an array of 8'],
  ['0:40:1:03', 'member 40 of 11 of struct task'],
  ['0:0000:03', 'int int has no members'],
])('the access string %s is refused', async (access, problem) => {
  const relocations = relocate(await targetOf(fixture('kernel-el.o')), withString('0:4:1:0:3', access));
  const refused = relocations.filter(({ outcome }) => outcome === 'refused');
  expect(refused.map(({ errnoName, spec }) => [errnoName, spec.endsWith(`struct task + ${access}`)])).toEqual(
    [['EINVAL', true]],
  );
  expect(refused[0]!.reason).toContain(problem);
});

test('the input stays as it is, and so does all but the instructions', async () => {
  const object = objectOf(fixture('program-el.o'));
  const before = object.source.read(0, object.source.size).slice();
  const { bytes } = applyCore(object, await targetOf(fixture('kernel-el.o')));
  expect(object.source.read(0, object.source.size)).toEqual(before);
  const text = object.programs.map(({ section }) => section);
  const changed = [...bytes.keys()].filter(at => bytes[at] !== before[at]);
  expect(changed.length).toBeGreaterThan(50);
  expect(changed.every(at => text.some(({ offset, size }) => at >= offset && at < offset + size))).toBe(true);
});

test('programs that are left out stay as they are', async () => {
  const object = objectOf(fixture('refused-el.o'));
  const target = await targetOf(fixture('refusing-kernel-el.o'));
  const { relocations } = applyCore(object, target, { only: ({ name }) => name === 'fine' });
  expect(relocations.map(({ program, outcome }) => [program.name, outcome])).toEqual([
    ['fine', 'patched'],
    ['fine', 'patched'],
  ]);
});

test('a circle of typedefs in the target is malformed', () => {
  const { builder, int } = withInt();
  builder.add({ kind: 'STRUCT', name: 'task', size: 4, kflag: false, members: [member('pid', int + 2, 0)] });
  builder.add({ kind: 'TYPEDEF', name: 'a', type: int + 3 });
  builder.add({ kind: 'CONST', name: '', type: int + 2 });
  expect(() => relocate(new CoreTarget(builder.parse()))).toThrow(FormatError);
});

test('types past the end of an unchecked target are malformed', () => {
  const { builder } = withInt();
  builder.add({ kind: 'STRUCT', name: 'task', size: 4, kflag: false, members: [member('pid', 99, 0)] });
  const btf = Btf.parse(builder.build(), { references: false, name: 'broken.btf' });
  expect(() => relocate(new CoreTarget(btf))).toThrow(
    'broken.btf: types: offset 0x20: type [2]: STRUCT: element 0: type id 99, expected below 3',
  );
});

test('the minimal BTF names what is refused', async () => {
  const minimal = new MinimalBtf(await targetOf(fixture('refusing-kernel-el.o')));
  const refused = minimal.add(objectOf(fixture('refused-el.o')));
  // An offset that no load has room for is no matter of types.
  expect(refused.map(({ relo, refusal }) => [relo.sectionName, refusal.errnoName])).toEqual([
    ['raw_tp/ambiguous', 'EINVAL'],
    ['raw_tp/wide', 'E2BIG'],
  ]);
});

test('programs in a section that is past the end of the file are malformed', () => {
  const path = fixture('program-el.o');
  const object = objectOf(path);
  const bytes = object.source.read(0, object.source.size).slice();
  const view = new DataView(bytes.buffer);
  const { section } = object.programs[0]!;
  // sh_offset of its section header.
  const header = Number(view.getBigUint64(0x28, true)) + section.index * 64;
  view.setUint32(header + 24, bytes.length - 8, true);
  expect(() => BpfObject.open(memorySource(bytes, 'cut.o'))).toThrow(
    /^cut\.o: .*run past the end of the file/,
  );
});
