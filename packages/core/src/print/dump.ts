import { type Btf, Kind, kflagOf, kindName, kindOf, type TypeId, vlenOf } from '../btf/index.js';
import { ByteWriter, type Sink } from './byte-writer.js';
import { type Field, type Format, field, type Word, word } from './format.js';
import { JsonFormat } from './json-format.js';
import { TextFormat } from './text-format.js';

/** bpftool 7.8 knows kinds up to ENUM64 by name; all others are UNKNOWN to it. */
const KIND_WORDS: readonly Word[] = Array.from({ length: Kind.ENUM64 + 1 }, (_, kind) =>
  word(kindName(kind)),
);
const kindWord = (kind: number): Word => KIND_WORDS[kind] ?? KIND_WORDS[Kind.UNKN]!;

const LINKAGES = ['static', 'global', 'extern'].map(word);
const UNKNOWN_LINKAGE = word('(unknown)');
const SIGNED = word('SIGNED');
const UNSIGNED = word('UNSIGNED');
const STRUCT = word('struct');
const UNION = word('union');
/** By the encoding's value; a mix of bits has no name. */
const INT_ENCODINGS = new Map([
  [0, word('(none)')],
  [1, SIGNED],
  [2, word('CHAR')],
  [4, word('BOOL')],
]);
const UNKNOWN_ENCODING = word('UNKN');

const SIZE = field('size');
const VLEN = field('vlen');
const TYPE_ID = field('type_id');
const FIRST_TYPE_ID = field('type_id', '');
const BITS_OFFSET = field('bits_offset');
const BITFIELD_SIZE = field('bitfield_size');
const NR_BITS = field('nr_bits');
const ENCODING = field('encoding');
const INDEX_TYPE_ID = field('index_type_id');
const NR_ELEMS = field('nr_elems');
const VAL = field('val');
const FWD_KIND = field('fwd_kind');
const LINKAGE = field('linkage');
const RET_TYPE_ID = field('ret_type_id');
const OFFSET = field('offset');
const COMPONENT_IDX = field('component_idx');
const MEMBERS = field('members');
const VALUES = field('values');
const PARAMS = field('params');
const VARS = field('vars');

/** Types as text, byte for byte as `bpftool btf dump … format raw`; without `ids` all of this layer. */
export function printRaw(btf: Btf, sink: Sink, ids?: Iterable<TypeId>): void {
  dump(btf, new TextFormat(new ByteWriter(sink)), ids);
}

/** Types as one JSON document, byte for byte as `bpftool -j btf dump`; without `ids` all of this layer. */
export function printJson(btf: Btf, sink: Sink, ids?: Iterable<TypeId>): void {
  dump(btf, new JsonFormat(new ByteWriter(sink)), ids);
}

function dump(btf: Btf, format: Format, ids: Iterable<TypeId> | undefined): void {
  const dumper = new Dumper(format);
  format.begin();
  if (ids === undefined) for (let id = btf.startId; id < btf.endId; id++) dumper.type(btf, id);
  else for (const id of ids) if (id !== 0) dumper.type(btf.layer(id), id);
  format.end();
}

/** The walk over a type: which fields there are, in bpftool's order (bpftool btf.c, dump_btf_type). */
class Dumper {
  private readonly format: Format;

  constructor(format: Format) {
    this.format = format;
  }

