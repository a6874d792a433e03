import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Btf, BtfBuilder, type FuncProtoType, Kind, swapByteOrder } from '@btfkit/core/btf';
import { memorySource } from '@btfkit/core/bytes';
import { Elf } from '@btfkit/core/elf';
import { type BtfIds, readBtfIds, resolveIds, unresolved } from '@btfkit/core/ids';
import { transformKfuncs } from '@btfkit/core/kfuncs';
import { sortByName } from '@btfkit/core/rewrite';
import { describe, expect, test } from 'vitest';

// What resolve_btfids of Linux 7.2 made of fixtures/kfuncs/implicit.o, and rules that no recorded answer shows.

const folder = fileURLToPath(new URL('../../../../fixtures/kfuncs/', import.meta.url));
const read = (name: string) => new Uint8Array(readFileSync(`${folder}${name}`));
const object = Elf.open(memorySource(read('implicit.o'), 'implicit.o'));
const ids = readBtfIds(object)!;

/** Functions with their parameters and tags, in words. */
function told(btf: Btf): string[] {
  const lines: string[] = [];
  for (let id = btf.startId; id < btf.endId; id++) {
    if (btf.kind(id) !== Kind.FUNC) continue;
    const proto = btf.type(btf.sizeOrType(id)) as FuncProtoType;
    const tags: string[] = [];
    for (let tag = btf.startId; tag < btf.endId; tag++) {
      if (btf.kind(tag) === Kind.DECL_TAG && btf.sizeOrType(tag) === id) tags.push(btf.typeName(tag));
    }
    lines.push(`${btf.typeName(id)}(${proto.params.map(({ name }) => name)}) ${tags.sort()}`.trim());
  }
  return lines.sort();
}

describe.each(['tagged', 'untagged'])('%s kfuncs', kind => {
  const btf = Btf.parse(read(`implicit.${kind}.btf`));

  test('as resolve_btfids of Linux 7.2, byte for byte', () => {
    const { bytes, warnings } = transformKfuncs(btf, ids);
    expect(warnings).toEqual([]);
    const sorted = sortByName(bytes === undefined ? btf : Btf.parse(bytes)).bytes;
    expect(sorted).toEqual(read(`implicit.${kind}.resolved.btf`));
    expect(resolveIds(ids, Btf.parse(sorted)).bytes).toEqual(read(`implicit.${kind}.BTF_ids`));
    expect(bytes === undefined).toBe(kind === 'untagged');
  });

  test('annotated from the sets, they are the same', () => {
    const { bytes } = transformKfuncs(btf, ids, { annotate: true });
    expect(told(Btf.parse(bytes!))).toEqual([
      'kf_all() bpf_kfunc',
      'kf_all_impl(aux,meta)',
      'kf_fast(a) bpf_fastcall,bpf_kfunc',
      'kf_last(task) bpf_kfunc',
      'kf_last_impl(task,aux)',
      'kf_legacy(task) bpf_kfunc',
      'kf_legacy_impl(task,aux)',
      'kf_middle(a) bpf_kfunc',
      'kf_middle_impl(a,meta,b)',
      'kf_plain(task,aux) bpf_kfunc',
      // A typedef hides what it points to.
      'kf_typedef(task,aux) bpf_kfunc',
      'kf_typedef_impl(task,aux)',
      // Its set is not one of kfuncs.
      'not_a_kfunc(task,aux)',
    ]);
    // What is there is not added again.
    const again = transformKfuncs(Btf.parse(bytes!), { ...ids, ids: [], sets: [] }, { annotate: true });
    expect(again.bytes).toBeUndefined();
  });

  test('in the other byte order', () => {
    const { bytes } = transformKfuncs(Btf.parse(swapByteOrder(btf)), ids, { annotate: true });
    expect(Btf.parse(bytes!).littleEndian).toBe(false);
    expect(told(Btf.parse(bytes!))).toEqual(
      told(Btf.parse(transformKfuncs(btf, ids, { annotate: true }).bytes!)),
    );
  });
});

