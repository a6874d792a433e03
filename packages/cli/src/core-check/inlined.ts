import { attachmentOf, type Finding, type Needs } from '@btfkit/core/core-check';
import { Elf, isElf } from '@btfkit/core/elf';
import { failureOf, Status } from '../exit.js';
import { fileSource } from '../files.js';
import type { KernelPlace } from './edits.js';
import { START } from './sources.js';

/** Kernels whose DWARF is gone through: that takes a second or two for each. */
const MOST = 3;

/**
 * For each finding, why BTF and symbols do not have the function that a program attaches to, as the DWARF of a kernel tells
 * that has it: inlined wherever it is called, changed by the compiler, or not there. Null where no kernel has DWARF.
 */
export async function explainMissing(
  needs: Needs,
  findings: readonly Finding[],
  places: readonly KernelPlace[],
): Promise<(string | null)[]> {
  const explanations: (string | null)[] = findings.map(() => null);
  const asked = findings.map(({ requirement, what, answer: { verdict } }) => {
    const isMissing = what === 'attachment' && (verdict === 'missing' || verdict === 'unknown');
    const target = isMissing ? attachmentOf(needs, requirement) : null;
    return target?.form === 'function' && target.name !== '' ? target.name : null;
  });
  const left = new Set(asked.flatMap((name, finding) => (name === null ? [] : [finding])));
  let opened = 0;
  for (const [kernel, { source }] of places.entries()) {
    if (opened === MOST || left.size === 0) break;
    const here = [...left].filter(finding => findings[finding].kernels.includes(kernel));
    const isFile = source.is === 'file' && source.part === undefined && source.path !== '-';
    if (here.length === 0 || !isFile) continue;
    const verdicts = await verdictsOf(
      source.path,
      here.map(finding => asked[finding]!),
    );
    if (verdicts === null) continue;
    opened++;
    for (const [at, finding] of here.entries()) {
      explanations[finding] = verdicts[at];
      left.delete(finding);
    }
  }
  return explanations;
}

/** A sentence for each name; null where the file has no DWARF, or such as cannot be read. */
async function verdictsOf(path: string, names: readonly string[]): Promise<string[] | null> {
  const file = fileSource(path);
  try {
    // What is compressed holds no DWARF that anybody keeps, and would be read once more.
    if (!isElf(file.read(0, Math.min(START, file.size)))) return null;
    const elf = Elf.open(file);
    if (elf.debugSection('info') === undefined) return null;
    const { Explainer } = await import('@btfkit/core/encode');
    return (await new Explainer().explain(elf, names)).map(({ verdict }) => verdict);
  } catch (error) {
    if (failureOf(error).status !== Status.INPUT) throw error;
    return null;
  } finally {
    file.close();
  }
}
