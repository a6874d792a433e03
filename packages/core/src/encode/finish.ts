import { assemble, builtinLayout, type TypeId } from '../btf/index.js';
import type { Elf } from '../elf/index.js';
import { findAffected } from './affected.js';
import { writeAmbiguous } from './ambiguous.js';
import type { BaseTypes } from './base-types.js';
import { chooseVariables, writeSections } from './data-sections.js';
import { type ChosenFunction, chooseFunctions } from './functions/selection.js';
import { Output } from './output.js';
import type { Part, TypeTag } from './part.js';
import type { Variable } from './variables.js';

/** Puts a part, read to its end, into bytes. */
export async function finish(
  part: Part,
  elf: Elf,
  base: BaseTypes | undefined,
  note: (text: string) => void,
): Promise<Uint8Array> {
  const { store, names, typeTags } = part;
  const functions = chooseFunctions(part);
  const variables = chooseVariables(part, note);

  const affected = ambiguousNodes(part, functions, base);
  const isAffected = (node: number) => affected?.[node] === 1;
  const output = new Output(store, names, base);
  if (base !== undefined) output.useBase(base);
  output.writeAll(base?.nodeCount ?? 1, affected);

  const idOf = new Map<Variable, TypeId>();
  if (affected !== undefined) {
    const spelt = {
      functions: functions.filter(({ prototype }) => isAffected(prototype)),
      variables: variables.filter(({ type }) => isAffected(type)),
    };
    for (const { id, variable } of await writeAmbiguous(part, affected, spelt, output, base))
      idOf.set(variable, id);
  }
  for (const chosen of functions) {
    if (!isAffected(chosen.prototype)) output.addFunction(chosen, output.idOf[chosen.prototype]!);
  }
  for (const variable of variables) {
    if (!isAffected(variable.type))
      idOf.set(variable, output.addVariable(variable, output.idOf[variable.type]!));
  }
  for (const { node, component, name } of uniqueTags(typeTags)) {
    if (!isAffected(node)) output.addTag(name, output.idOf[node]!, component);
  }
  writeSections(output, elf, names, variables, idOf);
  const layout = base === undefined && part.features.has('layout') ? builtinLayout() : undefined;
  return assemble(output.sections(), { littleEndian: elf.littleEndian, layout });
}

/** The nodes that mean different types in different units or in the base, if what is encoded has any. */
function ambiguousNodes(
  part: Part,
  functions: readonly ChosenFunction[],
  base: BaseTypes | undefined,
): Uint8Array | undefined {
  const { store } = part;
  const first = base?.nodeCount ?? 1;
  const isAmbiguous = (named: number) => {
    if (store.third(named) !== 0 || store.toldApart.has(named)) return true;
    const newest = store.link[named]!;
    return newest !== 0 && (store.link[newest] !== 0 || (base?.forwards.has(named) ?? false));
  };
  if (base === undefined) return findAffected(store, isAmbiguous);
  // A unit's second struct of a name is compared with all that the base has.
  if (store.toldApart.size > 0) return findAffected(store, isAmbiguous);
  return findAffected(store, isAmbiguous, nodesOf(part, functions, first), base.affected);
}

/** The nodes that the units of `part` have, and those from `first` on: what a module sees of its base. */
function nodesOf({ store, log }: Part, functions: readonly ChosenFunction[], first: number): Int32Array {
  const isUsed = new Uint8Array(store.count).fill(1, first);
  const use = (node: number) => {
    isUsed[node] = 1;
    isUsed[store.owner[node]!] = 1;
  };
  log.forEach(() => {}, use);
  for (const { prototype } of functions) use(prototype);
  const nodes = new Int32Array(store.count);
  let count = 0;
  for (let node = 1; node < store.count; node++) if (isUsed[node] === 1) nodes[count++] = node;
  return nodes.subarray(0, count);
}

/** Several units declare the same type with the same tags: each counts once. */
function uniqueTags(tags: readonly TypeTag[]): TypeTag[] {
  const seen = new Map<string, TypeTag>();
  for (const tag of tags) {
    const key = `${tag.node} ${tag.component} ${tag.name}`;
    if (!seen.has(key)) seen.set(key, tag);
  }
  return [...seen.values()];
}
