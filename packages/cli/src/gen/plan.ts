import { Elf } from '@btfkit/core/elf';
import { cachePlace } from '../encode/base-cache.js';
import type { FileSettings } from '../encode/file-encoder.js';
import { type Job, planOutputs } from '../encode/output-paths.js';
import { parseFeatures, parseLanguages } from '../encode/selection.js';
import { UsageError } from '../exit.js';
import { type FileSource, fileSource } from '../files.js';
import type { Place } from '../finish.js';
import type { InputOptions } from '../options.js';
import { checkPlaces } from '../places.js';
import { featuresOf } from './features.js';
import { isAfter72, isFrom, isModule, parseRelease, releaseOf } from './kernel-version.js';

export interface GenOptions extends InputOptions {
  readonly kernel?: string;
  readonly design?: string;
  readonly features?: string;
  readonly langExclude: string;
  readonly distill?: true;
  readonly inPlace?: true;
  readonly outPrefix?: string;
  readonly fatalWarnings?: true;
  readonly jobs?: number;
  readonly cache: boolean;
  readonly json?: true;
}

export interface GenPlan {
  readonly jobs: readonly Job[];
  readonly settings: FileSettings;
  /** The release that it is for, where that is known. */
  readonly kernel: string | undefined;
}

/** What the options ask for. UsageError where they exclude each other. */
export function planGen(inputs: readonly string[], options: GenOptions): GenPlan {
  const { base = [], outPrefix, inPlace } = options;
  if (options.kernel !== undefined && parseRelease(options.kernel) === undefined)
    throw new UsageError(`--kernel ${options.kernel}: a release such as 6.12 is wanted`);
  if (outPrefix !== undefined && inPlace)
    throw new UsageError('--in-place and --out-prefix exclude each other');
  if (outPrefix !== undefined && inputs.length > 1)
    throw new UsageError(`--out-prefix is for one input, there are ${inputs.length}`);
  if (options.distill && base.length === 0) throw new UsageError('--distill wants --base');
  if (inputs.includes('-')) throw new UsageError('gen wants files, standard input is none');
  const first = lookAt(inputs[0]!);
  if (first.isModule && base.length === 0) {
    throw new UsageError(
      `${inputs[0]} is a module: --base wants the vmlinux that it is built for, or /sys/kernel/btf/vmlinux`,
    );
  }
  const kernel = options.kernel ?? first.release;
  const place: Place =
    outPrefix !== undefined ? 'raw' : inPlace || base.length > 0 || first.isModule ? 'in place' : 'link';
  const jobs = planOutputs(inputs, { embed: true });
  const outputs =
    place === 'in place' ? [] : inputs.flatMap(input => placesOf(outPrefix ?? input, place === 'link'));
  checkPlaces({ inputs: [...inputs, ...base], outputs });
  const settings = {
    base,
    cache: options.cache ? cachePlace(base) : undefined,
    excludedLanguages: parseLanguages(options.langExclude),
    features: options.features === undefined ? featuresOf(kernel) : parseFeatures(options.features),
    distill: false,
    embed: false,
    finish: {
      raw: isRaw(options.design, kernel),
      annotate: isAfter72(kernel),
      distill: options.distill === true,
      place,
      fatalWarnings: options.fatalWarnings === true,
    },
  };
  return {
    jobs: outPrefix === undefined ? jobs : [{ input: inputs[0]!, output: outPrefix }],
    settings,
    kernel,
  };
}

function placesOf(prefix: string, isLink: boolean): string[] {
  return (isLink ? ['.btf.o', '.BTF_ids'] : ['.BTF', '.BTF.base', '.BTF_ids']).map(ending => prefix + ending);
}

/** Where nothing is known of the kernel it is a new one. */
function isRaw(design: string | undefined, kernel: string | undefined): boolean {
  if (design === undefined) return kernel === undefined || isFrom(kernel, 7, 0);
  if (design !== '6.12' && design !== '7.0') throw new UsageError(`--design ${design}: 6.12 or 7.0`);
  return design === '7.0';
}

interface First {
  readonly isModule: boolean;
  readonly release: string | undefined;
}

const UNKNOWN: First = { isModule: false, release: undefined };

/** What cannot be read fails where it is encoded, beside those that can. */
function lookAt(path: string): First {
  let source: FileSource | undefined;
  try {
    source = fileSource(path);
    const elf = Elf.open(source);
    return { isModule: isModule(elf), release: releaseOf(elf) };
  } catch {
    return UNKNOWN;
  } finally {
    source?.close();
  }
}
