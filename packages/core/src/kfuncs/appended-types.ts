import {
  assemble,
  type Btf,
  CLASSIC_HEADER,
  infoOf,
  Kind,
  kflagOf,
  kindOf,
  LAYOUT_HEADER,
  type StringOffset,
  type TypeId,
  vlenOf,
} from '../btf/index.js';

const encoder = new TextEncoder();

export interface Param {
  readonly nameOff: StringOffset;
  readonly type: TypeId;
}

/** A blob that grows: types are appended, strings too where they are new; what was there can be changed in place. */
export class AppendedTypes {
  readonly btf: Btf;
  private words: Uint32Array;
  private length: number;
  /** Where each appended type begins in `words`. */
  private readonly appended: number[] = [];
  private readonly newStrings: number[] = [];
  private readonly newOffsets = new Map<string, StringOffset>();
  private texts: { readonly start: StringOffset; readonly text: string }[] | undefined;
  private isChanged = false;

  constructor(btf: Btf) {
    this.btf = btf;
    this.words = btf.words.slice();
    this.length = btf.words.length;
  }

  get endId(): TypeId {
    return this.btf.endId + this.appended.length;
  }

  private word(id: TypeId, index: number): number {
    if (id === 0) return 0;
    const { btf } = this;
    if (id < btf.startId) return btf.layer(id).words[btf.at(id) + index]!;
    const at = id < btf.endId ? btf.at(id) : this.appended[id - btf.endId];
    if (at === undefined) throw new RangeError(`type id ${id}, ids end at ${this.endId}`);
    return this.words[at + index]!;
  }

  kind(id: TypeId): number {
    return kindOf(this.word(id, 1));
  }
  kflag(id: TypeId): boolean {
    return kflagOf(this.word(id, 1));
  }
  vlen(id: TypeId): number {
    return vlenOf(this.word(id, 1));
  }
  nameOff(id: TypeId): StringOffset {
    return this.word(id, 0);
  }
  /** The third word of the record. */
  type(id: TypeId): TypeId {
    return this.word(id, 2);
  }
  /** Of a DECL_TAG; -1 for the type as a whole. */
  component(id: TypeId): number {
    return this.word(id, 3) | 0;
  }
  params(proto: TypeId): Param[] {
    return Array.from({ length: this.vlen(proto) }, (_, i) => ({
      nameOff: this.word(proto, 3 + 2 * i),
      type: this.word(proto, 4 + 2 * i),
    }));
  }

  /** Of the type and what was appended, by name. */
  isNamed(id: TypeId, name: string): boolean {
    const offset = this.nameOff(id);
    const known = this.newOffsets.get(name);
    if (offset >= this.btf.strings.end) return offset === known;
    return this.btf.strings.equals(offset, encoder.encode(name));
  }

  /** The first function of that name, bases first; 0 where there is none. */
  findFunc(name: string): TypeId {
    const found = this.btf.find(name, Kind.FUNC);
    if (found !== 0) return found;
    for (let id = this.btf.endId; id < this.endId; id++) {
      if (this.kind(id) === Kind.FUNC && this.isNamed(id, name)) return id;
    }
    return 0;
  }

  setType(id: TypeId, type: TypeId): void {
    this.words[this.btf.at(id) + 2] = type;
    this.isChanged = true;
  }

  addFunc(name: string, linkage: number, proto: TypeId): TypeId {
    return this.add(this.offsetOf(name), infoOf(Kind.FUNC, linkage, false), proto, []);
  }
  addProto(returns: TypeId, params: readonly Param[]): TypeId {
    const rest = params.flatMap(({ nameOff, type }) => [nameOff, type]);
    return this.add(0, infoOf(Kind.FUNC_PROTO, params.length, false), returns, rest);
  }
  addDeclTag(nameOff: StringOffset, type: TypeId, component: number, isAttribute = false): TypeId {
    return this.add(nameOff, infoOf(Kind.DECL_TAG, 0, isAttribute), type, [component >>> 0]);
  }
  /** A TYPE_TAG that stands for an attribute, as kflag says. */
  addTypeAttribute(name: string, type: TypeId): TypeId {
    return this.add(this.offsetOf(name), infoOf(Kind.TYPE_TAG, 0, true), type, []);
  }
  addPointer(type: TypeId): TypeId {
    return this.add(0, infoOf(Kind.PTR, 0, false), type, []);
  }

  private add(nameOff: StringOffset, info: number, third: number, rest: readonly number[]): TypeId {
    const end = this.length + 3 + rest.length;
    if (end > this.words.length) {
      const grown = new Uint32Array(Math.max(end, this.words.length + (this.words.length >> 3) + 1024));
      grown.set(this.words);
      this.words = grown;
    }
    this.appended.push(this.length);
    this.words.set([nameOff, info, third, ...rest], this.length);
    this.length = end;
    this.isChanged = true;
    return this.endId - 1;
  }

  /** Of a name that may be new: where a string of some layer is that name, the lowest first (libbpf's btf__add_str). */
  offsetOf(name: string): StringOffset {
    const known = this.newOffsets.get(name) ?? this.findString(name);
    if (known !== undefined) return known;
    const offset = this.btf.strings.end + this.newStrings.length;
    this.newStrings.push(...encoder.encode(name), 0);
    this.newOffsets.set(name, offset);
    return offset;
  }

  private findString(name: string): StringOffset | undefined {
    this.texts ??= layersOf(this.btf);
    const wanted = `\0${String.fromCharCode(...encoder.encode(name))}\0`;
    for (const { start, text } of this.texts) {
      const at = text.indexOf(wanted);
      if (at >= 0) return start + at;
    }
    return undefined;
  }

  /** The blob; undefined where nothing was changed. */
  build(): Uint8Array | undefined {
    if (!this.isChanged) return undefined;
    const { littleEndian, layout, header, strings } = this.btf;
    const all = new Uint8Array(strings.bytes.length + this.newStrings.length);
    all.set(strings.bytes);
    all.set(this.newStrings, strings.bytes.length);
    return assemble(
      { words: this.words.slice(0, this.length), strings: all },
      {
        littleEndian,
        layout,
        headerLength: header.headerLength > CLASSIC_HEADER ? LAYOUT_HEADER : CLASSIC_HEADER,
      },
    );
  }
}

/** The string sections, the lowest first, each with one NUL before it, so that each string has one on both sides. */
function layersOf(btf: Btf): { start: StringOffset; text: string }[] {
  const layers = btf.base === null ? [] : layersOf(btf.base);
  const { bytes, start } = btf.strings;
  layers.push({ start, text: `\0${new TextDecoder('latin1').decode(bytes)}` });
  return layers;
}
