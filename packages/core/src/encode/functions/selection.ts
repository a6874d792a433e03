import { Kind } from '../../btf/index.js';
import type { Feature } from '../features.js';
import { KfuncFlag } from '../kfuncs.js';
import type { Names } from '../names.js';
import type { Store } from '../store.js';
import { RowFlag } from './function-rows.js';
import type { FunctionSymbols } from './function-symbols.js';
import { type Functions, Name } from './functions.js';
import type { FunctionTag } from './unit-functions.js';

/** A function that goes into the result. */
export interface ChosenFunction {
  readonly name: number;
  /** Node of its FUNC_PROTO. */
  readonly prototype: number;
  readonly unit: number;
  readonly tags: readonly FunctionTag[];
}

/** Why the functions of a name have no FUNC. */
export type Omission =
  | 'unexpected register'
  | 'inconsistent prototypes'
  | 'uncertain location'
  | 'reordered parameters'
  | 'optimized parameters'
  | 'ambiguous address';

/** What is chosen from, and how. */
export interface Selection {
  readonly functions: Functions;
  readonly symbols: FunctionSymbols;
  readonly store: Store;
  readonly names: Names;
  readonly features: ReadonlySet<Feature>;
}

/** Why name number `n` of the functions has no FUNC; `undefined` when it has one (btf_encoder__add_saved_funcs). */
export function omission({ functions, symbols, features }: Selection, n: number): Omission | undefined {
  const flags = functions.flags[n]!;
  if (symbols.isAmbiguous(functions.name[n]!)) return 'ambiguous address';
  if ((functions.rows.flags[functions.canonical(n)]! & RowFlag.optimizedAway) !== 0)
    return 'optimized parameters';
  if ((flags & Name.reordered) !== 0) return 'reordered parameters';
  if ((flags & Name.uncertain) !== 0) return 'uncertain location';
  if ((flags & Name.inconsistent) !== 0 && features.has('consistent_func')) return 'inconsistent prototypes';
  return (flags & Name.unexpectedRegister) !== 0 ? 'unexpected register' : undefined;
}

/** The functions of a file that become FUNCs, in the order in which they were found. */
export function chooseFunctions(selection: Selection): ChosenFunction[] {
  const { functions, features } = selection;
  const chosen: ChosenFunction[] = [];
  for (let n = 0; n < functions.count; n++) {
    const exact = features.has('true_signature') ? functions.exactOf(n) : undefined;
    if (exact !== undefined) chosen.push(chooseRow(selection, exact.row, exact.name, undefined));
    else if (omission(selection, n) === undefined) {
      const name = functions.name[n]!;
      chosen.push(chooseRow(selection, functions.canonical(n), name, selection.symbols.kfunc(name)));
    }
  }
  return chosen;
}

function chooseRow(
  selection: Selection,
  row: number,
  name: number,
  kfunc: number | undefined,
): ChosenFunction {
  const { functions, store } = selection;
  const { rows } = functions;
  const first = rows.first[row]!;
  const count = rows.first[row + 1]! - first;
  const arenas = kfunc === undefined ? 0 : arenaFlags(selection, kfunc);
  let result = rows.result[row]!;
  let types: Int32Array | undefined;
  if (arenas !== 0) {
    const inArena = (flag: number, node: number) =>
      (arenas & flag) !== 0 ? arenaPointer(selection, node) : node;
    const flags = [KfuncFlag.arenaFirst, KfuncFlag.arenaSecond];
    result = inArena(KfuncFlag.arenaResult, result);
    types = rows.parameterType.slice(first, first + count).map((node, i) => inArena(flags[i] ?? 0, node));
  }
  store.begin(0, (Kind.FUNC_PROTO << 24) | count, result, 2 * count);
  for (let i = 0; i < count; i++) {
    store.push(rows.parameterName[first + i]!);
    store.push(types === undefined ? rows.parameterType[first + i]! : types[i]!);
  }
  const prototype = store.finish();
  return { name, prototype, unit: rows.unit[row]!, tags: tagsOf(selection, row, kfunc) };
}

/** KF_ARENA_* as far as they show. */
function arenaFlags({ features }: Selection, kfunc: number): number {
  if (!features.has('attributes')) return 0;
  return kfunc & (KfuncFlag.arenaResult | KfuncFlag.arenaFirst | KfuncFlag.arenaSecond);
}

/** The pointer to the same, in the address space of BPF arenas; what is no pointer stays as it is. */
function arenaPointer({ store, names }: Selection, pointer: number): number {
  if (store.kind(pointer) !== Kind.PTR) return pointer;
  // A TYPE_TAG with kflag is an attribute.
  store.begin(
    names.internText('address_space(1)'),
    (1 << 31) | (Kind.TYPE_TAG << 24),
    store.third(pointer),
    0,
  );
  return store.pointer(store.finish());
}

function tagsOf(
  { functions, features, names }: Selection,
  row: number,
  kfunc: number | undefined,
): readonly FunctionTag[] {
  const tags = functions.rows.tags.get(row) ?? [];
  if (kfunc === undefined || !features.has('decl_tag')) return tags;
  const own = [names.internText('bpf_kfunc')];
  if ((kfunc & KfuncFlag.fastcall) !== 0) own.push(names.internText('bpf_fastcall'));
  const isNew = (name: number) => !tags.some(tag => tag.component === -1 && tag.name === name);
  return [...tags, ...own.filter(isNew).map(name => ({ component: -1, name }))];
}
