import { assemble, Btf, KINDS, Kind, Third, type TypeId } from '../btf/index.js';
import { dedup } from '../dedup/index.js';
import { forEachChild } from './affected.js';
import type { BaseTypes } from './base-types.js';
import type { ChosenFunction } from './functions/selection.js';
import type { Names } from './names.js';
import { Output } from './output.js';
import type { Part } from './part.js';
import { NAMED } from './store.js';
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

/** Units that agree on what every ambiguous name means. */
interface UnitClass {
  /** Definition by name; a name that is missing is only declared. */
  readonly bindings: ReadonlyMap<number, number>;
  /** Affected nodes of these units, and those that they reach. */
  readonly nodes: Set<number>;
}

/**
 * Writes the nodes marked in `affected`: spelt out once for every class of units, with names bound to what they
 * mean there, and deduplicated as libbpf would deduplicate these units (dedup/). All other types enter into that
 * as opaque stand-ins, so it is small, however large the kernel.
 *
 * Returns the variables with their ids.
 */
export function writeAmbiguous(
  part: Part,
  affected: Uint8Array,
  ambiguous: Ambiguous,
  output: Output,
  base: BaseTypes | undefined,
): Promise<WrittenVariable[]> {
  return new AmbiguousTypes(part, affected, output).write(ambiguous, base);
}

class AmbiguousTypes {
  private readonly part: Part;
  private readonly affected: Uint8Array;
  private readonly output: Output;
  private readonly classes = new Map<string, UnitClass>();
  private readonly classOf = new Map<number, UnitClass>();
  /** In the order in which they were written. */
  private readonly variables: Variable[] = [];

  constructor(part: Part, affected: Uint8Array, output: Output) {
    this.part = part;
    this.affected = affected;
    this.output = output;
  }

  async write({ functions, variables }: Ambiguous, base: BaseTypes | undefined): Promise<WrittenVariable[]> {
    const { store, names } = this.part;
    this.findClasses();
    for (const { prototype, unit } of functions) this.classOf.get(unit)?.nodes.add(prototype);
    // By name: of a struct's node, the log has the definition alone.
    for (const { type, unit } of variables) this.classOf.get(unit)?.nodes.add(type);
    for (const unitClass of this.classes.values()) this.reach(unitClass);
    const baseIds: TypeId[] = [0];
    const lower = base && this.writeBase(await base.btf(), base.nodeOf, baseIds);
    const small = new Output(store, names, lower && { endId: lower.endId, endString: lower.strings.end });
    for (const unitClass of this.classes.values()) this.writeClass(small, unitClass, functions, variables);
    const blob = Btf.parse(assemble(small.sections()), { base: lower });
    const deduplicated = Btf.parse(dedup(blob), { base: lower });
    const ids = this.takeOver(deduplicated, baseIds);
    return this.variables.map((variable, i) => ({ id: ids[i]!, variable }));
  }

  private findClasses(): void {
    const { store, log } = this.part;
    let nodes = new Set<number>();
    let bindings = new Map<number, number>();
    let current = -1;
    const close = () => {
      if (current >= 0) this.addUnit(current, bindings, nodes);
    };
    log.forEach(
      unit => {
        close();
        current = unit;
        nodes = new Set();
        bindings = new Map();
      },
      node => {
        if (this.affected[node] === 0) return;
        nodes.add(node);
        if (store.owner[node] !== 0) bindings.set(store.owner[node]!, node);
      },
    );
    close();
  }

  private addUnit(unit: number, bindings: Map<number, number>, nodes: Set<number>): void {
    const key = [...bindings].sort(([a], [b]) => a - b).join(' ');
    let unitClass = this.classes.get(key);
    if (unitClass === undefined) {
      unitClass = { bindings, nodes: new Set() };
      this.classes.set(key, unitClass);
    }
    for (const node of nodes) unitClass.nodes.add(node);
    this.classOf.set(unit, unitClass);
  }

