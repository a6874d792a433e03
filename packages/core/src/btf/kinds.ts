/**
 * What each kind of BTF type holds, as data: the one table that reading, checking, writing, byte order,
 * deduplication, sorting and relocation use (include/uapi/linux/btf.h; LOC kinds as in bpf-next).
 *
 * A record is 3 words (name, info, size or type), then `extra` words, then vlen elements of `element` words.
 */
export const Kind = {
  UNKN: 0,
  INT: 1,
  PTR: 2,
  ARRAY: 3,
  STRUCT: 4,
  UNION: 5,
  ENUM: 6,
  FWD: 7,
  TYPEDEF: 8,
  VOLATILE: 9,
  CONST: 10,
  RESTRICT: 11,
  FUNC: 12,
  FUNC_PROTO: 13,
  VAR: 14,
  DATASEC: 15,
  FLOAT: 16,
  DECL_TAG: 17,
  TYPE_TAG: 18,
  ENUM64: 19,
  LOC_PARAM: 20,
  LOC_PROTO: 21,
  LOCSEC: 22,
} as const;

/** What the third word of a record means. */
export const Third = { UNUSED: 0, SIZE: 1, TYPE: 2 } as const;

export interface KindShape {
  /** As bpftool prints it. */
  readonly name: string;
  readonly third: (typeof Third)[keyof typeof Third];
  /** Words between the third word and the elements. */
  readonly extra: number;
  /** Words per vlen element; 0 where vlen counts no elements (FUNC keeps its linkage there). */
  readonly element: number;
  /** Which extra words, and which words of each element, are type ids or string offsets. */
  readonly extraTypes: readonly number[];
  readonly elementTypes: readonly number[];
  readonly elementNames: readonly number[];
}

function shape(name: string, third: KindShape['third'], more: Partial<KindShape> = {}): KindShape {
  return { name, third, extra: 0, element: 0, extraTypes: [], elementTypes: [], elementNames: [], ...more };
}

const { UNUSED, SIZE, TYPE } = Third;

/** Indexed by kind, 0 to 22. */
export const KINDS: readonly KindShape[] = [
  shape('UNKNOWN', UNUSED),
  shape('INT', SIZE, { extra: 1 }),
  shape('PTR', TYPE),
  shape('ARRAY', UNUSED, { extra: 3, extraTypes: [0, 1] }),
  shape('STRUCT', SIZE, { element: 3, elementNames: [0], elementTypes: [1] }),
  shape('UNION', SIZE, { element: 3, elementNames: [0], elementTypes: [1] }),
  shape('ENUM', SIZE, { element: 2, elementNames: [0] }),
  shape('FWD', UNUSED),
  shape('TYPEDEF', TYPE),
  shape('VOLATILE', TYPE),
  shape('CONST', TYPE),
  shape('RESTRICT', TYPE),
  shape('FUNC', TYPE),
  shape('FUNC_PROTO', TYPE, { element: 2, elementNames: [0], elementTypes: [1] }),
  shape('VAR', TYPE, { extra: 1 }),
  shape('DATASEC', SIZE, { element: 3, elementTypes: [0] }),
  shape('FLOAT', SIZE),
  shape('DECL_TAG', TYPE, { extra: 1 }),
  shape('TYPE_TAG', TYPE),
  shape('ENUM64', SIZE, { element: 3, elementNames: [0] }),
  shape('LOC_PARAM', SIZE, { extra: 1, element: 1 }),
  shape('LOC_PROTO', UNUSED, { element: 1, elementTypes: [0] }),
  shape('LOCSEC', UNUSED, { element: 3, elementTypes: [0, 1] }),
];

/** Kinds below this are fixed for ever; from here on a blob's own layout section has the word. */
export const FIRST_OPEN_KIND = 20;
export const MAX_KIND = 0x7f;
export const MAX_VLEN = 0xffffff;

/** enum btf_func_linkage and the BTF_VAR_* values share their numbers. */
export const Linkage = { STATIC: 0, GLOBAL: 1, EXTERN: 2 } as const;

/** Bits of an INT's encoding byte. */
export const IntEncoding = { SIGNED: 1, CHAR: 2, BOOL: 4 } as const;

/** The parts of a record's second word: 24 bits of vlen, 7 of kind, the kflag on top (include/uapi/linux/btf.h). */
export function kindOf(info: number): number {
  return (info >>> 24) & MAX_KIND;
}
/** Number of elements. */
export function vlenOf(info: number): number {
  return info & MAX_VLEN;
}
/** What it means depends on the kind. */
export function kflagOf(info: number): boolean {
  return info >>> 31 === 1;
}
/** The word of these parts, unsigned. */
export function infoOf(kind: number, vlen: number, kflag: boolean): number {
  return ((kflag ? 0x80000000 : 0) | (kind << 24) | vlen) >>> 0;
}

/** The name bpftool prints for a kind that it knows, "UNKNOWN" for others. */
export function kindName(kind: number): string {
  return KINDS[kind]?.name ?? 'UNKNOWN';
}
