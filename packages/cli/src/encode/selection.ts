import { LANGUAGES } from '@btfkit/core/dwarf';
import { ALL_FEATURES, type Feature } from '@btfkit/core/encode';
import { UsageError } from '../exit.js';

/** What every output has, whether it is asked for or not. */
const ALWAYS = new Set(['encode_force', 'reproducible_build']);

/** pahole's other features. */
const LATER = new Set([
  'optimized_func',
  'decl_tag_kfuncs',
  'distilled_base',
  'global_var',
  'attributes',
  'true_signature',
  'layout',
  'inline',
]);

/**
 * A list as `pahole --btf_features` takes it: names, `default`, or a `+` for the default and more. UsageError for
 * a name that is unknown, or not done yet.
 */
export function parseFeatures(list: string | undefined): ReadonlySet<Feature> {
  if (list === undefined) return ALL_FEATURES;
  const features = new Set<Feature>(list.startsWith('+') ? ALL_FEATURES : []);
  for (const name of list.replace(/^\+/, '').split(',')) {
    if (name === 'default') for (const feature of ALL_FEATURES) features.add(feature);
    else if (isFeature(name)) features.add(name);
    else if (LATER.has(name)) throw new UsageError(`--features ${name}: not in this release yet`);
    else if (!ALWAYS.has(name)) {
      throw new UsageError(
        `--features ${name}: there is no such feature; known are ${[...ALL_FEATURES, ...ALWAYS].join(', ')}`,
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
