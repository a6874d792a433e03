import { type Btf, checkType, IntEncoding, Kind, kindName, sizeOfLong, type TypeId } from '../btf/index.js';
import { FormatError } from '../bytes/index.js';
import { CoreRefusal } from './refusal.js';

/** libbpf's MAX_RESOLVE_DEPTH. */
const DEEPEST = 32;
const MAX_U32 = 0xffffffff;

const COMPOSITE = mask(Kind.STRUCT, Kind.UNION);
const ENUM = mask(Kind.ENUM, Kind.ENUM64);
const MODIFIER = mask(Kind.TYPEDEF, Kind.VOLATILE, Kind.CONST, Kind.RESTRICT, Kind.TYPE_TAG);
const SIZED = mask(Kind.INT, Kind.STRUCT, Kind.UNION, Kind.ENUM, Kind.ENUM64, Kind.DATASEC, Kind.FLOAT);
const CARRIER = MODIFIER | mask(Kind.VAR, Kind.DECL_TAG);

function mask(...kinds: number[]): number {
  return kinds.reduce((bits, kind) => bits | (1 << kind), 0);
}
const isIn = (kinds: number, kind: number) => kind < 32 && ((kinds >>> kind) & 1) === 1;

export const isComposite = (kind: number) => isIn(COMPOSITE, kind);
export const isEnum = (kind: number) => isIn(ENUM, kind);
/** Kinds that stand for each other: the same ones, and ENUM for ENUM64 (btf_kind_core_compat). */
export const likeKinds = (a: number, b: number) => a === b || (isEnum(a) && isEnum(b));

/**
 * A BTF as relocation looks at it. Types are checked when they are first reached, so the blob may have been parsed
 * with `references: false`; ids come from types that were reached, or are below `endId`. Throws FormatError.
 */
export class CoreTypes {
  readonly btf: Btf;
  #pointerSize: number | undefined;
  readonly #reached = new Set<TypeId>([0]);

  /** `pointerSize`: where it is known; else the size of `long` says, or it is 8. */
  constructor(btf: Btf, pointerSize?: number) {
    this.btf = btf;
    this.#pointerSize = pointerSize;
  }

  /** Bytes of a pointer. */
  get pointerSize(): number {
    this.#pointerSize ??= sizeOfLong(this.btf) ?? 8;
    return this.#pointerSize;
  }

  #reach(id: TypeId): void {
    if (this.#reached.has(id)) return;
    checkType(this.btf, id);
    this.#reached.add(id);
  }

  kind(id: TypeId): number {
    this.#reach(id);
    return this.btf.kind(id);
  }
  /** What a reference leads to, or a size in bytes. */
  third(id: TypeId): number {
    this.#reach(id);
    return this.btf.sizeOrType(id);
  }
  /** Words past the third one, up to the end of the record. */
  tail(id: TypeId): Uint32Array {
    this.#reach(id);
    const at = this.btf.at(id);
    return this.btf.layer(id).words.subarray(at + 3, at + this.btf.recordLength(id));
  }
  nameBytes(id: TypeId): Uint8Array {
    this.#reach(id);
    return this.string(this.btf.nameOff(id));
  }
  /** A string of a type that was reached, without its NUL. */
  string(offset: number): Uint8Array {
    const { bytes, start } = this.btf.strings.layer(offset);
    return bytes.subarray(offset - start, bytes.indexOf(0, offset - start));
  }

  /** The type behind modifiers and typedefs (skip_mods_and_typedefs). */
  skip(id: TypeId): TypeId {
    for (let steps = 0; isIn(MODIFIER, this.kind(id)); steps++) {
      if (steps > this.btf.endId) {
        throw new FormatError('typedefs and modifiers lead in a circle', {
          file: this.btf.name,
          section: 'types',
          typeId: id,
        });
      }
      id = this.btf.sizeOrType(id);
    }
    return id;
  }

  /** Bytes of a value of the type: libbpf's btf__resolve_size. Throws CoreRefusal. */
  size(id: TypeId): number {
    let elements = 1;
    let size = -1;
    for (let depth = 0; depth < DEEPEST && id !== 0; depth++) {
      const kind = this.kind(id);
      if (isIn(SIZED, kind)) size = this.third(id);
      else if (kind === Kind.PTR) size = this.pointerSize;
      else if (kind === Kind.ARRAY) {
        const [element, , length] = this.tail(id);
        elements *= length;
        if (elements > MAX_U32) throw new CoreRefusal('E2BIG', `[${id}] has ${elements} elements`);
        id = element;
        continue;
      } else if (isIn(CARRIER, kind)) {
        id = this.third(id);
        continue;
      }
      break;
    }
    if (size < 0) throw new CoreRefusal('EINVAL', `[${id}] ${this.describe(id)} has no size`);
    if (size * elements > MAX_U32) throw new CoreRefusal('E2BIG', `[${id}] has ${size * elements} bytes`);
    return size * elements;
  }

  /** Encoding byte of an INT, values of `IntEncoding`. */
  encoding(id: TypeId): number {
    return (this.tail(id)[0] >>> 24) & 15;
  }
  isSigned(id: TypeId): boolean {
    return (this.encoding(id) & IntEncoding.SIGNED) !== 0;
  }
  /** An INT that is not at the start of its bytes, as compilers once described bitfields. */
  isBitOffset(id: TypeId): boolean {
    return ((this.tail(id)[0] >>> 16) & 255) !== 0;
  }

  /** `struct sock`, `int`, `ptr`: kind and name, for messages. */
  describe(id: TypeId): string {
    return describeType(this.btf, id);
  }
}

/** `struct sock`, `enum <anon>`: as libbpf writes of types. */
export function describeType(btf: Btf, id: TypeId): string {
  const kind = btf.kind(id);
  const word = kind === 0 ? 'void' : kindName(kind).toLowerCase();
  return `${word} ${btf.typeName(id) || '<anon>'}`;
}

/** A STRUCT's or UNION's member by its place. Bit offset from the start of the composite. */
export interface CoreMember {
  readonly nameOff: number;
  readonly type: TypeId;
  readonly bitOffset: number;
  /** 0 where it is no bitfield. */
  readonly bitfieldSize: number;
}

export function memberOf(types: CoreTypes, id: TypeId, index: number): CoreMember {
  const tail = types.tail(id);
  const kflag = types.btf.kflag(id);
  const offset = tail[3 * index + 2];
  return {
    nameOff: tail[3 * index],
    type: tail[3 * index + 1],
    bitOffset: kflag ? offset & 0xffffff : offset,
    bitfieldSize: kflag ? offset >>> 24 : 0,
  };
}

/** An enumerator of an ENUM or ENUM64, its value as 64 bits: sign-extended where the ENUM has 32. */
export function enumeratorOf(
  types: CoreTypes,
  id: TypeId,
  index: number,
): { nameOff: number; value: bigint } {
  const tail = types.tail(id);
  if (types.btf.kind(id) === Kind.ENUM) {
    return { nameOff: tail[2 * index], value: BigInt.asUintN(64, BigInt(tail[2 * index + 1] | 0)) };
  }
  return {
    nameOff: tail[3 * index],
    value: (BigInt(tail[3 * index + 2]) << 32n) | BigInt(tail[3 * index + 1]),
  };
}
