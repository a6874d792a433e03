import { Btf, Kind } from '../../btf/index.js';
import { type DebugInfo, LineFiles } from '../../dwarf/index.js';
import type { Elf } from '../../elf/index.js';
import { orCutOff } from '../cut-off.js';
import { Encoder, openUnits } from '../encoder.js';
import { DEFAULT_FEATURES, type Feature } from '../features.js';
import type { Omission } from '../functions/selection.js';
import { readSets, type SetEntry } from '../kfuncs.js';
import { readSymbols } from '../symbols.js';
import { UnitSpace } from '../unit-space.js';
import { DieCursor } from './die-cursor.js';
import { type Evidence, gather, type Sources } from './evidence.js';
import type { Explanation } from './explanation.js';
import { FunctionDescriber } from './function-describer.js';
import { FunctionFinder } from './function-finder.js';
import { Judgements } from './judgements.js';
import { kfuncFacts } from './kfunc-facts.js';
import { nearNames } from './near-names.js';
import { ObservedPart } from './observed-part.js';
import { SymbolFinder } from './symbol-facts.js';
import { conclude } from './verdict.js';

export interface ExplainOptions {
  /** As of EncodeOptions. */
  readonly excludedLanguages?: ReadonlySet<number> | undefined;
  readonly features?: ReadonlySet<Feature> | undefined;
}

/** What the feature true_signature may know better. */
const CHANGED: ReadonlySet<Omission> = new Set([
  'optimized parameters',
  'reordered parameters',
  'unexpected register',
]);

/**
 * Says why functions are in the BTF that an Encoder makes, or why not. Its answer is that of the encoder's own rules,
 * asked for these functions alone.
 */
export class Explainer {
  private readonly base: Btf | undefined;
  private encoder: Encoder | undefined;

  constructor(base?: Btf) {
    this.base = base;
  }

  /**
   * One explanation for each of `asked`, in their order: names as C has them, or whole names of symbols such as
   * `foo.isra.0`. FormatError for a file without DWARF, and for malformed ones.
   */
  async explain(elf: Elf, asked: readonly string[], options: ExplainOptions = {}): Promise<Explanation[]> {
    const names = [...new Set(asked.map(baseName))];
    const search = await searchFor(elf, names, options);
    const features = options.features ?? DEFAULT_FEATURES;
    const sources = { ...search, judgements: judge(search, features) };
    const gathered = orCutOff(search.cursor.reader, () => gather(sources));
    const isChanged = [...gathered.values()].some(
      ({ omission }) => omission !== undefined && CHANGED.has(omission),
    );
    const exactly = isChanged ? judge(search, new Set([...features, 'true_signature'])) : undefined;
    const inBase = await this.idsInBase(elf, options, gathered);
    return asked.map(one => {
      const evidence = gathered.get(baseName(one))!;
      return conclude({
        ...evidence,
        asked: one,
        func: evidence.func && { ...evidence.func, baseId: inBase.get(evidence.func.name) ?? null },
        exactly: evidence.func === null ? exactly?.of(evidence.name)?.func : undefined,
        kfunc: kfuncFacts(search.sets, evidence.name),
        baseFunc: this.base?.find(evidence.name, Kind.FUNC) || null,
        similar: similarNames(one, evidence, search),
      });
    });
  }

  /** Type ids of those functions that the base has already, so that the file's own BTF does not. */
  private async idsInBase(
    elf: Elf,
    options: ExplainOptions,
    gathered: ReadonlyMap<string, Evidence>,
  ): Promise<Map<string, number>> {
    const found = new Map<string, number>();
    const { base } = this;
    const chosen = [...gathered.values()].flatMap(({ func }) => func?.name ?? []);
    if (base === undefined || chosen.every(name => base.find(name, Kind.FUNC) === 0)) return found;
    // Only deduplication as a whole can tell.
    this.encoder ??= new Encoder(base);
    const own = Btf.parse(await this.encoder.encode(elf, options), { base });
    for (const name of chosen) {
      const ids = own.findAll(name, Kind.FUNC);
      if (ids.length > 0 && ids.every(id => id < own.startId)) found.set(name, ids[0]!);
    }
    return found;
  }
}

/** What a file has of some names. */
interface Search extends Omit<Sources, 'judgements'> {
  readonly info: DebugInfo;
  readonly space: UnitSpace;
  readonly cursor: DieCursor;
  readonly sets: readonly SetEntry[];
  readonly excludedLanguages: ReadonlySet<number>;
}

async function searchFor(
  elf: Elf,
  names: readonly string[],
  { excludedLanguages = new Set() }: ExplainOptions,
): Promise<Search> {
  const { info, units } = await openUnits(elf);
  const symbolFinder = new SymbolFinder(elf);
  const symbols = symbolFinder.find(names);
  const space = new UnitSpace(info, units);
  const addresses = [...symbols.values()].flat().flatMap(({ address }) => address ?? []);
  const finder = new FunctionFinder(info, space, names, addresses, excludedLanguages);
  finder.run();
  const cursor = new DieCursor(info, space);
  const describer = new FunctionDescriber(cursor, await LineFiles.open(elf, info));
  const sets = symbolFinder.table === undefined ? [] : readSets(elf, symbolFinder.table);
  return {
    ...{ elf, names, info, space, finder, symbolFinder, symbols },
    ...{ cursor, describer, sets, excludedLanguages },
  };
}

/** Asks the encoder's rules, with the units that define functions of these names. */
function judge(
  { elf, names, info, space, finder, excludedLanguages }: Search,
  features: ReadonlySet<Feature>,
): Judgements {
  // Variables are not asked for.
  const wanted = new Set([...features].filter(one => one !== 'var' && one !== 'global_var'));
  const settings = { excludedLanguages, features: wanted, symbols: readSymbols(elf, wanted) };
  const part = new ObservedPart(info, elf, settings, space, names);
  if (finder.reader.crossesUnits) part.readTogether(space.units);
  else part.readAlone(finder.units());
  return new Judgements(part);
}

/** What may have been meant: for an unknown name others like it, for a symbol that is not there those of its function. */
function similarNames(
  asked: string,
  { name, symbols, isUndescribed }: Evidence,
  { finder, symbolFinder }: Search,
): string[] {
  if (symbols.length === 0 && isUndescribed)
    return nearNames(name, [...finder.names(), ...symbolFinder.names()]);
  const isThere = asked === name || symbols.some(symbol => symbol.name === asked);
  return isThere ? [] : symbols.map(symbol => symbol.name);
}

/** What DWARF calls a function: its symbol's name up to the first dot. */
function baseName(name: string): string {
  return name.replace(/\..*/s, '');
}
