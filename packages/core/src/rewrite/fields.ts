import {
  type Btf,
  BUILTIN_SHAPES,
  Kind,
  kindOf,
  MAX_KIND,
  MAX_VLEN,
  Third,
  type TypeId,
} from '../btf/index.js';
import { FormatError } from '../bytes/errors.js';

// Plain loops over whole sections, because what runs once is hardly ever optimised.
const { extra, element, elementTypes, elementNames, extraTypes } = BUILTIN_SHAPES;

/**
 * By kind, 1 where the third word is a type id: as libbpf's btf_field_iter has it, for which a FWD has one too.
 * Compilers leave 0 there, so that it matters for made-up BTF only.
 */
const thirdIsType = BUILTIN_SHAPES.third.map((third, kind) => +(third === Third.TYPE || kind === Kind.FWD));

/** Throws FormatError for an own type of a kind that only a layout section describes: its references are unknown. */
export function checkKnownKinds({ words, offsets, startId, shapes }: Btf): void {
  for (let own = 0; own < offsets.length; own++) {
    const kind = kindOf(words[offsets[own]! + 1]!);
    if (shapes.builtin[kind] === 0) refuseKind(kind, startId + own);
  }
}

/** The same for one type. */
export function checkKnownKind(btf: Btf, id: TypeId): void {
  const kind = btf.kind(id);
  if (btf.layer(id).shapes.builtin[kind] === 0) refuseKind(kind, id);
}

function refuseKind(kind: number, typeId: TypeId): never {
  throw new FormatError(`kind ${kind} is known by its layout only, its references are not`, {
    section: 'types',
    typeId,
  });
}

/** Adds to `found` the type ids of the record at `at` for which `isKnown` is 0; those past its end are left out. */
export function findTypes(words: Uint32Array, at: number, isKnown: Uint8Array, found: number[]): void {
  const info = words[at + 1];
  const kind = (info >>> 24) & MAX_KIND;
  if (thirdIsType[kind] === 1 && isKnown[words[at + 2]] === 0) found.push(words[at + 2]);
  if (extraTypes[kind] !== 0) {
    if (isKnown[words[at + 3]] === 0) found.push(words[at + 3]);
    if (isKnown[words[at + 4]] === 0) found.push(words[at + 4]);
  }
  const mask = elementTypes[kind];
  if (mask === 0) return;
  const step = element[kind];
  const first = at + 3 + extra[kind];
  const end = first + (info & MAX_VLEN) * step;
  for (let i = first; i < end; i += step) {
    if ((mask & 1) !== 0 && isKnown[words[i]] === 0) found.push(words[i]);
    if ((mask & 2) !== 0 && isKnown[words[i + 1]] === 0) found.push(words[i + 1]);
  }
}

/** Replaces each type id in records that follow each other by what `ids` has in its place. */
export function renumber(words: Uint32Array, ids: Uint32Array): void {
  let at = 0;
  while (at < words.length) {
    const info = words[at + 1];
    const kind = (info >>> 24) & MAX_KIND;
    if (thirdIsType[kind] === 1) words[at + 2] = ids[words[at + 2]];
    if (extraTypes[kind] !== 0) {
      words[at + 3] = ids[words[at + 3]];
      words[at + 4] = ids[words[at + 4]];
    }
    const step = element[kind];
    const mask = elementTypes[kind];
    const first = at + 3 + extra[kind];
    at = first + (info & MAX_VLEN) * step;
    if ((mask & 1) !== 0) for (let i = first; i < at; i += step) words[i] = ids[words[i]];
    if ((mask & 2) !== 0) for (let i = first + 1; i < at; i += step) words[i] = ids[words[i]];
  }
}

/** Replaces each name in records that follow each other, in the order in which libbpf does. */
export function rename(words: Uint32Array, name: (offset: number) => number): void {
  let at = 0;
  while (at < words.length) {
    const info = words[at + 1];
    const kind = (info >>> 24) & MAX_KIND;
    if (words[at] !== 0) words[at] = name(words[at]);
    const step = element[kind];
    const first = at + 3 + extra[kind];
    at = first + (info & MAX_VLEN) * step;
    if (elementNames[kind] === 0) continue;
    for (let i = first; i < at; i += step) if (words[i] !== 0) words[i] = name(words[i]);
  }
}
