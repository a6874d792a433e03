import { type Btf, Kind, kindOf, sizeOfLong } from '../btf/index.js';

/**
 * The types of a BTF and its bases as one table, for walks that go through most of them many times: a type is its id,
 * its words are `words[records[id]…]`, a name `strings[offset…]`. Nothing is copied where there is no base.
 */
export class Types {
  readonly endId: number;
  readonly words: Uint32Array;
  readonly records: Uint32Array;
  /** By id; void is 0, and so is what has no C: kinds that came after ENUM64. */
  readonly kinds: Uint8Array;
  readonly strings: Uint8Array;
  /** In bytes; 8 where no type tells and nobody says. */
  readonly pointerSize: number;

  constructor(btf: Btf, pointerSize?: number) {
    const layers = layersOf(btf);
    this.endId = btf.endId;
    this.words = joinWords(layers);
    this.strings = joinStrings(layers);
    this.records = new Uint32Array(btf.endId);
    this.kinds = new Uint8Array(btf.endId);
    let start = 0;
    for (const layer of layers) {
      for (let own = 0; own < layer.offsets.length; own++) {
        const at = layer.offsets[own]!;
        const kind = kindOf(layer.words[at + 1]!);
        this.records[layer.startId + own] = start + at;
        this.kinds[layer.startId + own] = kind <= Kind.ENUM64 ? kind : 0;
      }
      start += layer.words.length;
    }
    this.pointerSize = pointerSize ?? sizeOfLong(btf) ?? 8;
  }

  /** The third word: size or type. */
  third(id: number): number {
    return this.words[this.records[id]! + 2]!;
  }

  nameOff(id: number): number {
    return id === 0 ? 0 : this.words[this.records[id]!]!;
  }

  /** Whether the string at `offset` is `text`, of ASCII characters. */
  isNamed(offset: number, text: string): boolean {
    const { strings } = this;
    for (let i = 0; i < text.length; i++) if (strings[offset + i] !== text.charCodeAt(i)) return false;
    return strings[offset + text.length] === 0;
  }

  /** strcmp */
  compareNames(a: number, b: number): number {
    if (a === b) return 0;
    const { strings } = this;
    for (let i = a, j = b; ; i++, j++) {
      const difference = strings[i]! - strings[j]!;
      if (difference !== 0 || strings[i] === 0) return difference;
    }
  }
}

const LINKS =
  (1 << Kind.PTR) |
  (1 << Kind.TYPEDEF) |
  (1 << Kind.VOLATILE) |
  (1 << Kind.CONST) |
  (1 << Kind.RESTRICT) |
  (1 << Kind.DECL_TAG) |
  (1 << Kind.TYPE_TAG);

/** Kinds that are what they are of one other type, their third word. Of the kinds that Types has. */
export function isLink(kind: number): boolean {
  return ((LINKS >>> kind) & 1) === 1;
}

/** Lowest first. */
function layersOf(btf: Btf): Btf[] {
  const layers: Btf[] = [];
  for (let layer: Btf | null = btf; layer !== null; layer = layer.base) layers.unshift(layer);
  return layers;
}

function joinWords(layers: readonly Btf[]): Uint32Array {
  if (layers.length === 1) return layers[0]!.words;
  const words = new Uint32Array(layers.reduce((sum, layer) => sum + layer.words.length, 0));
  let at = 0;
  for (const layer of layers) {
    words.set(layer.words, at);
    at += layer.words.length;
  }
  return words;
}

/** Offsets of names count through all layers. */
function joinStrings(layers: readonly Btf[]): Uint8Array {
  if (layers.length === 1) return layers[0]!.strings.bytes;
  const strings = new Uint8Array(layers.at(-1)!.strings.end);
  for (const layer of layers) strings.set(layer.strings.bytes, layer.strings.start);
  return strings;
}
