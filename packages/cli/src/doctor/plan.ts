import {
  designOf,
  type Expectation,
  expectationsOf,
  type FlagRow,
  flagRows,
  kernelNumbers,
  paholeNumber,
  paholeText,
} from '@btfkit/core/kbuild';
import { releaseOf } from '@btfkit/core/verify';
import { Reported, Status, UsageError } from '../exit.js';
import { writeError, writeJson, writeOut } from '../output.js';
import { block } from './text.js';

/** Options of `doctor plan`. */
export interface PlanOptions {
  readonly kernel?: string;
  readonly pahole?: string;
  readonly json?: true;
}

/** Prints what to expect of a kernel and a pahole; status 1 where something breaks that nothing has to be added for. */
export function plan(options: PlanOptions): void {
  if (options.kernel === undefined || options.pahole === undefined)
    throw new UsageError('--kernel VERSION and --pahole VERSION are wanted');
  const release = options.kernel.replace(/^v/, '');
  if (kernelNumbers(release) === undefined)
    throw new UsageError(`--kernel ${options.kernel}: a release such as 5.15 or 6.12.3 is wanted`);
  const pahole = paholeNumber(options.pahole);
  if (pahole === undefined)
    throw new UsageError(`--pahole ${options.pahole}: a version such as 1.25 is wanted`);
  const design = designOf(release);
  const flags = flagRows(release, pahole);
  const external = flagRows(release, pahole, true).filter(row => row.external);
  const expected = expectationsOf(release, pahole);
  const added = [
    ...new Set(expected.flatMap(({ add, when }) => (add && when === undefined ? add.split(' ') : []))),
  ];
  const breaks = expected.some(
    ({ severity, when, add }) => severity === 'error' && when === undefined && !add,
  );
  const verdict = breaks ? 'breaks' : added.length > 0 ? 'works with more flags' : 'works';
  if (options.json) {
    writeJson({
      kernel: release,
      pahole: paholeText(pahole),
      verdict,
      script: design?.script ?? null,
      how: design?.how ?? null,
      flags: flags.map(rowJson),
      externalModules: external.map(rowJson),
      add: added,
      command: commandOf(flags, added),
      expect: expected.map(({ check, severity, when, text, add }) => ({
        check: check || null,
        severity,
        when: when ?? null,
        text,
        add: add ?? null,
      })),
    });
  } else {
    const newest = releaseOf(release);
    if (newest !== undefined && !release.startsWith(newest))
      writeError(`btfkit: Linux ${release} is not known yet, ${newest} is the newest that is\n`);
    writeOut(planText(release, pahole, verdict, { design, flags, external, expected, added }));
  }
  if (breaks) throw new Reported(Status.NO);
}

function rowJson({ flags, what, source }: FlagRow) {
  return { flags, what, source };
}

/** What a build would run by hand. */
function commandOf(flags: readonly FlagRow[], added: readonly string[]): string {
  return ['pahole -J', ...flags.map(row => row.flags), ...added, 'vmlinux'].join(' ');
}

interface Parts {
  readonly design: ReturnType<typeof designOf>;
  readonly flags: readonly FlagRow[];
  readonly external: readonly FlagRow[];
  readonly expected: readonly Expectation[];
  readonly added: readonly string[];
}

function planText(release: string, pahole: number, verdict: string, parts: Parts): string {
  const { design, flags, external, expected, added } = parts;
  const lines = [`Linux ${release} with pahole ${paholeText(pahole)}: ${verdict}`];
  if (design !== undefined) lines.push(...block('build', [`${design.script}: ${design.how}`]));
  lines.push(...block('flags', flags.length === 0 ? ['none'] : flags.map(rowText)));
  if (external.length > 0)
    lines.push(
      ...block(
        'modules',
        external.map(row => `out of tree: ${rowText(row)}`),
      ),
    );
  if (added.length > 0) {
    lines.push(...block('add', added));
    lines.push(...block('', [`in all: ${commandOf(flags, added)}`]));
  }
  lines.push(
    ...block('expect', expected.length === 0 ? ['nothing that is known to break'] : expected.map(expectText)),
  );
  return `${lines.join('\n')}\n`;
}

function rowText({ flags, what }: FlagRow): string {
  return `${flags}  (${what})`;
}

function expectText({ check, severity, text, when, add }: Expectation): string {
  const condition = when === undefined ? '' : `with ${when}: `;
  const id = check === '' ? '' : ` [${check}]`;
  return `${severity}${id}: ${condition}${text}${add === undefined ? '' : `; add ${add}`}`;
}
