/** A counter of cache lines: the last boundary that was written. */
export interface Lines {
  current: number;
}

/** How a type is written where it stands. What is inside takes it over, changed. */
export interface Style {
  /** Widths of the columns of types and of names; smaller, and below 0 in the end, the deeper we are. */
  typeSpacing: number;
  readonly nameSpacing: number;
  /** In tabs. */
  indent: number;
  depth: number;
  /** Offsets are relative to the innermost struct: behind a pointer. */
  isRelative: boolean;
  hasStatistics: boolean;
  /** What follows the closing brace. */
  suffix: string | null;
  /** Where the enclosing struct stands. */
  base: number;
  lines: Lines | null;
  isFirst: boolean;
  isLast: boolean;
  inUnion: boolean;
}

/** Deeper ones are written as this. */
export const MAX_INDENT = 16;
export function tabs(count: number): string {
  return '\t'.repeat(Math.min(count, MAX_INDENT));
}

export function suffixOf({ suffix }: Style): string {
  return suffix === null ? '' : ` ${suffix}`;
}
