import type { Btf, TypeId } from './btf.js';
import type { BtfHeader } from './header.js';
import { Kind, kflagOf, kindName, kindOf, MAX_KIND, vlenOf } from './kinds.js';

export interface KindCount {
  /** "KIND 25" for one that only the layout section describes. */
  readonly kind: string;
  readonly count: number;
  readonly bytes: number;
}

/** What a blob consists of, this layer alone. Sizes in bytes. */
export interface Summary {
  readonly name: string | undefined;
  readonly size: number;
  readonly header: BtfHeader;
  /** Ids of the own types: `firstId` to `lastId`, none where lastId is smaller. */
  readonly firstId: TypeId;
  readonly lastId: TypeId;
  readonly types: number;
  /** Kinds that occur, by number. */
  readonly kinds: readonly KindCount[];
  readonly strings: number;
  readonly longestVlen: number;
  /** Some vlen needs more than the 16 bits that readers before 24-bit vlen look at. */
  readonly wideVlen: boolean;
  readonly kflagTags: number;
  readonly layoutKinds: number;
  /** Named types are in strcmp order behind the anonymous ones. */
  readonly sorted: boolean;
  /** First named id where sorted, else 0. */
  readonly sortedFrom: TypeId;
  /** The layers below, nearest first. */
  readonly standsOn: readonly {
    readonly name: string | undefined;
    readonly lastId: TypeId;
    readonly stringEnd: number;
  }[];
}

/** Counts the types of the top layer, and measures what its header names. Reads the bytes once. */
export function summarize(btf: Btf): Summary {
  const { words, offsets, shapes } = btf;
  const counts = new Uint32Array(MAX_KIND + 1);
  const sizes = new Float64Array(MAX_KIND + 1);
  let longestVlen = 0;
  let kflagTags = 0;
  for (const at of offsets) {
    const info = words[at + 1]!;
    const kind = kindOf(info);
    counts[kind]!++;
    sizes[kind]! += 4 * (3 + shapes.extra[kind]! + vlenOf(info) * shapes.element[kind]!);
    if (shapes.element[kind] !== 0) longestVlen = Math.max(longestVlen, vlenOf(info));
    if ((kind === Kind.DECL_TAG || kind === Kind.TYPE_TAG) && kflagOf(info)) kflagTags++;
  }
  const kinds: KindCount[] = [];
  counts.forEach((count, kind) => {
    const name = shapes.builtin[kind] === 1 ? kindName(kind) : `KIND ${kind}`;
    if (count > 0) kinds.push({ kind: name, count, bytes: sizes[kind]! });
  });
  const standsOn = [];
  for (let base = btf.base; base !== null; base = base.base) {
    standsOn.push({ name: base.name, lastId: base.endId - 1, stringEnd: base.strings.end });
  }
  return {
    name: btf.name,
    size: btf.bytes.length,
    header: btf.header,
    firstId: btf.startId,
    lastId: btf.endId - 1,
    types: offsets.length,
    kinds,
    strings: btf.strings.bytes.reduce((count, byte) => (byte === 0 ? count + 1 : count), 0),
    longestVlen,
    wideVlen: longestVlen > 0xffff,
    kflagTags,
    layoutKinds: btf.header.layoutLength / 4,
    sorted: btf.sortedFrom > 0,
    sortedFrom: btf.sortedFrom,
    standsOn,
  };
}
