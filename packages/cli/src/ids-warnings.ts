import type { ResolvedIds } from '@btfkit/core/ids';

/** In the words that builds look for. */
export function warningsOf({ unresolved, multiple }: ResolvedIds): string[] {
  return [
    ...multiple.map(
      ({ name, id, other }) => `WARN: multiple IDs found for '${name}': ${id}, ${other} - using ${id}`,
    ),
    ...unresolved.map(({ name }) => `WARN: resolve_btfids: unresolved symbol ${name}`),
  ];
}
