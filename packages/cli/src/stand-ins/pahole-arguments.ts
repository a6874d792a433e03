import { ALL_FEATURES, DEFAULT_FEATURES, type Feature } from '@btfkit/core/encode';
import { UsageError } from '../exit.js';

/** --btf_features_strict names what is not known. */
export class UnsupportedFeature extends UsageError {}

/** What a call of pahole asks for, as far as kernel builds and readers of structs do. */
export interface PaholeCall {
  readonly action: 'encode' | 'show' | 'version' | 'numeric version' | 'features';
  readonly files: readonly string[];
  readonly base: readonly string[];
  readonly features: ReadonlySet<Feature>;
  readonly excludedLanguages: string | undefined;
  /** `--btf_encode_detached`: where the BTF goes instead of into the file. */
  readonly detached: string | undefined;
  /** 1 unless -j was given; undefined for as many as there are CPUs. */
  readonly threads: number | undefined;
  readonly verbose: boolean;
  /** For `show`: names of structs, and the options of `btfkit layout`. */
  readonly structs: readonly string[];
  readonly layout: readonly string[];
}

/** Options with a value: 'always', or 'maybe' for one that only `--name=value` and `-jN` give. */
const VALUES: Readonly<Record<string, 'always' | 'maybe'>> = {
  btf_base: 'always',
  btf_encode_detached: 'always',
  btf_features: 'always',
  btf_features_strict: 'always',
  cacheline_size: 'always',
  class_name: 'always',
  contains: 'always',
  format_path: 'always',
  hashbits: 'always',
  jobs: 'maybe',
  lang: 'always',
  lang_exclude: 'always',
};

const SHORT: Readonly<Record<string, string>> = {
  c: 'cacheline_size',
  C: 'class_name',
  E: 'expand_types',
  F: 'format_path',
  i: 'contains',
  j: 'jobs',
  J: 'btf_encode',
  P: 'packable',
  R: 'reorganize',
  s: 'sizes',
  V: 'verbose',
};

/** Options that change nothing here: what they ask for is always done, or is about pahole's inside. */
const WITHOUT_EFFECT = new Set(['format_path', 'hashbits', 'reproducible_build', 'ptr_table_stats']);

/** The features that the options of older kernels turn on and off; the others are off without --btf_features. */
const WITHOUT_FEATURES: readonly Feature[] = ['var', 'decl_tag', 'type_tag', 'enum64'];
const ON: Readonly<Record<string, Feature>> = {
  btf_gen_all: 'float',
  btf_gen_floats: 'float',
  btf_gen_optimized: 'optimized_func',
  skip_encoding_btf_inconsistent_proto: 'consistent_func',
  btf_encode_force: 'encode_force',
  btf_attributes: 'attributes',
};
const OFF: Readonly<Record<string, Feature>> = {
  skip_encoding_btf_vars: 'var',
  skip_encoding_btf_decl_tag: 'decl_tag',
  skip_encoding_btf_type_tag: 'type_tag',
  skip_encoding_btf_enum64: 'enum64',
};

const LAYOUT: Readonly<Record<string, string>> = {
  expand_types: '--expand',
  packable: '--packable',
  reorganize: '--reorganize',
  sizes: '--sizes',
};

/** Reads pahole's arguments (its pahole.c, pahole__options). Throws UsageError for what is not known here. */
export function parsePahole(args: readonly string[], warn: (line: string) => void): PaholeCall {
  const reader = new ArgumentReader(args);
  const words = [...reader.options()];
  const isVerbose = words.some(({ name }) => name === 'verbose');
  const has = (name: string) => words.some(word => word.name === name);
  const valuesOf = (name: string) => words.filter(word => word.name === name).map(({ value }) => value!);
  const features = selectFeatures(words, isVerbose ? warn : () => {});
  const layout: string[] = words.flatMap(({ name }) => LAYOUT[name] ?? []);
  for (const name of valuesOf('contains')) layout.push('--contains', name);
  for (const size of valuesOf('cacheline_size')) layout.push('--cacheline', size);
  const isEncoding = has('btf_encode') || has('btf_encode_detached');
  const jobs = words.findLast(({ name }) => name === 'jobs');
  const structs = valuesOf('class_name').flatMap(names => names.split(','));
  const files = [...reader.rest];
  // `pahole STRUCT FILE`: what is no file is a name.
  if (!isEncoding && structs.length === 0 && files.length > 1) structs.push(files.shift()!);
  return {
    action: has('version')
      ? 'version'
      : has('numeric_version')
        ? 'numeric version'
        : has('supported_btf_features')
          ? 'features'
          : isEncoding
            ? 'encode'
            : 'show',
    files,
    base: valuesOf('btf_base'),
    features,
    excludedLanguages: valuesOf('lang_exclude').at(-1),
    detached: valuesOf('btf_encode_detached').at(-1),
    threads: jobs === undefined ? 1 : jobs.value === undefined ? undefined : Number(jobs.value),
    verbose: isVerbose,
    structs,
    layout,
  };
}

