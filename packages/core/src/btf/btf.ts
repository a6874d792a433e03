import { FormatError, locate } from '../bytes/errors.js';
import { plainBytes } from '../bytes/source.js';
import { checkReferences } from './check.js';
import { type BtfHeader, parseHeader, readLayout } from './header.js';
import { kflagOf, kindOf, vlenOf } from './kinds.js';
import { Lookup } from './lookup.js';
import { indexTypes } from './records.js';
import { BUILTIN_SHAPES, type LayoutEntry, type Shapes, shapesOf } from './shapes.js';
import { type StringOffset, Strings } from './strings.js';
import { type BtfType, viewOf } from './view.js';
import { hostWords } from './words.js';

/** Index of a type: 0 is void, a base's types come first, then those of the layer above it. */
export type TypeId = number & { readonly __unit?: 'type id' };

export interface ParseOptions {
  /** What a split BTF stands on; may be split itself. */
  readonly base?: Btf | undefined;
  /** How errors name the blob. */
  readonly name?: string | undefined;
  /**
   * Default true. With false, type ids and string offsets are taken unseen: for looking at a few types of a big
   * blob, each checked by `checkType` before it is followed.
   */
  readonly references?: boolean | undefined;
}

/**
 * One BTF blob, indexed and not decoded: the type section as words, and where in it each type begins. For split
 * BTF, one layer that stands on `base`; ids and string offsets below its own resolve there.
 *
 * Hot loops read `words`; `kind(id)` and its like make no objects; `type(id)` makes one, for people.
 */
export class Btf {
  readonly name: string | undefined;
  readonly base: Btf | null;
  readonly header: BtfHeader;
  /** The blob as it came in, any byte order. Not to be written to. */
  readonly bytes: Uint8Array;
  /** This layer's type section in host byte order. */
  readonly words: Uint32Array;
  /** Word index in `words` of own type number i, whose id is `startId + i`. */
  readonly offsets: Uint32Array;
  /** First own id: 1, or the base's `endId`. */
  readonly startId: number;
  /** One past the last id (libbpf's btf__type_cnt). */
  readonly endId: number;
  readonly strings: Strings;
  /** Rows of the own layout section; empty where there is none. */
  readonly layout: readonly LayoutEntry[];
  /** The kinds table as this blob has it. */
  readonly shapes: Shapes;
  private lookup: Lookup | undefined;

  private constructor(bytes: Uint8Array, base: Btf | null, name: string | undefined) {
    this.name = name;
    this.base = base;
    this.bytes = bytes;
    const header = parseHeader(bytes);
    this.header = header;
    const section = (offset: number, length: number) =>
      bytes.subarray(header.headerLength + offset, header.headerLength + offset + length);
    this.strings = new Strings(
      section(header.stringOffset, header.stringLength),
      base === null ? null : base.strings,
    );
    this.layout = readLayout(bytes, header);
    // A split blob without a layout section shares that of its base (libbpf's btf_type_size_unknown).
    if (header.layoutLength > 0) this.shapes = shapesOf(this.layout);
    else this.shapes = base === null ? BUILTIN_SHAPES : base.shapes;
    this.startId = base === null ? 1 : base.endId;
    const typeBytes = section(header.typeOffset, header.typeLength);
    if (typeBytes.length % 4 !== 0) {
      throw new FormatError(`length ${typeBytes.length} is not a multiple of 4`, { section: 'types' });
    }
    this.words = hostWords(typeBytes, header.littleEndian);
    this.offsets = indexTypes(this.words, this.shapes, this.layout, this.startId);
    this.endId = this.startId + this.offsets.length;
  }

  /**
   * Indexes a raw blob of either byte order in one pass and checks what libbpf's btf__new checks: header,
   * sections, record sizes, type ids and string offsets. Throws FormatError with section, offset and type id.
   * The result shares the memory of `bytes` where byte order and alignment allow it.
   */
  static parse(bytes: Uint8Array, options: ParseOptions = {}): Btf {
    return locate({ file: options.name }, () => {
      const btf = new Btf(plainBytes(bytes), options.base ?? null, options.name);
      if (options.references ?? true) checkReferences(btf);
      return btf;
    });
  }

