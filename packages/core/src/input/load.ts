import { Btf, type ParseOptions } from '../btf/index.js';
import { type ByteSource, locate } from '../bytes/index.js';
import { btfSections } from './btf-sections.js';
import { openInput } from './open.js';

export interface LoadOptions extends Pick<ParseOptions, 'references'> {
  /** What a split BTF stands on. An input with `.BTF.base` stands on that instead. */
  readonly base?: Btf | undefined;
}

export interface LoadedBtf {
  readonly btf: Btf;
  /**
   * The input's own `.BTF.base`, which `btf` was read on. A base given with such an input is no base but the target
   * that `btf` is to be relocated onto.
   */
  readonly distilledBase?: Btf;
}

/** Opens any kind of input and reads its BTF. FormatError names the section in which something is wrong. */
export async function loadBtf(source: ByteSource, options: LoadOptions = {}): Promise<LoadedBtf> {
  const input = await openInput(source);
  const sections = await btfSections(input);
  const { name } = source;
  const { references } = options;
  if (sections.base === undefined) {
    return { btf: Btf.parse(sections.btf, { name, references, base: options.base }) };
  }
  const blob = sections.base;
  const distilledBase = locate({ file: `${name} .BTF.base` }, () => Btf.parse(blob, { references }));
  return { btf: Btf.parse(sections.btf, { name, references, base: distilledBase }), distilledBase };
}

/** Reads BTF inputs as layers that stand on each other, the lowest first; the last is the base to give to `loadBtf`. */
export async function loadBases(sources: Iterable<ByteSource>): Promise<Btf | undefined> {
  let base: Btf | undefined;
  for (const source of sources) base = (await loadBtf(source, { base })).btf;
  return base;
}