interface Option {
  readonly name: string;
  readonly value: string | undefined;
}

class ArgumentReader {
  /** What is no option. */
  readonly rest: string[] = [];
  private readonly args: readonly string[];
  private at = 0;

  constructor(args: readonly string[]) {
    this.args = args;
  }

  *options(): Generator<Option> {
    for (; this.at < this.args.length; this.at++) {
      const arg = this.args[this.at]!;
      if (arg === '--') {
        this.rest.push(...this.args.slice(this.at + 1));
        return;
      }
      if (arg.startsWith('--')) yield this.long(arg);
      else if (arg.startsWith('-') && arg !== '-') yield* this.short(arg);
      else this.rest.push(arg);
    }
  }

  private long(arg: string): Option {
    const [name = '', ...rest] = arg.slice(2).split('=');
    if (!isKnown(name)) throw new UsageError(`unrecognized option '${arg}'`);
    const value = rest.length > 0 ? rest.join('=') : VALUES[name] === 'always' ? this.next(arg) : undefined;
    return { name, value };
  }

  private *short(arg: string): Generator<Option> {
    for (let i = 1; i < arg.length; i++) {
      const name = SHORT[arg[i]!];
      if (name === undefined) throw new UsageError(`invalid option -- '${arg[i]}'`);
      const kind = VALUES[name];
      if (kind === undefined) {
        yield { name, value: undefined };
        continue;
      }
      const attached = arg.slice(i + 1);
      const value = attached !== '' ? attached : kind === 'always' ? this.next(arg) : undefined;
      yield { name, value };
      return;
    }
  }

  private next(option: string): string {
    const value = this.args[++this.at];
    if (value === undefined) throw new UsageError(`option '${option}' requires an argument`);
    return value;
  }
}

function isKnown(name: string): boolean {
  const plain = ['version', 'numeric_version', 'supported_btf_features'];
  return (
    name in VALUES ||
    name in ON ||
    name in OFF ||
    plain.includes(name) ||
    WITHOUT_EFFECT.has(name) ||
    Object.values(SHORT).includes(name)
  );
}

/** Lists add up; a name that is not known is left out, with --btf_features_strict it is an error. */
function selectFeatures(options: readonly Option[], warn: (line: string) => void): ReadonlySet<Feature> {
  const lists = options.filter(({ name }) => name === 'btf_features' || name === 'btf_features_strict');
  const features = new Set<Feature>(lists.length === 0 ? WITHOUT_FEATURES : []);
  for (const { name, value = '' } of lists) addList(features, value, name === 'btf_features_strict', warn);
  for (const { name } of options) {
    if (ON[name] !== undefined) features.add(ON[name]);
    if (OFF[name] !== undefined) features.delete(OFF[name]);
  }
  return features;
}

function addList(features: Set<Feature>, list: string, strict: boolean, warn: (line: string) => void): void {
  const isAdded = list.startsWith('+');
  if (isAdded || list === 'default') for (const feature of DEFAULT_FEATURES) features.add(feature);
  if (list === 'all') for (const feature of ALL_FEATURES) features.add(feature);
  if (list === 'default' || list === 'all') return;
  for (const name of list.slice(isAdded ? 1 : 0).split(',')) {
    if (name === 'default') for (const feature of DEFAULT_FEATURES) features.add(feature);
    else if ((ALL_FEATURES as ReadonlySet<string>).has(name)) features.add(name as Feature);
    else if (strict) {
      throw new UnsupportedFeature(
        `Feature '${name}' in '${list}' is not supported.  Supported BTF features are:`,
      );
    } else warn(`Ignoring unsupported feature '${name}'`);
  }
}

/** As --supported_btf_features prints them. */
export function supportedFeatures(): string {
  return [...ALL_FEATURES].join(',');
}
