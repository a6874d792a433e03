import { statSync } from 'node:fs';
import { FormatError } from '@btfkit/core/bytes';
import { type Elf, rewritten, type SectionChange, writeSections } from '@btfkit/core/elf';
import type { OpenedInput } from '@btfkit/core/input';
import { fileSource, type NewFile } from './files.js';

/** FormatError for a file that sections cannot be put into, whatever they hold: to be told before the work is done. */
export function checkEmbeddable(path: string, { elf, via }: OpenedInput): void {
  if (via.length > 0) {
    throw new FormatError(
      `it is packed (${via.join(', ')}): --embed wants the ELF file itself; unpack it, embed, and pack it again`,
      { file: path },
    );
  }
  if (!statSync(path).isFile())
    throw new FormatError('no regular file, which --embed could change', { file: path });
  if (elf === undefined)
    throw new FormatError('no ELF file, which sections could be put into', { file: path });
  writeSections(elf, []);
}

/** Contents of sections. */
export interface EmbeddedSections {
  readonly btf: Uint8Array;
  readonly base?: Uint8Array | undefined;
  /** Left out, `.BTF_ids` stays. */
  readonly ids?: Uint8Array | undefined;
}

/**
 * The ELF file at `path` with `.BTF`, and with `.BTF.base` or without, for `output`. The new file is read from the old
 * one as it is written: `elf` can be closed before.
 */
export function embedded(
  path: string,
  elf: Elf,
  { btf, base, ids }: EmbeddedSections,
  output = path,
): NewFile {
  const changes: SectionChange[] = [
    { name: '.BTF', content: btf },
    base === undefined ? { name: '.BTF.base', remove: true } : { name: '.BTF.base', content: base },
  ];
  if (ids !== undefined) changes.push({ name: '.BTF_ids', content: ids });
  const rewrite = writeSections(elf, changes);
  function* parts() {
    const source = fileSource(path);
    try {
      yield* rewritten(source, rewrite);
    } finally {
      source.close();
    }
  }
  return { path: output, bytes: parts(), copy: { from: path, rewrite } };
}
