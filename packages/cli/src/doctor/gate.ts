import { realpathSync } from 'node:fs';
import {
  CHECKS,
  emptyScene,
  type GateCase,
  gateModule,
  gateReproducible,
  gateVmlinux,
  junitXml,
  type Known,
  knownFromConfig,
  openSubject,
  parseConfig,
  type Scene,
  type Subject,
} from '@btfkit/core/doctor';
import { failureOf, Reported, Status, say, UsageError } from '../exit.js';
import { fileSource, writeWhole } from '../files.js';
import { inlineLess } from '../optimizer.js';
import { writeJson, writeOut } from '../output.js';
import { checkPlaces } from '../places.js';
import { ProgressLine } from '../progress.js';
import { saidKernel } from './options.js';
import { block } from './text.js';
import { inTree, readTree, type Tree } from './tree.js';

/** Options of `doctor gate`. */
export interface GateOptions {
  readonly junit?: string;
  readonly against?: string;
  readonly base?: string[];
  readonly kernel?: string;
  readonly allow?: string[];
  readonly json?: true;
}

/** Asks a finished build all that a release of it should answer; status 1 where something fails. */
export async function gate(root: string, options: GateOptions): Promise<void> {
  if (options.json && options.junit === '-')
    throw new UsageError('--json and --junit - both want standard output');
  const inputs = [root, options.against, ...(options.base ?? [])];
  checkPlaces({ inputs, outputs: options.junit === undefined ? [] : [options.junit] });
  const unknown = (options.allow ?? []).find(id => !CHECKS.some(check => check.id === id));
  if (unknown !== undefined)
    throw new UsageError(`--allow ${unknown}: no check of that id, which is one such as S77`);
  inlineLess();
  const build = await Build.open(root, options);
  const other = options.against === undefined ? undefined : await Build.open(options.against, {});
  const allow = new Set(options.allow ?? []);
  const { scene, tree } = build;
  const cases = gateVmlinux(build.vmlinux, scene, { allow }, build.unreadable);
  if (other !== undefined && build.vmlinux !== undefined) {
    cases.push(
      gateReproducible(build.vmlinux, other.vmlinux, 'vmlinux', { own: undefined, other: undefined }),
    );
  }
  const theirs = new Map(other?.tree.modules.map(path => [inTree(other.tree.root, path), path]));
  const bases = { own: build.vmlinux, other: other?.vmlinux };
  const line = new ProgressLine();
  let unreadable = build.failures + (other?.failures ?? 0);
  for (const [i, path] of tree.modules.entries()) {
    line.show(`${i} of ${tree.modules.length} modules`);
    const name = inTree(tree.root, path);
    try {
      await withSubject(path, async module => {
        cases.push(gateModule(module, scene, name, { allow }));
        if (other === undefined) return;
        const counterpart = theirs.get(name);
        theirs.delete(name);
        if (counterpart === undefined) cases.push(gateReproducible(module, undefined, name, bases));
        else {
          await withSubject(counterpart, async their => {
            cases.push(gateReproducible(module, their, name, bases));
          });
        }
      });
    } catch (error) {
      line.clear();
      cases.push({ suite: 'modules', name, outcome: 'failed', messages: [tellFailure(error)] });
      unreadable++;
    }
  }
  line.clear();
  for (const name of theirs.keys()) {
    cases.push({ suite: 'reproducible', name, outcome: 'failed', messages: ['only the other build has it'] });
  }
  report(root, cases, build, options);
  if (unreadable > 0) throw new Reported(Status.INPUT);
  if (cases.some(({ outcome }) => outcome === 'failed')) throw new Reported(Status.NO);
}

/** A tree with its vmlinux open. */
class Build {
  readonly tree: Tree;
  readonly vmlinux: Subject | undefined;
  /** Why its vmlinux cannot be read; undefined where it can, or there is none. */
  readonly unreadable: string | undefined;
  /** How many files could not be read so far. */
  readonly failures: number;
  readonly scene: Scene;

