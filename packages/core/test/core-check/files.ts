import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { memorySource } from '@btfkit/core/bytes';
import {
  type Answer,
  Checker,
  CheckTarget,
  type CheckTargetOptions,
  type Needs,
  readNeeds,
  reportOf,
} from '@btfkit/core/core-check';
import { BpfObject } from '@btfkit/core/core-relo';
import { loadBtf } from '@btfkit/core/input';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
export const fixture = (name: string) => resolve(root, 'fixtures/core-check', name);
const source = (path: string) => memorySource(new Uint8Array(readFileSync(path)), path);

export const needsOf = (...names: string[]): Needs =>
  readNeeds(names.map(name => BpfObject.open(source(fixture(name)))));

export async function targetOf(name: string, options: CheckTargetOptions = {}): Promise<CheckTarget> {
  return new CheckTarget((await loadBtf(source(fixture(name)), { references: false })).btf, options);
}

/** What two kernels, the older one first, say of some objects. */
export async function check(needs: Needs, options: CheckTargetOptions = {}) {
  const checker = new Checker(needs);
  const kernels = [];
  for (const name of ['kernel-old.o', 'kernel-new.o']) {
    kernels.push({ name, answers: checker.check(await targetOf(name, options)) });
  }
  return reportOf(needs, kernels);
}

/** Findings in short: what, verdict, and the kernels that have it. */
export async function findingsOf(name: string, options: CheckTargetOptions = {}) {
  const { findings } = await check(needsOf(name), options);
  return findings
    .map(
      ({ subject, answer, kernels }) => `${answer.verdict} ${kernels.join()} ${subject}${reasonOf(answer)}`,
    )
    .sort();
}

function reasonOf({ reason }: Answer): string {
  return reason === '' ? '' : `: ${reason}`;
}
