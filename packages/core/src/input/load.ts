import { Btf, type ParseOptions } from '../btf/index.js';
import { type ByteSource, locate } from '../bytes/index.js';
import { relocate } from '../distill/index.js';
import { btfSections } from './btf-sections.js';
import { openInput } from './open.js';

export interface LoadOptions extends Pick<ParseOptions, 'references'> {
  /** What a split BTF stands on. An input with `.BTF.base` stands on that, and is relocated onto this. */
  readonly base?: Btf | undefined;
  /** Default true. With false an input with `.BTF.base` is read on that, whatever base is given. */
  readonly relocate?: boolean | undefined;
}

export interface LoadedBtf {
  /** On the base given or, where there is none, on the input's own. */
  readonly btf: Btf;
  /** The input's own `.BTF.base`. */
  readonly distilledBase?: Btf;
}

/**
 * Opens any kind of input and reads its BTF. FormatError names the section in which something is wrong; DistillError
 * says what keeps an input with `.BTF.base` from being relocated onto the base given.
 */
export async function loadBtf(source: ByteSource, options: LoadOptions = {}): Promise<LoadedBtf> {
  const input = await openInput(source);
  const sections = await btfSections(input);
  const { name } = source;
  const { references, base: target } = options;
  if (sections.base === undefined) {
    return { btf: Btf.parse(sections.btf, { name, references, base: target }) };
  }
  const blob = sections.base;
  const willMove = target !== undefined && options.relocate !== false;
  // Relocation looks at every reference.
  const own = { references: willMove || references };
  const distilledBase = locate({ file: `${name} .BTF.base` }, () => Btf.parse(blob, own));
  const btf = Btf.parse(sections.btf, { ...own, name, base: distilledBase });
  if (!willMove) return { btf, distilledBase };
  const { split } = relocate(btf, target);
  return { btf: Btf.parse(split, { name, references, base: target }), distilledBase };
}

/**
 * Reads BTF inputs as layers that stand on each other, the lowest first; the last is the base to give to `loadBtf`. A
 * layer with `.BTF.base` is relocated onto those below.
 */
export async function loadBases(sources: Iterable<ByteSource>): Promise<Btf | undefined> {
  let base: Btf | undefined;
  for (const source of sources) base = (await loadBtf(source, { base })).btf;
  return base;
}
