import { Btf } from '../btf/btf.js';
import { FormatError } from '../bytes/errors.js';
import { DistillError, relocate } from '../distill/index.js';
import { renumber } from '../rewrite/fields.js';
import { Breach } from './breach.js';
import { checkKernelBtf, type Judgement, type KernelOptions, refusal, run } from './judge.js';
import type { KernelBtf } from './kernel-btf.js';
import { VerifierLog } from './log.js';
import { ACCEPTED } from './verdict.js';

/** A kernel's own BTF, as far as that kernel took it: what modules stand on. */
export interface JudgedVmlinux extends Judgement {
  /** Undefined when it was refused. */
  readonly btf: KernelBtf | undefined;
  readonly bytes: Uint8Array;
}

export interface ModuleBtf {
  /** `.BTF` */
  readonly btf: Uint8Array;
  /** `.BTF.base` */
  readonly base?: Uint8Array | undefined;
}

/** What a kernel says at boot to its own BTF (btf_parse_vmlinux). Never throws. */
export function judgeVmlinux(bytes: Uint8Array, options: KernelOptions): JudgedVmlinux {
  if (!options.rules.vmlinux) {
    const notes = [`Linux ${options.rules.release} does not read its own BTF`];
    return { ...ACCEPTED, unread: true, meaning: '', log: [], notes, btf: undefined, bytes };
  }
  const log = new VerifierLog(false);
  const found = run(() => checkKernelBtf(bytes, options, null, log));
  if (found instanceof Breach) return { ...refused(found, log, options), btf: undefined, bytes };
  return { ...ACCEPTED, meaning: '', log: dmesg(log, options), notes: [], btf: found, bytes };
}

/**
 * What a kernel says to the BTF of a module that it loads (btf_parse_module), its relocation from `.BTF.base` onto
 * `vmlinux` included. Never throws but for a FormatError where the distilled base leads back to itself.
 */
export function judgeModule(module: ModuleBtf, vmlinux: JudgedVmlinux, options: KernelOptions): Judgement {
  const { rules } = options;
  if (!rules.modules) {
    return {
      ...ACCEPTED,
      unread: true,
      meaning: '',
      log: [],
      notes: [`Linux ${rules.release} does not read the BTF of modules`],
    };
  }
  if (vmlinux.btf === undefined) {
    const breach = new Breach(
      vmlinux.errno,
      "The kernel's own BTF is refused, and with it that of every module",
    );
    return { ...refusal(breach), log: [], notes: [] };
  }
  const log = new VerifierLog(false);
  // Older kernels do not look at .BTF.base, and take what stands on it for something that stands on vmlinux.
  const distilled = rules.distilledBase ? module.base : undefined;
  const found = run(() => {
    const base = distilled ? checkKernelBtf(distilled, options, null, log) : vmlinux.btf!;
    return checkKernelBtf(module.btf, options, base, log);
  });
  if (found instanceof Breach) return refused(found, log, options);
  const accepted = { ...ACCEPTED, meaning: '', log: dmesg(log, options), notes: [] };
  return distilled === undefined ? accepted : relocated(module.btf, distilled, vmlinux.bytes, accepted);
}

/** A module that passed, and is moved onto the kernel's types (btf_relocate). */
function relocated(btf: Uint8Array, base: Uint8Array, vmlinux: Uint8Array, accepted: Judgement): Judgement {
  const own = { references: false };
  try {
    const split = Btf.parse(btf, { ...own, base: Btf.parse(base, own) });
    relocate(split, Btf.parse(vmlinux, own));
    const beyond = typeBeyond(split);
    return beyond === undefined ? accepted : undefinedAnswer(accepted, `type id ${beyond} does not exist`);
  } catch (error) {
    if (error instanceof DistillError) return relocationRefusal(error, accepted.log);
    if (!(error instanceof FormatError)) throw error;
    return undefinedAnswer(accepted, error.problem);
  }
}

/** The kernel takes ids as they are, and reads past its tables with them. */
function undefinedAnswer(accepted: Judgement, problem: string): Judgement {
  const notes = [`what the kernel makes of this is undefined, it reads out of bounds: ${problem}`];
  return { ...accepted, notes };
}

/** An id in the split BTF's own types that is past all types. */
function typeBeyond({ words, endId }: Btf): number | undefined {
  const known = Uint32Array.from({ length: endId }, (_, id) => id);
  const renumbered = words.slice();
  // What has no place in the table becomes 0.
  renumber(renumbered, known);
  return words.find((word, at) => word !== renumbered[at]);
}

/** What a refused relocation comes to, for the kernel and for libbpf; `log` is what was said before. */
export function relocationRefusal(
  { errno, problem, typeId }: DistillError,
  log: readonly string[],
): Judgement {
  const breach = new Breach(errno, problem, typeId ?? null);
  return { ...refusal(breach), message: problem, log: [...log, problem], notes: [] };
}

function refused(breach: Breach, log: VerifierLog, options: KernelOptions): Judgement {
  return { ...refusal(breach), message: log.lastPrint, log: dmesg(log, options), notes: [] };
}

/** Each print of the verifier is a line of dmesg. */
function dmesg(log: VerifierLog, { rules }: KernelOptions): string[] {
  return log.prints.map(print => `${rules.texts.prefix}${print.replace(/\n$/, '')}`);
}

/** The line after those of the verifier, when a module with BTF was refused. */
export function validationLine(module: string, errno: number): string {
  return `failed to validate module [${module}] BTF: -${errno}`;
}
