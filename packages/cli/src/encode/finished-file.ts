import { Btf } from '@btfkit/core/btf';
import { btfObject, type Elf } from '@btfkit/core/elf';
import { type BtfIds, readBtfIds, unresolved } from '@btfkit/core/ids';
import type { NewFile } from '../files.js';
import type { Finished, Place } from '../finish.js';
import { embedded } from '../embed.js';
import type { Job } from './output-paths.js';

/** `.BTF_ids` as it was before anybody resolved it: a second run is to start from the same. */
export function idsBefore(elf: Elf, base: Btf | undefined): BtfIds | undefined {
  const ids = elf.symbols() === undefined ? undefined : readBtfIds(elf);
  if (ids === undefined || ids.sets.every(({ count }) => count === 0)) return ids;
  const section = elf.section('.BTF');
  if (section === undefined) return ids;
  const own = elf.section('.BTF.base');
  const below = own === undefined ? base : Btf.parse(elf.bytes(own));
  return unresolved(ids, Btf.parse(elf.bytes(section), { base: below, name: elf.source.name }));
}

/** The files that a finished stage leaves, by where its results go. */
export function filesOf(
  { input, output }: Job,
  elf: Elf,
  { btf, base, ids }: Finished,
  place: Place,
): NewFile[] {
  if (place === 'in place') return [embedded(input, elf, { btf, base, ids })];
  const contents: [ending: string, content: Uint8Array | undefined][] =
    place === 'link'
      ? [
          ['.btf.o', btfObject(elf, btf)],
          ['.BTF_ids', ids],
        ]
      : [
          ['.BTF', btf],
          ['.BTF.base', base],
          ['.BTF_ids', ids],
        ];
  return contents.flatMap(([ending, bytes]) =>
    bytes === undefined ? [] : [{ path: `${output}${ending}`, bytes }],
  );
}
