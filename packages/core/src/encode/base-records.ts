import { type Btf, Kind, type TypeId } from '../btf/index.js';

/** FUNCs and DECL_TAGs of a base, found by what they refer to: those that a module would repeat are not its own. */
export class BaseRecords {
  private readonly btf: Btf;
  /** By type id: the first FUNC or DECL_TAG that refers to it, and by their id the next. 0 for none. */
  private first: Int32Array | undefined;
  private next = new Int32Array(0);

  constructor(btf: Btf) {
    this.btf = btf;
  }

  /** Id of the record of this kind, name (string offset) and target; of a DECL_TAG, with this component. 0 for none. */
  find(kind: number, name: number, target: TypeId, component = 0): TypeId {
    const { btf } = this;
    this.first ??= this.index();
    for (let id = this.first[target]!; id !== 0; id = this.next[id]!) {
      const { words } = btf.layer(id);
      const at = btf.at(id);
      if (words[at] !== name || words[at + 1] !== kind << 24) continue;
      if (kind !== Kind.DECL_TAG || (words[at + 3]! | 0) === component) return id;
    }
    return 0;
  }

  private index(): Int32Array {
    const { btf } = this;
    const first = new Int32Array(btf.endId);
    this.next = new Int32Array(btf.endId);
    for (let id = btf.endId - 1; id > 0; id--) {
      const kind = btf.kind(id);
      if (kind !== Kind.FUNC && kind !== Kind.DECL_TAG) continue;
      const target = btf.layer(id).words[btf.at(id) + 2]!;
      if (target >= first.length) continue;
      this.next[id] = first[target]!;
      first[target] = id;
    }
    return first;
  }
}
