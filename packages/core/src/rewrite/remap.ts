import { assemble, type Btf, CLASSIC_HEADER, LAYOUT_HEADER } from '../btf/index.js';
import { FormatError, locate } from '../bytes/index.js';
import { checkKnownKinds, rename, renumber } from './fields.js';

export interface Remapped {
  /** Split BTF that stands on the base. */
  readonly bytes: Uint8Array;
  /** What was added to every id but void's; the words of the module's `.BTF_ids` move as far. */
  readonly shift: number;
}

/**
 * Self-contained BTF of a module put behind a kernel's types, as when such a module is loaded: ids begin after the last of
 * `base`, strings after its strings. Nothing is looked up or merged. Throws FormatError for BTF that has a base already.
 */
export function remapOnto(btf: Btf, base: Btf): Remapped {
  return locate({ file: btf.name }, () => {
    if (btf.base !== null) throw new FormatError('stands on a base already, expected self-contained BTF');
    checkKnownKinds(btf);
    const shift = base.endId - 1;
    const words = btf.words.slice();
    renumber(
      words,
      Uint32Array.from({ length: btf.endId }, (_, id) => (id === 0 ? 0 : id + shift)),
    );
    rename(words, offset => offset + base.strings.end);
    const bytes = assemble(
      { words, strings: btf.strings.bytes },
      {
        littleEndian: btf.littleEndian,
        headerLength: btf.header.headerLength > CLASSIC_HEADER ? LAYOUT_HEADER : CLASSIC_HEADER,
        layout: btf.layout,
      },
    );
    return { bytes, shift };
  });
}
