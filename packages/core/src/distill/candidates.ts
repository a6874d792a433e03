import {
  type Btf,
  checkType,
  Kind,
  kindOf,
  MAX_KIND,
  type StringOffset,
  type Strings,
  type TypeId,
} from '../btf/index.js';
import { nameAt } from '../rewrite/names.js';

/** libbpf compares sizes in a bit field of 31 bits. */
export const SIZE_MASK = 0x7fffffff;

/** A type of the distilled base. */
export interface Wanted {
  readonly id: TypeId;
  /** 31 bits of its third word. */
  readonly size: number;
}

/** A type of the target that has the name of one that is wanted. */
export interface Candidate {
  readonly id: TypeId;
  readonly nameOff: number;
  readonly kind: number;
  readonly info: number;
  /** The third word, a size for all but FWD. */
  readonly size: number;
  /** Encoding of an INT. */
  readonly encoding: number;
  /** The types of its name, by falling size. */
  readonly wanted: readonly Wanted[];
}

/** By kind, 1 for those that a type of a distilled base can stand for. */
const MATCHABLE = new Uint8Array(MAX_KIND + 1);
for (const kind of [Kind.INT, Kind.FLOAT, Kind.ENUM, Kind.ENUM64, Kind.FWD, Kind.STRUCT, Kind.UNION]) {
  MATCHABLE[kind] = 1;
}

/** The types of the target, in order of id, whose name is that of a distilled type. */
export function findCandidates(distilled: Btf, target: Btf): Candidate[] {
  const wanted = new WantedNames(distilled);
  const candidates: Candidate[] = [];
  for (const layer of layersOf(target)) {
    const { words, offsets, strings } = layer;
    for (const own of namedTypes(layer)) {
      const namesakes = wanted.find(strings, words[offsets[own]]);
      if (namesakes !== undefined) candidates.push(candidateAt(layer, own, namesakes));
    }
  }
  return candidates;
}

/** The types of a distilled base by name. */
class WantedNames {
  private readonly byName = new Map<string, Wanted[]>();
  /** How these names begin: most others are told from them by that. */
  private readonly beginnings = new Set<number>();

  constructor(distilled: Btf) {
    const { strings } = distilled;
    // Void takes part: a name that is empty, though its offset is not 0, finds it.
    for (let id = 0; id < distilled.endId; id++) {
      const nameOff = distilled.nameOff(id);
      const entry = { id, size: distilled.sizeOrType(id) & SIZE_MASK };
      const name = nameAt(strings, nameOff);
      const namesakes = this.byName.get(name);
      if (namesakes === undefined) this.byName.set(name, [entry]);
      else namesakes.push(entry);
      this.beginnings.add(beginningOf(strings, nameOff));
    }
    for (const namesakes of this.byName.values()) namesakes.sort((a, b) => b.size - a.size);
  }

  find(strings: Strings, nameOff: StringOffset): readonly Wanted[] | undefined {
    if (!this.beginnings.has(beginningOf(strings, nameOff))) return undefined;
    return this.byName.get(nameAt(strings, nameOff));
  }
}

/** A hash of the first six bytes of a name. */
function beginningOf(strings: Strings, nameOff: StringOffset): number {
  const { bytes, start } = strings.layer(nameOff);
  let at = nameOff - start;
  let hash = 0;
  for (const end = at + 6; at < end && bytes[at] !== 0; at++) hash = (Math.imul(hash, 31) + bytes[at]) | 0;
  return hash;
}

/** Lowest first. */
function layersOf(btf: Btf): Btf[] {
  const layers: Btf[] = [];
  for (let layer: Btf | null = btf; layer !== null; layer = layer.base) layers.unshift(layer);
  return layers;
}

/** Own numbers of the types that can match. A loop this small is optimised soon, and most types do not pass it. */
function namedTypes(layer: Btf): number[] {
  const { words, offsets, strings, startId } = layer;
  const named: number[] = [];
  for (let own = 0; own < offsets.length; own++) {
    const at = offsets[own];
    if (MATCHABLE[(words[at + 1] >>> 24) & MAX_KIND] === 1 && words[at] !== 0) named.push(own);
  }
  for (const own of named) {
    // The target's references may not have been checked: this is the only one that counts here.
    if (words[offsets[own]] >= strings.end) checkType(layer, startId + own);
  }
  return named;
}

function candidateAt(layer: Btf, own: number, wanted: readonly Wanted[]): Candidate {
  const { words } = layer;
  const at = layer.offsets[own];
  const info = words[at + 1];
  const kind = kindOf(info);
  return {
    id: layer.startId + own,
    nameOff: words[at],
    kind,
    info,
    size: words[at + 2],
    encoding: kind === Kind.INT ? encodingOf(words[at + 3]) : 0,
    wanted,
  };
}

/** Of the word behind the record of an INT. */
export const encodingOf = (data: number) => (data >>> 24) & 15;
