import { UsageError } from '../exit.js';

/** What a call of resolve_btfids asks for. */
export interface ResolveCall {
  readonly elf: string;
  readonly btf: string | undefined;
  readonly base: string | undefined;
  readonly distill: boolean;
  readonly fatalWarnings: boolean;
  readonly verbose: boolean;
  /** `--patch_btfids`: content for `.BTF_ids`; the other options count for nothing then. */
  readonly patch: string | undefined;
}

/** Long options, true for those with a value. */
const OPTIONS = {
  btf: true,
  btf_base: true,
  distill_base: false,
  fatal_warnings: false,
  patch_btfids: true,
  verbose: false,
} as const;

type Option = keyof typeof OPTIONS;

/**
 * Reads resolve_btfids' arguments, those of all releases. As its option parser does, it ends options where the first
 * other word stands. Throws UsageError for all that is not known.
 */
export function parseResolveBtfids(args: readonly string[]): ResolveCall {
  const values = new Map<Option, string>();
  let at = 0;
  const next = (option: string) => {
    const value = args[at++];
    if (value === undefined) throw new UsageError(`option \`${option}' requires a value`);
    return value;
  };
  while (at < args.length && args[at]!.startsWith('-') && args[at] !== '-') {
    const arg = args[at++]!;
    if (arg === '--') break;
    if (arg.startsWith('--')) {
      const [name = '', ...rest] = arg.slice(2).split('=');
      if (!(name in OPTIONS)) throw new UsageError(`unknown option \`${name}'`);
      const option = name as Option;
      if (!OPTIONS[option] && rest.length > 0) throw new UsageError(`option \`${name}' takes no value`);
      values.set(option, !OPTIONS[option] ? '' : rest.length > 0 ? rest.join('=') : next(name));
      continue;
    }
    for (let i = 1; i < arg.length; i++) {
      if (arg[i] === 'v') values.set('verbose', '');
      else if (arg[i] === 'b') {
        values.set('btf_base', i + 1 < arg.length ? arg.slice(i + 1) : next('b'));
        break;
      } else throw new UsageError(`unknown switch \`${arg[i]}'`);
    }
  }
  const [elf, ...more] = args.slice(at);
  if (elf === undefined || more.length > 0) throw new UsageError('one ELF object is wanted');
  return {
    elf,
    btf: values.get('btf'),
    base: values.get('btf_base'),
    distill: values.has('distill_base'),
    fatalWarnings: values.has('fatal_warnings'),
    verbose: values.has('verbose'),
    patch: values.get('patch_btfids'),
  };
}
