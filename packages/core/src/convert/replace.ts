import {
  type Btf,
  IntEncoding,
  infoOf,
  Kind,
  kflagOf,
  kindOf,
  type StringOffset,
  type TypeId,
  vlenOf,
} from '../btf/index.js';
import type { KernelRules } from '../verify/rules.js';
import { type Additions, intData } from './additions.js';
import type { LossCounter } from './losses.js';
import { isForeignEnum, isForeignTag, mostEntries, type Plan, type Reader, tagsCutEntry } from './plan.js';

/**
 * Replaces records one by one, each by one that says as much as the release takes. What libbpf replaces
 * (bpf_object__sanitize_btf) is replaced as there; docs/convert.md has all rules.
 */
export class Replacer {
  /** Names of structs that were sections, which may have more characters. */
  readonly sectionNames = new Set<StringOffset>();
  private readonly btf: Btf;
  private readonly rules: KernelRules;
  private readonly reader: Reader;
  private readonly plan: Plan;
  private readonly additions: Additions;
  private readonly losses: LossCounter;

  constructor(
    btf: Btf,
    rules: KernelRules,
    reader: Reader,
    plan: Plan,
    additions: Additions,
    losses: LossCounter,
  ) {
    this.btf = btf;
    this.rules = rules;
    this.reader = reader;
    this.plan = plan;
    this.additions = additions;
    this.losses = losses;
  }

  /** What stands in the place of type `id`, whose record is given; the record itself where it can stay. */
  replace(id: TypeId, record: Uint32Array): ArrayLike<number> {
    const info = record[1]!;
    const kind = kindOf(info);
    if (this.btf.shapes.builtin[kind] === 0) return this.placeholderFor('unknown', record);
    switch (kind) {
      case Kind.INT:
        return this.int(record);
      case Kind.STRUCT:
      case Kind.UNION:
        return this.composite(this.cut(record, 3));
      case Kind.ENUM:
      case Kind.ENUM64:
        return this.enumeration(id, this.cut(record, kind === Kind.ENUM ? 2 : 3));
      case Kind.FWD:
        return this.forward(record);
      case Kind.FUNC:
        return this.func(record);
      case Kind.FUNC_PROTO:
        return this.prototype(this.cut(record, 2));
      case Kind.VAR:
        if (this.rules.maxKind >= kind) return record;
        return this.placeholderFor('variable', record);
      case Kind.DATASEC:
        return this.section(this.cut(record, 3));
      case Kind.FLOAT:
        if (this.rules.maxKind >= kind) return record;
        return this.hollow('float', record);
      case Kind.DECL_TAG:
        return this.declTag(record);
      case Kind.TYPE_TAG:
        return this.typeTag(id, record);
      default:
        return kind <= this.rules.maxKind ? record : this.placeholderFor('unknown', record);
    }
  }

  /** An INT of one byte, the least that fits in the place of any variable. */
  private placeholderFor(
    loss: 'unknown' | 'variable' | 'declTag' | 'declAttribute',
    record: Uint32Array,
  ): number[] {
    this.losses.add(loss);
    return [record[0]!, infoOf(Kind.INT, 0, false), 1, intData(0, 8)];
  }

  /** A struct of the size in `record`, without a name: "float" is none that C has for a struct. */
  private hollow(loss: 'float' | 'wideInt', record: Uint32Array): number[] {
    this.losses.add(loss);
    return [0, infoOf(Kind.STRUCT, 0, false), record[2]!];
  }

  /** The record with as many elements as vlen has bits for. */
  private cut(record: Uint32Array, step: number): Uint32Array {
    const info = record[1]!;
    const most = mostEntries(this.rules);
    const count = vlenOf(info);
    if (count <= most) return record;
    this.losses.add('entries', count - most);
    const shorter = record.slice(0, 3 + step * most);
    shorter[1] = infoOf(kindOf(info), most, kflagOf(info));
    return shorter;
  }

  private int(record: Uint32Array): ArrayLike<number> {
    const data = record[3]!;
    const bits = (data & 0xff) + ((data >>> 16) & 0xff);
    return bits > this.rules.maxIntBits && bits <= 128 ? this.hollow('wideInt', record) : record;
  }

