import type { IdKind } from './model.js';

export const PREFIX = '__BTF_ID__';

/** What a symbol's name says. */
export type SymbolName =
  | { readonly kind: IdKind; readonly name: string; readonly number: string }
  | { readonly kind: 'set' | 'set8'; readonly name: string };

/**
 * Takes the name of a `__BTF_ID__` symbol apart; undefined where that cannot be. The name of a type may itself have
 * underscores, so the number is what follows the last two (resolve_btfids, get_id and add_set).
 */
export function parseSymbolName(symbol: string): SymbolName | undefined {
  const [, kind, rest] = /^__BTF_ID__(func|struct|union|typedef|set8|set)__(.*)$/s.exec(symbol) ?? [];
  if (kind === undefined) return undefined;
  if (kind === 'set' || kind === 'set8') return rest === '' ? undefined : { kind, name: rest };
  const last = rest.lastIndexOf('_');
  if (last < 1 || rest[last - 1] !== '_') return undefined;
  return { kind: kind as IdKind, name: rest.slice(0, last - 1), number: rest.slice(last + 1) };
}
