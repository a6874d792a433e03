import { Kind, type TypeId } from '../btf/index.js';
import { isEnumvalBased, isFieldBased, Relo } from './kinds.js';
import { CoreRefusal, refuseAs } from './refusal.js';
import { kindText, type Spec } from './spec.js';
import { type CoreTypes, enumeratorOf, isEnum, memberOf } from './types.js';

/** What a relocation comes to, on one side: the program's own type, or the target's. */
export interface Value {
  /** 64 bits, unsigned. */
  readonly value: bigint;
  /** What an instruction must hold before it is changed; false where compilers may see it otherwise. */
  readonly isCertain: boolean;
  /** Bytes of the field that a load or store is to have; 0 where that is no matter. */
  readonly size: number;
  /** Type of that field. */
  readonly type: TypeId;
}

const plain = (value: bigint | number, isCertain = true): Value => ({
  value: BigInt.asUintN(64, BigInt(value)),
  isCertain,
  size: 0,
  type: 0,
});

/**
 * The value of a relocation for a spec; null where the target has none and the instruction is to be poisoned.
 * `littleEndian`: of the machine that runs the program. Throws CoreRefusal. (bpf_core_calc_field_relo,
 * _type_relo and _enumval_relo of libbpf's relo_core.c.)
 */
export function reloValue(kind: number, spec: Spec, littleEndian: boolean): Value;
export function reloValue(kind: number, spec: Spec | null, littleEndian: boolean): Value | null;
export function reloValue(kind: number, spec: Spec | null, littleEndian: boolean): Value | null {
  if (isFieldBased(kind)) return fieldValue(kind, spec, littleEndian);
  if (isEnumvalBased(kind)) return enumeratorValue(kind, spec);
  if (spec === null) return plain(0);
  switch (kind) {
    case Relo.TYPE_ID_TARGET:
      return plain(spec.root, false);
    case Relo.TYPE_EXISTS:
    case Relo.TYPE_MATCHES:
      return plain(1);
    default:
      return plain(sizeOf(spec.types, spec.root));
  }
}

function enumeratorValue(kind: number, spec: Spec | null): Value | null {
  if (kind === Relo.ENUMVAL_EXISTS) return plain(spec === null ? 0 : 1);
  if (spec === null) return null;
  return plain(enumeratorOf(spec.types, spec.accessors[0].type, spec.accessors[0].index).value);
}

/** As libbpf has it, whatever is wrong with a size is EINVAL here. */
function sizeOf(types: CoreTypes, id: TypeId): number {
  return refuseAs('EINVAL', 'no size', () => types.size(id));
}

function fieldValue(kind: number, spec: Spec | null, littleEndian: boolean): Value | null {
  if (kind === Relo.FIELD_EXISTS) return plain(spec === null ? 0 : 1);
  if (spec === null) return null;
  const last = spec.accessors.at(-1)!;
  return last.nameOff === 0
    ? elementValue(kind, spec, last.type)
    : memberValue(kind, spec, memberOf(spec.types, last.type, last.index), littleEndian);
}

function elementValue(kind: number, spec: Spec, type: TypeId): Value {
  const { types, bitOffset } = spec;
  if (kind === Relo.FIELD_BYTE_OFFSET) {
    return { ...plain(bitOffset >>> 3), size: innermostSize(types, type), type };
  }
  if (kind === Relo.FIELD_BYTE_SIZE) return plain(sizeOf(types, type));
  throw new CoreRefusal('EINVAL', `${kindText(kind)} of an array element`);
}

/** A load takes one element, so of an array the element's size counts. */
function innermostSize(types: CoreTypes, id: TypeId): number {
  let element = types.skip(id);
  for (let depth = 0; types.kind(element) === Kind.ARRAY; depth++) {
    if (depth > types.btf.endId) throw new CoreRefusal('EINVAL', 'arrays lead in a circle');
    element = types.skip(types.tail(element)[0]);
  }
  return sizeOf(types, element);
}

interface Window {
  readonly byteOffset: number;
  readonly byteSize: number;
  readonly bitSize: number;
}

function memberValue(
  kind: number,
  { types, bitOffset }: Spec,
  member: { readonly type: TypeId; readonly bitfieldSize: number },
  littleEndian: boolean,
): Value {
  const type = types.skip(member.type);
  const isBitfield = member.bitfieldSize > 0;
  const { byteOffset, byteSize, bitSize } = isBitfield
    ? bitfieldWindow(kind, bitOffset, member.bitfieldSize, types.third(type))
    : fieldWindow(bitOffset, sizeOf(types, type));
  switch (kind) {
    case Relo.FIELD_BYTE_OFFSET:
      if (isBitfield) return plain(byteOffset, false);
      return { ...plain(byteOffset), size: innermostSize(types, type), type };
    case Relo.FIELD_BYTE_SIZE:
      return plain(byteSize, !isBitfield);
    case Relo.FIELD_SIGNED: {
      const isInt = types.kind(type) === Kind.INT;
      const signed = isInt ? types.isSigned(type) : isEnum(types.kind(type)) && types.btf.kflag(type);
      return plain(signed ? 1 : 0);
    }
    case Relo.FIELD_LSHIFT_U64: {
      const bits = littleEndian
        ? 64 - (bitOffset + bitSize - byteOffset * 8)
        : (8 - byteSize) * 8 + (bitOffset - byteOffset * 8);
      return plain(bits >>> 0, !isBitfield);
    }
    default:
      return plain((64 - bitSize) >>> 0);
  }
}

function fieldWindow(bitOffset: number, byteSize: number): Window {
  return { byteOffset: bitOffset >>> 3, byteSize, bitSize: (byteSize * 8) >>> 0 };
}

/** The smallest aligned integer, of its type's size or bigger, that holds all of a bitfield. */
function bitfieldWindow(kind: number, bitOffset: number, bitSize: number, typeSize: number): Window {
  if (typeSize === 0)
    throw new CoreRefusal('EINVAL', `${kindText(kind)} of a bitfield of a type without size`);
  const place = (size: number) => Math.floor((bitOffset >>> 3) / size) * size;
  let byteSize = typeSize;
  while (bitOffset + bitSize - place(byteSize) * 8 > byteSize * 8) {
    if (byteSize >= 8) {
      throw new CoreRefusal('E2BIG', `${kindText(kind)} of a bitfield that 64 bits do not hold`);
    }
    byteSize *= 2;
  }
  return { byteOffset: place(byteSize), byteSize, bitSize };
}
