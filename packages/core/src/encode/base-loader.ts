import { type Btf, Kind, type TypeId } from '../btf/index.js';
import { FormatError } from '../bytes/index.js';
import type { Names } from './names.js';
import { NAMED, type Store } from './store.js';

const UNKNOWN = -1;
const BUSY = -2;
/** FUNC, VAR and the like: nothing refers to them from a module's types. */
const NO_TYPE = -3;
const MAX_DEPTH = 1000;

/** Makes nodes of the types of a BTF and its bases. */
export class BaseLoader {
  /** Node by type id; negative for what is no type (FUNC, VAR, DATASEC, tags). */
  readonly nodeOf: Int32Array;
  /** Names that are a FWD somewhere, or an enum without enumerators. */
  readonly forwards = new Set<number>();
  private readonly btf: Btf;
  private readonly store: Store;
  private readonly names: Names;
  private readonly nameOf: Int32Array;
  private depth = 0;

  constructor(btf: Btf, store: Store, names: Names) {
    this.btf = btf;
    this.store = store;
    this.names = names;
    this.nodeOf = new Int32Array(btf.endId).fill(UNKNOWN);
    this.nodeOf[0] = 0;
    this.nameOf = new Int32Array(btf.strings.end).fill(-1);
  }

  /** All types. FormatError for types that are made of themselves. */
  loadAll(): void {
    for (let id = 1; id < this.btf.endId; id++) this.load(id);
  }

  /** The lowest offset of each name + 1, 0 for names that the BTF does not have. */
  stringOffsets(): Int32Array {
    const offsets = new Int32Array(this.names.count);
    for (let at = this.nameOf.length - 1; at >= 0; at--)
      if (this.nameOf[at]! >= 0) offsets[this.nameOf[at]!] = at + 1;
    return offsets;
  }

  /** Makes the node of `id`, and the definition where that is a name. */
  private load(id: TypeId): void {
    const node = this.node(id);
    if (node > 0 && this.store.kind(node) === NAMED) this.nodeOf[id] = this.definition(id, node);
  }

  private definition(id: TypeId, named: number): number {
    const { btf } = this;
    if (btf.kind(id) === Kind.FWD || (btf.vlen(id) === 0 && isEnum(btf.kind(id)))) {
      this.forwards.add(named);
      return named;
    }
    this.copy(id);
    return this.store.define(named);
  }

  /** The node that stands for `id` where others refer to it. */
  private node(id: TypeId): number {
    const known = this.nodeOf[id]!;
    if (known >= 0) return this.store.owner[known] ? this.store.owner[known]! : known;
    if (known === NO_TYPE) return NO_TYPE;
    if (known === BUSY || ++this.depth > MAX_DEPTH) {
      throw new FormatError('a type that is made of itself, or of types nested too deep', {
        file: this.btf.name,
        section: 'types',
        typeId: id,
      });
    }
    this.nodeOf[id] = BUSY;
    const node = this.make(id);
    this.nodeOf[id] = node;
    this.depth--;
    return node;
  }

  private child(id: TypeId): number {
    const node = this.node(id);
    if (node < 0) {
      throw new FormatError('a type refers to what is no type', {
        file: this.btf.name,
        section: 'types',
        typeId: id,
      });
    }
    return node;
  }

  private make(id: TypeId): number {
    const { btf, store } = this;
    const kind = btf.kind(id);
    const name = this.name(btf.nameOff(id));
    switch (kind) {
      case Kind.PTR:
        return store.pointer(this.child(btf.sizeOrType(id)));
      case Kind.CONST:
        return store.constant(this.child(btf.sizeOrType(id)));
      case Kind.TYPEDEF:
      case Kind.VOLATILE:
      case Kind.RESTRICT:
      case Kind.TYPE_TAG: {
        const child = this.child(btf.sizeOrType(id));
        store.begin(name, infoOf(btf, id), child, 0);
        return store.finish();
      }
      case Kind.FWD:
        return store.named(btf.kflag(id) ? Kind.UNION : Kind.STRUCT, name, 0);
      case Kind.STRUCT:
      case Kind.UNION:
      case Kind.ENUM:
      case Kind.ENUM64: {
        if (name !== 0) return store.named(isEnum(kind) ? Kind.ENUM : kind, name, 0);
        this.copy(id);
        return store.finish();
      }
      case Kind.INT:
      case Kind.FLOAT:
      case Kind.ARRAY:
      case Kind.FUNC_PROTO:
        this.copy(id);
        return store.finish();
      default:
        return NO_TYPE;
    }
  }

  /** Begins a record with all that the record of `id` has. */
  private copy(id: TypeId): void {
    const { btf, store } = this;
    const { words } = btf.layer(id);
    const at = btf.at(id);
    const end = at + btf.recordLength(id);
    const kind = btf.kind(id);
    const stride = kind === Kind.FUNC_PROTO ? 2 : 3;
    const first = at + 3;
    const hasTypes = kind === Kind.STRUCT || kind === Kind.UNION || kind === Kind.FUNC_PROTO;
    // Children first: a record cannot be begun while another is built.
    if (hasTypes) for (let i = first; i < end; i += stride) this.child(words[i + 1]!);
    if (kind === Kind.ARRAY) for (let i = first; i < first + 2; i++) this.child(words[i]!);
    const third = kind === Kind.FUNC_PROTO ? this.child(words[at + 2]!) : words[at + 2]!;
    store.begin(this.name(words[at]!), infoOf(btf, id), third | 0, end - first);
    const width = kind === Kind.ENUM ? 2 : stride;
    for (let i = first; i < end; i++) {
      const place = (i - first) % width;
      if (hasTypes && place === 1) store.push(this.child(words[i]!));
      else if (kind === Kind.ARRAY && i < first + 2) store.push(this.child(words[i]!));
      else if ((hasTypes || isEnum(kind)) && place === 0) store.push(this.name(words[i]!));
      else store.push(words[i]! | 0);
    }
  }

  private name(offset: number): number {
    const known = this.nameOf[offset]!;
    if (known >= 0) return known;
    const strings = this.btf.strings.layer(offset);
    const name = this.names.intern(strings.bytes, offset - strings.start);
    this.nameOf[offset] = name;
    return name;
  }
}

function isEnum(kind: number): boolean {
  return kind === Kind.ENUM || kind === Kind.ENUM64;
}

function infoOf(btf: Btf, id: TypeId): number {
  return (btf.kflag(id) ? 1 << 31 : 0) | (btf.kind(id) << 24) | btf.vlen(id);
}
