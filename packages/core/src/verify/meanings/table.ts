/** What a problem means that says different things of different kinds; `other` is for the kinds that are not named. */
export interface ByKind {
  readonly [kind: number]: string;
  readonly other: string;
}

/**
 * Meanings by problem. A problem is written as the kernel's sources have it: %u stands for a decimal number, %x for a
 * hexadecimal one, %s for a name.
 */
export type Meanings = Readonly<Record<string, string | ByKind>>;

/** The same meaning for several kinds. */
export function forKinds(kinds: readonly number[], meaning: string): Record<number, string> {
  return Object.fromEntries(kinds.map(kind => [kind, meaning]));
}
