import type { Btf, TypeId } from '../btf/index.js';
import type { ByteSource } from '../bytes/index.js';
import { definitionsOf, findAffected } from './affected.js';
import { ImageReader, ImageWriter } from './base-image.js';
import { BaseLoader } from './base-loader.js';
import { BaseRecords } from './base-records.js';
import { Names } from './names.js';
import { NAMED, Store } from './store.js';

interface BaseColumns {
  readonly endId: TypeId;
  readonly endString: number;
  readonly nodeOf: Int32Array;
  readonly idOf: Int32Array;
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
  /** Node by type id; negative for what is no type (FUNC, VAR, DATASEC, tags). */
  readonly nodeOf: Int32Array;
  /** Type id by node, the lowest of several; 0 for names that the base does not have. */
  readonly idOf: Int32Array;
  /** Offset of a string of the base + 1 by name, 0 for names that the base does not have. */
  readonly stringOf: Int32Array;
  /** Names that are a FWD in the base, or an enum without enumerators. */
  readonly forwards: ReadonlySet<number>;
  /** Nodes of the base that can mean several of its types. */
  readonly affected: Uint8Array | undefined;
  readonly records: BaseRecords;
  /** The base itself, for what its nodes do not tell: which of several types of one name is meant. */
  readonly btf: () => Promise<Btf>;

  private constructor(names: Names, store: Store, columns: BaseColumns, btf: () => Promise<Btf>) {
    this.names = names;
    this.store = store;
    this.nodeCount = store.count;
    this.nameCount = names.count;
    this.endId = columns.endId;
    this.endString = columns.endString;
    this.nodeOf = columns.nodeOf;
    this.idOf = columns.idOf;
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
    const isAmbiguous = (named: number) =>
      store.link[named] !== 0 && (store.link[store.link[named]!] !== 0 || forwards.has(named));
    const columns = {
      endId: btf.endId,
      endString: btf.strings.end,
      nodeOf,
      idOf: idsOfNodes(store, nodeOf),
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
      nodeOf: image.ints(),
      idOf: image.ints(),
      stringOf: image.ints(),
      forwards: new Set(image.ints()),
      affected: image.number() === 0 ? undefined : image.bytes(),
      records: BaseRecords.read(image),
    };
    return new BaseTypes(names, store, columns, btf);
  }

  /** An image of all of it, in pieces, which share its memory: to be used before anything is encoded. */
  write(): Uint8Array[] {
    const image = new ImageWriter();
    this.names.write(image);
    this.store.write(image);
    image.number(this.endId);
    image.number(this.endString);
    image.column(this.nodeOf);
    image.column(this.idOf);
    image.column(this.stringOf);
    image.column(Int32Array.from(this.forwards));
    image.number(this.affected === undefined ? 0 : 1);
    if (this.affected !== undefined) image.column(this.affected);
    this.records.write(image);
    return image.pieces();
  }
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