  private constructor(
    tree: Tree,
    vmlinux: Subject | string | undefined,
    kernel: Known<string> | undefined,
    failures: number,
  ) {
    this.tree = tree;
    this.failures = failures;
    if (typeof vmlinux === 'string') this.unreadable = vmlinux;
    else this.vmlinux = vmlinux;
    const config = tree.config && parseConfig(tree.config.path, tree.config.text);
    const known = knownFromConfig(config);
    const own = this.vmlinux?.release;
    this.scene = {
      ...emptyScene(),
      config,
      texts: tree.texts,
      files: tree.files,
      sizes: tree.sizes,
      tree: tree.root,
      vmlinux: this.vmlinux,
      pahole: known.pahole,
      kernel:
        kernel ??
        tree.release ??
        (own === undefined ? undefined : { value: own, from: this.vmlinux!.path }) ??
        known.kernel,
    };
  }

  static async open(root: string, options: GateOptions): Promise<Build> {
    const kernel = saidKernel(options.kernel);
    let failures = 0;
    const tree = readTree(root, (_, error) => {
      tellFailure(error);
      failures++;
    });
    const path = options.base?.[0] ?? tree.kernels[0];
    const vmlinux = path === undefined ? undefined : await openKernel(path);
    return new Build(tree, vmlinux, kernel, typeof vmlinux === 'string' ? failures + 1 : failures);
  }
}

/** The file, or in one line why it cannot be read: a report is wanted all the same. */
async function openKernel(path: string): Promise<Subject | string> {
  try {
    return await openSubject(fileSource(path));
  } catch (error) {
    return tellFailure(error);
  }
}

/** Says why an input cannot be read, and returns it. Throws what is no such error. */
function tellFailure(error: unknown): string {
  const failure = failureOf(error);
  if (failure.status !== Status.INPUT) throw error;
  say(failure);
  return failure.message;
}

async function withSubject(path: string, work: (subject: Subject) => Promise<void>): Promise<void> {
  const source = fileSource(path);
  try {
    await work(await openSubject(source));
  } finally {
    source.close();
  }
}

function report(
  root: string,
  cases: readonly GateCase[],
  { scene, vmlinux }: Build,
  options: GateOptions,
): void {
  const count = (wanted: GateCase['outcome']) => cases.filter(({ outcome }) => outcome === wanted).length;
  const totals = {
    passed: count('passed'),
    warned: count('warned'),
    failed: count('failed'),
    skipped: count('skipped'),
  };
  const { junit } = options;
  if (junit !== undefined)
    writeWhole(junit, new TextEncoder().encode(junitXml(`btfkit doctor gate ${realpathSync(root)}`, cases)));
  if (options.json) {
    writeJson({
      tree: root,
      kernel: scene.kernel ?? null,
      vmlinux: vmlinux?.path ?? null,
      ...totals,
      ok: totals.failed === 0,
      cases,
    });
  } else if (junit !== '-') writeOut(gateText(cases, totals));
}

/** The vmlinux question by question; of modules those that are not as they should be. */
function gateText(cases: readonly GateCase[], totals: Readonly<Record<GateCase['outcome'], number>>): string {
  const lines: string[] = [];
  for (const { suite, name, outcome, messages } of cases) {
    if (suite !== 'vmlinux' && (outcome === 'passed' || outcome === 'skipped')) continue;
    lines.push(`${outcome.padEnd(8)}${suite === 'vmlinux' ? '' : `${suite}: `}${name}`);
    lines.push(...block('', messages));
  }
  for (const suite of ['modules', 'reproducible'] as const) {
    const all = cases.filter(one => one.suite === suite);
    const good = all.filter(({ outcome }) => outcome === 'passed').length;
    if (all.length > 0)
      lines.push(`${suite}: ${good.toLocaleString('en')} of ${all.length.toLocaleString('en')} passed`);
  }
  const parts = Object.entries(totals).flatMap(([what, count]) => (count > 0 ? [`${count} ${what}`] : []));
  lines.push(`${totals.failed > 0 ? 'NO' : 'OK'}: ${parts.join(', ')}`);
  return `${lines.join('\n')}\n`;
}
