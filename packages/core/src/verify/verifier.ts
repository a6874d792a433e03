import { kflagOf, kindOf } from '../btf/kinds.js';
import { Breach, Errno } from './breach.js';
import { details, kernelKindName, memberText, nameText, variableText } from './describe.js';
import type { KernelBtf } from './kernel-btf.js';
import type { VerifierLog } from './log.js';
import type { KernelRules } from './rules.js';

/**
 * What all phases of one verification share (struct btf_verifier_env): the types that have passed so far, which type is
 * being looked at, and the log in the kernel's words.
 */
export class Verifier {
  readonly btf: KernelBtf;
  readonly rules: KernelRules;
  readonly log: VerifierLog;
  /** sizeof(void *) of the kernel. */
  readonly pointerSize: number;
  /** The type that the log speaks of (log_type_id). */
  typeId = 0;
  /** The second phase names the type again before one of its members. */
  resolving = false;

  constructor(btf: KernelBtf, rules: KernelRules, log: VerifierLog, pointerSize: number) {
    this.btf = btf;
    this.rules = rules;
    this.log = log;
    this.pointerSize = pointerSize;
  }

  /** btf_verifier_log_type: the line of the record at `at`, with what is wrong with it. */
  logType(at: number, problem?: string): void {
    this.beginType(at, ' ');
    for (const print of details(this.btf, at, this.rules.texts)) this.log.print(print);
    this.endLine(problem);
  }

  /** btf_verifier_log_basic: without details, for records whose words may not be there. */
  private logBasic(at: number, problem: string): void {
    this.beginType(at, '');
    this.endLine(problem);
  }

  private beginType(at: number, gap: string): void {
    const { words } = this.btf;
    const kind = kernelKindName(kindOf(words[at + 1]!));
    this.log.print(`[${this.typeId}] ${kind} ${nameText(this.btf, words[at]!)}${gap}`);
  }

  private endLine(problem?: string): void {
    if (problem !== undefined) {
      this.log.print(' ');
      this.log.print(problem);
    }
    this.log.print('\n');
  }

  logMember(at: number, name: number, type: number, offset: number, problem?: string): void {
    if (this.resolving && this.log.verbose) this.logType(at);
    this.log.print(memberText(this.btf, kflagOf(this.btf.words[at + 1]!), name, type, offset));
    this.endLine(problem);
  }

  /** `at` is the DATASEC's record, `variable` the entry. */
  logVariable(at: number, variable: number, problem?: string): void {
    if (this.resolving && this.log.verbose) this.logType(at);
    this.log.print(variableText(this.btf.words, variable));
    this.endLine(problem);
  }

  /** Refuses the record at `at`; `blame` is the word that is wrong. */
  refuseType(at: number, problem: string, blame = at, errno: number = Errno.EINVAL): never {
    this.logType(at, problem);
    this.breach(at, problem, blame, errno);
  }

  refuseBasic(at: number, problem: string, blame = at): never {
    this.logBasic(at, problem);
    this.breach(at, problem, blame);
  }

  /** Says `text` and no more of the record at `at`. */
  refuse(at: number, text: string, blame = at, errno: number = Errno.EINVAL): never {
    this.log.print(text);
    this.breach(at, text, blame, errno);
  }

  breach(at: number, problem: string, blame: number, errno: number = Errno.EINVAL): never {
    const kind = kindOf(this.btf.words[at + 1] ?? 0);
    throw new Breach(errno, problem, this.typeId, this.byteOffset(blame), kind);
  }

  /** Where a word is in the blob. */
  private byteOffset(word: number): number {
    return this.btf.wordsAt + 4 * word;
  }
}
