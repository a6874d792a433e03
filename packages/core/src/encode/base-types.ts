import type { Btf, TypeId } from '../btf/index.js';
import type { ByteSource } from '../bytes/index.js';
import { definitionsOf, findAffected } from './affected.js';
import { ImageReader, ImageWriter } from './base-image.js';
import { BaseLoader } from './base-loader.js';
import { BaseRecords } from './base-records.js';
import { Names } from './names.js';
import { NAMED, Store } from './store.js';

/** A type of a base, and the node that it is: the name, of a forward declaration. */
export interface BaseType {
  readonly id: TypeId;
  readonly node: number;
}

interface BaseColumns {
  readonly endId: TypeId;
  readonly endString: number;
  readonly idOf: Int32Array;
  readonly others: Int32Array;
  readonly stringOf: Int32Array;
  readonly forwards: ReadonlySet<number>;
  readonly affected: Uint8Array | undefined;
  readonly records: BaseRecords;
}

/**
 * A base BTF in a store: what a module's types are looked up in before they become its own. It serves one encoder. Making one
 * takes longer than encoding most modules, so that it can be kept: see `write`.
 */
export class BaseTypes implements BaseColumns {
  readonly store: Store;
  readonly names: Names;
  /** The store and the names as they are with the base alone. */
  readonly nodeCount: number;
  readonly nameCount: number;
  /** One past the last type id and string offset. */
  readonly endId: TypeId;
  readonly endString: number;
  /** Type id by node, the lowest of several; 0 for names that the base does not have. */
  readonly idOf: Int32Array;
  /** The types whose id is not in there, mostly FWDs of what the base defines too: id and node in turn, ids ascending. */
  readonly others: Int32Array;
  /** Offset of a string of the base + 1 by name, 0 for names that the base does not have. */
  readonly stringOf: Int32Array;
  /** Names that are a FWD in the base, or an enum without enumerators. */
  readonly forwards: ReadonlySet<number>;
  /** Nodes of the base that can mean several of its types. */
  readonly affected: Uint8Array | undefined;
  readonly records: BaseRecords;
  /** The base itself, for what its nodes do not tell: which of several types of one name is meant. */
  readonly btf: () => Promise<Btf>;
  private otherNodes: Set<number> | undefined;

  private constructor(names: Names, store: Store, columns: BaseColumns, btf: () => Promise<Btf>) {
    this.names = names;
    this.store = store;
    this.nodeCount = store.count;
    this.nameCount = names.count;
    this.endId = columns.endId;
    this.endString = columns.endString;
    this.idOf = columns.idOf;
    this.others = columns.others;
    this.stringOf = columns.stringOf;
    this.forwards = columns.forwards;
    this.affected = columns.affected;
    this.records = columns.records;
    this.btf = btf;
  }

  /** All types of `btf` and its bases. FormatError for types that are made of themselves. */
  static of(btf: Btf): BaseTypes {
    const store = new Store();
    const names = new Names();
    const loader = new BaseLoader(btf, store, names);
    loader.loadAll();
    const { nodeOf, forwards } = loader;
    const idOf = idsOfNodes(store, nodeOf);
    const isAmbiguous = (named: number) =>
      store.link[named] !== 0 && (store.link[store.link[named]!] !== 0 || forwards.has(named));
    const columns = {
      endId: btf.endId,
      endString: btf.strings.end,
      idOf,
      others: Int32Array.from(othersOf(nodeOf, idOf)),
      stringOf: loader.stringOffsets(),
      forwards,
      affected: findAffected(store, isAmbiguous),
      records: BaseRecords.of(btf),
    };
    return new BaseTypes(names, store, columns, async () => btf);
  }

