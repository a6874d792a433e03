import { type Btf, IntEncoding, infoOf, Kind, type TypeId } from '../btf/index.js';
import { behindModifiers, type Reader } from './plan.js';

/** As libbpf calls it. */
const PLACEHOLDER = 'enum64_placeholder';

/** An INT's last word: so many bits, from the first on. */
export function intData(encoding: number, bits: number): number {
  return ((encoding << 24) | bits) >>> 0;
}

/** INTs that stand-ins need, behind all other types, so that no id moves. */
export class Additions {
  /** In the order of their ids. */
  readonly records: number[][] = [];
  private readonly btf: Btf;
  private readonly reader: Reader;
  private readonly addString: (text: string) => number;
  private readonly narrow = new Map<string, TypeId>();
  private placeholder = 0;

  /** `addString` gives the offset of a new string. */
  constructor(btf: Btf, reader: Reader, addString: (text: string) => number) {
    this.btf = btf;
    this.reader = reader;
    this.addString = addString;
  }

  private add(record: number[]): TypeId {
    this.records.push(record);
    return this.btf.endId + this.records.length - 1;
  }

  /**
   * The type of members that were enumerators. Modules stand on a kernel's BTF, which must not grow: there it is an
   * INT that it has.
   */
  placeholderId(): TypeId {
    if (this.placeholder === 0 && this.reader === 'kernel') this.placeholder = this.findByte();
    if (this.placeholder === 0) {
      const name = this.addString(PLACEHOLDER);
      this.placeholder = this.add([name, infoOf(Kind.INT, 0, false), 1, intData(0, 8)]);
    }
    return this.placeholder;
  }

  private findByte(): TypeId {
    const { btf } = this;
    for (let id = 1; id < btf.endId; id++) {
      if (btf.kind(id) !== Kind.INT || btf.sizeOrType(id) !== 1) continue;
      if ((btf.layer(id).words[btf.at(id) + 3]! & 0xffffff) === 8) return id;
    }
    return 0;
  }

  /**
   * The INT for a bit field of `bits` bits of `type`, as they were before structs had kflag (Linux 5.0); `type` itself
   * where it is no integer.
   */
  narrowInt(type: TypeId, bits: number): TypeId {
    const { btf } = this;
    const end = behindModifiers(btf, type);
    const kind = btf.kind(end);
    const isEnum = kind === Kind.ENUM || kind === Kind.ENUM64;
    if (kind !== Kind.INT && !isEnum) return type;
    const key = `${end} ${bits}`;
    let id = this.narrow.get(key);
    if (id === undefined) {
      const signed = btf.kflag(end) ? IntEncoding.SIGNED : 0;
      const encoding = isEnum ? signed : btf.layer(end).words[btf.at(end) + 3]! >>> 24;
      const data = intData(encoding, bits);
      id = this.add([btf.nameOff(end), infoOf(Kind.INT, 0, false), btf.sizeOrType(end), data]);
      this.narrow.set(key, id);
    }
    return id;
  }
}
