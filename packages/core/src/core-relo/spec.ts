import { Kind, type TypeId } from '../btf/index.js';
import { CORE_RELO_KINDS, type CoreRelo } from '../ext/index.js';
import { isEnumvalBased, isFieldBased, isTypeBased } from './kinds.js';
import { CoreRefusal } from './refusal.js';
import { type CoreTypes, enumeratorOf, isComposite, isEnum, memberOf } from './types.js';

/** libbpf's BPF_CORE_SPEC_MAX_LEN. */
export const LONGEST_SPEC = 64;

/** A step of an access that means something in C: a named member, or an index. */
export interface Accessor {
  /** The composite that has the member; of an index, what is indexed. */
  readonly type: TypeId;
  /** Place of the member in its composite, or the index. */
  readonly index: number;
  /** String offset of the member's name, 0 for an index. */
  readonly nameOff: number;
}

/** What a relocation is about, in the program's BTF or found in a candidate (struct bpf_core_spec). */
export interface Spec {
  readonly types: CoreTypes;
  readonly kind: number;
  readonly root: TypeId;
  /** Without anonymous members. Of an enumerator: its enum and place. */
  readonly accessors: Accessor[];
  /** All places: the access string as numbers. */
  readonly raw: number[];
  /** Of the field, from the start of the root. 32 bits. */
  bitOffset: number;
}

export function emptySpec(types: CoreTypes, kind: number, root: TypeId): Spec {
  return { types, kind, root, accessors: [], raw: [], bitOffset: 0 };
}

/** The low 32 bits of an offset of `index` elements of `size` bytes, in bits. */
export function elementBits(index: number, size: number): number {
  return Math.imul(Math.imul(index, size), 8);
}

export const add32 = (a: number, b: number) => (a + b) >>> 0;

/** A flexible array: of no elements, and the last member of its struct. `last` is how it was reached. */
export function isFlexible(types: CoreTypes, last: Accessor | undefined, length: number): boolean {
  if (last === undefined || last.nameOff === 0 || length > 0) return false;
  return last.index === types.btf.vlen(last.type) - 1;
}

/**
 * Reads a relocation of a program: libbpf's bpf_core_parse_spec. Throws CoreRefusal for an access string that does
 * not go with the type, negative places among them.
 */
export function parseSpec(types: CoreTypes, relo: CoreRelo): Spec {
  const { btf } = types;
  const text = relo.accessStrOff < btf.strings.end ? btf.string(relo.accessStrOff) : '';
  const spec = emptySpec(types, relo.kind, relo.typeId);
  if (isTypeBased(relo.kind)) {
    if (text !== '0') throw refuse(`access string "${text}", expected "0"`);
    return spec;
  }
  spec.raw.push(...parseAccess(text));
  const root = types.skip(relo.typeId);
  spec.accessors.push({ type: root, index: spec.raw[0], nameOff: 0 });
  if (isEnumvalBased(relo.kind)) return enumeratorSpec(spec, root);
  if (!isFieldBased(relo.kind)) throw refuse(`relocation kind ${relo.kind} is unknown`);
  spec.bitOffset = elementBits(spec.raw[0], types.size(root)) >>> 0;
  let id = root;
  for (const place of spec.raw.slice(1)) id = step(spec, types.skip(id), place);
  return spec;
}

const refuse = (problem: string) => new CoreRefusal('EINVAL', problem);

/** "0:1:2" as numbers. */
function parseAccess(text: string): number[] {
  if (text === '' || text[0] === ':') throw refuse(`access string "${text}", expected numbers`);
  const places: number[] = [];
  const place = /:?[ \t-\r]*([+-]?\d+)/y;
  while (place.lastIndex < text.length) {
    const match = place.exec(text);
    if (match === null) throw refuse(`access string "${text}", expected numbers`);
    const value = Number(match[1]);
    if (value < 0) throw refuse(`access string "${text}" has a negative index`);
    if (value > 0x7fffffff) throw refuse(`access string "${text}" has an index past 31 bits`);
    if (places.length === LONGEST_SPEC) {
      throw new CoreRefusal('E2BIG', `access string "${text}" has more than ${LONGEST_SPEC} places`);
    }
    places.push(value);
  }
  return places;
}

function enumeratorSpec(spec: Spec, root: TypeId): Spec {
  const { types, raw } = spec;
  if (!isEnum(types.kind(root))) throw refuse(`${types.describe(root)} is no enum`);
  if (raw.length > 1) throw refuse('more than one place for an enumerator');
  const count = types.btf.vlen(root);
  if (raw[0] >= count) throw refuse(`enumerator ${raw[0]} of ${count}`);
  return spec;
}

/** Goes one place deeper; returns the type that is there. */
function step(spec: Spec, id: TypeId, place: number): TypeId {
  const { types } = spec;
  const kind = types.kind(id);
  if (isComposite(kind)) {
    const count = types.btf.vlen(id);
    if (place >= count) throw refuse(`member ${place} of ${count} of ${types.describe(id)}`);
    const { nameOff, type, bitOffset } = memberOf(types, id, place);
    spec.bitOffset = add32(spec.bitOffset, bitOffset);
    if (nameOff !== 0) {
      if (types.btf.strings.isEmpty(nameOff))
        throw refuse(`member ${place} of ${types.describe(id)} has an empty name`);
      spec.accessors.push({ type: id, index: place, nameOff });
    }
    return type;
  }
  if (kind !== Kind.ARRAY) throw refuse(`${types.describe(id)} has no members and no elements`);
  const [elementType, , length] = types.tail(id);
  const element = types.skip(elementType);
  if (place >= length && !isFlexible(types, spec.accessors.at(-1), length)) {
    throw refuse(`index ${place} into an array of ${length}`);
  }
  spec.accessors.push({ type: element, index: place, nameOff: 0 });
  spec.bitOffset = add32(spec.bitOffset, elementBits(place, types.size(element)));
  return element;
}

/** `[5] struct sock.sk_flags (0:3 @ offset 24)`: as libbpf writes it, without the kind of relocation. */
export function formatSpec(spec: Spec): string {
  const { types, kind, root, accessors, raw, bitOffset } = spec;
  const { btf } = types;
  const head = `[${root}] ${types.describe(root)}`;
  if (isEnumvalBased(kind) && accessors.length > 0) {
    const { nameOff, value } = enumeratorOf(types, accessors[0].type, accessors[0].index);
    return `${head}::${btf.string(nameOff)} = ${enumeratorText(types, accessors[0].type, value)}`;
  }
  if (!isFieldBased(kind) || raw.length === 0) return head;
  const bits = bitOffset % 8 === 0 ? '' : `.${bitOffset % 8}`;
  return `${head}${accessText(spec)} (${raw.join(':')} @ offset ${Math.floor(bitOffset / 8)}${bits})`;
}

function enumeratorText(types: CoreTypes, id: TypeId, value: bigint): string {
  const width = types.btf.kind(id) === Kind.ENUM ? 32 : 64;
  return String(types.btf.kflag(id) ? BigInt.asIntN(width, value) : BigInt.asUintN(width, value));
}

/** `.sk_flags`, `[2].a`: the access as C writes it. */
export function accessText({ types, accessors }: Spec): string {
  return accessors
    .map(({ index, nameOff }, place) => {
      if (nameOff !== 0) return `.${types.btf.string(nameOff)}`;
      return place > 0 || index > 0 ? `[${index}]` : '';
    })
    .join('');
}

/** `byte_off`, `type_exists`: a kind of relocation as libbpf calls it. */
export function kindText(kind: number): string {
  return CORE_RELO_KINDS[kind] ?? 'unknown';
}
