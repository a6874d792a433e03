import { readFileSync, statSync } from 'node:fs';
import { detectCompression } from '@btfkit/core/compress';
import {
  Diagnosis,
  emptyScene,
  type Finding,
  type Known,
  knownFromConfig,
  looksLikeConfig,
  messageTable,
  openSubject,
  parseConfig,
  type Scene,
  type Subject,
  type TextFile,
} from '@btfkit/core/doctor';
import { failureOf, Reported, Status, say, UsageError } from '../exit.js';
import { fileSource } from '../files.js';
import { writeJson, writeOut } from '../output.js';
import { hearLog } from './logs.js';
import { type DoctorOptions, saidKernel, saidPahole } from './options.js';
import { diagnosisText } from './text.js';
import { readTree, scriptName, type Tree } from './tree.js';

/** Something that was looked at, for "nothing found" to mean something. */
export interface Looked {
  readonly path: string;
  /** "vmlinux", "module", "log", "configuration", … */
  readonly as: string;
  /** Lines of a log, bytes of .BTF. */
  readonly size: number;
}

export async function doctor(paths: readonly string[], options: DoctorOptions): Promise<void> {
  if (paths.length === 0 && options.log === undefined)
    throw new UsageError('name a build tree, files, or --log FILE');
  const visit = new Visit(options);
  for (const path of paths) visit.sort(path);
  for (const log of options.log ?? []) visit.logs.push(log);
  await visit.run();
  const { findings, looked, unreadable } = visit;
  if (options.json) {
    writeJson({
      kernel: visit.scene.kernel ?? null,
      pahole: visit.scene.pahole ?? null,
      findings,
      looked,
      unreadable,
    });
  } else writeOut(diagnosisText(findings, looked, unreadable.length));
  if (unreadable.length > 0) throw new Reported(Status.INPUT);
  if (findings.some(({ severity }) => severity === 'error')) throw new Reported(Status.NO);
}

/** One call. */
class Visit {
  scene: Scene = emptyScene();
  findings: readonly Finding[] = [];
  readonly looked: Looked[] = [];
  readonly unreadable: { readonly path: string; readonly error: string }[] = [];
  readonly logs: string[] = [];
  private readonly options: DoctorOptions;
  private readonly saidKernel: Known<string> | undefined;
  private readonly saidPahole: Known<number> | undefined;
  private readonly diagnosis = new Diagnosis();
  private readonly trees: Tree[] = [];
  private readonly binaries: string[] = [];
  private readonly texts: TextFile[] = [];

  constructor(options: DoctorOptions) {
    this.options = options;
    this.saidKernel = saidKernel(options.kernel);
    this.saidPahole = saidPahole(options.pahole);
  }

  /** Sees what a path is, by its content. */
  sort(path: string): void {
    this.attempt(path, () => {
      const stat = statSync(path);
      if (stat.isDirectory()) this.trees.push(readTree(path, (inside, error) => this.fail(inside, error)));
      // A pipe can be read once.
      else if (!stat.isFile()) this.logs.push(path);
      else if (!isText(path) || (stat.size === 0 && BINARY.test(path))) this.binaries.push(path);
      else if (stat.size < 16 << 20 && (scriptName(path) !== undefined || looksLikeConfig(start(path))))
        this.texts.push({ path, text: readFileSync(path, 'utf8') });
      else this.logs.push(path);
    });
  }

