import { FormatError, oneLine } from '@btfkit/core/bytes';
import { Explainer, type Explanation } from '@btfkit/core/encode';
import { openInput } from '@btfkit/core/input';
import { failureOf, isBrokenPipe, Status, say } from '../exit.js';
import { fileSource } from '../files.js';
import { loadBases } from '../inputs.js';
import { writeOut } from '../output.js';
import { explanationText } from './explanation-text.js';
import type { FileSettings } from './file-encoder.js';

/**
 * Explains functions of each input, on standard output unless `isQuiet`. `rows`: what the JSON document has of inputs
 * that were encoded before; those that failed then are passed over. Throws when the base cannot be read.
 */
export async function explainInputs(
  inputs: readonly string[],
  names: readonly string[],
  settings: FileSettings,
  rows: readonly object[],
  isQuiet: boolean,
): Promise<{ readonly status: number; readonly rows: readonly object[] }> {
  const explainer = new Explainer(await loadBases(settings.base));
  const all: object[] = [];
  let status: number = Status.DONE;
  for (const [i, input] of inputs.entries()) {
    const row = rows[i] ?? { input };
    if ('error' in row) {
      all.push(row);
      continue;
    }
    try {
      const explanations = await explain(explainer, input, names, settings);
      if (!explanations.every(({ inBtf }) => inBtf)) status = Math.max(status, Status.NO);
      if (!isQuiet) {
        const title = inputs.length > 1 ? `${i > 0 ? '\n' : ''}${oneLine(input)}:\n` : '';
        writeOut(title + explanations.map(explanationText).join('\n'));
      }
      all.push({ ...row, explanations });
    } catch (error) {
      if (isBrokenPipe(error)) throw error;
      const failure = failureOf(error);
      status = Math.max(status, say(failure));
      all.push({ ...row, error: failure.message });
    }
  }
  return { status, rows: all };
}

async function explain(
  explainer: Explainer,
  input: string,
  names: readonly string[],
  { excludedLanguages, features }: FileSettings,
): Promise<Explanation[]> {
  const source = fileSource(input);
  try {
    const { elf } = await openInput(source);
    if (elf === undefined) throw new FormatError('no ELF file, which DWARF could be in', { file: input });
    return await explainer.explain(elf, names, { excludedLanguages, features });
  } finally {
    source.close();
  }
}
