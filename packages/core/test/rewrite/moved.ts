import type { Btf } from '@btfkit/core/btf';

const IDS = new Set(['type', 'element', 'index', 'returns', 'func', 'locProto']);

/** A type as an object, each id in it replaced by what `ids` has in its place. */
export function movedType(btf: Btf, id: number, ids: ArrayLike<number>): unknown {
  const type = btf.type(id);
  if (type.kind === 'LOC_PROTO') return { ...type, params: type.params.map(param => ids[param]) };
  const move = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(move);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, part]) => [
        key,
        IDS.has(key) && typeof part === 'number' ? ids[part] : move(part),
      ]),
    );
  };
  return move(type);
}

export const same = (end: number) => Uint32Array.from({ length: end }, (_, id) => id);
