import { release } from 'node:os';
import { basename } from 'node:path';
import type { Btf } from '@btfkit/core/btf';
import {
  type Judgement,
  NEWEST_RELEASE,
  releaseGroups,
  releaseOf,
  rulesOf,
  validationLine,
} from '@btfkit/core/verify';
import { failureOf, Reported, Status, say, UsageError } from '../exit.js';
import { loadBases, sysfsBases } from '../inputs.js';
import { inlineLess } from '../optimizer.js';
import { writeJson, writeOut } from '../output.js';
import { releaseNamed } from '../release.js';
import { judgeByLibbpf, KernelJudge } from './judges.js';
import type { JudgeName, VerifyOptions } from './options.js';
import { mergeReleases } from './releases.js';
import { textOf } from './report.js';
import { type Row, rowOf, unreadableRow } from './rows.js';
import { readSubject, type Subject } from './subject.js';

/** Judges each input, says so, and ends with the status of the worst. */
export async function verify(inputs: readonly string[], options: VerifyOptions): Promise<void> {
  inlineLess();
  const court = new Court(options);
  await court.open();
  const rows: Row[] = [];
  let unreadable = false;
  for (const input of inputs) {
    const row = await court.row(input);
    unreadable ||= row.errno === null;
    if (row.error !== undefined) say({ message: row.error, status: Status.INPUT });
    else if (!options.json) writeOut(textOf(row, options));
    rows.push(row);
  }
  if (options.json) writeJson({ results: rows });
  if (unreadable) throw new Reported(Status.INPUT);
  if (!rows.every(({ accepted }) => accepted)) throw new Reported(Status.NO);
}

/** One call's judges. */
class Court {
  private readonly options: VerifyOptions;
  private readonly kernel: KernelJudge;
  private release = NEWEST_RELEASE;
  /** What libbpf reads inputs on, by the paths. */
  private readonly bases = new Map<string, Promise<Btf | undefined>>();

  constructor(options: VerifyOptions) {
    this.options = options;
    this.kernel = new KernelJudge(options);
  }

  /** Throws UsageError for options that make no sense together. */
  async open(): Promise<void> {
    const { as, base, endian, kernel, live, log } = this.options;
    if (as === 'libbpf') {
      if (live || kernel !== undefined || endian !== undefined) {
        throw new UsageError('--as libbpf goes without --kernel, --endian and --live: it reads either order');
      }
    } else if (as === 'vmlinux' && base !== undefined) {
      throw new UsageError("--as vmlinux goes without --base: a kernel's own BTF stands on nothing");
    }
    if (live) await this.openLive();
    else if (kernel !== undefined && kernel !== 'all') this.release = releaseNamed(kernel);
    if (kernel === 'all' && log) throw new UsageError('--log is of one kernel, --kernel all of many');
  }

  private async openLive(): Promise<void> {
    const { as, endian, kernel } = this.options;
    if (as !== undefined && as !== 'program') {
      throw new UsageError("--live: a running kernel can only be asked about a program's BTF");
    }
    if (kernel !== undefined || endian !== undefined) {
      throw new UsageError('--live asks the running kernel, whatever --kernel or --endian says');
    }
    const { liveAvailable } = await import('../live/ask.js');
    const reason = liveAvailable();
    if (reason !== null) throw new UsageError(`--live: ${reason}`);
  }

  async row(input: string): Promise<Row> {
    try {
      return await this.judge(input, await readSubject(input));
    } catch (error) {
      const { status, message } = failureOf(error);
      if (status !== Status.INPUT) throw error;
      return unreadableRow(input, message);
    }
  }

  private async judge(input: string, subject: Subject): Promise<Row> {
    const { options } = this;
    const bases = options.base ?? sysfsBases(input);
    const isSplit = bases.length > 0 || subject.base !== undefined;
    const as: JudgeName = options.as ?? (isSplit && !options.live ? 'module' : 'program');
    const log = options.log === true;
    if (as === 'libbpf') {
      return { ...rowOf(input, judgeByLibbpf(subject, await this.basesAt(bases)), log), as };
    }
    if (options.live) return { ...(await this.askLive(input, subject, bases)), as };
    if (options.kernel === 'all') return this.judgeByAll(input, subject, as, bases);
    const judgement = await this.kernel.judge(subject, as, bases, rulesOf(this.release));
    const said = as === 'module' ? withLastLine(input, judgement) : judgement;
    return { ...rowOf(input, said, log), as, kernel: this.release };
  }

  private basesAt(paths: readonly string[]): Promise<Btf | undefined> {
    const key = paths.join('\0');
    const known = this.bases.get(key) ?? loadBases(paths);
    this.bases.set(key, known);
    return known;
  }

  private async judgeByAll(
    input: string,
    subject: Subject,
    as: Exclude<JudgeName, 'libbpf'>,
    bases: readonly string[],
  ): Promise<Row> {
    const answers: { releases: readonly string[]; judgement: Judgement }[] = [];
    for (const { releases, rules } of releaseGroups()) {
      answers.push({ releases, judgement: await this.kernel.judge(subject, as, bases, rules) });
    }
    const releases = mergeReleases(answers);
    const accepts = releases
      .filter(({ accepted, unread }) => accepted && !unread)
      .map(({ from, to }) => [from, to] as const);
    // Accepted where any release accepts it; else the newest says why not.
    const { judgement } =
      answers.findLast(({ judgement: { accepted, unread } }) => accepted && !unread) ?? answers.at(-1)!;
    return { ...rowOf(input, judgement, false), as, kernel: 'all', accepts, releases };
  }

  /** The kernel's answer; place and meaning are ours where we expected just that. */
  private async askLive(input: string, subject: Subject, bases: readonly string[]): Promise<Row> {
    const { askKernel } = await import('../live/ask.js');
    const log = this.options.log === true;
    const answer = askKernel(subject.btf, { log });
    const known = releaseOf(release());
    const ours =
      known === undefined ? undefined : await this.kernel.judge(subject, 'program', bases, rulesOf(known));
    const { accepted, errno, message } = answer;
    const agrees = ours?.errno === errno && ours.message === message;
    const notes = agrees || ours === undefined ? [] : [`expected from Linux ${known}: ${expected(ours)}`];
    const { typeId, offset, meaning } = agrees ? ours : NO_PLACE;
    const lines = answer.log.replace(/\n$/, '').split('\n');
    const judgement = { accepted, errno, message, typeId, offset, meaning, notes, log: lines };
    return { ...rowOf(input, judgement, log), kernel: release() };
  }
}

const NO_PLACE = { typeId: null, offset: null, meaning: '' };

function expected({ accepted, message, errno }: Judgement): string {
  return accepted ? 'accepted' : message || `errno ${errno}`;
}

/** What the module loader says after the verifier. */
function withLastLine(input: string, judgement: Judgement): Judgement {
  if (judgement.accepted) return judgement;
  const name = basename(input)
    .replace(/\.ko(\.\w+)?$|\.btf$/, '')
    .replaceAll('-', '_');
  return { ...judgement, log: [...judgement.log, validationLine(name, judgement.errno)] };
}