  /** Adds the affected nodes that those of a class refer to. */
  private reach({ nodes, bindings }: UnitClass): void {
    const open = [...nodes];
    const visit = (node: number) => {
      if (this.affected[node] === 0 || nodes.has(node)) return;
      nodes.add(node);
      open.push(node);
    };
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      const definition = bindings.get(node);
      if (definition !== undefined) visit(definition);
      forEachChild(this.part.store, node, visit);
    }
  }

  /**
   * The affected types of a base that can matter here, as it has them, on stand-ins for the others. Equal types are
   * equal nodes, so these are the types of nodes that some unit has. Of a struct that units only declare, it matters
   * that it is there.
   */
  private writeBase(btf: Btf, nodeOf: Int32Array, ids: TypeId[]): Btf {
    const { store, names } = this.part;
    const small = new Output(store, names);
    const nameAt = (offset: number) => nameOf(btf, offset, names);
    const smallId = new Map<TypeId, TypeId>([[0, 0]]);
    const isPresent = this.presentNodes();
    const own: TypeId[] = [];
    for (let id = 1; id < btf.endId; id++) {
      const node = nodeOf[id]!;
      if (node > 0 && (isPresent[node] === 1 || isPresent[store.owner[node]!] === 1)) own.push(id);
    }
    const isComplete = (id: TypeId) => isPresent[nodeOf[id]!] === 1;
    const standIn = (id: TypeId) => {
      // As the units refer to it: by name.
      const node = store.owner[nodeOf[id]!]! || nodeOf[id]!;
      if (smallId.has(id) || this.affected[node] !== 0) return;
      smallId.set(id, this.addStandIn(small, node));
      ids.push(id);
    };
    for (const id of own) if (isComplete(id)) forEachType(btf, id, standIn);
    let next = small.firstId + small.typeCount;
    for (const id of own) smallId.set(id, next++);
    for (const id of own) {
      if (isComplete(id)) copyType(btf, id, small, nameAt, type => smallId.get(type)!);
      else writeStub(btf, id, small, nameAt, names.internText('#'));
      ids.push(id);
    }
    return Btf.parse(assemble(small.sections()));
  }

  /** Marks the nodes that units have. */
  private presentNodes(): Uint8Array {
    // A unit's second struct of a name is a node of its own, whatever the base makes of it.
    if (this.part.store.toldApart.size > 0) return this.affected;
    const isPresent = new Uint8Array(this.affected.length);
    for (const { nodes } of this.classes.values()) for (const node of nodes) isPresent[node] = 1;
    return isPresent;
  }

  /** An integer of a name that no C type has: all that matters of it is that it equals itself. */
  private addStandIn(small: Output, node: number): TypeId {
    const id = small.add(this.part.names.internText(`#${node}`), Kind.INT << 24, 4);
    small.push(32);
    small.idOf[node] = id;
    return id;
  }

  private writeClass(
    small: Output,
    unitClass: UnitClass,
    functions: readonly ChosenFunction[],
    variables: readonly Variable[],
  ): void {
    const { store, typeTags } = this.part;
    const { bindings, nodes } = unitClass;
    const written = [...nodes];
    const standIn = (node: number) => {
      if (node !== 0 && this.affected[node] === 0 && small.idOf[node] === 0) this.addStandIn(small, node);
    };
    for (const node of written) forEachChild(store, node, standIn);
    let next = small.firstId + small.typeCount;
    for (const node of written) {
      const definition = bindings.get(node);
      if (definition === undefined) small.idOf[node] = next++;
    }
    for (const node of written) {
      const definition = bindings.get(node);
      if (definition !== undefined) small.idOf[node] = small.idOf[definition]!;
    }
    for (const node of written) {
      if (store.kind(node) !== NAMED) small.writeNode(node);
      else if (!bindings.has(node)) small.writeForward(node);
    }
    const isHere = (unit: number) => this.classOf.get(unit) === unitClass;
    for (const chosen of functions) {
      if (isHere(chosen.unit)) small.addFunction(chosen, small.idOf[chosen.prototype]!);
    }
    for (const variable of variables) {
      if (!isHere(variable.unit)) continue;
      small.addVariable(variable, small.idOf[variable.type]!);
      this.variables.push(variable);
    }
    for (const { node, unit, component, name } of typeTags) {
      if (this.affected[node] !== 0 && isHere(unit)) small.addTag(name, small.idOf[node]!, component);
    }
  }

  /** Adds the deduplicated types to the output; the ids of the variables among them. */
  private takeOver(small: Btf, ids: TypeId[]): TypeId[] {
    const { names } = this.part;
    const { output } = this;
    const nameAt = (offset: number) => nameOf(small, offset, names);
    let next = output.firstId + output.typeCount;
    for (let id = small.startId; id < small.endId; id++) {
      ids.push(small.kind(id) === Kind.INT ? output.idOf[Number(small.typeName(id).slice(1))]! : next++);
    }
    const variables: TypeId[] = [];
    for (let id = small.startId; id < small.endId; id++) {
      if (small.kind(id) === Kind.INT) continue;
      if (small.kind(id) === Kind.VAR) variables.push(ids[id]!);
      copyType(small, id, output, nameAt, type => ids[type]!);
    }
    return variables;
  }
}

function nameOf(btf: Btf, offset: number, names: Names): number {
  const strings = btf.strings.layer(offset);
  return names.intern(strings.bytes, offset - strings.start);
}

/** Writes a struct, union or enumeration of the name of `id` with content that no other has. */
function writeStub(
  btf: Btf,
  id: TypeId,
  output: Output,
  name: (offset: number) => number,
  content: number,
): void {
  const kind = btf.kind(id);
  output.add(name(btf.nameOff(id)), (kind << 24) | 1, btf.sizeOrType(id));
  output.pushName(content);
  for (let i = 1; i < KINDS[kind]!.element; i++) output.push(0);
}

/** Calls back with each type that the record of `id` refers to. */
function forEachType(btf: Btf, id: TypeId, callback: (type: TypeId) => void): void {
  copyType(
    btf,
    id,
    undefined,
    () => 0,
    type => {
      callback(type);
      return 0;
    },
  );
}

/** Writes the record of `id` to `output` with other names and ids. */
function copyType(
  btf: Btf,
  id: TypeId,
  output: Output | undefined,
  name: (offset: number) => number,
  type: (id: TypeId) => TypeId,
): void {
  const { words } = btf.layer(id);
  const at = btf.at(id);
  const end = at + btf.recordLength(id);
  const shape = KINDS[btf.kind(id)]!;
  const third = shape.third === Third.TYPE ? type(words[at + 2]!) : words[at + 2]!;
  output?.add(name(words[at]!), words[at + 1]!, third);
  const elements = at + 3 + shape.extra;
  for (let i = at + 3; i < end; i++) {
    const place = i < elements ? i - at - 3 : (i - elements) % shape.element;
    const types = i < elements ? shape.extraTypes : shape.elementTypes;
    const isName = i >= elements && shape.elementNames.includes(place);
    const word = types.includes(place) ? type(words[i]!) : words[i]!;
    if (isName) output?.pushName(name(word));
    else output?.push(word);
  }
}