  private attempt(path: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.fail(path, error);
    }
  }

  private fail(path: string, error: unknown): void {
    const { status, message } = failureOf(error);
    if (status !== Status.INPUT) throw error;
    say({ status, message });
    this.unreadable.push({ path, error: message });
  }

  async run(): Promise<void> {
    const { diagnosis } = this;
    const table = messageTable();
    for (const log of [...this.logs, ...this.trees.flatMap(tree => tree.logs)]) {
      this.attempt(log, () => {
        const path = log === '-' ? 'standard input' : log;
        this.looked.push({ path, as: 'log', size: hearLog(log, table, diagnosis) });
      });
    }
    await this.setScene();
    diagnosis.lookAround(this.scene);
    const { vmlinux } = this.scene;
    for (const subject of this.opened.values()) this.look(subject);
    for (const path of this.later()) {
      if (path === vmlinux?.path || this.opened.has(path)) continue;
      await this.openAndLook(path);
    }
    this.findings = diagnosis.findings(this.scene);
  }

  /** Files that others depend on: they stay open. */
  private readonly opened = new Map<string, Subject>();

  private async setScene(): Promise<void> {
    const { trees, options } = this;
    const configs = [
      ...this.texts.filter(({ path }) => scriptName(path) === undefined),
      ...trees.flatMap(({ config }) => config ?? []),
    ];
    const config = configs[0] === undefined ? undefined : parseConfig(configs[0].path, configs[0].text);
    for (const { path, text } of configs) this.looked.push({ path, as: 'configuration', size: text.length });
    const scripts = this.texts.flatMap(file => {
      const name = scriptName(file.path);
      return name === undefined ? [] : ([[name, file]] as const);
    });
    const known = knownFromConfig(config);
    const [tree] = trees;
    const named = [...(options.base ?? []), ...this.binaries];
    for (const path of named) await this.open(path);
    for (const path of trees.flatMap(({ kernels }) => kernels)) await this.open(path);
    const vmlinux = this.pickVmlinux();
    const programs = [...this.opened.values()].filter(one => one.kind === 'program' && one !== vmlinux);
    this.scene = {
      config,
      texts: new Map([...scripts, ...trees.flatMap(({ texts }) => [...texts])]),
      files: new Set(trees.flatMap(({ files }) => [...files])),
      sizes: new Map(trees.flatMap(({ sizes }) => [...sizes])),
      tree: tree?.root,
      vmlinux,
      programs,
      kernel: this.kernel(tree, known.kernel, vmlinux),
      pahole: this.saidPahole ?? known.pahole,
    };
  }

  private kernel(
    tree: Tree | undefined,
    configured: Known<string> | undefined,
    vmlinux: Subject | undefined,
  ): Known<string> | undefined {
    const own = vmlinux?.release;
    const said = this.diagnosis.releaseInLog;
    return (
      this.saidKernel ??
      tree?.release ??
      (own === undefined ? undefined : { value: own, from: vmlinux!.path }) ??
      configured ??
      (said === undefined ? undefined : { value: said, from: 'the log' })
    );
  }

  /** What modules stand on: the one named as base, the final one of the tree, or the first kernel named. */
  private pickVmlinux(): Subject | undefined {
    const all = [...this.opened.values()];
    const [base] = this.options.base ?? [];
    if (base !== undefined) return this.opened.get(base);
    const isKernel = ({ kind, isSplit }: Subject) =>
      kind === 'vmlinux' || kind === 'image' || (kind === 'btf' && !isSplit);
    const withBtf = all.filter(subject => isKernel(subject) && subject.btf !== undefined);
    return withBtf[0] ?? all.find(isKernel);
  }

  private async open(path: string): Promise<void> {
    if (this.opened.has(path)) return;
    try {
      const subject = await openSubject(fileSource(path));
      this.opened.set(path, subject);
    } catch (error) {
      this.fail(path, error);
    }
  }

  /** Modules of trees, one after the other: there can be thousands. */
  private *later(): Iterable<string> {
    for (const { modules } of this.trees) yield* modules;
  }

  private async openAndLook(path: string): Promise<void> {
    const source = fileSource(path);
    try {
      this.look(await openSubject(source));
    } catch (error) {
      this.fail(path, error);
    } finally {
      source.close();
    }
  }

  private look(subject: Subject): void {
    this.looked.push({ path: subject.path, as: subject.kind, size: subject.btf?.length ?? 0 });
    this.attempt(subject.path, () => this.diagnosis.look(subject, this.scene));
  }
}

/** What an empty file of that name should have been. */
const BINARY = /vmlinu[xz][^/]*$|\.(ko|o|btf)(\.\w+)?$/;
const SNIFFED = 4096;

function start(path: string): string {
  const source = fileSource(path);
  try {
    return new TextDecoder('latin1').decode(source.read(0, Math.min(source.size, SNIFFED)));
  } finally {
    source.close();
  }
}

/** No zero byte in its beginning, but for UTF-16; and not compressed. */
function isText(path: string): boolean {
  const text = start(path);
  if (text.startsWith('\xff\xfe') || text.startsWith('\xfe\xff')) return true;
  const bytes = Uint8Array.from(text, character => character.charCodeAt(0));
  return !text.includes('\0') && detectCompression(bytes) === undefined;
}
