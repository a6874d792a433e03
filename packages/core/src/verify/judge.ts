import { Breach, Errno } from './breach.js';
import { checkChains } from './chains.js';
import { HeaderCheck } from './header.js';
import type { KernelBtf } from './kernel-btf.js';
import { trimmed, VerifierLog } from './log.js';
import { meaningOf } from './meanings.js';
import { MetadataCheck } from './metadata.js';
import { ResolveCheck } from './resolve.js';
import type { KernelRules } from './rules.js';
import { type KernelTypes, StructCheck } from './struct-metas.js';
import { ACCEPTED, type Verdict } from './verdict.js';
import { Verifier } from './verifier.js';

/** BTF_MAX_SIZE, of programs only. */
const LARGEST_PROGRAM = 16 * 1024 * 1024;

export interface KernelOptions {
  readonly rules: KernelRules;
  /** The kernel's byte order; it reads no other. */
  readonly littleEndian: boolean;
  /** sizeof(void *) in the kernel; 8 unless said. */
  readonly pointerSize?: number | undefined;
  /** Keep all that the kernel would log. */
  readonly log?: boolean | undefined;
}

export interface ProgramOptions extends KernelOptions {
  /** Without it, what a program's references lead to is taken for the program's own. */
  readonly kernelTypes?: KernelTypes | undefined;
}

/** A verdict with what led to it. */
export interface Judgement extends Verdict {
  /** Lines of a program's log, or of dmesg; of a program's only the end unless all was asked for. */
  readonly log: readonly string[];
  /** What the verdict means, in a sentence; '' when accepted. */
  readonly meaning: string;
  /** The kernel is too old to look at this BTF, and takes it unseen. */
  readonly unread?: true;
  /** What there is to say beyond the verdict. */
  readonly notes: readonly string[];
}

/** BPF_BTF_LOAD's answer to a blob (btf_parse). Never throws. */
export function judgeProgram(bytes: Uint8Array, options: ProgramOptions): Judgement {
  if (bytes.length > LARGEST_PROGRAM) {
    return { ...refusal(new Breach(Errno.E2BIG, 'The blob is larger than 16 MB')), log: [], notes: [] };
  }
  const log = new VerifierLog(options.log ?? false);
  const found = run(() => checkProgram(bytes, options, log));
  if (!(found instanceof Breach)) return { ...ACCEPTED, log: log.lines, meaning: '', notes: [] };
  // Where the kernel refuses without a word, the last line is about the last type that was in order.
  const silent = log.prints.length === 0;
  const lines = silent ? lastWords(bytes, options) : log.lines;
  return { ...refusal(found), message: trimmed(lines.at(-1) ?? ''), log: lines, notes: [] };
}

function checkProgram(bytes: Uint8Array, options: ProgramOptions, log: VerifierLog): void {
  const { rules } = options;
  const verifier = checkMetadata(bytes, options, null, log, true);
  new ResolveCheck(verifier).run();
  verifier.typeId = 0;
  if (rules.chains) checkChains(verifier);
  if (rules.fields !== null) new StructCheck(verifier, rules.fields, options.kernelTypes).run();
}

/** The log after the first phase, from its last type on. */
function lastWords(bytes: Uint8Array, options: KernelOptions): string[] {
  const quiet = checkMetadata(bytes, options, null, new VerifierLog(false), true);
  const log = new VerifierLog(true);
  const { btf } = quiet;
  const verifier = new Verifier(btf, options.rules, log, pointerSize(options));
  verifier.typeId = btf.endId - 1;
  const at = btf.recordOf(verifier.typeId);
  new MetadataCheck(verifier).check(at, btf.header.typeLength - 4 * at);
  return log.lines;
}

/**
 * What a kernel says to its own BTF, or to a base that came with a module (btf_parse_base): the first phase, and
 * chains. With `base`, to that of a module (btf_parse_module up to its relocation). Throws Breach.
 */
export function checkKernelBtf(
  bytes: Uint8Array,
  options: KernelOptions,
  base: KernelBtf | null,
  log: VerifierLog,
): KernelBtf {
  const verifier = checkMetadata(bytes, options, base, log, false);
  if (options.rules.chains) checkChains(verifier);
  return verifier.btf;
}

function checkMetadata(
  bytes: Uint8Array,
  options: KernelOptions,
  base: KernelBtf | null,
  log: VerifierLog,
  program: boolean,
): Verifier {
  const { rules, littleEndian } = options;
  const check = new HeaderCheck(bytes, littleEndian, base, rules, log);
  const btf = check.run();
  if (program) check.beforeTypes(btf.header);
  const verifier = new Verifier(btf, rules, log, pointerSize(options));
  new MetadataCheck(verifier).run();
  return verifier;
}

function pointerSize(options: KernelOptions): number {
  return options.pointerSize ?? 8;
}

/** What a breach comes to; the message is for whoever has the log to say. */
export function refusal(breach: Breach): Verdict & { readonly meaning: string } {
  const { errno, typeId, offset } = breach;
  return { accepted: false, errno, message: '', typeId, offset, meaning: meaningOf(breach) };
}

/** Runs `body`; a Breach leaving it is returned. */
export function run<T>(body: () => T): T | Breach {
  try {
    return body();
  } catch (error) {
    if (error instanceof Breach) return error;
    throw error;
  }
}
