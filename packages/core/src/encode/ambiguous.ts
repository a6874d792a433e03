import { KINDS, Kind, type TypeId } from '../btf/index.js';
import { findCanonical, TypeGraph } from '../dedup/index.js';
import { forEachChild, forEachReference } from './affected.js';
import type { BaseType, BaseTypes } from './base-types.js';
import type { ChosenFunction } from './functions/selection.js';
import { GraphBuilder } from './graph-builder.js';
import type { Output } from './output.js';
import type { Part } from './part.js';
import { copyPayload, hasTypeThird } from './records.js';
import { NAMED } from './store.js';
import { type UnitClass, UnitClasses } from './unit-classes.js';
import type { Variable } from './variables.js';

/** What has to be said unit by unit, because it reaches a name that has several definitions. */
export interface Ambiguous {
  readonly functions: readonly ChosenFunction[];
  readonly variables: readonly Variable[];
}

export interface WrittenVariable {
  readonly id: TypeId;
  readonly variable: Variable;
}

/**
 * Writes the nodes marked in `affected`: spelt out once for every class of units, with names bound to what they
 * mean there, and deduplicated as libbpf would deduplicate these units (dedup/). All other types enter into that
 * as opaque stand-ins, so it is small, however large the kernel.
 *
 * Returns the variables with their ids.
 */
export async function writeAmbiguous(
  part: Part,
  affected: Uint8Array,
  { functions, variables }: Ambiguous,
  output: Output,
  base: BaseTypes | undefined,
): Promise<WrittenVariable[]> {
  // A variable's struct by name: of its node, the log has the definition alone.
  const used = [
    ...functions.map(({ unit, prototype }) => ({ unit, node: prototype })),
    ...variables.map(({ unit, type }) => ({ unit, node: type })),
  ];
  const classes = new UnitClasses(part, affected, used);
  const types = new AmbiguousTypes(part, affected, output);
  if (base !== undefined) await types.addBase(base, presentNodes(part, affected, classes));
  types.endBase();
  for (const unitClass of classes.all) {
    const isHere = ({ unit }: { readonly unit: number }) => classes.of(unit) === unitClass;
    types.addClass(unitClass, functions.filter(isHere), variables.filter(isHere), isHere);
  }
  return types.write();
}

/** Marks the nodes that units have. */
function presentNodes(part: Part, affected: Uint8Array, classes: UnitClasses): Uint8Array {
  // A unit's second struct of a name is a node of its own, whatever the base makes of it.
  if (part.store.toldApart.size > 0) return affected;
  const isPresent = new Uint8Array(affected.length);
  for (const { nodes } of classes.all) for (const node of nodes.list) isPresent[node] = 1;
  return isPresent;
}

/** Types as they are spelt out, first those of the base; names are numbered as in Names. */
class AmbiguousTypes {
  private readonly part: Part;
  private readonly affected: Uint8Array;
  private readonly output: Output;
  private readonly graph: GraphBuilder;
  /** First id of what is not of the base. */
  private startId = 1;
  /** Types that stand for one that the output or the base has: id here, id there. */
  private readonly known: [TypeId, TypeId][] = [];
  /** Id by node: of stand-ins, and of the nodes of the class at hand. */
  private readonly idOf: Int32Array;
  /** No type has this name, nor a higher one: those of stand-ins follow, by their nodes. */
  private readonly noName: number;
  /** In the order in which they were added. */
  private readonly variables: Variable[] = [];

  constructor(part: Part, affected: Uint8Array, output: Output) {
    this.part = part;
    this.affected = affected;
    this.output = output;
    this.graph = new GraphBuilder(part.store);
    this.idOf = new Int32Array(part.store.count);
    this.noName = part.names.count;
  }

  /**
   * Adds the affected types of a base that can matter here, as it has them, on stand-ins for the others. Equal types are
   * equal nodes, so these are the types of nodes that some unit has. Of a struct that units only declare, it matters
   * that it is there.
   */
  async addBase(base: BaseTypes, isPresent: Uint8Array): Promise<void> {
    const { store } = this.part;
    const own = base.typesOf(isPresent);
    const complete = own.filter(({ node }) => isPresent[node] === 1);
    // The base itself is asked only where nodes do not tell which type is meant.
    const btf = complete.some(({ node }) => this.isUnclear(base, node)) ? await base.btf() : undefined;
    const recordOf = ({ id, node }: BaseType) => {
      if (btf === undefined) return { words: store.words, at: store.at[node]! };
      const { words } = btf.layer(id);
      return { words: new Int32Array(words.buffer, words.byteOffset, words.length), at: btf.at(id) };
    };
    /** Id here by type id of the base, or by node. */
    const idHere = new Int32Array(btf?.endId ?? store.count);
    for (const type of complete) {
      const { words, at } = recordOf(type);
      const from = store.at[type.node]!;
      forEachReference(store.kind(type.node), from, store.at[type.node + 1]!, place => {
        const child = store.words[place]!;
        const key = words[at + place - from]!;
        if (child !== 0 && idHere[key] === 0 && this.affected[child] === 0)
          idHere[key] = this.addStandIn(child, btf === undefined ? base.idOf[child]! : key);
      });
    }
    let next = this.graph.endId;
    for (const { id, node } of own) {
      this.known.push([next, id]);
      idHere[btf === undefined ? store.owner[node]! || node : id] = next++;
    }
    for (const type of own) {
      const { node } = type;
      const { words, at } = recordOf(type);
      if (isPresent[node] === 0) this.addStub(node);
      else if (store.kind(node) !== NAMED) this.graph.copy(node, words, at, idHere);
      else if (btf === undefined) this.graph.addForward(node);
      else this.graph.add(store.name(node), words[at + 1]!, words[at + 2]!);
    }
  }

