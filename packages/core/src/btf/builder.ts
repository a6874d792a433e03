import { Btf, type TypeId } from './btf.js';
import { infoOf, Kind, MAX_VLEN } from './kinds.js';
import { StringSet } from './string-set.js';
import type { BtfType, CompositeType, Member, VoidType } from './view.js';
import { assemble, type WriteOptions } from './write.js';

export interface BuilderOptions extends WriteOptions {
  /** What the new types stand on: ids go on where the base ends, names are new strings of this layer. */
  readonly base?: Btf | undefined;
}

/**
 * Makes a blob from type objects, the same that `Btf.type` gives. Ids are handed out in order of `add`; a type may
 * refer to ids that come later. References are checked when the result is parsed, not here.
 */
export class BtfBuilder {
  private readonly options: BuilderOptions;
  private readonly strings: StringSet;
  private words = new Uint32Array(256);
  private length = 0;
  private next: number;

  constructor(options: BuilderOptions = {}) {
    this.options = options;
    this.strings = new StringSet(options.base?.strings.end ?? 0);
    this.next = options.base?.endId ?? 1;
  }

  /** The id that the next type gets. */
  get nextId(): TypeId {
    return this.next;
  }

  /** Appends a type. Throws RangeError for values that the format has no room for. */
  add(type: Exclude<BtfType, VoidType>): TypeId {
    const name = this.strings.add(type.name);
    switch (type.kind) {
      case 'INT': {
        const data = (type.encoding << 24) | (type.bitOffset << 16) | type.bits;
        return this.record(name, infoOf(Kind.INT, 0, false), type.size, [data]);
      }
      case 'PTR':
      case 'TYPEDEF':
      case 'VOLATILE':
      case 'CONST':
      case 'RESTRICT':
        return this.record(name, infoOf(Kind[type.kind], 0, false), type.type, []);
      case 'ARRAY':
        return this.record(name, infoOf(Kind.ARRAY, 0, false), 0, [type.element, type.index, type.length]);
      case 'STRUCT':
      case 'UNION': {
        const members = type.members.flatMap(m => [this.strings.add(m.name), m.type, memberOffset(type, m)]);
        return this.elements(name, Kind[type.kind], type.kflag, type.size, type.members.length, members);
      }
      case 'ENUM': {
        const values = type.values.flatMap(v => [this.strings.add(v.name), v.value >>> 0]);
        return this.elements(name, Kind.ENUM, type.signed, type.size, type.values.length, values);
      }
      case 'ENUM64': {
        const values = type.values.flatMap(v => {
          const bits = BigInt.asUintN(64, v.value);
          return [this.strings.add(v.name), Number(bits & 0xffffffffn), Number(bits >> 32n)];
        });
        return this.elements(name, Kind.ENUM64, type.signed, type.size, type.values.length, values);
      }
      case 'FWD':
        return this.record(name, infoOf(Kind.FWD, 0, type.target === 'union'), 0, []);
      case 'FUNC':
        return this.elements(name, Kind.FUNC, false, type.type, type.linkage, []);
      case 'FUNC_PROTO': {
        const params = type.params.flatMap(p => [this.strings.add(p.name), p.type]);
        return this.elements(name, Kind.FUNC_PROTO, false, type.returns, type.params.length, params);
      }
      case 'VAR':
        return this.record(name, infoOf(Kind.VAR, 0, false), type.type, [type.linkage]);
      case 'DATASEC': {
        const variables = type.variables.flatMap(v => [v.type, v.offset, v.size]);
        return this.elements(name, Kind.DATASEC, false, type.size, type.variables.length, variables);
      }
      case 'FLOAT':
        return this.record(name, infoOf(Kind.FLOAT, 0, false), type.size, []);
      case 'DECL_TAG':
        return this.record(name, infoOf(Kind.DECL_TAG, 0, type.attribute), type.type, [type.component >>> 0]);
      case 'TYPE_TAG':
        return this.record(name, infoOf(Kind.TYPE_TAG, 0, type.attribute), type.type, []);
      case 'LOC_PARAM': {
        const rest = [type.flags, ...type.values];
        return this.elements(name, Kind.LOC_PARAM, false, type.size, type.values.length, rest);
      }
      case 'LOC_PROTO':
        return this.elements(name, Kind.LOC_PROTO, false, 0, type.params.length, type.params);
      case 'LOCSEC': {
        const locations = type.locations.flatMap(l => [l.func, l.locProto, l.offset]);
        return this.elements(name, Kind.LOCSEC, false, 0, type.locations.length, locations);
      }
      case 'UNKNOWN':
        return this.record(name, type.info, type.sizeOrType, type.words);
    }
  }

  /** The blob. The builder can go on afterwards. */
  build(): Uint8Array {
    return assemble({ words: this.words.slice(0, this.length), strings: this.strings.take() }, this.options);
  }

  /** The blob, parsed on the builder's base. Throws FormatError where a reference leads nowhere. */
  parse(name?: string): Btf {
    return Btf.parse(this.build(), { base: this.options.base, name });
  }

  private elements(
    name: number,
    kind: number,
    kflag: boolean,
    third: number,
    vlen: number,
    rest: readonly number[],
  ): TypeId {
    if (vlen > MAX_VLEN) throw new RangeError(`${vlen} elements, a type holds at most ${MAX_VLEN}`);
    return this.record(name, infoOf(kind, vlen, kflag), third, rest);
  }

  private record(name: number, info: number, third: number, rest: readonly number[]): TypeId {
    const end = this.length + 3 + rest.length;
    if (end > this.words.length) {
      const grown = new Uint32Array(Math.max(end, this.words.length * 2));
      grown.set(this.words);
      this.words = grown;
    }
    this.words[this.length] = name;
    this.words[this.length + 1] = info;
    this.words[this.length + 2] = third;
    this.words.set(rest, this.length + 3);
    this.length = end;
    return this.next++;
  }
}

function memberOffset(type: CompositeType, member: Member): number {
  if (!type.kflag) {
    if (member.bitfieldSize === 0) return member.bitOffset;
    throw new RangeError(`bitfield ${member.name} in a ${type.kind} without kflag`);
  }
  if (member.bitOffset > 0xffffff || member.bitfieldSize > 0xff) {
    throw new RangeError(
      `${member.name}: offset ${member.bitOffset} and size ${member.bitfieldSize} exceed 24 and 8 bits`,
    );
  }
  return ((member.bitfieldSize << 24) | member.bitOffset) >>> 0;
}