  /** `layer`: the one that owns `id`. */
  type(layer: Btf, id: TypeId): void {
    const { format } = this;
    const { words } = layer;
    const at = layer.offsets[id - layer.startId]!;
    const info = words[at + 1]!;
    const third = words[at + 2]!;
    const kind = kindOf(info);
    format.openType(id, kindWord(kind), layer.strings, words[at]!);
    switch (kind) {
      case Kind.INT:
        this.int(third, words[at + 3]!);
        break;
      case Kind.PTR:
      case Kind.CONST:
      case Kind.VOLATILE:
      case Kind.RESTRICT:
      case Kind.TYPEDEF:
      case Kind.TYPE_TAG:
        format.uint(TYPE_ID, third);
        break;
      case Kind.ARRAY:
        format.uint(TYPE_ID, words[at + 3]!);
        format.uint(INDEX_TYPE_ID, words[at + 4]!);
        format.uint(NR_ELEMS, words[at + 5]!);
        break;
      case Kind.STRUCT:
      case Kind.UNION:
        this.openVector(SIZE, third, vlenOf(info), MEMBERS);
        this.members(layer, at + 3, vlenOf(info), kflagOf(info));
        break;
      case Kind.ENUM:
      case Kind.ENUM64:
        format.word(ENCODING, kflagOf(info) ? SIGNED : UNSIGNED);
        this.openVector(SIZE, third, vlenOf(info), VALUES);
        if (kind === Kind.ENUM) this.values(layer, at + 3, vlenOf(info), kflagOf(info));
        else this.values64(layer, at + 3, vlenOf(info), kflagOf(info));
        break;
      case Kind.FWD:
        format.word(FWD_KIND, kflagOf(info) ? UNION : STRUCT);
        break;
      case Kind.FUNC:
        format.uint(TYPE_ID, third);
        format.word(LINKAGE, LINKAGES[vlenOf(info)] ?? UNKNOWN_LINKAGE);
        break;
      case Kind.FUNC_PROTO:
        this.openVector(RET_TYPE_ID, third, vlenOf(info), PARAMS);
        this.params(layer, at + 3, vlenOf(info));
        break;
      case Kind.VAR:
        format.uint(TYPE_ID, third);
        format.linkageOfVar(LINKAGE, LINKAGES[words[at + 3]!] ?? UNKNOWN_LINKAGE);
        break;
      case Kind.DATASEC:
        this.openVector(SIZE, third, vlenOf(info), VARS);
        this.variables(layer, at + 3, vlenOf(info));
        break;
      case Kind.FLOAT:
        format.uint(SIZE, third);
        break;
      case Kind.DECL_TAG:
        format.uint(TYPE_ID, third);
        format.int(COMPONENT_IDX, words[at + 3]! | 0);
        break;
    }
    format.closeType();
  }

  private int(size: number, data: number): void {
    const { format } = this;
    format.uint(SIZE, size);
    format.uint(BITS_OFFSET, (data >>> 16) & 0xff);
    format.uint(NR_BITS, data & 0xff);
    format.word(ENCODING, INT_ENCODINGS.get((data >>> 24) & 0xf) ?? UNKNOWN_ENCODING);
  }

  private openVector(first: Field, value: number, vlen: number, list: Field): void {
    this.format.uint(first, value);
    this.format.uint(VLEN, vlen);
    this.format.openList(list);
  }

  private members(layer: Btf, from: number, count: number, kflag: boolean): void {
    const { format } = this;
    const { words, strings } = layer;
    const end = from + count * 3;
    for (let at = from; at < end; at += 3) {
      const offset = words[at + 2]!;
      format.openNamedItem(strings, words[at]!);
      format.uint(TYPE_ID, words[at + 1]!);
      format.uint(BITS_OFFSET, kflag ? offset & 0xffffff : offset);
      if (kflag && offset >>> 24 !== 0) format.uint(BITFIELD_SIZE, offset >>> 24);
      format.closeItem();
    }
    format.closeList();
  }

  private values(layer: Btf, from: number, count: number, signed: boolean): void {
    const { format } = this;
    const { words, strings } = layer;
    const end = from + count * 2;
    for (let at = from; at < end; at += 2) {
      format.openNamedItem(strings, words[at]!);
      format.enumValue(VAL, words[at + 1]!, signed);
      format.closeItem();
    }
    format.closeList();
  }

  private values64(layer: Btf, from: number, count: number, signed: boolean): void {
    const { format } = this;
    const { words, strings } = layer;
    const end = from + count * 3;
    for (let at = from; at < end; at += 3) {
      format.openNamedItem(strings, words[at]!);
      format.enum64Value(VAL, words[at + 1]!, words[at + 2]!, signed);
      format.closeItem();
    }
    format.closeList();
  }

  private params(layer: Btf, from: number, count: number): void {
    const { format } = this;
    const { words, strings } = layer;
    const end = from + count * 2;
    for (let at = from; at < end; at += 2) {
      format.openNamedItem(strings, words[at]!);
      format.uint(TYPE_ID, words[at + 1]!);
      format.closeItem();
    }
    format.closeList();
  }

  private variables(layer: Btf, from: number, count: number): void {
    const { format } = this;
    const { words, strings } = layer;
    const end = from + count * 3;
    for (let at = from; at < end; at += 3) {
      const type = words[at]!;
      format.openItem();
      format.uint(FIRST_TYPE_ID, type);
      format.uint(OFFSET, words[at + 1]!);
      format.uint(SIZE, words[at + 2]!);
      format.variable(kindWord(layer.kind(type)), strings, layer.nameOff(type));
      format.closeItem();
    }
    format.closeList();
  }
}
