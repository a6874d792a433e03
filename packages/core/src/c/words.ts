import { Kind } from '../btf/index.js';

const encoder = new TextEncoder();

/** Fixed text, made once. */
export const text = (characters: string): Uint8Array => encoder.encode(characters);

/** In front of a type and behind a pointer; undefined for kinds that are no modifier. */
export const BEFORE: readonly (Uint8Array | undefined)[] = byKind([
  [Kind.VOLATILE, 'volatile '],
  [Kind.CONST, 'const '],
  [Kind.RESTRICT, 'restrict '],
]);
export const AFTER: readonly (Uint8Array | undefined)[] = byKind([
  [Kind.VOLATILE, ' volatile'],
  [Kind.CONST, ' const'],
  [Kind.RESTRICT, ' restrict'],
]);

function byKind(texts: readonly (readonly [number, string])[]): (Uint8Array | undefined)[] {
  const table: (Uint8Array | undefined)[] = new Array(Kind.ENUM64 + 1).fill(undefined);
  for (const [kind, characters] of texts) table[kind] = text(characters);
  return table;
}

/** libbpf has no more of them at hand. */
const MOST_TABS = 13;
export const INDENTS: readonly Uint8Array[] = Array.from({ length: MOST_TABS + 1 }, (_, level) =>
  text(`\n${'\t'.repeat(level)}`),
);

/** A new line, indented. */
export function newLine(level: number): Uint8Array {
  return INDENTS[Math.min(level, MOST_TABS)]!;
}
