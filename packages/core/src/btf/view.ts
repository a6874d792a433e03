import type { Btf, TypeId } from './btf.js';
import { Kind, kflagOf, kindOf, vlenOf } from './kinds.js';

/** A member of a STRUCT or UNION. Offsets and sizes in bits; bitfieldSize 0 where it is no bitfield. */
export interface Member {
  readonly name: string;
  readonly type: TypeId;
  readonly bitOffset: number;
  readonly bitfieldSize: number;
}
export interface Enumerator<Value> {
  readonly name: string;
  readonly value: Value;
}
/** A last parameter without name and of type 0 stands for "...". */
export interface Parameter {
  readonly name: string;
  readonly type: TypeId;
}
/** A variable in a section: offset and size in bytes. */
export interface SectionVariable {
  readonly type: TypeId;
  readonly offset: number;
  readonly size: number;
}
/** struct btf_loc: an inlined instance of a function. */
export interface Location {
  readonly func: TypeId;
  readonly locProto: TypeId;
  readonly offset: number;
}

interface Named {
  readonly name: string;
}
interface Sized {
  /** Bytes. */
  readonly size: number;
}
interface Typed {
  readonly type: TypeId;
}

export type IntType = Named & Sized & { kind: 'INT'; encoding: number; bitOffset: number; bits: number };
export type ReferenceType = Named & Typed & { kind: 'PTR' | 'TYPEDEF' | 'VOLATILE' | 'CONST' | 'RESTRICT' };
export type ArrayType = Named & { kind: 'ARRAY'; element: TypeId; index: TypeId; length: number };
/** `kflag`: bit offsets carry bitfield sizes; without it bitfieldSize is 0 throughout. */
export type CompositeType = Named &
  Sized & { kind: 'STRUCT' | 'UNION'; kflag: boolean; members: readonly Member[] };
export type EnumType = Named &
  Sized & { kind: 'ENUM'; signed: boolean; values: readonly Enumerator<number>[] };
export type Enum64Type = Named &
  Sized & { kind: 'ENUM64'; signed: boolean; values: readonly Enumerator<bigint>[] };
export type FwdType = Named & { kind: 'FWD'; target: 'struct' | 'union' };
/** `linkage`: a value of `Linkage`. */
export type FuncType = Named & Typed & { kind: 'FUNC'; linkage: number };
export type FuncProtoType = Named & { kind: 'FUNC_PROTO'; returns: TypeId; params: readonly Parameter[] };
export type VarType = Named & Typed & { kind: 'VAR'; linkage: number };
export type DatasecType = Named & Sized & { kind: 'DATASEC'; variables: readonly SectionVariable[] };
export type FloatType = Named & Sized & { kind: 'FLOAT' };
/** `component`: index of the member or parameter, -1 for the type itself. `attribute`: the kflag; name is a raw attribute. */
export type DeclTagType = Named & Typed & { kind: 'DECL_TAG'; component: number; attribute: boolean };
export type TypeTagType = Named & Typed & { kind: 'TYPE_TAG'; attribute: boolean };
export type LocParamType = Named & Sized & { kind: 'LOC_PARAM'; flags: number; values: readonly number[] };
export type LocProtoType = Named & { kind: 'LOC_PROTO'; params: readonly TypeId[] };
export type LocSecType = Named & { kind: 'LOCSEC'; locations: readonly Location[] };
/** A kind that only the blob's layout section describes: the info word, the third word and the rest as they are. */
export type UnknownType = Named & {
  kind: 'UNKNOWN';
  info: number;
  sizeOrType: number;
  words: readonly number[];
};
export type VoidType = { readonly kind: 'VOID'; readonly name: '' };

/** A type as an object, told apart by `kind`. */
export type BtfType =
  | VoidType
  | IntType
  | ReferenceType
  | ArrayType
  | CompositeType
  | EnumType
  | Enum64Type
  | FwdType
  | FuncType
  | FuncProtoType
  | VarType
  | DatasecType
  | FloatType
  | DeclTagType
  | TypeTagType
  | LocParamType
  | LocProtoType
  | LocSecType
  | UnknownType;

