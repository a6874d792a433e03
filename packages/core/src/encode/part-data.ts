import type { FunctionsData } from './functions/functions.js';
import type { Part, TypeTag } from './part.js';
import type { UnitLogData } from './unit-log.js';
import type { Variable } from './variables.js';

/** What a thread read, as plain data: post it with `transferList`, and nothing large is copied. */
export interface PartData {
  readonly names: NamesData;
  readonly nodes: NodesData;
  readonly functions: FunctionsData;
  readonly variables: readonly Variable[];
  readonly typeTags: readonly TypeTag[];
  readonly log: UnitLogData;
}

/** See Names. */
export interface NamesData {
  readonly pool: Uint8Array;
  readonly start: Int32Array;
  readonly count: number;
}

/** See Store. */
export interface NodesData {
  readonly words: Int32Array;
  readonly at: Int32Array;
  readonly owner: Int32Array;
  readonly count: number;
}

export function dataOf({ names, store, functions, variables, typeTags, log }: Part): PartData {
  return {
    names: { pool: names.pool, start: names.start, count: names.count },
    nodes: { words: store.words, at: store.at, owner: store.owner, count: store.count },
    functions: functions.data(),
    variables: variables.all,
    typeTags,
    log: log.data(),
  };
}

/** The memory that can be handed over instead of copied; whoever does so is left without it. */
export function transferList({ names, nodes, functions, log }: PartData): ArrayBuffer[] {
  const columns = [names, nodes, functions.rows, functions.names]
    .flatMap(table => Object.values(table))
    .filter(ArrayBuffer.isView);
  return [...columns, log.bytes].map(column => column.buffer as ArrayBuffer);
}
