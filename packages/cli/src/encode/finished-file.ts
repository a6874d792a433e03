import { Btf } from '@btfkit/core/btf';
import { type ByteSource, FormatError, locate } from '@btfkit/core/bytes';
import { btfObject, Elf, type Section } from '@btfkit/core/elf';
import { needsTypes, readBtfIds, unresolved } from '@btfkit/core/ids';
import { embedded } from '../embed.js';
import type { NewFile } from '../files.js';
import type { Finished, Place } from '../finish.js';
import type { Job } from './output-paths.js';

/**
 * The file as it was before anybody resolved its `.BTF_ids`: a second run is to start from the same, and flags that
 * were sorted no longer stand with the symbols that encoding finds kfuncs by.
 */
export async function beforeResolving(elf: Elf, base: () => Promise<Btf> | undefined): Promise<Elf> {
  const ids = elf.symbols() === undefined ? undefined : readBtfIds(elf);
  const section = elf.section('.BTF');
  if (ids === undefined || section === undefined || ids.sets.every(({ count }) => count === 0)) return elf;
  const btf = needsTypes(ids) ? await resolvedAgainst(elf, section, base) : undefined;
  const { bytes } = locate({ file: elf.source.name }, () => unresolved(ids, btf));
  return Elf.open(overlaid(elf.source, elf.sections[ids.section]!.offset, bytes));
}

/** The file's own BTF. It stands on the base that is given only if that is the one that it was made with. */
async function resolvedAgainst(
  elf: Elf,
  section: Section,
  base: () => Promise<Btf> | undefined,
): Promise<Btf> {
  const own = elf.section('.BTF.base');
  const below = own === undefined ? await base() : Btf.parse(elf.bytes(own));
  try {
    return Btf.parse(elf.bytes(section), { base: below });
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(
      `its ids were resolved against another base (${error.message}): start from the file that the link left`,
      { file: elf.source.name, section: '.BTF_ids' },
    );
  }
}

/** The source with other bytes at one place. */
function overlaid(source: ByteSource, start: number, bytes: Uint8Array): ByteSource {
  const lay = (offset: number, target: Uint8Array) => {
    const from = Math.max(offset, start);
    const to = Math.min(offset + target.length, start + bytes.length);
    if (from < to) target.set(bytes.subarray(from - start, to - start), from - offset);
  };
  return {
    name: source.name,
    size: source.size,
    readInto(offset, target) {
      source.readInto(offset, target);
      lay(offset, target);
    },
    read(offset, length) {
      const target = source.read(offset, length).slice();
      lay(offset, target);
      return target;
    },
  };
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
