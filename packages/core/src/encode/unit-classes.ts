import { forEachChild } from './affected.js';
import type { Part } from './part.js';

/** Units that agree on what every ambiguous name means. */
export interface UnitClass {
  /** Definition by name; a name that is missing is only declared. */
  readonly bindings: ReadonlyMap<number, number>;
  /** Affected nodes of these units, and those that they reach. */
  readonly nodes: NodeSet;
}

/** Nodes in the order in which they were added. */
export class NodeSet {
  readonly list: number[] = [];
  private readonly isIn: Uint8Array;

  constructor(nodeCount: number) {
    this.isIn = new Uint8Array(nodeCount);
  }

  /** True for a node that is new. */
  add(node: number): boolean {
    if (this.isIn[node] === 1) return false;
    this.isIn[node] = 1;
    this.list.push(node);
    return true;
  }
}

/** The units of a part, put into classes by what they say of the nodes marked in `affected`. */
export class UnitClasses {
  /** In the order of their first units. */
  readonly all: UnitClass[] = [];
  private readonly byKey = new Map<string, UnitClass>();
  private readonly byUnit = new Map<number, UnitClass>();
  private readonly part: Part;
  private readonly affected: Uint8Array;

  /** `used`: nodes that a unit has beside those of its types. */
  constructor(
    part: Part,
    affected: Uint8Array,
    used: readonly { readonly unit: number; readonly node: number }[],
  ) {
    this.part = part;
    this.affected = affected;
    this.readLog();
    for (const { unit, node } of used) this.byUnit.get(unit)?.nodes.add(node);
    for (const unitClass of this.all) this.reach(unitClass);
  }

  of(unit: number): UnitClass | undefined {
    return this.byUnit.get(unit);
  }

  private readLog(): void {
    const { affected } = this;
    const { owner } = this.part.store;
    /** The unit, counted from 1, that had a node last, and the one that last bound a name; what it was bound to. */
    const seenIn = new Int32Array(affected.length);
    const boundIn = new Int32Array(affected.length);
    const definitions = new Int32Array(affected.length);
    let units = 0;
    let unit = -1;
    let nodes: number[] = [];
    let bound: number[] = [];
    const close = () => {
      if (units > 0) this.addUnit(unit, nodes, bound, definitions);
    };
    this.part.log.forEach(
      next => {
        close();
        unit = next;
        units++;
        nodes = [];
        bound = [];
      },
      node => {
        if (affected[node] === 0 || seenIn[node] === units) return;
        seenIn[node] = units;
        nodes.push(node);
        const named = owner[node]!;
        if (named === 0) return;
        definitions[named] = node;
        if (boundIn[named] === units) return;
        boundIn[named] = units;
        bound.push(named);
      },
    );
    close();
  }

  private addUnit(
    unit: number,
    nodes: readonly number[],
    bound: readonly number[],
    definitions: Int32Array,
  ): void {
    // A definition tells its name. Linked units mean several things by one name, and hardly any agree.
    const key = this.part.isLinked
      ? `${unit}`
      : Int32Array.from(bound, named => definitions[named]!)
          .sort()
          .join();
    let unitClass = this.byKey.get(key);
    if (unitClass === undefined) {
      unitClass = {
        bindings: new Map(bound.map(named => [named, definitions[named]!])),
        nodes: new NodeSet(this.affected.length),
      };
      this.byKey.set(key, unitClass);
      this.all.push(unitClass);
    }
    for (const node of nodes) unitClass.nodes.add(node);
    this.byUnit.set(unit, unitClass);
  }

  /** Adds the affected nodes that those of a class refer to. */
  private reach({ nodes, bindings }: UnitClass): void {
    const { affected } = this;
    const { store } = this.part;
    const open = [...nodes.list];
    const visit = (node: number) => {
      if (affected[node] === 1 && nodes.add(node)) open.push(node);
    };
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      const definition = bindings.get(node);
      if (definition !== undefined) visit(definition);
      forEachChild(store, node, visit);
    }
  }
}
