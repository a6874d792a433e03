import { Btf } from '@btfkit/core/btf';
import {
  errnoName,
  type JudgedVmlinux,
  type Judgement,
  judgeAsLibbpf,
  judgeModule,
  judgeProgram,
  judgeVmlinux,
  type KernelOptions,
  type KernelRules,
  libbpfMeaning,
} from '@btfkit/core/verify';
import { UsageError } from '../exit.js';
import type { VerifyOptions } from './options.js';
import { isLittleEndian, readSubject, type Subject } from './subject.js';

export type JudgeName = NonNullable<VerifyOptions['as']>;

/** Judges subjects by one release after another; what they stand on is judged once for each. */
export class KernelJudge {
  private readonly options: VerifyOptions;
  private readonly bases = new Map<string, Subject>();
  private readonly vmlinux = new Map<string, JudgedVmlinux>();

  constructor(options: VerifyOptions) {
    this.options = options;
  }

  /** `bases`: paths of what the subject stands on, for a module that of vmlinux. */
  async judge(
    subject: Subject,
    judge: Exclude<JudgeName, 'libbpf'>,
    bases: readonly string[],
    rules: KernelRules,
  ): Promise<Judgement> {
    const options = this.kernelOptions(subject, rules);
    if (judge === 'program') return judgeProgram(subject.btf, options);
    if (judge === 'vmlinux') return judgeVmlinux(subject.btf, options);
    return judgeModule(subject, await this.judgedBase(bases, options), options);
  }

  private kernelOptions(subject: Subject, rules: KernelRules): KernelOptions {
    const { endian, log } = this.options;
    const target = subject.elf?.littleEndian ?? isLittleEndian(subject);
    const usual = subject.elf?.littleEndian ?? true;
    const littleEndian = endian === undefined ? usual : endian === 'target' ? target : endian === 'little';
    return { rules, littleEndian, pointerSize: subject.elf?.pointerSize, log };
  }

  private async judgedBase(bases: readonly string[], options: KernelOptions): Promise<JudgedVmlinux> {
    const [path] = bases;
    if (path === undefined || bases.length > 1) {
      throw new UsageError('a kernel reads a module on its own BTF: name that one with --base');
    }
    const key = `${path}\0${options.rules.release}\0${options.littleEndian}`;
    let judged = this.vmlinux.get(key);
    if (judged === undefined) {
      judged = judgeVmlinux((await this.base(path)).btf, options);
      this.vmlinux.set(key, judged);
    }
    return judged;
  }

  private async base(path: string): Promise<Subject> {
    const subject = this.bases.get(path) ?? (await readSubject(path));
    this.bases.set(path, subject);
    return subject;
  }
}

/** Judges as libbpf does; an input with `.BTF.base` stands on that, as it would be read from an ELF file. */
export function judgeByLibbpf(subject: Subject, base: Btf | undefined): Judgement {
  let own = base;
  if (subject.base !== undefined) {
    const verdict = judgeAsLibbpf(subject.base);
    if (!verdict.accepted) return libbpfJudgement(verdict);
    own = Btf.parse(subject.base);
  }
  return libbpfJudgement(judgeAsLibbpf(subject.btf, { base: own }));
}

function libbpfJudgement(verdict: ReturnType<typeof judgeAsLibbpf>): Judgement {
  const { rule, log, ...plain } = verdict;
  return { ...plain, log, meaning: rule === null ? '' : libbpfMeaning(rule), notes: [] };
}

/** An answer as --json has it. */
export interface Row {
  readonly input: string;
  readonly accepted: boolean;
  /** Null where the input could not be read; `error` says why. */
  readonly errno: number | null;
  readonly errnoName: string | null;
  readonly message: string;
  readonly typeId: number | null;
  readonly offset: number | null;
  readonly as?: JudgeName;
  /** The release that answered. */
  readonly kernel?: string;
  readonly meaning?: string;
  readonly notes?: readonly string[];
  readonly log?: readonly string[];
  readonly error?: string;
  /** For all releases: first and last of each run that accepts, and what each run answers. */
  readonly accepts?: readonly (readonly [string, string])[];
  readonly releases?: readonly ReleaseRow[];
}

/** What neighbouring releases answer alike. */
export interface ReleaseRow {
  readonly from: string;
  readonly to: string;
  readonly accepted: boolean;
  readonly errno: number;
  readonly errnoName: string;
  readonly message: string;
  readonly typeId: number | null;
  readonly offset: number | null;
  readonly meaning: string;
}

export function rowOf(input: string, judgement: Judgement, log: boolean): Row {
  const { accepted, errno, message, typeId, offset, meaning, notes } = judgement;
  return {
    input,
    accepted,
    errno,
    errnoName: errnoName(errno),
    message,
    typeId,
    offset,
    ...(meaning === '' ? {} : { meaning }),
    ...(notes.length === 0 ? {} : { notes }),
    ...(log ? { log: judgement.log } : {}),
  };
}

export function unreadableRow(input: string, error: string): Row {
  return {
    input,
    accepted: false,
    errno: null,
    errnoName: null,
    message: '',
    typeId: null,
    offset: null,
    error,
  };
}