  /** Before kflag, the INT of a bit field said how many bits it has. */
  private composite(record: Uint32Array): Uint32Array {
    const info = record[1]!;
    if (!kflagOf(info) || this.rules.infoBits >>> 31 === 1) return record;
    this.losses.add('structFlag');
    const plain = record.slice();
    plain[1] = infoOf(kindOf(info), vlenOf(info), false);
    for (let row = 3; row < plain.length; row += 3) {
      const place = plain[row + 2]!;
      plain[row + 2] = place & 0xffffff;
      if (place >>> 24 === 0) continue;
      plain[row + 1] = this.additions.narrowInt(plain[row + 1]!, place >>> 24);
      this.losses.add('bitField');
    }
    return plain;
  }

  private enumeration(id: TypeId, record: Uint32Array): ArrayLike<number> {
    const info = record[1]!;
    const kind = kindOf(info);
    const size = record[2]!;
    if (!isForeignEnum(this.rules, this.reader, kind, size)) {
      if (this.rules.kflagEnums || !kflagOf(info)) return record;
      this.losses.add('sign');
      const plain = record.slice();
      plain[1] = infoOf(kind, vlenOf(info), false);
      return plain;
    }
    const name = record[0]!;
    if (this.plan.bitFieldEnums.has(id) && size <= 8) {
      this.losses.add('bitFieldEnum');
      const encoding = kflagOf(info) ? IntEncoding.SIGNED : 0;
      return [name, infoOf(Kind.INT, 0, false), size, intData(encoding, 8 * size)];
    }
    this.losses.add(kind === Kind.ENUM64 ? 'enum64' : 'enumSize');
    const union = [name, infoOf(Kind.UNION, vlenOf(info), false), size];
    const step = kind === Kind.ENUM64 ? 3 : 2;
    const type = this.additions.placeholderId();
    for (let row = 3; row < record.length; row += step) union.push(record[row]!, type, 0);
    return union;
  }

  private forward(record: Uint32Array): Uint32Array {
    if (!kflagOf(record[1]!) || this.rules.infoBits >>> 31 === 1) return record;
    this.losses.add('forwardUnion');
    const plain = record.slice();
    plain[1] = infoOf(Kind.FWD, 0, false);
    return plain;
  }

  private func(record: Uint32Array): Uint32Array {
    const isKnown = this.rules.maxKind >= Kind.FUNC;
    if (isKnown && (this.rules.funcLinkage || vlenOf(record[1]!) === 0)) return record;
    this.losses.add(isKnown ? 'linkage' : 'func');
    const plain = record.slice();
    plain[1] = infoOf(isKnown ? Kind.FUNC : Kind.TYPEDEF, 0, false);
    return plain;
  }

  private prototype(record: Uint32Array): ArrayLike<number> {
    if (this.rules.maxKind >= Kind.FUNC_PROTO) return record;
    this.losses.add('prototype');
    const values: number[] = [];
    for (let row = 3; row < record.length; row += 2) {
      // An enumerator must have a name.
      if (record[row] === 0) this.losses.add('parameter');
      else values.push(record[row]!, record[row + 1]!);
    }
    return [record[0]!, infoOf(Kind.ENUM, values.length / 2, false), 4, ...values];
  }

  private section(record: Uint32Array): ArrayLike<number> {
    const { rules, btf } = this;
    const isEmpty = record.length === 3;
    if (rules.maxKind >= Kind.DATASEC && (rules.emptySections || !isEmpty)) return record;
    this.losses.add('section');
    this.sectionNames.add(record[0]!);
    const struct = record.slice();
    struct[1] = infoOf(Kind.STRUCT, vlenOf(record[1]!), false);
    for (let row = 3; row < record.length; row += 3) {
      const [variable, offset] = [record[row]!, record[row + 1]!];
      struct[row] = btf.nameOff(variable);
      struct[row + 1] = variable;
      struct[row + 2] = 8 * offset;
    }
    return struct;
  }

  private declTag(record: Uint32Array): ArrayLike<number> {
    const { rules, btf } = this;
    if (rules.maxKind < Kind.DECL_TAG) return this.placeholderFor('declTag', record);
    if (kflagOf(record[1]!) && !rules.kflagTags) return this.placeholderFor('declAttribute', record);
    return tagsCutEntry(btf, rules, record[2]!, record[3]!) ? this.placeholderFor('declTag', record) : record;
  }

  private typeTag(id: TypeId, record: Uint32Array): ArrayLike<number> {
    const isForeign = isForeignTag(this.rules, record[1]!);
    if (!isForeign && !this.plan.lateTags.has(id)) return record;
    const attribute = this.rules.maxKind >= Kind.TYPE_TAG ? 'typeAttribute' : 'typeTag';
    this.losses.add(isForeign ? attribute : 'lateTag');
    return [0, infoOf(Kind.CONST, 0, false), record[2]!];
  }
}