  /** The byte order of the blob; `words` are in the host's. */
  get littleEndian(): boolean {
    return this.header.littleEndian;
  }

  /** The layer whose `words` hold `id`. Throws RangeError for an id that does not exist; void is in the lowest. */
  layer(id: TypeId): Btf {
    if (!(id >= 0 && id < this.endId)) throw new RangeError(`type id ${id}, ids end at ${this.endId}`);
    let layer: Btf = this;
    while (id < layer.startId && layer.base !== null) layer = layer.base;
    return layer;
  }

  /** Word index of `id` in `layer(id).words`. Void has no record: RangeError. */
  at(id: TypeId): number {
    const layer = this.layer(id);
    const at = layer.offsets[id - layer.startId];
    if (at === undefined) throw new RangeError('void has no record');
    return at;
  }

  private word(id: TypeId, index: number): number {
    if (id === 0) return 0;
    const layer = this.layer(id);
    return layer.words[layer.offsets[id - layer.startId]! + index]!;
  }

  /** A value of `Kind`, or what else the blob's layout section describes; 0 for void. */
  kind(id: TypeId): number {
    return kindOf(this.word(id, 1));
  }
  /** Number of members, parameters, enumerators or variables. */
  vlen(id: TypeId): number {
    return vlenOf(this.word(id, 1));
  }
  /** What it means depends on the kind: of a STRUCT, that members tell of bit fields. */
  kflag(id: TypeId): boolean {
    return kflagOf(this.word(id, 1));
  }
  /** Offset of the name among the strings of all layers; 0 for none. */
  nameOff(id: TypeId): StringOffset {
    return this.word(id, 0);
  }
  /** The third word: a size in bytes or a type id, as `shapes.third` says for the kind. */
  sizeOrType(id: TypeId): number {
    return this.word(id, 2);
  }
  /** Length of the record of `id` in words. */
  recordLength(id: TypeId): number {
    const { shapes } = this.layer(id);
    const kind = this.kind(id);
    return 3 + shapes.extra[kind]! + this.vlen(id) * shapes.element[kind]!;
  }

  /** The string at an offset; throws RangeError past the end. */
  string(offset: StringOffset): string {
    return this.strings.get(offset);
  }
  /** The name of a type, '' for anonymous ones. */
  typeName(id: TypeId): string {
    return this.strings.get(this.nameOff(id));
  }

  /** A type as an object, made now. */
  type(id: TypeId): BtfType {
    return viewOf(this, id);
  }

  private get names(): Lookup {
    this.lookup ??= new Lookup(this);
    return this.lookup;
  }

  /** The first type of that name (and kind, a value of `Kind`), bases first; 0 where there is none. */
  find(name: string, kind?: number): TypeId {
    return (this.base?.find(name, kind) ?? 0) || this.names.first(name, kind);
  }

  /** All types of that name (and kind) in order of id, bases first. */
  findAll(name: string, kind?: number): TypeId[] {
    return [...(this.base?.findAll(name, kind) ?? []), ...this.names.all(name, kind)];
  }

  /**
   * First named id of this layer where its names are in strcmp order, anonymous types first (libbpf's
   * btf_check_sorted); 0 where they are not, or where no type is named.
   */
  get sortedFrom(): TypeId {
    return this.names.sortedFrom;
  }
}

/** Number of types in a blob, without a look at what they stand on. FormatError as from `parse`. */
export function countTypes(bytes: Uint8Array): number {
  const header = parseHeader(bytes);
  const layout = readLayout(bytes, header);
  const from = header.headerLength + header.typeOffset;
  const words = hostWords(bytes.subarray(from, from + header.typeLength), header.littleEndian);
  return indexTypes(words, layout.length > 0 ? shapesOf(layout) : BUILTIN_SHAPES, layout, 1).length;
}
