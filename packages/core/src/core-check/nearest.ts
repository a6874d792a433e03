import { Kind, type TypeId } from '../btf/index.js';
import { type CoreTypes, isComposite, memberOf } from '../core-relo/types.js';
import { cText } from './c-text.js';

/** A member of a struct or union, or of an anonymous one in it. */
export interface Field {
  readonly types: CoreTypes;
  /** Names on the way there, its own last: `sched`, `runtime`. */
  readonly path: readonly string[];
  /** How many of these are pointers that are followed to the next one: all but the last of none. */
  readonly throughPointer: boolean;
  readonly type: TypeId;
  /** From the start of what was looked through, in bits. Of one behind a pointer, from the start of what is there. */
  readonly bitOffset: number;
  readonly bitfieldSize: number;
}

/** Anonymous members in anonymous members. */
const DEEPEST = 16;
/** Fields of one struct that are looked at. */
const MOST = 20_000;

/** The fields of a struct or union in order, those of anonymous members as its own. */
export function fieldsOf(types: CoreTypes, id: TypeId): Field[] {
  const fields: Field[] = [];
  collect(types, id, 0, 0, fields);
  return fields;
}

function collect(types: CoreTypes, id: TypeId, start: number, depth: number, fields: Field[]): void {
  for (let index = 0; index < types.btf.vlen(id) && fields.length < MOST; index++) {
    const member = memberOf(types, id, index);
    const name = types.btf.string(member.nameOff);
    const bitOffset = start + member.bitOffset;
    const inner = types.skip(member.type);
    if (name !== '') {
      const { type, bitfieldSize } = member;
      fields.push({ types, path: [name], throughPointer: false, type, bitOffset, bitfieldSize });
    } else if (isComposite(types.kind(inner)) && depth < DEEPEST) {
      collect(types, inner, bitOffset, depth + 1, fields);
    }
  }
}

/** What a field was, on a kernel or in a program, and what stood around it. */
export interface Lost {
  readonly types: CoreTypes;
  readonly field: Field;
  /** All fields of the struct that it is in. */
  readonly around: readonly Field[];
}

export interface Near {
  readonly field: Field;
  /** `renamed`: in the same struct; `moved`: in a struct in it, or behind a pointer of it. */
  readonly how: 'renamed' | 'moved';
}

/** Enough for a name that is the same but for underscores, or for place and type of a field without partner. */
const ENOUGH = 4;

/**
 * The field of a struct that another one has become: by name, place, type and neighbours, among those that were not there
 * before; or of the same name further inside. Null where none is like it.
 */
export function nearestField(lost: Lost, types: CoreTypes, id: TypeId): Near | null {
  const fields = fieldsOf(types, id);
  const before = new Set(lost.around.map(({ path }) => path[0]));
  let best: Near | null = null;
  let most = ENOUGH - 1;
  for (const [index, field] of fields.entries()) {
    if (before.has(field.path[0])) continue;
    const points = likeness(lost, field, fields, index);
    if (points > most) {
      most = points;
      best = { field, how: 'renamed' };
    }
  }
  return best ?? movedField(lost, types, fields);
}

function likeness(lost: Lost, field: Field, fields: readonly Field[], index: number): number {
  const name = nameLikeness(lost.field.path.at(-1)!, field.path[0]);
  const type = typeLikeness(lost.field, field);
  const place = lost.field.bitOffset === field.bitOffset ? 2 : 0;
  const at = lost.around.indexOf(lost.field);
  const isSame = (a: Field | undefined, b: Field | undefined) => a !== undefined && a.path[0] === b?.path[0];
  const neighbours =
    Number(isSame(lost.around[at - 1], fields[index - 1])) +
    Number(isSame(lost.around[at + 1], fields[index + 1]));
  // Somewhere else, of another name: not this one.
  if (name === 0 && (type === 0 || place + neighbours === 0)) return 0;
  if (name < ENOUGH && type === 0) return 0;
  return name + type + place + neighbours;
}

/** 4: the same but for underscores; 2: one is a part of the other; 1: half of it begins or ends alike. */
export function nameLikeness(a: string, b: string): number {
  const [x, y] = [a, b].map(name => name.toLowerCase().replace(/^_+|_+$/g, ''));
  if (x === y) return ENOUGH;
  const shorter = Math.min(x.length, y.length);
  if (shorter >= 4 && (x.includes(y) || y.includes(x))) return 2;
  let start = 0;
  while (start < shorter && x[start] === y[start]) start++;
  let end = 0;
  while (end < shorter - start && x.at(-1 - end) === y.at(-1 - end)) end++;
  return start + end >= Math.max(x.length, y.length) * 0.6 ? 1 : 0;
}

/** 2: the same type but for const and volatile; 1: of the same kind and size. */
function typeLikeness(a: Field, b: Field): number {
  const [x, y] = [a.types.skip(a.type), b.types.skip(b.type)];
  if (cText(a.types, x) === cText(b.types, y)) return 2;
  const [kind, other] = [a.types.kind(x), b.types.kind(y)];
  if (kind !== other) return 0;
  if (kind === Kind.PTR) return 1;
  return kind === Kind.INT && a.types.third(x) === b.types.third(y) ? 1 : 0;
}

/** In a struct that is a member, or behind a pointer that was not there before. */
function movedField(lost: Lost, types: CoreTypes, fields: readonly Field[]): Near | null {
  const name = lost.field.path.at(-1)!;
  const before = new Set(lost.around.map(({ path }) => path[0]));
  for (const throughPointer of [false, true]) {
    for (const outer of fields) {
      if (before.has(outer.path[0]) && throughPointer) continue;
      const target = innerOf(types, outer, throughPointer);
      if (target === 0) continue;
      for (const inner of fieldsOf(types, target)) {
        if (inner.path[0] !== name || typeLikeness(lost.field, inner) === 0) continue;
        const bitOffset = inner.bitOffset + (throughPointer ? 0 : outer.bitOffset);
        return { how: 'moved', field: { ...inner, path: [outer.path[0], name], throughPointer, bitOffset } };
      }
    }
  }
  return null;
}

/** The struct or union that a member is, or points to; 0 where it is none. */
function innerOf(types: CoreTypes, { type }: Field, throughPointer: boolean): TypeId {
  let id = types.skip(type);
  if (throughPointer) id = types.kind(id) === Kind.PTR ? types.skip(types.third(id)) : 0;
  return isComposite(types.kind(id)) ? id : 0;
}
