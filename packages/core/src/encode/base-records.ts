import { type Btf, Kind, type TypeId } from '../btf/index.js';
import type { ImageReader, ImageWriter } from './base-image.js';

/** Stands in the place of a DECL_TAG's component, which is -1 or more. */
const FUNC = -2;

/** FUNCs and DECL_TAGs of a base, found by name and target: those that a module would repeat are not its own. */
export class BaseRecords {
  /** One row for each record, ordered by the offset of its name, then by id. */
  private readonly name: Int32Array;
  private readonly target: Int32Array;
  private readonly component: Int32Array;
  private readonly id: Int32Array;

  private constructor(name: Int32Array, target: Int32Array, component: Int32Array, id: Int32Array) {
    this.name = name;
    this.target = target;
    this.component = component;
    this.id = id;
  }

  static of(btf: Btf): BaseRecords {
    const ids: TypeId[] = [];
    for (let id = 1; id < btf.endId; id++) if (isRecord(btf, id)) ids.push(id);
    // Both parts of a key are below 2 ** 32, and together below 2 ** 53 in any blob that fits into memory.
    const keys = Float64Array.from(ids, (id, i) => btf.nameOff(id) * ids.length + i).sort();
    const id = Int32Array.from(keys, key => ids[key % ids.length]!);
    return new BaseRecords(
      id.map(one => btf.nameOff(one)),
      id.map(one => btf.sizeOrType(one)),
      id.map(one => (btf.kind(one) === Kind.FUNC ? FUNC : btf.layer(one).words[btf.at(one) + 3]!)),
      id,
    );
  }

  static read(image: ImageReader): BaseRecords {
    return new BaseRecords(image.ints(), image.ints(), image.ints(), image.ints());
  }

  write(image: ImageWriter): void {
    for (const column of [this.name, this.target, this.component, this.id]) image.column(column);
  }

  /** Id of the record of this kind, name (string offset) and target; of a DECL_TAG, with this component. 0 for none. */
  find(kind: number, name: number, target: TypeId, component = 0): TypeId {
    const last = kind === Kind.FUNC ? FUNC : component;
    for (let row = this.firstOf(name); this.name[row] === name; row++) {
      if (this.target[row] === target && this.component[row] === last) return this.id[row]!;
    }
    return 0;
  }

  private firstOf(name: number): number {
    let low = 0;
    let high = this.name.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.name[middle]! < name) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Without linkage, as a module's are; a FUNC that has one is another. */
function isRecord(btf: Btf, id: TypeId): boolean {
  const kind = btf.kind(id);
  return (kind === Kind.FUNC || kind === Kind.DECL_TAG) && btf.vlen(id) === 0 && !btf.kflag(id);
}