/** Makes the object for one type. Throws RangeError for an id that does not exist. */
export function viewOf(btf: Btf, id: TypeId): BtfType {
  const { words, shapes } = btf.layer(id);
  if (id === 0) return { kind: 'VOID', name: '' };
  const at = btf.at(id);
  const info = words[at + 1]!;
  const third = words[at + 2]!;
  const kind = kindOf(info);
  const kflag = kflagOf(info);
  const name = btf.string(words[at]!);
  const rest = at + 3;
  const first = rest + shapes.extra[kind]!;

  /** One value for each vlen element; `word` is the index of its first word. */
  const elements = <T>(make: (word: number) => T): T[] =>
    Array.from({ length: vlenOf(info) }, (_, i) => make(first + i * shapes.element[kind]!));
  const nameAt = (word: number) => btf.string(words[word]!);

  // Another kind under the number of a LOC kind has neither ids nor sizes that we know of.
  const known = shapes.builtin[kind] === 1;
  switch (known ? kind : Kind.UNKN) {
    case Kind.INT: {
      const data = words[rest]!;
      return {
        kind: 'INT',
        name,
        size: third,
        encoding: (data >>> 24) & 15,
        bitOffset: (data >>> 16) & 255,
        bits: data & 255,
      };
    }
    case Kind.PTR:
      return { kind: 'PTR', name, type: third };
    case Kind.ARRAY:
      return {
        kind: 'ARRAY',
        name,
        element: words[rest]!,
        index: words[rest + 1]!,
        length: words[rest + 2]!,
      };
    case Kind.STRUCT:
    case Kind.UNION: {
      const members = elements(word => {
        const offset = words[word + 2]!;
        return {
          name: nameAt(word),
          type: words[word + 1]!,
          bitOffset: kflag ? offset & 0xffffff : offset,
          bitfieldSize: kflag ? offset >>> 24 : 0,
        };
      });
      return { kind: kind === Kind.STRUCT ? 'STRUCT' : 'UNION', name, size: third, kflag, members };
    }
    case Kind.ENUM: {
      const values = elements(word => ({
        name: nameAt(word),
        value: kflag ? words[word + 1]! | 0 : words[word + 1]!,
      }));
      return { kind: 'ENUM', name, size: third, signed: kflag, values };
    }
    case Kind.FWD:
      return { kind: 'FWD', name, target: kflag ? 'union' : 'struct' };
    case Kind.TYPEDEF:
      return { kind: 'TYPEDEF', name, type: third };
    case Kind.VOLATILE:
      return { kind: 'VOLATILE', name, type: third };
    case Kind.CONST:
      return { kind: 'CONST', name, type: third };
    case Kind.RESTRICT:
      return { kind: 'RESTRICT', name, type: third };
    case Kind.FUNC:
      return { kind: 'FUNC', name, type: third, linkage: vlenOf(info) };
    case Kind.FUNC_PROTO: {
      const params = elements(word => ({ name: nameAt(word), type: words[word + 1]! }));
      return { kind: 'FUNC_PROTO', name, returns: third, params };
    }
    case Kind.VAR:
      return { kind: 'VAR', name, type: third, linkage: words[rest]! };
    case Kind.DATASEC: {
      const variables = elements(word => ({
        type: words[word]!,
        offset: words[word + 1]!,
        size: words[word + 2]!,
      }));
      return { kind: 'DATASEC', name, size: third, variables };
    }
    case Kind.FLOAT:
      return { kind: 'FLOAT', name, size: third };
    case Kind.DECL_TAG:
      return { kind: 'DECL_TAG', name, type: third, component: words[rest]! | 0, attribute: kflag };
    case Kind.TYPE_TAG:
      return { kind: 'TYPE_TAG', name, type: third, attribute: kflag };
    case Kind.ENUM64: {
      const values = elements(word => {
        const value = (BigInt(words[word + 2]!) << 32n) | BigInt(words[word + 1]!);
        return { name: nameAt(word), value: kflag ? BigInt.asIntN(64, value) : value };
      });
      return { kind: 'ENUM64', name, size: third, signed: kflag, values };
    }
    case Kind.LOC_PARAM:
      return {
        kind: 'LOC_PARAM',
        name,
        size: third,
        flags: words[rest]!,
        values: elements(word => words[word]!),
      };
    case Kind.LOC_PROTO:
      return { kind: 'LOC_PROTO', name, params: elements(word => words[word]!) };
    case Kind.LOCSEC: {
      const locations = elements(word => ({
        func: words[word]!,
        locProto: words[word + 1]!,
        offset: words[word + 2]!,
      }));
      return { kind: 'LOCSEC', name, locations };
    }
    default:
      return {
        kind: 'UNKNOWN',
        name,
        info,
        sizeOrType: third,
        words: Array.from(words.subarray(rest, at + btf.recordLength(id))),
      };
  }
}
