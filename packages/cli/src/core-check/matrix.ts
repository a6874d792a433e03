import type { CheckReport, Edit, Needs } from '@btfkit/core/core-check';
import type { KernelResult, ObjectFile } from './work.js';

/** A column of the matrix. */
export interface MatrixKernel extends KernelResult {
  readonly name: string;
  /** Where it was read; `archive!entry` for those of archives. */
  readonly input: string;
}

/** All that the reports show. */
export interface Matrix {
  readonly needs: Needs;
  readonly files: readonly ObjectFile[];
  /** Short names of the objects. */
  readonly objects: readonly string[];
  readonly kernels: readonly MatrixKernel[];
  readonly report: CheckReport;
  /** For each finding: why a function is not there, as DWARF tells; null for others. */
  readonly explanations: readonly (string | null)[];
  /** For each failure among the findings, which come first. */
  readonly edits: readonly (readonly Edit[])[];
}
