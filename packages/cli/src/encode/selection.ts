import { LANGUAGES } from '@btfkit/core/dwarf';
import { ALL_FEATURES, DEFAULT_FEATURES, type Feature } from '@btfkit/core/encode';
import { UsageError } from '../exit.js';

/** Features of newer pahole that are not here; they are told apart from those that nobody knows. */
const LATER = new Set(['inline']);

/**
 * A list as `pahole --btf_features` takes it: names, `default`, `all`, or a `+` for the default and more. Unlike there,
 * a name that is unknown is a UsageError.
 */
export function parseFeatures(list: string | undefined): ReadonlySet<Feature> {
  if (list === undefined) return DEFAULT_FEATURES;
  const features = new Set<Feature>(list.startsWith('+') ? DEFAULT_FEATURES : []);
  for (const name of list.replace(/^\+/, '').split(',')) {
    if (name === 'default') for (const feature of DEFAULT_FEATURES) features.add(feature);
    else if (name === 'all') for (const feature of ALL_FEATURES) features.add(feature);
    else if (isFeature(name)) features.add(name);
    else {
      const problem = LATER.has(name) ? 'not supported' : 'there is no such feature';
      throw new UsageError(
        `--features ${name}: ${problem}; known are ${['default', 'all', ...ALL_FEATURES].join(', ')}`,
      );
    }
  }
  return features;
}

function isFeature(name: string): name is Feature {
  return (ALL_FEATURES as ReadonlySet<string>).has(name);
}

/** DW_LANG_* numbers of a list of names. UsageError for an unknown one. */
export function parseLanguages(list: string | undefined): ReadonlySet<number> {
  const languages = new Set<number>();
  for (const name of list?.split(',') ?? []) {
    const language = LANGUAGES.get(name.toLowerCase());
    if (language === undefined) {
      throw new UsageError(
        `--lang-exclude ${name}: there is no such language; known are ${[...LANGUAGES.keys()].join(', ')}`,
      );
    }
    languages.add(language);
  }
  return languages;
}