  /** Is there more to say about the base's type of this node than the node has? */
  private isUnclear(base: BaseTypes, node: number): boolean {
    const { store } = this.part;
    if (store.kind(node) === NAMED) return store.vlen(node) === Kind.ENUM;
    let found = false;
    forEachChild(store, node, child => {
      found ||= base.hasSeveral(child);
    });
    return found;
  }

  endBase(): void {
    this.startId = this.graph.endId;
  }

  /** A struct, union or enumeration of the name and size of `node` with content that no other has. */
  private addStub(node: number): void {
    const { store } = this.part;
    const kind = store.kind(node);
    this.graph.add(store.name(node), (kind << 24) | 1, store.third(node));
    this.graph.push(this.noName);
    for (let i = 1; i < KINDS[kind]!.element; i++) this.graph.push(0);
  }

  /** An integer of a name that no C type has: all that matters of it is that it equals itself. */
  private addStandIn(node: number, outputId: TypeId): TypeId {
    const id = this.graph.add(this.noName + node, Kind.INT << 24, 4);
    this.graph.push(32);
    this.known.push([id, outputId]);
    return id;
  }

  /** Adds the types of a class, the functions and variables that its units have, and tags of the units of `isHere`. */
  addClass(
    { bindings, nodes: { list: nodes } }: UnitClass,
    functions: readonly ChosenFunction[],
    variables: readonly Variable[],
    isHere: (tag: { readonly unit: number }) => boolean,
  ): void {
    const { affected, graph, idOf, output } = this;
    const { store, typeTags } = this.part;
    const standIn = (node: number) => {
      if (node !== 0 && affected[node] === 0 && idOf[node] === 0)
        idOf[node] = this.addStandIn(node, output.idOf[node]!);
    };
    for (const node of nodes) forEachChild(store, node, standIn);
    let next = graph.endId;
    for (const node of nodes) if (!bindings.has(node)) idOf[node] = next++;
    for (const [named, definition] of bindings) idOf[named] = idOf[definition]!;
    for (const node of nodes) {
      if (store.kind(node) !== NAMED) graph.copy(node, store.words, store.at[node]!, idOf);
      else if (!bindings.has(node)) graph.addForward(node);
    }
    for (const { name, prototype, tags } of functions) {
      const id = graph.add(name, Kind.FUNC << 24, idOf[prototype]!);
      for (const tag of tags) graph.addTag(tag.name, id, tag.component);
    }
    for (const variable of variables) {
      const id = graph.addVariable(variable, idOf[variable.type]!);
      for (const tag of variable.tags) graph.addTag(tag, id, -1);
      this.variables.push(variable);
    }
    for (const tag of typeTags) {
      if (affected[tag.node] !== 0 && isHere(tag)) graph.addTag(tag.name, idOf[tag.node]!, tag.component);
    }
  }

  /** Deduplicates all of it, and writes what is left to the output. */
  write(): WrittenVariable[] {
    const { words, at } = this.graph.take();
    // Names, and above them those of a stub's content and of the stand-ins.
    const nameEnd = this.noName + this.part.store.count;
    const graph = new TypeGraph(words, at, this.startId, nameEnd);
    // What units of one file say of a name mostly is the same.
    const mapping = findCanonical(graph, 2);
    const outputIds = new Int32Array(graph.endId);
    for (const [id, outputId] of this.known) outputIds[id] = outputId;
    const written: TypeId[] = [];
    let next = this.output.firstId + this.output.typeCount;
    for (let id = this.startId; id < graph.endId; id++) {
      if (!mapping.isCanonical(id) || graph.kind(id) === Kind.INT) continue;
      outputIds[id] = this.inBase(graph, id, type => outputIds[mapping.resolve(type)]!);
      if (outputIds[id] !== 0) continue;
      written.push(id);
      outputIds[id] = next++;
    }
    const variables: TypeId[] = [];
    for (const id of written) {
      if (graph.kind(id) === Kind.VAR) variables.push(outputIds[id]!);
      this.writeType(graph, id, type => outputIds[mapping.resolve(type)]!);
    }
    return this.variables.map((variable, i) => ({ id: variables[i]!, variable }));
  }

  /** A FUNC or DECL_TAG that the base has already; 0 for all else. What it is about stands in front of it. */
  private inBase(graph: TypeGraph, id: TypeId, idOf: (type: TypeId) => TypeId): TypeId {
    const kind = graph.kind(id);
    if (kind !== Kind.FUNC && kind !== Kind.DECL_TAG) return 0;
    const at = graph.at[id]!;
    const target = idOf(graph.words[at + 2]!);
    const component = kind === Kind.DECL_TAG ? graph.words[at + 3]! | 0 : 0;
    return target === 0 ? 0 : this.output.inBase(kind, graph.words[at]!, target, component);
  }

  private writeType(graph: TypeGraph, id: TypeId, idOf: (type: TypeId) => TypeId): void {
    const { output } = this;
    const words = new Int32Array(graph.words.buffer, 0, graph.words.length);
    const at = graph.at[id]!;
    const end = id + 1 < graph.endId ? graph.at[id + 1]! : words.length;
    const kind = graph.kind(id);
    output.add(words[at]!, words[at + 1]!, hasTypeThird(kind) ? idOf(words[at + 2]!) : words[at + 2]!);
    copyPayload(kind, words, at + 3, end, {
      pushName: name => output.pushName(name),
      pushNode: type => output.push(idOf(type)),
      push: word => output.push(word),
    });
  }
}
