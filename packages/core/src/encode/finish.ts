import { assemble, Kind } from '../btf/index.js';
import { findAffected } from './affected.js';
import { writeAmbiguous } from './ambiguous.js';
import type { BaseTypes } from './base-types.js';
import { Output } from './output.js';
import type { Part, TypeTag } from './part.js';
import { type ChosenFunction, chooseFunctions } from './selection.js';
import { PERCPU_SECTION } from './symbols.js';
import { byteSize } from './type-size.js';
import type { Variable } from './variables.js';

/** A variable's place in its section. */
interface Placed {
  readonly id: number;
  readonly variable: Variable;
  readonly size: number;
}

/** Puts a part, read to its end, into bytes. */
export function finish(
  part: Part,
  littleEndian: boolean,
  addressSize: number,
  base: BaseTypes | undefined,
): Uint8Array {
  const { store, names, typeTags } = part;
  const functions = chooseFunctions(part);
  const sizes = new Map(
    part.variables.all.map(variable => [variable, byteSize(store, variable.type, addressSize)]),
  );
  // What has no size cannot stand in a DATASEC.
  const variables = part.variables.all.filter(variable => sizes.get(variable)! > 0);

  const affected = ambiguousNodes(part, functions, base);
  const isAffected = (node: number) => affected?.[node] === 1;
  const output = new Output(store, names, base && { endId: base.btf.endId, endString: base.btf.strings.end });
  if (base !== undefined) output.useBase(base);
  output.writeAll(base?.nodeCount ?? 1, affected);

  const placed: Placed[] = [];
  const place = (id: number, variable: Variable) => placed.push({ id, variable, size: sizes.get(variable)! });
  if (affected !== undefined) {
    const spelt = {
      functions: functions.filter(({ prototype }) => isAffected(prototype)),
      variables: variables.filter(({ type }) => isAffected(type)),
    };
    writeAmbiguous(part, affected, spelt, output, base).forEach(({ id, variable }) => {
      place(id, variable);
    });
  }
  for (const chosen of functions) {
    if (!isAffected(chosen.prototype)) output.addFunction(chosen, output.idOf[chosen.prototype]!);
  }
  for (const variable of variables) {
    if (!isAffected(variable.type))
      place(output.addVariable(variable, output.idOf[variable.type]!), variable);
  }
  for (const { node, component, name } of uniqueTags(typeTags)) {
    if (!isAffected(node)) output.addTag(name, output.idOf[node]!, component);
  }
  if (placed.length > 0) writeSection(output, names.internText(PERCPU_SECTION), placed);
  return assemble(output.sections(), { littleEndian });
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
  const nodes: number[] = [];
  for (let node = isUsed.indexOf(1, 1); node > 0; node = isUsed.indexOf(1, node + 1)) nodes.push(node);
  return Int32Array.from(nodes);
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

function writeSection(output: Output, name: number, placed: Placed[]): void {
  placed.sort((a, b) => a.variable.offset - b.variable.offset || a.id - b.id);
  const last = placed.at(-1)!;
  output.add(name, (Kind.DATASEC << 24) | placed.length, last.variable.offset + last.size);
  for (const { id, variable, size } of placed) {
    output.push(id);
    output.push(variable.offset);
    output.push(size);
  }
}
