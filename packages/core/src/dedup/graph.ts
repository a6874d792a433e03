import { type Btf, BUILTIN_SHAPES, Kind, kindOf, type TypeId, vlenOf } from '../btf/index.js';
import { FormatError } from '../bytes/errors.js';
import { NameTable, Renaming } from './names.js';
import { mapNames, mix, recordLength } from './records.js';

/**
 * Types as one table to work on: every record in one array of words, found by type id alone, with a number for each
 * name that is the same for equal names.
 */
export class TypeGraph {
  /** Records in order of id, after three zero words that stand for void. They are changed. */
  readonly words: Uint32Array;
  /** Word index of each record, by type id. */
  readonly at: Uint32Array;
  /** First id of the types that are to be deduplicated; those before it are a base. */
  readonly startId: TypeId;
  readonly endId: TypeId;
  /** Above all numbers of names. */
  readonly nameEnd: number;
  private readonly kinds: Uint8Array;

  constructor(words: Uint32Array, at: Uint32Array, startId: TypeId, nameEnd: number) {
    this.words = words;
    this.at = at;
    this.startId = startId;
    this.endId = at.length;
    this.nameEnd = nameEnd;
    this.kinds = new Uint8Array(at.length);
    for (let id = 1; id < at.length; id++) this.kinds[id] = kindOf(words[at[id]! + 1]!);
  }

  name(id: TypeId): number {
    return this.words[this.at[id]!]!;
  }
  info(id: TypeId): number {
    return this.words[this.at[id]! + 1]!;
  }
  kind(id: TypeId): number {
    return this.kinds[id]!;
  }
  vlen(id: TypeId): number {
    return vlenOf(this.words[this.at[id]! + 1]!);
  }

  /** Whether two records are the same words: the same type, if equal ids mean equal types. */
  sameRecord(a: TypeId, b: TypeId): boolean {
    const { words } = this;
    const left = this.at[a]!;
    const right = this.at[b]!;
    if (words[left + 1] !== words[right + 1]) return false;
    const length = recordLength(words[left + 1]!);
    for (let i = 0; i < length; i++) if (words[left + i] !== words[right + i]) return false;
    return true;
  }

  recordHash(id: TypeId): number {
    const { words } = this;
    const at = this.at[id]!;
    const end = at + recordLength(words[at + 1]!);
    let hash = 1;
    for (let i = at; i < end; i++) hash = mix(hash, words[i]!);
    return hash;
  }

  /** As sameRecord, but for structs and unions, and not looking at the types of members. */
  sameOutline(a: TypeId, b: TypeId): boolean {
    const { words } = this;
    let left = this.at[a]!;
    let right = this.at[b]!;
    for (let i = 0; i < 3; i++) if (words[left + i] !== words[right + i]) return false;
    for (let i = vlenOf(words[left + 1]!); i > 0; i--) {
      left += 3;
      right += 3;
      if (words[left] !== words[right] || words[left + 2] !== words[right + 2]) return false;
    }
    return true;
  }

  outlineHash(id: TypeId): number {
    const { words } = this;
    let at = this.at[id]!;
    let hash = mix(mix(mix(2, words[at]!), words[at + 1]!), words[at + 2]!);
    for (let i = vlenOf(words[at + 1]!); i > 0; i--) {
      at += 3;
      hash = mix(mix(hash, words[at]!), words[at + 2]!);
    }
    return hash;
  }
}

/**
 * The types of a layer and all below it, as a copy. Names are numbered by an offset: that of a base, if that has the name.
 * Throws FormatError for a type of a kind whose words have no known meaning.
 */
export function graphOf(btf: Btf): { readonly graph: TypeGraph; readonly names: NameTable } {
  const layers: Btf[] = [];
  for (let layer: Btf | null = btf; layer !== null; layer = layer.base) layers.unshift(layer);
  const words = new Uint32Array(layers.reduce((sum, layer) => sum + layer.words.length, 3));
  const at = new Uint32Array(btf.endId);
  let next = 3;
  for (const layer of layers) {
    words.set(layer.words, next);
    for (let own = 0; own < layer.offsets.length; own++) at[layer.startId + own] = next + layer.offsets[own]!;
    refuseUnknownKinds(layer);
    next += layer.words.length;
  }
  const names = new NameTable(btf.strings.base);
  const renaming = new Renaming(btf.strings, names);
  const rename = (offset: number) => renaming.rename(offset);
  for (let id = btf.startId; id < btf.endId; id++) mapNames(words, at[id]!, BUILTIN_SHAPES, rename);
  return { graph: new TypeGraph(words, at, btf.startId, names.end), names };
}

export function isEnum(kind: number): boolean {
  return kind === Kind.ENUM || kind === Kind.ENUM64;
}

export function isComposite(kind: number): boolean {
  return kind === Kind.STRUCT || kind === Kind.UNION;
}

/** Kinds of which each type stays what it is: they name places, not types. */
export function isPlace(kind: number): boolean {
  return kind === Kind.VAR || kind === Kind.DATASEC || kind === Kind.LOCSEC;
}

/** Throws FormatError for a type of a kind that only a layout section describes. */
export function refuseUnknownKinds(btf: Btf): void {
  const { words, offsets, shapes } = btf;
  for (let own = 0; own < offsets.length; own++) {
    const at = offsets[own]!;
    const kind = kindOf(words[at + 1]!);
    if (shapes.builtin[kind] === 1) continue;
    throw new FormatError(`kind ${kind} cannot be deduplicated: what its words refer to is unknown`, {
      file: btf.name,
      section: 'types',
      offset: at * 4,
      typeId: btf.startId + own,
    });
  }
}
