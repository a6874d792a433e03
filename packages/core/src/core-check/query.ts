import { Kind, type TypeId } from '../btf/index.js';
import { isEnumvalBased, isFieldBased, Relo } from '../core-relo/kinds.js';
import type { ObjectRelo } from '../core-relo/object.js';
import { CoreRefusal } from '../core-relo/refusal.js';
import { parseSpec } from '../core-relo/spec.js';
import { type CoreTypes, describeType, isComposite, isEnum, memberOf } from '../core-relo/types.js';
import { reloValue } from '../core-relo/value.js';
import { Op } from './code.js';

/**
 * What of a relocation and its instruction decides how it comes out: two that have the same text come out the same on
 * any kernel, whatever object they are of. Null where that cannot be told in few words: such a one is alone.
 */
export function queryKey(
  local: CoreTypes,
  relo: ObjectRelo,
  insn: Uint8Array,
  littleEndian: boolean,
): string | null {
  if (relo.typeId >= local.btf.endId) return null;
  try {
    const about = isFieldBased(relo.kind)
      ? fieldKey(local, relo, littleEndian)
      : isEnumvalBased(relo.kind)
        ? enumeratorKey(local, relo, littleEndian)
        : typeKey(local, relo, littleEndian);
    return about === null ? null : `${relo.kind} ${insnKey(insn, littleEndian)} ${about}`;
  } catch (error) {
    // A record that is refused on every kernel.
    if (error instanceof CoreRefusal) return null;
    throw error;
  }
}

/** Instruction bytes without the registers, of which only the source of a 64-bit load matters. */
function insnKey(insn: Uint8Array, littleEndian: boolean): string {
  const isLong = insn[0] === Op.LDIMM64;
  let text = littleEndian ? 'l' : 'b';
  for (let at = 0; at < insn.length; at++) {
    if (at !== 1) text += `.${insn[at]}`;
    else if (isLong) text += `.${littleEndian ? insn[at] >> 4 : insn[at] & 15}`;
  }
  return text;
}

function fieldKey(local: CoreTypes, relo: ObjectRelo, littleEndian: boolean): string {
  const spec = parseSpec(local, relo);
  let text = describeType(local.btf, relo.typeId);
  for (const { type, index, nameOff } of spec.accessors) {
    if (nameOff === 0) text += `[${index}]`;
    else text += `.${local.btf.string(nameOff)}:${fieldType(local, memberOf(local, type, index).type)}`;
  }
  const { value, isCertain, size, type } = reloValue(relo.kind, spec, littleEndian);
  const loaded = size === 0 ? '' : `${size}/${local.kind(type)}/${encodingOf(local, type)}`;
  return `${text} ${value} ${isCertain} ${loaded}`;
}

const encodingOf = (types: CoreTypes, id: TypeId) => (types.kind(id) === Kind.INT ? types.encoding(id) : 0);

/** What fieldsDiffer looks at, and what it would say. */
function fieldType(types: CoreTypes, member: TypeId): string {
  let id = types.skip(member);
  let text = '';
  for (let depth = 0; types.kind(id) === Kind.ARRAY && depth < types.btf.endId; depth++) {
    id = types.skip(types.tail(id)[0]);
    text += '[]';
  }
  const bits = types.kind(id) === Kind.INT && types.isBitOffset(id) ? '+' : '';
  return `${text}${types.kind(id)}${bits} ${types.describe(id)}`;
}

function enumeratorKey(local: CoreTypes, relo: ObjectRelo, littleEndian: boolean): string {
  const spec = parseSpec(local, relo);
  const { type, index } = spec.accessors[0];
  const step = local.kind(type) === Kind.ENUM64 ? 3 : 2;
  const name = local.btf.string(local.tail(type)[step * index]);
  return `${describeType(local.btf, relo.typeId)}::${name} ${reloValue(relo.kind, spec, littleEndian).value}`;
}

/** Of types that end in something with a name; other ones, and matches, are looked at in depth. */
function typeKey(local: CoreTypes, relo: ObjectRelo, littleEndian: boolean): string | null {
  if (relo.kind === Relo.TYPE_ID_LOCAL || relo.kind === Relo.TYPE_MATCHES) return null;
  const spec = parseSpec(local, relo);
  const end = local.skip(relo.typeId);
  const kind = local.kind(end);
  if (!isComposite(kind) && !isEnum(kind) && kind !== Kind.FWD) return null;
  const { value, isCertain } = reloValue(relo.kind, spec, littleEndian);
  const first = `${local.kind(relo.typeId)} ${describeType(local.btf, relo.typeId)}`;
  return `${first} ${kind} ${local.describe(end)} ${isCertain ? value : ''}`;
}