test('a set that was resolved gives its flags back', () => {
  const resolved = Btf.parse(read('implicit.tagged.resolved.btf'));
  const file = read('implicit.o');
  file.set(read('implicit.tagged.BTF_ids'), object.sections[ids.section]!.offset);
  const after = readBtfIds(Elf.open(memorySource(file, 'implicit.o')))!;
  const flags = ({ sets }: BtfIds) => sets.map(set => (set.kind === 'set8' ? [...set.pairFlags] : []));
  expect(flags(after)).not.toEqual(flags(ids));
  expect(flags(unresolved(after, resolved))).toEqual(flags(ids));
  expect(() => unresolved(after, Btf.parse(read('implicit.tagged.btf')))).toThrow(
    /was resolved against other BTF/,
  );
});

describe('split BTF', () => {
  const builder = new BtfBuilder();
  const aux = builder.add({ kind: 'STRUCT', name: 'bpf_prog_aux', size: 4, kflag: false, members: [] });
  const pointer = builder.add({ kind: 'PTR', name: '', type: aux });
  const base = builder.parse();

  /** A module with one kfunc of the given flags, whose parameters have these types. */
  function moduleOf(flags: number, types: number[]): { btf: Btf; ids: BtfIds } {
    const module = new BtfBuilder({ base });
    const params = types.map((type, i) => ({ name: `p${i}`, type }));
    const proto = module.add({ kind: 'FUNC_PROTO', name: '', returns: pointer, params });
    module.add({ kind: 'FUNC', name: 'kf', type: proto, linkage: 0 });
    const set = { kind: 'set8', name: 's', offset: 0, length: 1, count: 0, flags: 1 } as const;
    return {
      btf: module.parse('m.ko'),
      ids: {
        section: 1,
        littleEndian: true,
        bytes: new Uint8Array(16),
        ids: [{ kind: 'func', name: 'kf', number: '1', offset: 8, id: 0 }],
        sets: [{ ...set, ids: new Uint32Array(1), pairFlags: Uint32Array.of(flags) }],
      },
    };
  }

  test('types of the base are recognised, and stay', () => {
    const { btf, ids } = moduleOf(1 << 16, [pointer]);
    const changed = Btf.parse(transformKfuncs(btf, ids, { annotate: true }).bytes!, { base });
    expect(told(changed)).toEqual(['kf() bpf_kfunc', 'kf_impl(p0)']);
  });

  test('pointers into arenas are marked', () => {
    const { btf, ids } = moduleOf((1 << 13) | (1 << 15), [pointer, pointer]);
    const changed = Btf.parse(transformKfuncs(btf, ids, { annotate: true }).bytes!, { base });
    const proto = changed.type(changed.sizeOrType(changed.find('kf', Kind.FUNC))) as FuncProtoType;
    const target = (id: number) => changed.type(changed.sizeOrType(id));
    const mark = { kind: 'TYPE_TAG', name: 'address_space(1)', attribute: true, type: aux };
    expect(target(proto.returns)).toEqual(mark);
    expect(proto.params[0]!.type).toBe(pointer);
    expect(target(proto.params[1]!.type)).toEqual(mark);
    // A second time there is nothing left to do.
    expect(transformKfuncs(changed, ids, { annotate: true }).bytes).toBeUndefined();
  });

  test('flags that are not the same in all sets are told', () => {
    const { btf, ids } = moduleOf(1, [pointer]);
    const other = { ...ids.sets[0]!, name: 'a', offset: 16, pairFlags: Uint32Array.of(0x1000) };
    const both = {
      ...ids,
      ids: [...ids.ids, { ...ids.ids[0]!, offset: 24 }],
      sets: [...ids.sets, other],
    } as BtfIds;
    const { warnings } = transformKfuncs(btf, both, { annotate: true });
    expect(warnings).toEqual(['WARN: resolve_btfids: inconsistent flags for kfunc kf: 0x1 != 0x1000']);
  });

  test('an arena flag of what is no pointer is an error', () => {
    const { btf, ids } = moduleOf(1 << 14, [aux]);
    expect(() => transformKfuncs(btf, ids, { annotate: true })).toThrow(
      'm.ko: types: type [4]: flags of the kfunc kf speak of an arena, type id 1 is no pointer',
    );
  });
});
