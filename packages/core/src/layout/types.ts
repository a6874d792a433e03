import {
  type Btf,
  checkType,
  Kind,
  kflagOf,
  kindName,
  kindOf,
  type StringOffset,
  type TypeId,
  vlenOf,
} from '../btf/index.js';
import { FormatError } from '../bytes/index.js';

/**
 * Types as pahole has them after loading BTF (pahole btf_loader.c). Names are the bytes of the string section, one
 * character each, because columns are counted in bytes; null where a type has none.
 */
interface Named {
  readonly id: TypeId;
  readonly name: string | null;
}

/** INT, and FLOAT too. `size` in bytes. */
export interface BaseType extends Named {
  readonly kind: typeof Kind.INT;
  readonly size: number;
  readonly isFloat: boolean;
}

export interface Typedef extends Named {
  readonly kind: typeof Kind.TYPEDEF;
  readonly target: TypeId;
}

export interface Reference extends Named {
  readonly kind:
    | typeof Kind.PTR
    | typeof Kind.CONST
    | typeof Kind.VOLATILE
    | typeof Kind.RESTRICT
    | typeof Kind.TYPE_TAG;
  readonly target: TypeId;
}

export interface ArrayType extends Named {
  readonly kind: typeof Kind.ARRAY;
  readonly target: TypeId;
  readonly length: number;
}

/** ENUM, and ENUM64 too. `size` in bytes. */
export interface Enumeration extends Named {
  readonly kind: typeof Kind.ENUM;
  readonly size: number;
  readonly values: readonly { readonly name: string; readonly value: bigint }[];
}

export interface Prototype extends Named {
  readonly kind: typeof Kind.FUNC_PROTO;
  readonly target: TypeId;
  readonly params: readonly { readonly name: string | null; readonly type: TypeId }[];
  readonly isVariadic: boolean;
}

/** What C defines by name. */
export type Definition = Composite | Enumeration | Typedef;

export type Type = BaseType | Typedef | Reference | ArrayType | Enumeration | Prototype | Composite;

/** Offsets and sizes in bytes unless the name says bits. What place.ts and holes.ts find out is 0 before that. */
export interface Member {
  readonly name: string | null;
  readonly type: TypeId;
  bitOffset: number;
  /** Of a bitfield: where the integer that holds it begins. */
  byteOffset: number;
  readonly bitfieldSize: number;
  /** First bit within that integer. */
  bitfieldOffset: number;
  byteSize: number;
  /** What `aligned` attribute the offset tells of; 0 for none. */
  alignment: number;
  /** Unused bytes and bits before the next member. Bytes are negative where members overlap. */
  hole: number;
  bitHole: number;
}

export interface Holes {
  readonly count: number;
  readonly bitCount: number;
  /** Before the first member. */
  readonly first: number;
  readonly firstBits: number;
  /** After the last one. */
  padding: number;
  readonly bitPadding: number;
}

/** STRUCT or UNION, and FWD too. */
export class Composite implements Named {
  readonly id: TypeId;
  readonly name: string | null;
  readonly kind: typeof Kind.STRUCT | typeof Kind.UNION;
  readonly isForward: boolean;
  size: number;
  members: Member[];
  isPlaced = false;
  /** As a member's. */
  alignment = 0;
  naturalAlignment = 0;
  isPacked = false;
  isPackingKnown = false;
  holes: Holes | undefined;

  constructor(
    id: TypeId,
    name: string | null,
    kind: typeof Kind.STRUCT | typeof Kind.UNION,
    size: number,
    members: Member[],
    isForward = false,
  ) {
    this.id = id;
    this.name = name;
    this.kind = kind;
    this.size = size;
    this.members = members;
    this.isForward = isForward;
  }

  /** One to move members about in; what is known of this one is known of it. */
  copy(): Composite {
    const members = this.members.map(member => ({ ...member }));
    const copy = new Composite(this.id, this.name, this.kind, this.size, members, this.isForward);
    const { isPlaced, alignment, naturalAlignment, isPacked, isPackingKnown } = this;
    Object.assign(copy, { isPlaced, alignment, naturalAlignment, isPacked, isPackingKnown });
    copy.holes = this.holes === undefined ? undefined : { ...this.holes };
    return copy;
  }
}

export function isStruct(type: Type | null): type is Composite {
  return type !== null && type.kind === Kind.STRUCT;
}

/** A struct, a union or an enum: what C can define in the place where it is used. */
export function isInline(type: Type | null): type is Composite | Enumeration {
  return type !== null && (type.kind === Kind.STRUCT || type.kind === Kind.UNION || type.kind === Kind.ENUM);
}

/**
 * The types of one blob and its bases, each made when it is first asked for, and checked then: `btf` may have been
 * parsed with its references unseen.
 */
