import { FormatError } from '@btfkit/core/bytes';
import { reportOf } from '@btfkit/core/core-check';
import { Reported, Status, say, UsageError } from '../exit.js';
import { fileSource, writeWhole } from '../files.js';
import { writeJson, writeOut } from '../output.js';
import { checkPlaces } from '../places.js';
import { answersOf } from './answers.js';
import { findEdits, type KernelPlace } from './edits.js';
import { htmlOf } from './html.js';
import { explainMissing } from './inlined.js';
import { jsonOf } from './json.js';
import type { Matrix, MatrixKernel } from './matrix.js';
import { shortNames } from './names.js';
import type { CheckOptions } from './options.js';
import { allSources, type KernelSource, labelsOf, withModules } from './sources.js';
import { textOf } from './text.js';
import { type KernelResult, needsOf, type ObjectFile } from './work.js';

/** Checks objects against kernels, says so, and ends with the status of the worst cell. */
export async function check(paths: readonly string[], options: CheckOptions): Promise<void> {
  const { html, json } = options;
  if (json && html === '-') throw new UsageError('--json and --html - both want standard output');
  checkPlaces({ inputs: [...paths, ...options.target], outputs: html === undefined ? [] : [html] });
  const files = paths.map(readObject);
  const needs = needsOf(files);
  const found = allSources(options.target);
  const sources = options.modules === undefined ? found : withModules(found, options.modules);
  const { kernels, places } = columns(sources, await answersOf(files, needs, sources, options));
  if (kernels.length === 0)
    throw new FormatError('no kernel with BTF here', { file: options.target.join(', ') });
  const objects = shortNames(paths.map(labelsOf));
  const report = reportOf(needs, kernels);
  const failures = report.findings.filter(({ isFailure }) => isFailure);
  const edits = await findEdits(needs, failures, kernels, places);
  const explanations = await explainMissing(needs, report.findings, places);
  const matrix: Matrix = { needs, files, objects, kernels, report, edits, explanations };
  for (const { error } of kernels) if (error !== null) say({ message: error, status: Status.INPUT });
  if (html !== undefined) writeWhole(html, Buffer.from(htmlOf(matrix)));
  if (json) writeJson(jsonOf(matrix));
  else if (html !== '-') writeOut(textOf(matrix, options.details === true));
  finish(matrix);
}

function finish({ kernels, report }: Matrix): void {
  if (kernels.some(({ error }) => error !== null)) throw new Reported(Status.INPUT);
  if (report.objects.some(({ states }) => states.includes('fails'))) throw new Reported(Status.NO);
}

function readObject(path: string): ObjectFile {
  const source = fileSource(path);
  try {
    return { path, bytes: source.read(0, source.size) };
  } finally {
    source.close();
  }
}

/** Kernels in the order of their sources, with short names, and where they were read. */
function columns(
  sources: readonly KernelSource[],
  results: readonly (readonly KernelResult[])[],
): { readonly kernels: MatrixKernel[]; readonly places: KernelPlace[] } {
  const found = results.flatMap((kernels, source) =>
    kernels.map((kernel, index) => {
      const { path, labels, part } = sources[source];
      const entry = [...(part === undefined ? [] : labels.slice(-1)), ...kernel.labels].join('/');
      const input = entry === '' ? path : `${path}!${entry}`;
      return {
        kernel,
        input,
        place: { source: sources[source], index },
        labels: [...labels, ...kernel.labels],
      };
    }),
  );
  const names = shortNames(found.map(({ labels }) => labels));
  return {
    kernels: found.map(({ kernel, input }, index) => ({ ...kernel, name: names[index], input })),
    places: found.map(({ place }) => place),
  };
}
