import { Btf } from '@btfkit/core/btf';
import { memorySource } from '@btfkit/core/bytes';
import { applyCore, type BpfObject, type BpfProgram, CoreTarget, MinimalBtf } from '@btfkit/core/core-relo';
import { Elf } from '@btfkit/core/elf';
import { sortByName } from '@btfkit/core/rewrite';
import { describe, expect, test } from 'vitest';
import { corpus, fixture, noCorpus, objectOf, targetOf } from './files.js';
import { run } from './interpreter.js';

// Programs that know what they ought to find, relocated and run. Each returns 0, or the line that says otherwise.

/** What each program of an object returns after relocation, subprograms left out; the error where it cannot run. */
function results(object: BpfObject, target: CoreTarget): Record<string, number | string> {
  const { bytes } = applyCore(object, target);
  const elf = Elf.open(memorySource(bytes, object.source.name));
  const programs = object.programs.filter(({ sectionName }) => sectionName !== '.text');
  const resultOf = (program: BpfProgram) => {
    try {
      return run(elf, bytes, program);
    } catch (error) {
      return (error as Error).message;
    }
  };
  return Object.fromEntries(programs.map(program => [program.name, resultOf(program)]));
}

describe.each(['el', 'eb'])('bpf%s', endian => {
  const path = fixture(`program-${endian}.o`);

  test('each program finds what the kernel has', async () => {
    expect(results(objectOf(path), await targetOf(fixture(`kernel-${endian}.o`)))).toEqual({
      fields: 0,
      loads: 0,
      bitfields: 0,
      types: 0,
      enums: 0,
      guarded: 0,
      pointer: 0,
      optional: 0,
    });
  });

  test('and does not without relocation', () => {
    const object = objectOf(path);
    const elf = Elf.open(object.source);
    const bytes = object.source.read(0, object.source.size);
    const program = object.programs.find(({ name }) => name === 'fields')!;
    expect(run(elf, bytes, program)).not.toBe(0);
  });

  test('the minimal BTF does as well', async () => {
    const minimal = new MinimalBtf(await targetOf(fixture(`kernel-${endian}.o`)));
    expect(minimal.add(objectOf(path))).toEqual([]);
    const bytes = minimal.build();
    const small = Btf.parse(bytes);
    expect(small.littleEndian).toBe(endian === 'el');
    expect(small.type(small.find('task')).kind).toBe('STRUCT');
    expect(Object.values(results(objectOf(path), new CoreTarget(small)))).toEqual(Array(8).fill(0));
  });
});

// github.com/cilium/ebpf, btf/testdata/relocs*.c: the programs there return 0 too, or are to be refused by name.
describe.skipIf(noCorpus !== '')(`cilium's programs${noCorpus}`, () => {
  const cilium = (name: string) => `${corpus}/objects/cilium/${name}.elf`;
  /** The object's own types under other ids: relocs.c asks that ids of the target are not those of the program. */
  const reordered = (object: BpfObject) => new CoreTarget(Btf.parse(sortByName(object.btf!).bytes));

  test.each(['el', 'eb'])('relocs-%s', endian => {
    const object = objectOf(cilium(`relocs-${endian}`));
    const target = reordered(object);
    const refused = applyCore(object, target).relocations.filter(one => one.outcome === 'refused');
    expect(refused.map(one => [one.program.name, one.errnoName])).toEqual([
      ['err_ambiguous', 'EINVAL'],
      ['err_ambiguous_flavour', 'EINVAL'],
    ]);
    const poison = expect.stringContaining('code 0x85, imm 0xbad2310');
    expect(results(object, target)).toEqual({
      type_ids: 0,
      types: 0,
      enums: 0,
      fields: 0,
      err_ambiguous: poison,
      err_ambiguous_flavour: poison,
    });
  });

  test.each(['el', 'eb'])('relocs_enum-%s', endian => {
    const object = objectOf(cilium(`relocs_enum-${endian}`));
    expect(results(object, reordered(object))).toEqual({ core_ld64imm: 0 });
  });

  test('relocs_read-eb on relocs_read_tgt-eb', async () => {
    const object = objectOf(cilium('relocs_read-eb'));
    const target = await targetOf(cilium('relocs_read_tgt-eb'));
    // Line 94 asks for g as if it were the lower 30 bits of four big-endian bytes. Compilers for such machines put a
    // bitfield into the upper ones, and libbpf and cilium's own library read it there: 0x55443322 >> 2. All that the
    // program checks before is as it asks, and so is what comes after, which only relocations decide.
    expect(results(object, target)).toEqual({ reads: 94 });
    const after = (kind: string) =>
      applyCore(object, target)
        .relocations.filter(one => one.kind === kind)
        .map(one => one.after);
    expect([after('type_exists'), after('field_exists'), after('enumval_exists')]).toEqual([
      [0n],
      [0n],
      [0n],
    ]);
  });
});
