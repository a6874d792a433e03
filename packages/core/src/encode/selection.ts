import { Kind } from '../btf/index.js';
import { Fn, type FunctionTag } from './functions.js';
import type { Part } from './part.js';

/** A function that goes into the result. */
export interface ChosenFunction {
  readonly name: number;
  /** Node of its FUNC_PROTO. */
  readonly prototype: number;
  readonly unit: number;
  readonly tags: readonly FunctionTag[];
}

/**
 * The functions of a file that become FUNCs, in the order in which they were found: those with a symbol and with names for
 * all parameters, whose parameters and result have the same types in all units (see `consistent_func`).
 */
export function chooseFunctions(part: Part): ChosenFunction[] {
  const { store } = part;
  const { all } = part.functions;
  const leftOut = part.features.has('consistent_func') ? Fn.inconsistent : 0;
  const chosen: ChosenFunction[] = [];
  for (let row = 0; row < all.count; row++) {
    if ((all.flags[row]! & leftOut) !== 0) continue;
    const first = all.first[row]!;
    const end = all.first[row + 1]!;
    const variadic = all.flags[row]! & Fn.variadic ? 1 : 0;
    const count = end - first + variadic;
    store.begin(0, (Kind.FUNC_PROTO << 24) | count, all.result[row]!, 2 * count);
    for (let i = first; i < end; i++) {
      store.push(all.parameterName[i]!);
      store.push(all.parameterType[i]!);
    }
    if (variadic !== 0) {
      store.push(0);
      store.push(0);
    }
    chosen.push({
      name: all.name[row]!,
      prototype: store.finish(),
      unit: all.unit[row]!,
      tags: all.tags.get(row) ?? [],
    });
  }
  return chosen;
}
