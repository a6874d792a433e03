import { Btf } from '@btfkit/core/btf';
import { DistillError, relocate } from '@btfkit/core/distill';
import {
  type JudgedVmlinux,
  type Judgement,
  judgeAsLibbpf,
  judgeModule,
  judgeProgram,
  judgeVmlinux,
  type KernelOptions,
  type KernelRules,
  type KernelTypes,
  kernelTypesOf,
  libbpfMeaning,
  relocationRefusal,
} from '@btfkit/core/verify';
import { UsageError } from '../exit.js';
import { loadBases } from '../inputs.js';
import type { JudgeName, VerifyOptions } from './options.js';
import { isLittleEndian, readSubject, type Subject } from './subject.js';

/** Judges subjects by one release after another; what they stand on is judged once for each. */
export class KernelJudge {
  private readonly options: VerifyOptions;
  private readonly bases = new Map<string, Subject>();
  private readonly vmlinux = new Map<string, JudgedVmlinux>();
  private types: Promise<KernelTypes | undefined> | undefined;

  constructor(options: VerifyOptions) {
    this.options = options;
  }

  /** `bases`: for a module the path of vmlinux; for a program those of kernel BTF that its references may name. */
  async judge(
    subject: Subject,
    judge: Exclude<JudgeName, 'libbpf'>,
    bases: readonly string[],
    rules: KernelRules,
  ): Promise<Judgement> {
    const options = this.kernelOptions(subject, rules);
    if (judge === 'program') {
      return judgeProgram(subject.btf, { ...options, kernelTypes: await this.kernelTypes(bases) });
    }
    if (judge === 'vmlinux') return judgeVmlinux(subject.btf, options);
    return judgeModule(subject, await this.judgedBase(bases, options), options);
  }

  private async kernelTypes(bases: readonly string[]): Promise<KernelTypes | undefined> {
    if (bases.length === 0) return undefined;
    this.types ??= loadBases(bases, { references: false }).then(btf => btf && kernelTypesOf(btf));
    return this.types;
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
  const judgement = libbpfJudgement(judgeAsLibbpf(subject.btf, { base: own }));
  if (!judgement.accepted || subject.base === undefined || base === undefined) return judgement;
  try {
    relocate(Btf.parse(subject.btf, { base: own }), base);
    return judgement;
  } catch (error) {
    if (!(error instanceof DistillError)) throw error;
    return relocationRefusal(error, judgement.log);
  }
}

function libbpfJudgement(verdict: ReturnType<typeof judgeAsLibbpf>): Judgement {
  const { rule, log, ...plain } = verdict;
  return { ...plain, log, meaning: rule === null ? '' : libbpfMeaning(rule), notes: [] };
}