export class Types {
  readonly btf: Btf;
  private readonly known = new Map<TypeId, Type>();
  private readonly names = new Map<StringOffset, string>();

  constructor(btf: Btf) {
    this.btf = btf;
  }

  /** Null for void. Throws FormatError for what is no type of C. */
  get(id: TypeId): Type | null {
    if (id === 0) return null;
    let type = this.known.get(id);
    if (type === undefined) {
      checkType(this.btf, id);
      type = this.make(id);
      this.known.set(id, type);
    }
    return type;
  }

  /** As `get`, where void makes no sense. */
  need(id: TypeId, user: Named): Type {
    const type = this.get(id);
    if (type === null) throw this.error(user.id, 'void, expected a type with a size');
    return type;
  }

  error(typeId: TypeId, problem: string): FormatError {
    return new FormatError(problem, { file: this.btf.name, section: 'types', typeId });
  }

  /** The name at a string offset, its bytes as characters; null at offset 0. */
  nameAt(offset: StringOffset): string | null {
    if (offset === 0) return null;
    let name = this.names.get(offset);
    if (name === undefined) {
      const { bytes, start } = this.btf.strings.layer(offset);
      name = '';
      for (let at = offset - start; bytes[at] !== 0; at++) name += String.fromCharCode(bytes[at]!);
      this.names.set(offset, name);
    }
    return name;
  }

  private make(id: TypeId): Type {
    const { btf } = this;
    const { words } = btf.layer(id);
    const at = btf.at(id);
    const info = words[at + 1]!;
    const third = words[at + 2]!;
    const kind = kindOf(info);
    const name = this.nameAt(words[at]!);
    switch (kind) {
      case Kind.INT:
        return { id, name, kind, size: (words[at + 3]! & 255) >> 3, isFloat: false };
      case Kind.FLOAT:
        return { id, name, kind: Kind.INT, size: third, isFloat: true };
      case Kind.TYPEDEF:
        return { id, name, kind, target: third };
      case Kind.PTR:
      case Kind.CONST:
      case Kind.VOLATILE:
      case Kind.RESTRICT:
      case Kind.TYPE_TAG:
        return { id, name, kind, target: third };
      case Kind.ARRAY:
        return { id, name, kind, target: words[at + 3]!, length: words[at + 5]! };
      case Kind.ENUM:
      case Kind.ENUM64:
        return { id, name, kind: Kind.ENUM, size: third || 4, values: this.values(words, at) };
      case Kind.FUNC_PROTO:
        return { id, name, kind, target: third, ...this.params(words, at) };
      case Kind.STRUCT:
      case Kind.UNION:
        return new Composite(id, name, kind, third, this.members(words, at));
      case Kind.FWD:
        return new Composite(id, name, kflagOf(info) ? Kind.UNION : Kind.STRUCT, 0, [], true);
    }
    throw this.error(id, `a ${kindName(kind)}, expected a type of C`);
  }

  private values(words: Uint32Array, at: number): Enumeration['values'] {
    const info = words[at + 1]!;
    const signed = kflagOf(info);
    const isLong = kindOf(info) === Kind.ENUM64;
    const step = isLong ? 3 : 2;
    return Array.from({ length: vlenOf(info) }, (_, i) => {
      const word = at + 3 + i * step;
      const low = words[word + 1]!;
      let value = BigInt(signed && !isLong ? low | 0 : low);
      if (isLong) value |= BigInt(words[word + 2]!) << 32n;
      if (isLong && signed) value = BigInt.asIntN(64, value);
      return { name: this.nameAt(words[word]!) ?? '', value };
    });
  }

  private params(words: Uint32Array, at: number): Pick<Prototype, 'params' | 'isVariadic'> {
    const params: { name: string | null; type: TypeId }[] = [];
    const count = vlenOf(words[at + 1]!);
    for (let word = at + 3; word < at + 3 + count * 2; word += 2) {
      if (words[word + 1]! !== 0) params.push({ name: this.nameAt(words[word]!), type: words[word + 1]! });
    }
    return { params, isVariadic: params.length < count };
  }

  private members(words: Uint32Array, at: number): Member[] {
    const info = words[at + 1]!;
    const kflag = kflagOf(info);
    return Array.from({ length: vlenOf(info) }, (_, i) => {
      const word = at + 3 + i * 3;
      const offset = words[word + 2]!;
      const bitOffset = kflag ? offset & 0xffffff : offset;
      return {
        name: this.nameAt(words[word]!),
        type: words[word + 1]!,
        bitOffset,
        byteOffset: bitOffset >>> 3,
        bitfieldSize: kflag ? offset >>> 24 : 0,
        bitfieldOffset: 0,
        byteSize: 0,
        alignment: 0,
        hole: 0,
        bitHole: 0,
      };
    });
  }
}