  /**
   * What `write` gave, on a machine of the same kind. FormatError for what is no image; else it is taken as it is: whoever
   * keeps an image has to know that this code wrote it, for this base, and that it was not damaged since. It is read once,
   * from its start to its end. `btf` is called where the base itself is needed, which is seldom.
   */
  static read(source: ByteSource, btf: () => Promise<Btf>): BaseTypes {
    const image = new ImageReader(source);
    const names = Names.read(image);
    const store = Store.read(image);
    const columns = {
      endId: image.number(),
      endString: image.number(),
      idOf: image.ints(),
      others: image.ints(),
      stringOf: image.ints(),
      forwards: new Set(image.ints()),
      affected: image.number() === 0 ? undefined : image.bytes(),
      records: BaseRecords.read(image),
    };
    return new BaseTypes(names, store, columns, btf);
  }

  /** The types of the nodes marked in `isPresent`, and the definitions of names among these; by ascending id. */
  typesOf(isPresent: Uint8Array): BaseType[] {
    const { store, idOf, nodeCount, others } = this;
    const keys: number[] = [];
    // One number for both sorts faster; a node is less than a type, and neither comes near 2 ** 26.
    const add = (id: TypeId, node: number) => keys.push(id * 2 ** 26 + node);
    for (
      let node = isPresent.indexOf(1);
      node >= 0 && node < nodeCount;
      node = isPresent.indexOf(1, node + 1)
    ) {
      let isDefined = false;
      for (
        let other = store.kind(node) === NAMED ? store.link[node]! : 0;
        other !== 0;
        other = store.link[other]!
      ) {
        if (other >= nodeCount) continue;
        isDefined = true;
        if (isPresent[other] === 0) add(idOf[other]!, other);
      }
      // The id of a name that is defined is its definition's.
      if (!isDefined) add(idOf[node]!, node);
    }
    for (let i = 0; i < others.length; i += 2) {
      const node = others[i + 1]!;
      if (isPresent[node] === 1 || isPresent[store.owner[node]!] === 1) add(others[i]!, node);
    }
    return Array.from(Float64Array.from(keys).sort(), key => ({
      id: Math.floor(key / 2 ** 26),
      node: key % 2 ** 26,
    }));
  }

  /** Does the base have several types that go by this node where others refer to them? */
  hasSeveral(node: number): boolean {
    const { store, nodeCount, others } = this;
    if (this.otherNodes === undefined) {
      this.otherNodes = new Set();
      for (let i = 1; i < others.length; i += 2) this.otherNodes.add(store.owner[others[i]!]! || others[i]!);
    }
    if (this.otherNodes.has(node)) return true;
    let definitions = 0;
    for (let other = store.link[node]!; other !== 0; other = store.link[other]!)
      if (other < nodeCount) definitions++;
    return definitions > 1;
  }

  /** An image of all of it, in pieces, which share its memory: to be used before anything is encoded. */
  write(): Uint8Array[] {
    const image = new ImageWriter();
    this.names.write(image);
    this.store.write(image);
    image.number(this.endId);
    image.number(this.endString);
    image.column(this.idOf);
    image.column(this.others);
    image.column(this.stringOf);
    image.column(Int32Array.from(this.forwards));
    image.number(this.affected === undefined ? 0 : 1);
    if (this.affected !== undefined) image.column(this.affected);
    this.records.write(image);
    return image.pieces();
  }
}

function othersOf(nodeOf: Int32Array, idOf: Int32Array): number[] {
  const others: number[] = [];
  nodeOf.forEach((node, id) => {
    if (node > 0 && idOf[node] !== id) others.push(id, node);
  });
  return others;
}

/** The lowest type id of each node. A name leads to its definition, and to the FWD only where there is none. */
function idsOfNodes(store: Store, nodeOf: Int32Array): Int32Array {
  const idOf = new Int32Array(store.count);
  for (let id = nodeOf.length - 1; id > 0; id--) if (nodeOf[id]! > 0) idOf[nodeOf[id]!] = id;
  for (let node = 1; node < store.count; node++) {
    if (store.kind(node) !== NAMED) continue;
    const [first] = definitionsOf(store, node);
    if (first !== undefined) idOf[node] = idOf[first]!;
  }
  return idOf;
}
